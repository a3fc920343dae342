"""Tickets of the service day: on disk with their audit event, so that no restart loses one."""

from __future__ import annotations

import sqlite3

from kiosk.domain.message import Message, msg
from kiosk.domain.queue import (
    Priority,
    Ticket,
    TicketEvent,
    TicketState,
    called_of,
    in_line,
    median_minutes,
    minutes_between,
    move,
    peak,
)
from kiosk.domain.shift import service_day
from kiosk.store.database import Database

SELECT = "select number, priority, state, seq, since from ticket where day = ?"
STEPS = {"queue.taken": 1, "queue.return": 1, "queue.call": -1}


class Queue:
    """Every method has committed when it returns. Raises `StoreError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def today(self) -> str:
        """The service day, ISO 8601."""
        return service_day(self._database.clock.read().local).isoformat()

    def tickets(self, day: str) -> tuple[Ticket, ...]:
        """Those of a day that are not over, by number."""
        rows = self._database.all(f"{SELECT} and state <> 'served' order by number", day)
        return tuple(map(_ticket, rows))

    def take(self, priority: Priority, by: str) -> Ticket:
        """The next number of the day."""
        day, since = self.today(), self._database.clock.read().wall
        with self._database.transaction() as db:
            (last,) = db.execute(
                "select coalesce(max(number), 0) from ticket where day = ?", (day,)
            ).fetchone()
            number = last + 1
            seq = self._database.append(db, "queue.taken", f"{number:03}", by=by, priority=priority)
            db.execute(
                "insert into ticket (day, number, priority, state, seq, since, taken_seq) values (?,?,?,?,?,?,?)",
                (day, number, priority, TicketState.WAITING, seq, since, seq),
            )
        return Ticket(number, priority, TicketState.WAITING, seq, since)

    def call_next(self, by: str) -> Message | None:
        """Whoever's turn it is; why nobody is called, otherwise."""
        tickets = self.tickets(self.today())
        called, line = called_of(tickets), in_line(tickets)
        if called is not None:
            return msg("queue.one_at_a_time", number=called.text)
        return self.move(line[0].number, TicketEvent.CALL, by) if line else msg("queue.nobody")

    def move(self, number: int, event: TicketEvent, by: str) -> Message | None:
        """Two desks that do the same: one wins, the other is told where the number stands."""
        day, reading = self.today(), self._database.clock.read()
        with self._database.transaction() as db:
            row = db.execute(f"{SELECT} and number = ?", (day, number)).fetchone()
            if row is None:
                return msg("queue.unknown", number=f"{number:03}")
            ticket = _ticket(row)
            state = move(ticket.state, event)
            if isinstance(state, Message):
                return state
            waited = minutes_between(ticket.since, reading.wall)
            detail = {"minutes": waited} if event is TicketEvent.CALL else {}
            seq = self._database.append(db, f"queue.{event}", ticket.text, by=by, **detail)
            db.execute("update ticket set state = ? where day = ? and number = ?", (state, day, number))
            if event is TicketEvent.RETURN:
                db.execute(
                    "update ticket set seq = ?, since = ? where day = ? and number = ?",
                    (seq, reading.wall, day, number),
                )
        return None


def _ticket(row: tuple[int, str, str, int, str]) -> Ticket:
    number, priority, state, seq, since = row
    return Ticket(number, Priority(priority), TicketState(state), seq, since)


def queue_figures(db: sqlite3.Connection, since: int) -> tuple[int, int, int]:
    """From the audit chain since that event: numbers given, the most who waited at once, the median wait in minutes."""
    (opened_day,) = db.execute(
        "select coalesce(max(day), '') from shift where opened_seq <= ?", (since,)
    ).fetchone()
    (before,) = db.execute(
        "select count(*) from ticket where day = ? and taken_seq <= ? and not exists (select 1 from audit"
        " where kind = 'queue.call' and subject = printf('%03d', number) and seq between taken_seq and ?)",
        (opened_day, since, since),
    ).fetchone()
    rows = db.execute(
        "select kind, json_extract(detail, '$.minutes') from audit where seq > ? and kind in"
        " ('queue.taken','queue.return','queue.call') order by seq",
        (since,),
    ).fetchall()
    waits = [minutes for kind, minutes in rows if kind == "queue.call"]
    taken = sum(kind == "queue.taken" for kind, _ in rows)
    return taken, peak(before, (STEPS[kind] for kind, _ in rows)), median_minutes(waits)
