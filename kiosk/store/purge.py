"""What two supervisors erase for good: a sealed dossier the centre has not signed for, and files nobody knows.

The record comes first, then the files: what a crash leaves of a purged dossier is erased at the next start.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.domain.states import DossierEvent, DossierState, move
from kiosk.store.database import Database
from kiosk.store.files import disk_trouble, sync_folder

UNKNOWN: Final = "unknown"
"""The folder of the spool for files that the database does not know."""


class SetAside(NamedTuple):
    """How many files lie there, and the SHA-256 over their names, sizes and bytes."""

    files: int
    digest: str


class Purge:
    """Raises `StoreError`."""

    def __init__(self, database: Database, spool: Path) -> None:
        self._database = database
        self._spool = spool

    def sealed_id(self, number: str) -> str | Message:
        """The sealed file of a dossier that may be purged; why it may not, otherwise."""
        row = self._database.one("select state, sealed_id from dossier where number = ?", number)
        if row is None:
            return msg("look.unknown", dossier=number)
        if isinstance(move(DossierState(row[0]), DossierEvent.PURGE_UNRECEIVED), Message):
            return msg("purge.not_sealed", dossier=number, state=msg(f"desk.state.{row[0]}"))
        if self._database.one("select 1 from visit where dossier = ? and closed_seq is null", number):
            return msg("request.visit_going_on", dossier=number)
        return str(row[1])

    def dossier(self, number: str, sealed_id: str, officers: tuple[str, str], request: str) -> Message | None:
        """Erase the sealed file, its place in the outbox, its slip and what knows the person again."""
        found = self.sealed_id(number)
        if isinstance(found, Message):
            return found
        if found != sealed_id:
            return msg("request.changed")
        with self._database.transaction() as db:
            self._database.append(
                db,
                f"dossier.{DossierEvent.PURGE_UNRECEIVED}",
                number,
                id=sealed_id,
                by=officers[0],
                second=officers[1],
                request=request,
            )
            _forget(db, number)
        self._database.empty_log()
        self.finish()
        return None

    def finish(self) -> None:
        """Erase the files of dossiers that are purged in the record."""
        rows = self._database.all("select sealed_id from dossier where state = ?", DossierState.PURGED)
        files = [self._spool / f"{row[0]}.{suffix}" for row in rows for suffix in ("age", "json")]
        self._erase(file for file in files if file.exists())

    def set_aside(self) -> SetAside:
        """The files the database does not know, as they are now."""
        digest = hashlib.sha256()
        files = self._unknown()
        with disk_trouble(self._spool):
            for file in files:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                digest.update(f"{file.name} {file.stat().st_size} {content}\n".encode())
        return SetAside(len(files), digest.hexdigest())

    def unknown(self, digest: str, officers: tuple[str, str], request: str) -> Message | None:
        """Erase those files, if they are still the ones that were agreed to."""
        files, found = self._unknown(), self.set_aside()
        if found.digest != digest:
            return msg("request.changed")
        with self._database.transaction() as db:
            self._database.append(
                db,
                "spool.purged",
                request,
                count=found.files,
                digest=digest,
                by=officers[0],
                second=officers[1],
            )
        self._erase(files)
        return None

    def _unknown(self) -> list[Path]:
        folder = self._spool / UNKNOWN
        return sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []

    def _erase(self, files: Iterable[Path]) -> None:
        folders = set()
        with disk_trouble(self._spool):
            for file in files:
                file.unlink()
                folders.add(file.parent)
            for folder in folders:
                sync_folder(folder)


def _forget(db: sqlite3.Connection, number: str) -> None:
    """The dossier's row stays: its number and its place among the sealed ones are never given again."""
    db.execute(
        "update dossier set state = ?, person_tag = '' where number = ?", (DossierState.PURGED, number)
    )
    db.execute("delete from outbox where dossier = ?", (number,))
    db.execute("delete from slip where dossier = ?", (number,))


def cancelled_state(db: sqlite3.Connection, number: str) -> DossierState | Message:
    """Where cancelling leads a draft that nobody is at; why it cannot be cancelled, otherwise."""
    row = db.execute("select state from dossier where number = ?", (number,)).fetchone()
    if row is None:
        return msg("look.unknown", dossier=number)
    state = move(DossierState(row[0]), DossierEvent.CANCEL)
    if isinstance(state, Message):
        return msg("look.closed", dossier=number)
    going_on = "select 1 from visit where dossier = ? and closed_seq is null"
    if db.execute(going_on, (number,)).fetchone():
        return msg("request.visit_going_on", dossier=number)
    return state
