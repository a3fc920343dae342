"""Releases in the audit chain: which one writes it, what an officer agreed to, what happened while no core ran.

What comes from a file beside the database is told once: the table `told` has its id, from the same transaction as the
event on. A core that dies in between tells it at the next start; the file may stay where it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from kiosk.domain.change import AGREED, Change, ReleaseEvent
from kiosk.store.database import Database

RUNS: Final = "release"
"""The row of `told` whose event is the last `release.started`."""
START: Final = "start:"
"""Begins the rows with the machine's starts in which a release that tells of itself ran: this one and the last event's."""


class Tale(NamedTuple):
    """One event to be told once; `id` is its own for good."""

    id: str
    event: ReleaseEvent
    subject: str
    detail: dict[str, str]


class ReleaseBook:
    """Every method has committed when it returns; raises `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def agreed(self, change: Change, officer: str) -> None:
        with self._database.transaction() as db:
            detail = _filled(officer=officer, was=change.was, digest=change.digest)
            self._database.append(db, AGREED[change.kind], change.to, **detail)

    def started(self, version: str, slot: str) -> None:
        """Tell the chain which release writes it from here on, unless it is the one that wrote the last event. `slot` is
        "" on a machine without slots.

        A machine's start runs one release: a last event of a start that no core has noted is that of a release which
        says nothing of itself.
        """
        here = self._database.clock.read().boot_id
        with self._database.transaction() as db:
            before = _last(db)
            if before != (version, slot) or not _told_of_itself(db, here):
                detail = _filled(slot=slot, was=before[0] if before else "")
                seq = self._database.append(db, ReleaseEvent.STARTED, version, **detail)
                db.execute("insert or replace into told (id, seq) values (?,?)", (RUNS, seq))
            _note_start(db, here)

    def tell(self, tales: Iterable[Tale]) -> None:
        """In their order; what was told already is left out."""
        with self._database.transaction() as db:
            for tale in tales:
                if not db.execute("select 1 from told where id = ?", (tale.id,)).fetchone():
                    seq = self._database.append(db, tale.event, tale.subject, **tale.detail)
                    db.execute("insert into told (id, seq) values (?,?)", (tale.id, seq))


def _last(db: sqlite3.Connection) -> tuple[str, str] | None:
    """Version and slot of the last `release.started`."""
    row = db.execute(
        "select subject, detail from told join audit using (seq) where told.id = ?", (RUNS,)
    ).fetchone()
    return (row[0], msgspec.json.decode(row[1], type=dict[str, str]).get("slot", "")) if row else None


def _told_of_itself(db: sqlite3.Connection, here: str) -> bool:
    """Whether the last event is of this start, or of one that a core has noted."""
    (start,) = db.execute("select boot_id from audit order by seq desc limit 1").fetchone()
    noted = db.execute("select 1 from told where id = ?", (START + start,)).fetchone()
    return start == here or noted is not None


def _note_start(db: sqlite3.Connection, here: str) -> None:
    if not db.execute("select 1 from told where id = ?", (START + here,)).fetchone():
        db.execute(
            "delete from told where id glob ? and id <> ? || "
            "(select boot_id from audit order by seq desc limit 1)",
            (f"{START}*", START),
        )
        db.execute("insert into told (id, seq) select ?, max(seq) from audit", (START + here,))


def _filled(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
