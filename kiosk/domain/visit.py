"""How a visit can end. Every end is an outcome with a next step, never a gap (O3)."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """DONE: with a slip. ENDED: told why it goes no further (too young, nothing to do, sent back). LEFT, IDLE: the citizen
    stopped or went away. FAILED, UNAVAILABLE: the machine's fault. The last three are an officer's to say: the person
    does not want to, cannot today, or cannot decide for himself (R0 "không hợp tác", R4 "mất khả năng nhận thức")."""

    DONE = "done"
    ENDED = "ended"
    LEFT = "left"
    IDLE = "idle"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    CANNOT_TODAY = "cannot_today"
    INCAPACITATED = "incapacitated"


BY_OFFICER = (Outcome.REFUSED, Outcome.CANNOT_TODAY, Outcome.INCAPACITATED)
