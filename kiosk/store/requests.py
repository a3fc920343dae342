"""Requests that wait for a second person: on disk, so that no restart forgets one and none is settled twice."""

from __future__ import annotations

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.request import Request, RequestKind
from kiosk.store.database import Database


class Requests:
    """Every method has committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> tuple[Request, ...]:
        """Those that wait, oldest first."""
        rows = self._database.all("select body from request where settled_seq is null order by asked_seq")
        return tuple(msgspec.json.decode(body, type=Request) for (body,) in rows)

    def ask(self, kind: RequestKind, values: dict[str, str], why: str, by: str) -> Request:
        asked = self._database.clock.read().wall
        with self._database.transaction() as db:
            (count,) = db.execute("select count(*) from request").fetchone()
            request = Request(f"Y{count + 1:05d}", kind, values, why, by, asked)
            seq = self._database.append(
                db, "request.asked", request.id, kind=kind, by=by, officer=values["officer"]
            )
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
            event = "request.agreed" if agreed else "request.declined"
            seq = self._database.append(db, event, number, by=by, asked_by=request.by)
            db.execute("update request set settled_seq = ? where id = ?", (seq, number))
        return request
