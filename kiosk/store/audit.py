"""The audit chain: every event carries the hash of the one before it, in the same transaction as what it tells of."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

import msgspec

from kiosk.domain.time import Reading

GENESIS = "0" * 64
COLUMNS = "seq, boot_id, boottime_ns, wall, source, uncertainty_s, kind, subject, detail, prev, hash"


class AuditEvent(msgspec.Struct, frozen=True, array_like=True):
    """One event. `detail` is canonical JSON and never holds personal data. `hash` covers all the other fields."""

    seq: int
    boot_id: str
    boottime_ns: int
    wall: str
    source: str
    uncertainty_s: int
    kind: str
    subject: str
    detail: str
    prev: str
    hash: str = ""

    def computed(self) -> str:
        """SHA-256 over `"kiosk.audit.v1\\0"` and the JSON array of the fields but the hash."""
        body = msgspec.json.encode(msgspec.structs.astuple(self)[:-1])
        return hashlib.sha256(b"kiosk.audit.v1\0" + body).hexdigest()


class Broken(msgspec.Struct, frozen=True):
    """The first event that does not fit: `why` is `edited`, `deleted`, `reordered`."""

    seq: int
    why: str


class Whole(msgspec.Struct, frozen=True):
    """The chain holds from the first event to `head`."""

    count: int
    head: str


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """The last event's number and hash."""
    row = connection.execute("select seq, hash from audit order by seq desc limit 1").fetchone()
    return (row[0], row[1]) if row else (0, GENESIS)


def append(
    connection: sqlite3.Connection, reading: Reading, kind: str, subject: str, detail: dict[str, str | int]
) -> int:
    """Add one event inside the caller's transaction; its seq."""
    seq, prev = head(connection)
    text = msgspec.json.encode(detail, order="sorted").decode()
    clock = (reading.boot_id, reading.boottime_ns, reading.wall, reading.source, reading.uncertainty_s)
    event = AuditEvent(seq + 1, *clock, kind, subject, text, prev)
    values = (*msgspec.structs.astuple(event)[:-1], event.computed())
    connection.execute(f"insert into audit ({COLUMNS}) values (?,?,?,?,?,?,?,?,?,?,?)", values)  # noqa: S608
    return seq + 1


def events(connection: sqlite3.Connection, kind: str = "*", subject: str = "") -> Iterator[AuditEvent]:
    """In their order. `kind` may hold `*` and `?`; `subject` is whole or empty for any."""
    rows = connection.execute(
        f"select {COLUMNS} from audit where kind glob ? and (? = '' or subject = ?) order by seq",  # noqa: S608
        (kind, subject, subject),
    )
    for row in rows:
        yield AuditEvent(*row)


def verify(connection: sqlite3.Connection) -> Whole | Broken:
    """Walk the chain. A cut-off tail shows only against a head noted elsewhere."""
    expected, prev, count = 1, GENESIS, 0
    for event in events(connection):
        if event.seq != expected:
            return Broken(expected, "deleted")
        if event.computed() != event.hash:
            return Broken(event.seq, "edited")
        if event.prev != prev:
            return Broken(event.seq, "reordered")
        expected, prev, count = expected + 1, event.hash, count + 1
    return Whole(count, prev)
