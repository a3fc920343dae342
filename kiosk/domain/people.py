"""The people who work at a kiosk, and what each of them may do."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

import msgspec

from kiosk.domain.message import Message, msg


class Role(StrEnum):
    """HELPER guides people and sees no personal data; OFFICER serves; SUPERVISOR answers for the team; TECHNICIAN
    looks after devices and images and sees no dossier; INSPECTOR reads, and everything he does is recorded."""

    HELPER = "helper"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"
    INSPECTOR = "inspector"


class Right(StrEnum):
    """One kind of act at the desk. Who only stands at a screen, not signed in, has none of them."""

    ANSWER_CALL = "answer_call"
    SEE_DATA = "see_data"
    TAKE_OVER = "take_over"
    DECIDE = "decide"
    APPROVE = "approve"
    REPRINT = "reprint"
    RUN_SHIFT = "run_shift"
    MANAGE_PEOPLE = "manage_people"
    SET_CLOCK = "set_clock"
    IMPORT_ROSTER = "import_roster"
    PURGE = "purge"
    READ_AUDIT = "read_audit"
    AGREE_UPDATE = "agree_update"
    SERVICE = "service"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.HELPER: frozenset({Right.ANSWER_CALL}),
    Role.OFFICER: frozenset(
        {
            Right.ANSWER_CALL,
            Right.SEE_DATA,
            Right.TAKE_OVER,
            Right.DECIDE,
            Right.APPROVE,
            Right.REPRINT,
            Right.READ_AUDIT,
            Right.AGREE_UPDATE,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Right.ANSWER_CALL,
            Right.SEE_DATA,
            Right.TAKE_OVER,
            Right.DECIDE,
            Right.APPROVE,
            Right.REPRINT,
            Right.RUN_SHIFT,
            Right.MANAGE_PEOPLE,
            Right.SET_CLOCK,
            Right.IMPORT_ROSTER,
            Right.PURGE,
            Right.READ_AUDIT,
            Right.AGREE_UPDATE,
        }
    ),
    Role.TECHNICIAN: frozenset({Right.SERVICE, Right.SET_CLOCK}),
    Role.INSPECTOR: frozenset({Right.SEE_DATA, Right.READ_AUDIT}),
}

TWO_PERSONS = frozenset({Right.SET_CLOCK, Right.IMPORT_ROSTER, Right.PURGE, Right.MANAGE_PEOPLE})
"""What one person alone may ask for but not do: another one has to agree (`domain.request.AGREED_WITH`)."""


class Officer(msgspec.Struct, frozen=True):
    """Somebody with an account. `id` is the staff number, printed and recorded in place of the name."""

    id: str
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


STAFF_NUMBER = re.compile(r"[A-Z]{1,4}[0-9]{1,8}")
LONGEST_NAME = 60
PIN_DIGITS = 6


def parse_staff_number(text: str) -> str | Message:
    """`"cb 07"` as `"CB07"`: one to four letters and a number."""
    number = "".join(text.split()).upper()
    return number if STAFF_NUMBER.fullmatch(number) else msg("people.bad_number")


def parse_name(text: str) -> str | Message:
    name = " ".join(text.split())
    return name if name.isprintable() and 0 < len(name) <= LONGEST_NAME else msg("people.bad_name")


def parse_new_pin(text: str) -> str | Message:
    """A PIN somebody chooses. Six figures; one that everybody tries first is refused."""
    if not (len(text) == PIN_DIGITS and text.isascii() and text.isdecimal()):
        return msg("people.pin_digits", digits=PIN_DIGITS)
    return msg("people.pin_easy") if _easy(text) else text


def _easy(pin: str) -> bool:
    """One or two figures only, a run up or down, or a half said twice."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    half = PIN_DIGITS // 2
    return len(set(pin)) <= 2 or steps in ({1}, {-1}) or pin[:half] == pin[half:]
