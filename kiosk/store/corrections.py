"""Corrections on their way to the population database: sealed files until they are answered, then numbers alone.

A row a corrected field; its file, shared by the fields of one dossier, lies in `corrections/<id>.age` and cannot be
read here. Once every field in it is answered, the file is erased.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from kiosk.domain.correction import CorrectionEvent, CorrectionState, moved
from kiosk.domain.dossier import Dossier, Sample, SampleKind
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError
from kiosk.store.correction_file import (
    BUNDLE,
    Answer,
    Bundle,
    Listed,
    Reply,
    accepted_in,
    file_id,
    pack_correction,
    sign_bundle,
)
from kiosk.store.database import Database
from kiosk.store.files import disk_trouble, make_folder, remove_folder, sync_folder, write_durably
from kiosk.store.keys import DeviceKeys
from kiosk.store.sealing import Recipients
from kiosk.workflow.board import CorrectionCounts

LIST = "manifest.json"
EVENTS = {"accepted": CorrectionEvent.ACCEPT, "refused": CorrectionEvent.REFUSE}


class CorrectionLine(msgspec.Struct, frozen=True):
    """One correction as listed: nothing of the person."""

    dossier: str
    field: str
    state: CorrectionState
    reason: str


class Taken(NamedTuple):
    """What a reply changed, and how many of its answers were known already."""

    accepted: int = 0
    refused: int = 0
    same: int = 0


class Exported(NamedTuple):
    """Where an export lies, and how many dossiers are in it."""

    place: Path
    files: int


class CorrectionBook:
    """Every method has committed when it returns; raises `StoreError`."""

    def __init__(self, database: Database, folder: Path, kiosk: str, keys: DeviceKeys) -> None:
        self._database = database
        self._folder = folder
        self._kiosk = kiosk
        self._keys = keys
        make_folder(folder)

    # -- while a dossier is sealed -------------------------------------------------------------------------------

    def write(
        self, dossier: Dossier, files: Sequence[tuple[Sample, bytes]], recipients: Recipients
    ) -> str | None:
        """Seal what an officer has accepted; the file's id, None where nothing was."""
        papers = [(sample, data) for sample, data in files if sample.kind is SampleKind.EVIDENCE]
        plain = pack_correction(dossier, self._kiosk, papers)
        if plain is None:
            return None
        sealed = recipients.encrypt(plain)
        name = file_id(sealed)
        write_durably(self._path(name), sealed)
        return name

    def tidy(self) -> None:
        """Erase what is answered; set aside what the database does not know (a crash just before the sealing)."""
        known = {name for (name,) in self._database.all("select distinct file from correction")}
        wanted = {name for (name,) in self._database.all(OPEN_FILES)}
        with disk_trouble(self._folder):
            for path in [path for path in self._folder.iterdir() if path.is_file()]:
                if path.name.startswith(".") or path.stem in known - wanted:
                    path.unlink()
                elif path.stem not in known:
                    make_folder(self._folder / "unknown")
                    path.rename(self._folder / "unknown" / path.name)

    # -- what is where ---------------------------------------------------------------------------------------------

    def counts(self) -> CorrectionCounts:
        found = dict(self._database.all("select state, count(*) from correction group by state"))
        return CorrectionCounts(found.get(CorrectionState.DECIDED, 0), found.get(CorrectionState.EXPORTED, 0))

    # -- out and back ------------------------------------------------------------------------------------------------

    def export(self, to: Path, again: bool = False) -> Exported | None:
        """Everything decided (`again`: what was exported and not answered, too) into a new folder of `to`.

        The folder appears whole or not at all; only then is it said of the corrections. None: there is nothing.
        """
        states = [CorrectionState.DECIDED, *([CorrectionState.EXPORTED] if again else [])]
        with self._database.transaction() as db:
            listed = [item for state in states for item in self._listed(db, state)]
            if not listed:
                return None
            seq = self._database.append(
                db, "correction.exported", self._kiosk, files=len(listed), again=int(again)
            )
            for state in states:
                after = moved(state, CorrectionEvent.EXPORT)
                db.execute("update correction set state = ? where state = ?", (after, state))
            clock = self._database.clock.read()
            plain = Bundle(BUNDLE, self._kiosk, seq, clock, tuple(listed), self._keys.key_id)
            place = self._copy(to, sign_bundle(plain, self._keys))
        return Exported(place, len(listed))

    def take(self, reply: Reply) -> Taken | Message:
        """All answers of a reply, or none and where it is wrong: `corrections.unknown`, `corrections.contradicts`."""
        taken = Taken()
        try:
            with self._database.transaction() as db:
                for number, answer in enumerate(reply.answers):
                    changed = self._answer(db, answer, f"answers[{number}]")
                    name = answer.result if changed else "same"
                    taken = taken._replace(**{name: getattr(taken, name) + 1})
        except BadInputError as error:
            return msg(error.code, **error.values)
        self.tidy()
        return taken

    # ----------------------------------------------------------------------------------------------------------------

    def _answer(self, db: sqlite3.Connection, answer: Answer, place: str) -> bool:
        """Whether the answer is news. Raises `BadInputError`."""
        row = db.execute(
            "select state, reason from correction where dossier = ? and field = ? and file = ?",
            (answer.dossier, answer.field, answer.file),
        ).fetchone()
        about: dict[str, str] = {
            "place": place,
            "dossier": ascii(answer.dossier),
            "field": ascii(answer.field),
        }
        if row is None:
            raise BadInputError("corrections.unknown", **about)
        before, reason = CorrectionState(row[0]), answer.reason or ""
        after = moved(before, EVENTS[answer.result])
        if isinstance(after, Message):
            raise BadInputError("corrections.contradicts", **about, state=before)
        if after is before:
            return False
        db.execute(
            "update correction set state = ?, reason = ? where dossier = ? and field = ?",
            (after, reason, answer.dossier, answer.field),
        )
        self._database.append(
            db, f"correction.{answer.result}", answer.dossier, field=answer.field, reason=reason
        )
        return True

    def _listed(self, db: sqlite3.Connection, state: CorrectionState) -> Iterator[Listed]:
        rows = db.execute(
            "select file, dossier, group_concat(field) from correction where state = ? group by file, dossier"
            " order by dossier",
            (state,),
        ).fetchall()
        for name, dossier, fields in rows:
            with disk_trouble(self._path(name)):
                size = self._path(name).stat().st_size
            yield Listed(name, size, dossier, tuple(sorted(fields.split(","))))

    def _copy(self, to: Path, bundle: Bundle) -> Path:
        """Into a hidden folder beside it, one file after the other, then renamed."""
        place = to / f"corrections-{self._kiosk}-{bundle.seq:06d}-{bundle.signature[:8]}"
        temporary = place.with_name(f".{place.name}.new")
        make_folder(to)
        try:
            make_folder(temporary)
            for item in bundle.corrections:
                with disk_trouble(self._path(item.file)):
                    data = self._path(item.file).read_bytes()
                write_durably(temporary / f"{item.file}.age", data)
            write_durably(temporary / LIST, msgspec.json.format(msgspec.json.encode(bundle)) + b"\n")
            with disk_trouble(place):
                temporary.rename(place)
                sync_folder(to)
        except BaseException:
            remove_folder(temporary)
            raise
        return place

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.age"


OPEN_FILES = "select distinct file from correction where state in ('decided', 'exported')"


def await_export(db: sqlite3.Connection, dossier: Dossier, file: str, seq: int) -> None:
    """Inside the transaction that seals the dossier."""
    db.executemany(
        "insert into correction (dossier, field, file, state, decided_seq) values (?,?,?,?,?)",
        [(dossier.number, name, file, CorrectionState.DECIDED, seq) for name in accepted_in(dossier)],
    )


def count_unexported(db: sqlite3.Connection) -> int:
    (count,) = db.execute("select count(*) from correction where state = 'decided'").fetchone()
    return int(count)


def correction_lines(connection: sqlite3.Connection) -> list[CorrectionLine]:
    """Every correction, oldest first."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "select dossier, field, state, reason from correction order by decided_seq, field"
    ).fetchall()
    return [CorrectionLine(number, field, CorrectionState(state), why) for number, field, state, why in rows]
