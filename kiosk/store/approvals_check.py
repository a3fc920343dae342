"""What an inspector checks again of approvals by rule: that nobody chose what was drawn, and what was signed by whom."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from kiosk.domain.batch import Batch, is_drawn
from kiosk.store import audit
from kiosk.store.batches import batch_holds, count_unsigned
from kiosk.store.keys import DeviceKeys
from kiosk.store.requests import bad_agreements


class Wrong(msgspec.Struct, frozen=True):
    """`why` is `draw` (not what the device's key gives), `undrawn` (passed by rule without a draw, or although it was
    drawn and nobody was asked), `batch` (its signature or its list does not hold),
    `request` (two persons' agreement that is not signed, or not theirs)."""

    subject: str
    why: str


class ApprovalsChecked(msgspec.Struct, frozen=True):
    """`drawn` of `draws` dossiers were taken for a look, `missed` of them nobody looked at in time."""

    draws: int
    drawn: int
    missed: int
    batches: int
    unsigned: int
    wrong: tuple[Wrong, ...]


def check_approvals(connection: sqlite3.Connection, keys: DeviceKeys) -> ApprovalsChecked:
    """Reckon every draw again, verify every batch and what two persons agreed to. The chain itself is verified elsewhere."""
    draws = [(event.subject, _detail(event)) for event in audit.events(connection, "approval.drawn")]
    missed = {event.subject for event in audit.events(connection, "approval.missed")}
    (batches,) = connection.execute("select count(*) from batch").fetchone()
    drawn = {subject for subject, detail in draws if detail["taken"]}
    passed = {subject for subject, _ in draws} - (drawn - missed)
    wrong = (
        *(Wrong(subject, "draw") for subject, detail in draws if not _is_right(subject, detail, keys)),
        *(Wrong(number, "undrawn") for number in _by_rule(connection) if number not in passed),
        *(Wrong(number, "batch") for number in _bad_batches(connection, keys)),
        *(Wrong(number, "request") for number in bad_agreements(connection, keys.public)),
    )
    return ApprovalsChecked(
        len({subject for subject, _ in draws}),
        len(drawn),
        len(missed),
        batches,
        count_unsigned(connection),
        wrong,
    )


def _detail(event: audit.AuditEvent) -> dict[str, Any]:
    return msgspec.json.decode(event.detail, type=dict[str, Any])


def _is_right(subject: str, detail: dict[str, Any], keys: DeviceKeys) -> bool:
    draw = keys.draw(subject)
    return bool(detail["draw"] == draw and detail["taken"] == is_drawn(draw, float(detail["percent"])))


def _by_rule(connection: sqlite3.Connection) -> list[str]:
    return [number for (number,) in connection.execute("select dossier from by_rule order by dossier")]


def _bad_batches(connection: sqlite3.Connection, keys: DeviceKeys) -> Iterator[str]:
    told = {event.subject: event for event in audit.events(connection, "batch.signed")}
    for number, body in connection.execute("select id, body from batch order by seq").fetchall():
        batch = msgspec.json.decode(body, type=Batch)
        members = tuple(
            connection.execute("select dossier, sealed_id from by_rule where batch = ?", (number,)).fetchall()
        )
        event = told.pop(number, None)
        known = event is not None and (event.seq, _detail(event)["digest"]) == (batch.seq, batch.digest)
        if not (known and batch.id == number and batch_holds(batch, members, keys.public)):
            yield number
    yield from told
