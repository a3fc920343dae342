"""The waiting list beside the visits: who is called, and that whoever steps up has come."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.message import Message, msg
from kiosk.domain.queue import Priority, Ticket, TicketEvent, called_of
from kiosk.errors import StoreError
from kiosk.store.queue import Queue


class WaitingList:
    """`tickets` are those of the service day that are not over; `changed` is told when they are others."""

    def __init__(self, queue: Queue, changed: Callable[[], None]) -> None:
        self._queue = queue
        self._changed = changed
        self._day = queue.today()
        self.tickets: tuple[Ticket, ...] = queue.tickets(self._day)

    @property
    def called(self) -> str:
        """The number that is called now, as people read it; empty when none is."""
        found = called_of(self.tickets)
        return found.text if found else ""

    def add(self, priority: Priority, by: str) -> Message | None:
        return self._done(lambda: self._take(priority, by))

    def act(self, number: int, event: TicketEvent, by: str) -> Message | None:
        """`CALL` without a number calls whoever's turn it is."""
        if event is TicketEvent.CALL and not number:
            return self._done(lambda: self._queue.call_next(by))
        return self._done(lambda: self._queue.move(number, event, by))

    def look(self, visit: str) -> None:
        """Called now and then: a visit that began is the number's that was called; a new day begins at one."""
        found = called_of(self.tickets)
        if visit and found is not None:
            self.act(found.number, TicketEvent.SERVE, visit)
        if self._queue.today() != self._day:
            self._done(lambda: None)

    def _take(self, priority: Priority, by: str) -> None:
        self._queue.take(priority, by)

    def _done(self, work: Callable[[], Message | None]) -> Message | None:
        try:
            said = work()
            self._read()
        except StoreError as error:
            return msg(error.code, **error.values)
        return said

    def _read(self) -> None:
        self._day = self._queue.today()
        self.tickets = self._queue.tickets(self._day)
        self._changed()
