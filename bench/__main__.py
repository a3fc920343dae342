"""All benchmarks as one table: `python -m bench [--json FILE] [NAME…]` (`make bench`). Exit status 0 whatever they say:
figures depend on the machine, their ratios within one run much less."""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Callable
from pathlib import Path

from bench.table import Row, lines

NAMES = (
    "core",
    "screen",
    "keys",
    "desk",
    "seal",
    "officers",
    "batch",
    "hooks",
    "roster",
    "finger",
    "face",
    "qr",
    "slip",
    "zfm",
    "zfm_faults",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows = [row for name in given.names or NAMES for row in _rows(name)]
    print("\n".join(lines(rows)))
    if given.json:
        document = [row._asdict() | {"judged": row.judged, "ok": row.ok} for row in rows]
        given.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _rows(name: str) -> list[Row]:
    print(f"{name} …", flush=True)
    measure: Callable[[], list[Row]] = importlib.import_module(f"bench.{name}").rows
    return measure()


if __name__ == "__main__":
    main()
