"""Requests that wait for a second person: on disk, so that no restart forgets one and none is settled twice.

Two persons' agreement is signed with the device's key over the request as it was asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.message import Message, msg
from kiosk.domain.request import Agreement, Request, RequestKind
from kiosk.store import audit
from kiosk.store.database import Database
from kiosk.store.keys import DeviceKeys, key_id

RECORDED = ("officer", "dossier", "sha256", "count", "sealed", "digest")
"""Values that are no personal data: they stand in the audit chain too."""


class Requests:
    """Every method has committed when it returns."""

    def __init__(self, database: Database, keys: DeviceKeys, kiosk: str) -> None:
        self._database = database
        self._keys = keys
        self._kiosk = kiosk

    def open(self) -> tuple[Request, ...]:
        """Those that wait, oldest first."""
        rows = self._database.all("select body from request where settled_seq is null order by asked_seq")
        return tuple(msgspec.json.decode(body, type=Request) for (body,) in rows)

    def ask(self, kind: RequestKind, values: dict[str, str], why: str, by: str) -> Request:
        asked = self._database.clock.read().wall
        with self._database.transaction() as db:
            (count,) = db.execute("select count(*) from request").fetchone()
            request = Request(f"Y{count + 1:05d}", kind, values, why, by, asked)
            about = {name: values[name] for name in RECORDED if name in values}
            seq = self._database.append(db, "request.asked", request.id, kind=kind, by=by, **about)
            db.execute(
                "insert into request (id, asked_seq, body) values (?,?,?)",
                (request.id, seq, msgspec.json.encode(request).decode()),
            )
        return request

    def settle(self, number: str, by: str, agreed: bool) -> Request | Message:
        """The first answer of somebody else counts; whoever asked may only take it back."""
        with self._database.transaction() as db:
            row = db.execute(
                "select body from request where id = ? and settled_seq is null", (number,)
            ).fetchone()
            if row is None:
                return msg("request.settled")
            request = msgspec.json.decode(row[0], type=Request)
            if agreed and by == request.by:
                return msg("request.same_person")
            if agreed:
                self._agree(db, request, by)
            else:
                seq = self._database.append(db, "request.declined", number, by=by, asked_by=request.by)
                db.execute("update request set settled_seq = ? where id = ?", (seq, number))
        return request

    def came_of(self, request: Request, trouble: Message | None) -> None:
        """What was agreed to was done, or could not be."""
        with self._database.transaction() as db:
            if trouble is None:
                self._database.append(db, "request.done", request.id, kind=request.kind)
            else:
                self._database.append(db, "request.failed", request.id, kind=request.kind, why=trouble.code)

    def _agree(self, db: sqlite3.Connection, request: Request, by: str) -> None:
        digest = request.digest
        seq = self._database.append(
            db, "request.agreed", request.id, by=by, asked_by=request.by, digest=digest
        )
        plain = Agreement(
            request.id, self._kiosk, request.kind, digest, request.by, by, seq, self._keys.key_id
        )
        signed = msgspec.structs.replace(plain, signature=self._keys.sign(plain.signed_bytes).hex())
        db.execute(
            "update request set settled_seq = ?, agreement = ? where id = ?",
            (seq, msgspec.json.encode(signed).decode(), request.id),
        )


def agreement_holds(agreement: Agreement, request: Request, public: Ed25519PublicKey) -> bool:
    """Whether this device signed that two different persons agreed to exactly this request."""
    try:
        public.verify(bytes.fromhex(agreement.signature), agreement.signed_bytes)
    except (InvalidSignature, ValueError):
        return False
    said = (agreement.request, agreement.kind, agreement.digest, agreement.by, agreement.key)
    asked = (request.id, request.kind, request.digest, request.by, key_id(public))
    return said == asked and agreement.by != agreement.second


def bad_agreements(connection: sqlite3.Connection, public: Ed25519PublicKey) -> Iterator[str]:
    """The numbers of requests that the chain says were agreed to and that no valid agreement stands for, and of those
    that have one although the chain knows nothing of it. What was agreed to before agreements were signed is left out."""
    told = {
        event.subject: event.seq for event in audit.events(connection, "request.agreed") if _signed(event)
    }
    rows = connection.execute(
        "select id, body, agreement from request where agreement is not null"
    ).fetchall()
    for number, body, text in rows:
        agreement = msgspec.json.decode(text, type=Agreement)
        request = msgspec.json.decode(body, type=Request)
        if told.pop(number, None) != agreement.seq or not agreement_holds(agreement, request, public):
            yield number
    yield from told


def _signed(event: audit.AuditEvent) -> bool:
    return "digest" in msgspec.json.decode(event.detail, type=dict[str, str | int])
