"""Reading the documentation: pages, tables, what is set as code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (
    *sorted(DOCS.glob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "examples" / "kiosk-opening-hours" / "README.md",
)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def spans(text: str) -> set[str]:
    """Everything set as code within a line."""
    return set(SPAN.findall(FENCE.sub("", text)))


def table(text: str, first_heading: str) -> list[list[str]]:
    """The rows of every table whose first column is headed so."""
    rows: list[list[str]] = []
    taking = False
    for line in text.splitlines():
        cells = (
            [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
        )
        if taking and cells and not set(cells[0]) <= set("-|"):
            rows.append(cells)
        taking = bool(cells) and (taking or cells[0] == first_heading)
    return rows


def codes(cell: str) -> list[str]:
    return SPAN.findall(cell)


def blocks(text: str) -> list[str]:
    """The contents of every fenced block."""
    return FENCE.findall(text)
