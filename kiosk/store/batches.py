"""Dossiers sealed by rule, and the batches in which officers countersign them: each dossier in one batch at most."""

from __future__ import annotations

import sqlite3

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.batch import Batch, Unsigned, digest_of
from kiosk.domain.message import Message, msg
from kiosk.store.database import Database
from kiosk.store.keys import DeviceKeys, key_id


class Batches:
    """Every method has committed when it returns."""

    def __init__(self, database: Database, keys: DeviceKeys, kiosk: str) -> None:
        self._database = database
        self._keys = keys
        self._kiosk = kiosk

    def unsigned(self) -> Unsigned | None:
        """What waits for a signature now; None when nothing does."""
        rows = self._database.all(
            "select dossier, sealed_id, sealed_seq from by_rule where batch is null order by sealed_seq"
        )
        if not rows:
            return None
        return Unsigned(len(rows), rows[-1][2], digest_of((number, sealed) for number, sealed, _ in rows))

    def sign(self, officer: str, upto: int, digest: str) -> Batch | Message:
        """Countersign what `unsigned` showed, in one transaction; whoever comes second is told who was first."""
        with self._database.transaction() as db:
            rows = db.execute(
                "select dossier, sealed_id from by_rule where batch is null and sealed_seq <= ?", (upto,)
            ).fetchall()
            if not rows or digest_of(rows) != digest:
                return _not_signed(db, upto)
            return self._sign(db, officer, upto, len(rows), digest)

    def _sign(self, db: sqlite3.Connection, officer: str, upto: int, count: int, digest: str) -> Batch:
        (before,) = db.execute("select count(*) from batch").fetchone()
        number = f"L{before + 1:05d}"
        seq = self._database.append(
            db, "batch.signed", number, officer=officer, count=count, digest=digest, upto=upto
        )
        plain = Batch(number, self._kiosk, officer, seq, count, digest, self._keys.key_id)
        batch = msgspec.structs.replace(plain, signature=self._keys.sign(plain.signed_bytes).hex())
        db.execute(
            "insert into batch (id, officer, seq, count, digest, signature, body) values (?,?,?,?,?,?,?)",
            (
                number,
                officer,
                seq,
                count,
                digest,
                batch.signature,
                msgspec.json.encode(batch).decode(),
            ),
        )
        db.execute("update by_rule set batch = ? where batch is null and sealed_seq <= ?", (number, upto))
        return batch

    def signed(self) -> tuple[Batch, ...]:
        """Every batch, oldest first."""
        rows = self._database.all("select body from batch order by seq")
        return tuple(msgspec.json.decode(body, type=Batch) for (body,) in rows)

    def members(self, number: str) -> tuple[tuple[str, str], ...]:
        """Number and sealed id of each dossier in a batch."""
        return tuple(
            self._database.all(
                "select dossier, sealed_id from by_rule where batch = ? order by dossier", number
            )
        )


def await_signature(db: sqlite3.Connection, dossier: str, sealed_id: str, seq: int) -> None:
    """Inside the transaction that seals a dossier approved by rule."""
    db.execute(
        "insert into by_rule (dossier, sealed_id, sealed_seq) values (?,?,?)", (dossier, sealed_id, seq)
    )


def count_unsigned(db: sqlite3.Connection) -> int:
    (count,) = db.execute("select count(*) from by_rule where batch is null").fetchone()
    return int(count)


def batch_holds(batch: Batch, members: tuple[tuple[str, str], ...], public: Ed25519PublicKey) -> bool:
    """Whether this device countersigned exactly these dossiers."""
    try:
        public.verify(bytes.fromhex(batch.signature), batch.signed_bytes)
    except (InvalidSignature, ValueError):
        return False
    return (batch.key, batch.count, batch.digest) == (key_id(public), len(members), digest_of(members))


def _not_signed(db: sqlite3.Connection, upto: int) -> Message:
    row = db.execute(
        "select batch.id, batch.officer from by_rule join batch on batch.id = by_rule.batch"
        " where by_rule.sealed_seq = ?",
        (upto,),
    ).fetchone()
    return msg("batch.taken", batch=row[0], officer=row[1]) if row else msg("batch.changed")
