"""Shifts, and what is counted when one closes."""

from __future__ import annotations

import sqlite3

import msgspec

from kiosk.domain.shift import Shift, ShiftClosed, ShiftCounts, service_day
from kiosk.store import audit
from kiosk.store.batches import count_unsigned
from kiosk.store.corrections import count_unexported
from kiosk.store.database import Database
from kiosk.store.queue import queue_figures

COLUMNS = "id, day, leader, opened_by, opened_seq, opened"


class Shifts:
    """At most one shift is open. Every method has committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Shift | None:
        row = self._database.one(f"select {COLUMNS} from shift where closed_seq is null")  # noqa: S608
        return Shift(*row) if row else None

    def open(self, leader: str, by: str) -> Shift | None:
        """Begin a shift; None when one is open."""
        if self.current():
            return None
        reading = self._database.clock.read()
        day = service_day(reading.local).isoformat()
        with self._database.transaction() as db:
            (count,) = db.execute("select count(*) from shift").fetchone()
            number = f"C{count + 1:05d}"
            seq = self._database.append(db, "shift.opened", number, day=day, leader=leader, by=by)
            shift = Shift(number, day, leader, by, seq, reading.wall)
            db.execute(
                f"insert into shift ({COLUMNS}) values (?,?,?,?,?,?)",  # noqa: S608
                (number, day, leader, by, seq, reading.wall),
            )
        return shift

    def close(self, by: str) -> ShiftClosed | None:
        """End the shift that is open; None when there is none."""
        shift = self.current()
        if shift is None:
            return None
        with self._database.transaction() as db:
            counts = count(db, shift.opened_seq)
            seq = self._database.append(
                db, "shift.closed", shift.id, by=by, visits=counts.visits, sealed=counts.sealed
            )
            _, head = audit.head(db)
            wall = self._database.clock.read().wall
            closed = ShiftClosed(shift, wall, by, counts, seq, head)
            db.execute(
                "update shift set closed_seq = ?, sheet = ? where id = ?",
                (seq, msgspec.json.encode(closed).decode(), shift.id),
            )
        return closed

    def closed(self, number: str) -> ShiftClosed | None:
        """The sheet of a shift that has ended, to be printed once more."""
        row = self._database.one("select sheet from shift where id = ? and sheet is not null", number)
        return msgspec.json.decode(row[0], type=ShiftClosed) if row else None

    def last_closed(self) -> str:
        """The number of the shift that ended last, empty when none has."""
        row = self._database.one(
            "select id from shift where sheet is not null order by closed_seq desc limit 1"
        )
        return str(row[0]) if row else ""

    def counts(self) -> ShiftCounts | None:
        """What has happened since the shift was opened."""
        shift = self.current()
        if shift is None:
            return None
        with self._database.transaction() as db:
            return count(db, shift.opened_seq)


def count(db: sqlite3.Connection, since: int) -> ShiftCounts:
    """From the audit chain and the visits, so that every figure can be reckoned again from the chain."""
    events = dict(
        db.execute(
            "select kind, count(*) from audit where seq > ? and kind in"
            " ('dossier.open','dossier.seal','fact.FingerDescribed','approval.answered','slip.reprint')"
            " group by kind",
            (since,),
        )
    )
    outcomes = dict(
        db.execute(
            "select outcome, count(*) from visit where closed_seq > ? group by outcome order by outcome",
            (since,),
        )
    )
    tickets, most, minutes = queue_figures(db, since)
    (going_on,) = db.execute("select count(*) from visit where closed_seq is null").fetchone()
    return ShiftCounts(
        visits=sum(outcomes.values()) + going_on,
        outcomes=outcomes,
        opened=events.get("dossier.open", 0),
        sealed=events.get("dossier.seal", 0),
        exceptions=events.get("fact.FingerDescribed", 0),
        approvals=events.get("approval.answered", 0),
        reprints=events.get("slip.reprint", 0),
        unsigned=count_unsigned(db),
        corrections=count_unexported(db),
        tickets=tickets,
        queue_peak=most,
        queue_minutes=minutes,
    )
