"""Sealing a dossier of 1 MB durably, against the least that could be done in the same run, by turns.

Floor: encrypt 1 MB, write it to a file with fsync, rename and fsync of the folder, commit one row (WAL, FULL).
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import pyrage

from bench.table import Row
from kiosk.domain.dates import PartialDate
from kiosk.domain.dossier import Approved, Dossier, DossierEvent, Identified, SampleKind, Source
from kiosk.domain.person import Person, Sex
from kiosk.domain.receipt import Slip, Text
from kiosk.hal.clock import SystemClock
from kiosk.store.files import write_durably
from kiosk.store.ledger import SqliteLedger
from kiosk.store.sealing import Manifest, Recipients

DOSSIERS, SAMPLES, SAMPLE_BYTES = 80, 14, 75_000
WARM_UP = 5
LEAST = 0.7
DURABLE = (
    "14 samples read and packed, encrypted to two keys, file and folder synced, manifest signed, one commit with its"
    " audit event, its slip and its place in the outbox"
)
WHOLE = "the same, then the manifest beside the file, plain files erased, log emptied: the floor leaves nothing to erase"


class Stopwatch(SqliteLedger):
    """Notes when a dossier is safe: what follows is a copy of the manifest, and erasing."""

    durable_at = 0.0

    def _write_manifest(self, sealed_id: str, manifest: Manifest) -> None:
        self.durable_at = time.perf_counter()
        super()._write_manifest(sealed_id, manifest)


def rows() -> list[Row]:
    rng = random.Random(1)
    keys = [pyrage.x25519.Identity.generate().to_public() for _ in range(2)]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        recipients = Recipients([str(key) for key in keys])
        ledger = Stopwatch(Path(folder) / "data", "MAU01", recipients, SystemClock())
        floor = _floor(Path(folder), keys, rng.randbytes(SAMPLES * SAMPLE_BYTES))
        with closing(ledger):
            dossiers = [_dossier(ledger, number, rng) for number in range(DOSSIERS)]
            turns = [(*_seal(ledger, dossier), _seconds(floor)) for dossier in dossiers]
    durable, whole, least = (1 / median(side) for side in zip(*turns[WARM_UP:], strict=True))
    return [
        Row("sealing 1 MB, until it is safe", durable, "/s", LEAST, least, at_least=True, note=DURABLE),
        Row("sealing 1 MB, and erased", whole, "/s", LEAST, least, at_least=True, note=WHOLE),
    ]


def _seal(ledger: Stopwatch, dossier: Dossier) -> tuple[float, float]:
    """Seconds until the dossier is safe, and until its plain files are gone too."""
    begun = time.perf_counter()
    ledger.seal(dossier, Slip(dossier.number, (Text("Phiếu hẹn"),)))
    return ledger.durable_at - begun, time.perf_counter() - begun


def _dossier(ledger: SqliteLedger, number: int, rng: random.Random) -> Dossier:
    """Approved, with 14 samples of noise: what cannot be compressed."""
    person = Person(f"9990850{number:05d}", "Nguyễn Văn Mẫu", PartialDate(1985, 3, 9), Sex.MALE, "", "", "")
    dossier = ledger.open_dossier("first_issue", "cccd2021", (Identified(person, Source.ROSTER),))
    for sample in range(SAMPLES):
        data = rng.randbytes(SAMPLE_BYTES)
        dossier, _ = ledger.keep(dossier, SampleKind.FINGER, f"rolled-{sample:02d}", "image/png", data)
    dossier = ledger.move(dossier, DossierEvent.COMPLETE, "")
    dossier = ledger.record(dossier, Approved("rule", ()))
    return ledger.move(dossier, DossierEvent.APPROVE, "rule")


def _floor(folder: Path, keys: list[pyrage.x25519.Recipient], data: bytes) -> Callable[[], None]:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table sealed (id text primary key, size integer)")

    def seal() -> None:
        ciphertext = pyrage.encrypt(data, keys)
        name = hashlib.sha256(ciphertext[:64]).hexdigest()
        write_durably(folder / f"{name}.age", ciphertext)
        connection.execute("insert into sealed values (?,?)", (name, len(ciphertext)))

    return seal


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
