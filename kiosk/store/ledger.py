"""The durable record of visits and dossiers: the only writer of database, drafts and spool.

Every method has committed (WAL, FULL) when it returns, with its audit event in the same transaction.
Layout of the data folder: `kiosk.db`, `drafts/<number>/` (samples until sealed), `spool/<id>.age|.json`,
`corrections/<id>.age`, `keys/`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from kiosk.domain.batch import RULE_OFFICER, is_drawn
from kiosk.domain.dossier import (
    Approved,
    Dossier,
    DossierEvent,
    DossierState,
    Fact,
    Sample,
    SampleKept,
    SampleKind,
    move,
)
from kiosk.domain.message import Message
from kiosk.domain.person import Person
from kiosk.domain.receipt import Slip
from kiosk.domain.time import Clock
from kiosk.store.batches import Batches, await_signature
from kiosk.store.chain import advance
from kiosk.store.corrections import CorrectionBook, await_export
from kiosk.store.database import Database
from kiosk.store.facts import audited, identity, read_fact
from kiosk.store.files import (
    disk_trouble,
    make_folder,
    remove_folder,
    sync_folder,
    write_durably,
    write_durably_as,
)
from kiosk.store.keys import DeviceKeys
from kiosk.store.purge import UNKNOWN, Purge, cancelled_state
from kiosk.store.queue import Queue
from kiosk.store.requests import Requests
from kiosk.store.sealing import SCHEMA, Manifest, Recipients, pack, sample_name, sign
from kiosk.store.slips import SlipBook, owe, part_with
from kiosk.workflow.ledger import Known, Sealed, Visit

OPEN_STATES = (DossierState.DRAFT, DossierState.CAPTURED, DossierState.APPROVED)


class SqliteLedger:
    """Implements `kiosk.workflow.ledger.Ledger`."""

    def __init__(self, data: Path, kiosk: str, recipients: Recipients, clock: Clock) -> None:
        """Open or create, then tidy what a crash left. Raises `StoreError`."""
        for folder in (data, data / "drafts", data / "spool"):
            make_folder(folder)
        self._data = data
        self._kiosk = kiosk
        self._recipients = recipients
        self._clock = clock
        self.keys = DeviceKeys.open(data / "keys")
        self.database = Database(data / "kiosk.db", clock)
        self.slips = SlipBook(self.database)
        self.batches = Batches(self.database, self.keys, kiosk)
        self.corrections = CorrectionBook(self.database, data / "corrections", kiosk, self.keys)
        self.queue = Queue(self.database)
        self.requests = Requests(self.database, self.keys, kiosk)
        self.purge = Purge(self.database, data / "spool")
        self._tidy()

    def close(self) -> None:
        self.database.close()

    # -- visits ------------------------------------------------------------------------------------------------

    def open_visit(self) -> Visit | None:
        row = self.database.one(
            "select id, activity, language, notice_seen, dossier from visit where closed_seq is null"
            " order by opened_seq desc limit 1"
        )
        return Visit(row[0], row[1], row[2], bool(row[3]), row[4]) if row else None

    def begin_visit(self, activity: str) -> Visit:
        with self.database.transaction() as db:
            seq = self.database.append(db, "visit.begin", "", activity=activity)
            visit = Visit(f"V{seq:08d}", activity)
            db.execute(
                "insert into visit (id, activity, opened_seq) values (?,?,?)", (visit.id, activity, seq)
            )
        return visit

    def change_visit(
        self,
        visit: Visit,
        *,
        language: str | None = None,
        notice_seen: bool | None = None,
        dossier: str | None = None,
    ) -> Visit:
        given = {"language": language, "notice_seen": notice_seen, "dossier": dossier}
        changed = {name: value for name, value in given.items() if value is not None}
        with self.database.transaction() as db:
            for name, value in changed.items():
                db.execute(f"update visit set {name} = ? where id = ?", (value, visit.id))  # noqa: S608
            self.database.append(db, "visit.change", visit.id, **{k: str(v) for k, v in changed.items()})
        return msgspec.structs.replace(visit, **changed)

    def end_visit(self, visit: Visit, outcome: str) -> None:
        with self.database.transaction() as db:
            seq = self.database.append(db, "visit.end", visit.id, outcome=outcome)
            db.execute("update visit set closed_seq = ?, outcome = ? where id = ?", (seq, outcome, visit.id))
            erased = part_with(db, visit.id)
        if erased:
            self.database.empty_log()

    def journal(self, visit: Visit, step: str, event: str) -> None:
        self.audit(f"step.{event}", visit.id, step=step)

    def audit(self, event: str, subject: str, **detail: str | int) -> None:
        with self.database.transaction() as db:
            self.database.append(db, event, subject, **detail)

    # -- drafts ------------------------------------------------------------------------------------------------

    def find_dossier(self, person: Person) -> Known | None:
        row = self.database.one(
            "select number, state from dossier where person_tag = ? and state <> 'purged'"
            " order by opened_seq desc limit 1",
            self.keys.person_tag(identity(person)),
        )
        return Known(row[0], DossierState(row[1]) in OPEN_STATES) if row else None

    def open_dossier(self, activity: str, regime: str, facts: tuple[Fact, ...]) -> Dossier:
        empty = Dossier("", activity, regime, facts=facts)
        tag = self.keys.person_tag(identity(empty.person)) if empty.person else ""
        with self.database.transaction() as db:
            (count,) = db.execute("select count(*) from dossier").fetchone()
            number = f"{self._kiosk}-{count + 1:06d}"
            seq = self.database.append(db, "dossier.open", number, activity=activity, regime=regime)
            db.execute(
                "insert into dossier (number, activity, regime, state, person_tag, opened_seq) values (?,?,?,?,?,?)",
                (number, activity, regime, DossierState.DRAFT, tag, seq),
            )
            for fact in facts:
                self._add_fact(db, number, fact)
        return msgspec.structs.replace(empty, number=number)

    def dossier(self, number: str) -> Dossier:
        row = self.database.one("select activity, regime, state from dossier where number = ?", number)
        if row is None:
            raise KeyError(number)
        bodies = self.database.all("select body from fact where dossier = ? order by seq", number)
        facts = tuple(read_fact(body) for (body,) in bodies)
        return Dossier(number, row[0], row[1], DossierState(row[2]), facts)

    def record(self, dossier: Dossier, fact: Fact) -> Dossier:
        with self.database.transaction() as db:
            self._add_fact(db, dossier.number, fact)
        return msgspec.structs.replace(dossier, facts=(*dossier.facts, fact))

    def keep(
        self,
        dossier: Dossier,
        kind: SampleKind,
        key: str,
        media: str,
        data: bytes,
        *,
        score: int = -1,
        position: int = 0,
        attempts: int = 0,
        quality: Mapping[str, float] | None = None,
    ) -> tuple[Dossier, Sample]:
        digest = hashlib.sha256(data).hexdigest()
        measured = dict(quality or {})
        sample = Sample(digest, kind, key, media, len(data), score, position, attempts, measured)
        folder = self._drafts(dossier.number)
        if not folder.is_dir():
            make_folder(folder)
            sync_folder(folder.parent)
        write_durably(folder / sample_name(sample), data)
        return self.record(dossier, SampleKept(sample)), sample

    def move(self, dossier: Dossier, event: DossierEvent, by: str) -> Dossier:
        state = move(dossier.state, event)
        if isinstance(state, Message):
            raise ValueError(f"{dossier.number}: {event} in {dossier.state}")
        with self.database.transaction() as db:
            self._move(db, dossier.number, state, event, by)
        return msgspec.structs.replace(dossier, state=state)

    def why_not_cancelled(self, number: str) -> Message | None:
        """Why a dossier is no draft that could be cancelled now; None when it is."""
        with self.database.transaction() as db:
            found = cancelled_state(db, number)
        return found if isinstance(found, Message) else None

    def cancel(self, number: str, officers: tuple[str, str]) -> Message | None:
        """Two officers end a draft: nothing readable is left, nothing that knows the person again; why not, otherwise."""
        with self.database.transaction() as db:
            state = cancelled_state(db, number)
            if isinstance(state, Message):
                return state
            self.database.append(db, "dossier.cancel", number, by=officers[0], second=officers[1])
            db.execute("update dossier set state = ?, person_tag = '' where number = ?", (state, number))
            db.execute("delete from fact where dossier = ?", (number,))
        self._wipe(number)
        return None

    def drawn(self, number: str, percent: float) -> bool:
        draw = self.keys.draw(number)
        taken = is_drawn(draw, percent)
        self.audit("approval.drawn", number, draw=draw, percent=str(percent), taken=int(taken))
        return taken

    # -- sealing -----------------------------------------------------------------------------------------------

    def seal(self, dossier: Dossier, slip: Slip) -> Sealed:
        files = [(sample, self.sample_bytes(dossier.number, sample)) for sample in dossier.samples]
        correction = self.corrections.write(dossier, files, self._recipients)
        ciphertext = self._recipients.encrypt(pack(dossier, self._kiosk, files))
        sealed_id = self._spool_durably(ciphertext)
        manifest = self._commit_seal(dossier, sealed_id, len(ciphertext), slip, correction)
        self._write_manifest(sealed_id, manifest)
        self._wipe(dossier.number)
        return Sealed(dossier.number, sealed_id, str(self._spool(sealed_id, "age")))

    def pending_slip(self, number: str) -> Slip | None:
        return self.slips.pending(number)

    def slip_done(self, number: str, paper: str | None) -> None:
        self.slips.done(number, paper)

    def slip_paper(self, number: str) -> str | None:
        row = self.database.one("select paper from slip where dossier = ?", number)
        return row[0] if row else None

    def sealed(self, number: str) -> Sealed | None:
        row = self.database.one(
            "select sealed_id from dossier where number = ? and sealed_id is not null", number
        )
        return Sealed(number, row[0], str(self._spool(row[0], "age"))) if row else None

    def check_room(self) -> None:
        scratch = self._data / "spool" / ".room"
        write_durably(scratch, bytes(ROOM_BYTES))
        with disk_trouble(scratch):
            scratch.unlink()
        self.audit("store.room", "")

    # -- counts for the board ----------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        return dict(self.database.all("select state, count(*) from dossier group by state"))

    def outbox(self) -> int:
        row = self.database.one("select count(*) from outbox")
        return int(row[0]) if row else 0

    # ----------------------------------------------------------------------------------------------------------

    def _spool_durably(self, ciphertext: bytes) -> str:
        """Write the sealed file under its SHA-256, which is reckoned while the disk is busy."""
        with ThreadPoolExecutor(1) as helper:
            digest = helper.submit(lambda: hashlib.sha256(ciphertext).hexdigest())
            temporary = self._data / "spool" / ".sealing.new"
            write_durably_as(temporary, ciphertext, lambda: self._spool(digest.result(), "age"))
        return digest.result()

    def _commit_seal(
        self, dossier: Dossier, sealed_id: str, size: int, slip: Slip, correction: str | None
    ) -> Manifest:
        state = move(dossier.state, DossierEvent.SEAL)
        if isinstance(state, Message):
            raise ValueError(f"{dossier.number}: sealed in {dossier.state}")
        with self.database.transaction() as db:
            seq = self.database.append(db, "dossier.seal", dossier.number, id=sealed_id, size=size)
            manifest = sign(self._manifest(db, dossier, sealed_id, size, seq), self.keys)
            db.execute(
                "update dossier set state = ?, sealed_id = ?, samples = ?, described = ? where number = ?",
                (state, sealed_id, len(dossier.samples), len(dossier.described), dossier.number),
            )
            db.execute(
                "insert into outbox (id, dossier, manifest, size, queued_seq) values (?,?,?,?,?)",
                (sealed_id, dossier.number, msgspec.json.encode(manifest).decode(), size, seq),
            )
            owe(db, slip)
            if dossier.approval is not None and dossier.approval.officer == RULE_OFFICER:
                await_signature(db, dossier.number, sealed_id, seq)
            if correction is not None:
                await_export(db, dossier, correction, seq)
            db.execute("delete from fact where dossier = ?", (dossier.number,))
        return manifest

    def _manifest(
        self, db: sqlite3.Connection, dossier: Dossier, sealed_id: str, size: int, seq: int
    ) -> Manifest:
        link = advance(db, sealed_id)
        return Manifest(
            schema=SCHEMA,
            id=sealed_id,
            dossier=dossier.number,
            kiosk=self._kiosk,
            counter=link.counter,
            prev_id=link.prev_id,
            size=size,
            recipients=self._recipients.keys,
            operators=tuple(f.officer for f in dossier.facts if isinstance(f, Approved)),
            seq=seq,
            clock=self._clock.read(),
            device_key=self.keys.key_id,
        )

    def _write_manifest(self, sealed_id: str, manifest: Manifest) -> None:
        """Without fsync: the row of the outbox is the durable copy, and `_tidy` writes the file again."""
        path = self._spool(sealed_id, "json")
        with disk_trouble(path):
            path.write_bytes(msgspec.json.encode(manifest))

    def _wipe(self, number: str) -> None:
        """Erase what is readable: the draft's files, and the rows deleted, from the write-ahead log too.

        Not synced: what a power cut brings back is erased again by `_tidy`.
        """
        remove_folder(self._drafts(number))
        self.database.empty_log()

    def _tidy(self) -> None:
        """Finish what a crash interrupted: sealed or cancelled but not wiped, purged but not erased, spooled but not
        committed, manifest not written."""
        over = "select number from dossier where sealed_id is not null or state = 'cancelled'"
        unreadable = {number for (number,) in self.database.all(over)}
        for folder in (self._data / "drafts").iterdir():
            if folder.name in unreadable:
                self._wipe(folder.name)
        self.purge.finish()
        self._tidy_spool()
        self.corrections.tidy()

    def _tidy_spool(self) -> None:
        rows = dict(self.database.all("select id, manifest from outbox"))
        spool = self._data / "spool"
        with disk_trouble(spool):
            for file in spool.iterdir():
                if file.name.startswith("."):
                    file.unlink()
                elif file.is_file() and file.stem not in rows:
                    self._set_aside(file)
            for sealed_id, manifest in rows.items():
                path = self._spool(sealed_id, "json")
                if not path.exists() or path.read_text() != manifest:
                    path.write_text(manifest)

    def _set_aside(self, file: Path) -> None:
        """A sealed file the database does not know (a crash just before the commit) is never deleted."""
        make_folder(file.parent / UNKNOWN)
        file.rename(file.parent / UNKNOWN / file.name)

    def _add_fact(self, db: sqlite3.Connection, number: str, fact: Fact) -> None:
        detail = audited(fact)
        seq = self.database.append(db, f"fact.{type(fact).__name__}", number, **detail)
        body = msgspec.json.encode(fact).decode()
        db.execute("insert into fact (seq, dossier, body) values (?,?,?)", (seq, number, body))

    def _move(
        self, db: sqlite3.Connection, number: str, state: DossierState, event: DossierEvent, by: str
    ) -> None:
        self.database.append(db, f"dossier.{event}", number, by=by)
        db.execute("update dossier set state = ? where number = ?", (state, number))

    def sample_bytes(self, number: str, sample: Sample) -> bytes:
        path = self._drafts(number) / sample_name(sample)
        with disk_trouble(path):
            return path.read_bytes()

    def _drafts(self, number: str) -> Path:
        return self._data / "drafts" / number

    def _spool(self, sealed_id: str, suffix: str) -> Path:
        return self._data / "spool" / f"{sealed_id}.{suffix}"


ROOM_BYTES = 4 << 20
"""Samples, tar and sealed file of one dossier lie beside each other for a moment."""
