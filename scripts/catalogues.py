"""Compile the gettext catalogues: `python scripts/catalogues.py [FOLDER]` writes each `.mo` beside its `.po`.

The `.mo` files are kept in the repository so that installing needs no tool; a test holds them fresh.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib

PACKAGE = Path(__file__).parent.parent / "kiosk" / "locale"


def compile_all(folder: Path) -> list[Path]:
    """Compile every `.po` under `folder`; the `.mo` files written."""
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(source))
        written.append(target)
    return written


def compiled(source: Path) -> bytes:
    """The `.mo` bytes of one `.po`."""
    return bytes(polib.pofile(str(source)).to_binary())


if __name__ == "__main__":
    for path in compile_all(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE):
        print(path)
