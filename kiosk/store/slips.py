"""Slips in the database: owed until printed, whole for as long as the citizen stands there, nameless for good.

The person's name is readable only while it may still be needed: until the visit in which the slip came out is over.
What is left then can be printed again for whoever comes back with a torn one.
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Slip
from kiosk.store.database import Database
from kiosk.workflow.board import SlipLine

LATEST = 9

BODY = "select body from slip where dossier = ?"


class SlipState(StrEnum):
    """OWED: not printed yet. PRINTED: it came out in the visit that is still open. GIVEN: the name is erased."""

    OWED = "owed"
    PRINTED = "printed"
    GIVEN = "given"


class Kept(msgspec.Struct, frozen=True):
    """The column `body`."""

    state: SlipState
    slip: Slip
    reprints: int = 0


class Paper(NamedTuple):
    """What goes to the printer: a slip, and which reprint of it this is; 0 for one that was still owed."""

    slip: Slip
    reprint: int


class SlipBook:
    """Which slips are owed, out and given. Every method has committed when it returns; raises `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pending(self, number: str) -> Slip | None:
        """The slip of a dossier as long as it did not come out."""
        found = _decoded(self._database.one(BODY, number))
        return found.slip if found and found.state is SlipState.OWED else None

    def done(self, number: str, paper: str | None) -> None:
        """It came out; `paper` is where a simulated printer laid it. Who has left already needs no name on it."""
        with self._database.transaction() as db:
            self._database.append(db, "slip.printed", number)
            found = _kept(db, number)
            if found is not None:
                _keep(db, found.slip, SlipState.PRINTED, found.reprints)
                db.execute("update slip set paper = ? where dossier = ?", (paper, number))
            erased = not _is_here(db, number) and _erase(db, number)
        if erased:
            self._database.empty_log()

    def again(self, number: str, officer: str, reason: str) -> Paper | Message:
        """What is to be printed again, in the audit chain before it is; or why nothing is.

        A slip that never came out stays owed until it does.
        """
        with self._database.transaction() as db:
            found = _kept(db, number)
            if found is None:
                return msg("reprint.unknown", number=number)
            if found.state is SlipState.OWED and _is_here(db, number):
                return msg("reprint.under_way", number=number)
            paper = _paper(found)
            _keep(db, found.slip, found.state, paper.reprint)
            self._database.append(
                db, "slip.reprint", number, officer=officer, reason=reason, count=paper.reprint
            )
        return paper

    def latest(self) -> tuple[SlipLine, ...]:
        """The newest first, without a name; not the one the kiosk is about to print by itself."""
        sql = (
            "select dossier, json_extract(body, '$.reprints') from slip"
            " where json_extract(body, '$.state') <> 'owed' or dossier not in"
            " (select dossier from visit where closed_seq is null and dossier is not null)"
            " order by rowid desc limit ?"
        )
        return tuple(SlipLine(number, reprints) for number, reprints in self._database.all(sql, LATEST))


def owe(db: sqlite3.Connection, slip: Slip) -> None:
    """From the sealing on the citizen is to have this slip."""
    body = _text(Kept(SlipState.OWED, slip))
    db.execute("insert into slip (dossier, body) values (?,?)", (slip.number, body))


def part_with(db: sqlite3.Connection, visit: str) -> bool:
    """The visit is over: the name on the slip that came out in it is erased. Whether there was one."""
    row = db.execute("select dossier from visit where id = ?", (visit,)).fetchone()
    return bool(row and row[0]) and _erase(db, row[0])


def _erase(db: sqlite3.Connection, number: str) -> bool:
    found = _kept(db, number)
    if found is None or found.state is not SlipState.PRINTED:
        return False
    _keep(db, msgspec.structs.replace(found.slip, parts=()), SlipState.GIVEN, found.reprints)
    return True


def _paper(found: Kept) -> Paper:
    if found.state is SlipState.OWED:
        return Paper(found.slip, 0)
    parts = found.slip.parts or found.slip.again
    return Paper(msgspec.structs.replace(found.slip, parts=parts), found.reprints + 1)


def _is_here(db: sqlite3.Connection, number: str) -> bool:
    """Whether its citizen is still being served."""
    sql = "select count(*) from visit where dossier = ? and closed_seq is null"
    return bool(db.execute(sql, (number,)).fetchone()[0])


def _kept(db: sqlite3.Connection, number: str) -> Kept | None:
    return _decoded(db.execute(BODY, (number,)).fetchone())


def _decoded(row: tuple[Any, ...] | None) -> Kept | None:
    return msgspec.json.decode(row[0], type=Kept) if row else None


def _keep(db: sqlite3.Connection, slip: Slip, state: SlipState, reprints: int) -> None:
    body = _text(Kept(state, slip, reprints))
    db.execute("update slip set body = ? where dossier = ?", (body, slip.number))


def _text(kept: Kept) -> str:
    return msgspec.json.encode(kept).decode()
