"""A second factor of those who work here, and what comes after what when somebody signs in."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FactorKind(StrEnum):
    """FINGER: a finger on the kiosk's own reader. KEY: a FIDO2 key in one of its sockets."""

    FINGER = "finger"
    KEY = "key"


class Factor(msgspec.Struct, frozen=True):
    """What an officer's finger or key is recognised by. `data`: a template, or a public key.

    `format`: which readers can compare the template, or the key's name for itself as hexadecimal figures. `counter`: what
    the key has counted up to.
    """

    kind: FactorKind
    format: str
    data: bytes
    counter: int = 0

    def __repr__(self) -> str:
        return f"Factor({self.kind.value})"


class Stage(StrEnum):
    """Where somebody who signs in has got to. ENROLMENT_WANTED: nothing is done but asking for a second factor."""

    PIN_WANTED = "pin_wanted"
    FACTOR_WANTED = "factor_wanted"
    ENROLMENT_WANTED = "enrolment_wanted"
    SIGNED_IN = "signed_in"


class Event(StrEnum):
    """PIN_ALONE, PIN_WITH_FACTOR, PIN_UNENROLLED: the PIN was right, and is enough, is half of it, or opens nothing but
    the enrolment. FACTOR_WRONG: another finger, or a key that cannot be the one. FACTOR_MISSED: nothing was shown."""

    PIN_WRONG = "pin_wrong"
    PIN_ALONE = "pin_alone"
    PIN_WITH_FACTOR = "pin_with_factor"
    PIN_UNENROLLED = "pin_unenrolled"
    FACTOR_RIGHT = "factor_right"
    FACTOR_WRONG = "factor_wrong"
    FACTOR_MISSED = "factor_missed"
    ENROLLED = "enrolled"
    GONE = "gone"


NEXT: dict[tuple[Stage, Event], Stage] = {
    (Stage.PIN_WANTED, Event.PIN_WRONG): Stage.PIN_WANTED,
    (Stage.PIN_WANTED, Event.PIN_ALONE): Stage.SIGNED_IN,
    (Stage.PIN_WANTED, Event.PIN_WITH_FACTOR): Stage.FACTOR_WANTED,
    (Stage.PIN_WANTED, Event.PIN_UNENROLLED): Stage.ENROLMENT_WANTED,
    (Stage.FACTOR_WANTED, Event.FACTOR_RIGHT): Stage.SIGNED_IN,
    (Stage.FACTOR_WANTED, Event.FACTOR_WRONG): Stage.PIN_WANTED,
    (Stage.FACTOR_WANTED, Event.FACTOR_MISSED): Stage.PIN_WANTED,
    (Stage.FACTOR_WANTED, Event.GONE): Stage.PIN_WANTED,
    (Stage.ENROLMENT_WANTED, Event.ENROLLED): Stage.PIN_WANTED,
    (Stage.ENROLMENT_WANTED, Event.GONE): Stage.PIN_WANTED,
    (Stage.SIGNED_IN, Event.ENROLLED): Stage.PIN_WANTED,
    (Stage.SIGNED_IN, Event.GONE): Stage.PIN_WANTED,
}
"""What is not here cannot happen. GONE: signed out, locked, the account ended, the screen away."""


def after(stage: Stage, event: Event) -> Stage:
    """Raises `ValueError` for what cannot happen."""
    if (stage, event) not in NEXT:
        raise ValueError(f"{event} at {stage}")
    return NEXT[stage, event]


def counts_up(known: int, said: int) -> bool:
    """Whether a key's counter went up; one that does not count says 0 for ever (WebAuthn level 2, section 7.2, step 21)."""
    return said > known or said == known == 0
