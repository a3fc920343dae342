"""Updates made while no core answered: on the card's first partition, where they survive a data partition that cannot be
used, until a core puts them into the audit chain."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import msgspec

from kiosk.domain.change import Change, Unasked
from kiosk.domain.time import Reading
from kiosk.store.files import write_durably

PLACE: Final = "bootconfig/unasked.txt"
MOST: Final = 100
"""So many lines are kept: the core knows those it has told, and may not write here."""


def note(change: Change, reading: Reading, root: Path = Path("/")) -> None:
    """On disk before anything is changed. Raises `StoreError`: what cannot be recorded is not done."""
    place = root / PLACE
    mine = Unasked(secrets.token_hex(8), reading.wall, change)
    lines = [*(msgspec.json.encode(line) for line in noted(root)), msgspec.json.encode(mine)]
    write_durably(place, b"".join(line + b"\n" for line in lines[-MOST:]))


def noted(root: Path = Path("/")) -> tuple[Unasked, ...]:
    """In their order; a line that a power cut or a stranger left is let be."""
    try:
        lines = (root / PLACE).read_bytes().splitlines()
    except OSError:
        return ()
    return tuple(found for line in lines if (found := _read(line)) is not None)


def _read(line: bytes) -> Unasked | None:
    try:
        return msgspec.json.decode(line, type=Unasked)
    except (msgspec.MsgspecError, UnicodeError):
        return None
