"""Time as a kiosk can know it: a clock that may be wrong, and an order that never is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

import msgspec

VIETNAM = timezone(timedelta(hours=7), "+07")


class Reading(msgspec.Struct, frozen=True):
    """One look at the clocks, never used to order events: that is done by the audit chain's `seq`.

    `boottime_ns` counts since this boot, sleep included; `wall` is ISO 8601 UTC.

    `source` says who set the wall clock (`ntp`, `rtc`, `officer`, `unknown`), `uncertainty_s` how far it may be off (-1:
    unknown).
    """

    boot_id: str
    boottime_ns: int
    wall: str
    source: str
    uncertainty_s: int

    @property
    def local(self) -> datetime:
        """The wall time in Vietnam."""
        return local_time(self.wall)


class Clock(Protocol):
    """Injected everywhere; nothing else reads the time."""

    def read(self) -> Reading: ...

    def monotonic(self) -> float:
        """Seconds that only grow, for waiting."""
        ...

    def sleep(self, seconds: float) -> None: ...


def today(clock: Clock) -> date:
    """The date in Vietnam."""
    return clock.read().local.date()


def local_time(wall: str) -> datetime:
    """A wall time written as ISO 8601, in Vietnam."""
    return datetime.fromisoformat(wall).astimezone(VIETNAM)


def wall_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
