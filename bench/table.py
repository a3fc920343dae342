"""What a benchmark reports: a measured figure, what it is held against, and the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """`measured` in `unit`. With a `floor` (measured in the same run) the target holds for their ratio.

    `target` is the most that is allowed; the least with `at_least`. `note` says what is included.
    """

    name: str
    measured: float
    unit: str
    target: float
    floor: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def judged(self) -> float:
        return self.measured if self.floor is None else self.measured / self.floor

    @property
    def ok(self) -> bool:
        return self.judged >= self.target if self.at_least else self.judged <= self.target


HEAD = ("benchmark", "measured", "floor", "ratio", "target", "")


def lines(rows: Sequence[Row]) -> list[str]:
    """The rows as aligned text, their notes last."""
    cells = [HEAD, *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return text + [f"- {row.name}: {row.note}" for row in rows if row.note]


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.at_least else "≤"
    against = row.floor is not None
    return (
        row.name,
        f"{_figure(row.measured)} {row.unit}",
        f"{_figure(row.floor)} {row.unit}" if row.floor is not None else "",
        _figure(row.judged) if against else "",
        f"{sign} {_figure(row.target)}{'' if against else f' {row.unit}'}",
        "ok" if row.ok else "SHORT",
    )


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
