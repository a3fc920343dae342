"""Who waits at a station: numbers of a service day, nothing of the person (C6, C10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from statistics import median

import msgspec

from kiosk.domain.message import Message, msg


class Priority(StrEnum):
    """Who goes first (R0: "người già ốm đau, người tàn tật"); NONE in the order of the numbers."""

    NONE = "none"
    ELDERLY = "elderly"
    SICK = "sick"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    CHILD = "child"


class TicketState(StrEnum):
    """ABSENT: called and not there; may come back."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    ABSENT = "absent"


class TicketEvent(StrEnum):
    """What moves it. SERVE also happens by itself when a visit begins while the number is called."""

    CALL = "call"
    SERVE = "serve"
    MISS = "miss"
    RETURN = "return"


S, E = TicketState, TicketEvent
TRANSITIONS: dict[tuple[TicketState, TicketEvent], TicketState] = {
    (S.WAITING, E.CALL): S.CALLED,
    (S.CALLED, E.SERVE): S.SERVED,
    (S.CALLED, E.MISS): S.ABSENT,
    (S.ABSENT, E.RETURN): S.WAITING,
}


def move(state: TicketState, event: TicketEvent) -> TicketState | Message:
    """The next state, or why the event is not allowed in this one."""
    return TRANSITIONS.get((state, event)) or msg("queue.not_allowed", state=msg(f"queue.state.{state}"))


class Ticket(msgspec.Struct, frozen=True):
    """`seq` is the audit event with which it began to wait, for the first time or again, at `since` (ISO 8601)."""

    number: int
    priority: Priority
    state: TicketState
    seq: int
    since: str

    @property
    def text(self) -> str:
        return f"{self.number:03}"


def in_line(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Those who wait: whoever has priority first, then as they came; whoever comes back stands at the end."""
    waiting = (ticket for ticket in tickets if ticket.state is TicketState.WAITING)
    return tuple(sorted(waiting, key=lambda ticket: (ticket.priority is Priority.NONE, ticket.seq)))


def called_of(tickets: Iterable[Ticket]) -> Ticket | None:
    """The number that is called now; there is one at most."""
    return next((ticket for ticket in tickets if ticket.state is TicketState.CALLED), None)


def minutes_between(since: str, now: str) -> int:
    """Whole minutes, none where a clock was set back meanwhile."""
    passed = datetime.fromisoformat(now) - datetime.fromisoformat(since)
    return max(0, int(passed.total_seconds() // 60))


def longest_minutes(tickets: Iterable[Ticket], now: str) -> int:
    """How long whoever has waited longest has waited."""
    return max((minutes_between(ticket.since, now) for ticket in in_line(tickets)), default=0)


def peak(before: int, steps: Iterable[int]) -> int:
    """The most who waited at once: `before` at first, then one more (1) or one fewer (-1) a step."""
    most = now = before
    for step in steps:
        now = max(0, now + step)
        most = max(most, now)
    return most


def median_minutes(waits: Iterable[int]) -> int:
    """Of whole minutes; 0 when nobody was called."""
    known = list(waits)
    return int(median(known)) if known else 0
