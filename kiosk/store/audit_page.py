"""The audit chain a page at a time, newest first, for somebody who reads on a screen."""

from __future__ import annotations

import re
from typing import NamedTuple

from kiosk.store.database import Database

PATTERN = re.compile(r"[A-Za-z_]{0,30}(\.[A-Za-z_]{0,30})?\*?")
"""A kind, or how it begins and then `*`. A freer pattern could keep the one writer busy for long."""


class Event(NamedTuple):
    """One event without its hashes."""

    seq: int
    wall: str
    kind: str
    subject: str
    detail: str


def newest(database: Database, kind: str, before: int, most: int) -> list[Event]:
    """At most `most` events whose kind fits, the newest first; only those before the number `before`, unless it is 0."""
    rows = database.all(
        "select seq, wall, kind, subject, detail from audit"
        " where kind glob ? and (? = 0 or seq < ?) order by seq desc limit ?",
        kind,
        before,
        before,
        most,
    )
    return [Event(*row) for row in rows]


def note_read(database: Database, reader: str, kind: str, before: int) -> None:
    """Whoever only looks is looked at himself."""
    with database.transaction() as db:
        database.append(db, "audit.read", reader, kind=kind, before=before)
