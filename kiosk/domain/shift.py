"""A shift: who answers for a station, from when to when, on which service day (O1, P6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from kiosk.domain.visit import Outcome

DAY_ENDS_H = 2
"""A service day may last until two in the morning (R2: "có tổ làm tới 2h sáng"); what comes before belongs to yesterday."""


class Shift(msgspec.Struct, frozen=True):
    """`leader` answers for it and `opened_by` opened it: staff numbers. `day` is the service day, ISO 8601."""

    id: str
    day: str
    leader: str
    opened_by: str
    opened_seq: int
    opened: str


class ShiftCounts(msgspec.Struct, frozen=True):
    """What happened between a shift's opening and its closing.

    Every visit ends as one of its outcomes, so `visits` is their sum and the visits still open. `unsigned`: dossiers
    sealed by rule that wait for an officer's signature now, and `corrections` those that wait to be exported now,
    whichever shift sealed them. `tickets` numbers were given; at most `queue_peak` waited at once, and half of those
    called had waited `queue_minutes` or less.
    """

    visits: int
    outcomes: dict[str, int]
    opened: int
    sealed: int
    exceptions: int
    approvals: int
    reprints: int
    unsigned: int = 0
    corrections: int = 0
    tickets: int = 0
    queue_peak: int = 0
    queue_minutes: int = 0

    @property
    def by_outcome(self) -> list[tuple[str, int]]:
        """The outcomes that happened, in the order of `Outcome`: what went well first."""
        order = {outcome.value: number for number, outcome in enumerate(Outcome)}
        return sorted(self.outcomes.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


class ShiftClosed(msgspec.Struct, frozen=True):
    """A shift's sheet. `head_seq`, `head` are the audit chain's last event, its own closing: what a later look is
    verified against."""

    shift: Shift
    closed: str
    closed_by: str
    counts: ShiftCounts
    head_seq: int
    head: str


def service_day(local: datetime) -> date:
    """The day a moment of local time is counted to."""
    return (local - timedelta(hours=DAY_ENDS_H)).date()
