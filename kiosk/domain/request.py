"""What one person may ask for and another one has to agree to (`domain.people.TWO_PERSONS`)."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from kiosk.domain.factors import FactorKind
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right, Role, parse_name, parse_staff_number


class RequestKind(StrEnum):
    """Each with the values it needs, see `FIELDS`."""

    ADD_OFFICER = "add_officer"
    RETIRE_OFFICER = "retire_officer"
    RESET_PIN = "reset_pin"
    CANCEL_DOSSIER = "cancel_dossier"
    ENROL_FACTOR = "enrol_factor"
    FORGET_FACTORS = "forget_factors"


FIELDS: dict[RequestKind, tuple[str, ...]] = {
    RequestKind.ADD_OFFICER: ("officer", "name", "role"),
    RequestKind.RETIRE_OFFICER: ("officer",),
    RequestKind.RESET_PIN: ("officer",),
    RequestKind.CANCEL_DOSSIER: ("dossier",),
    RequestKind.ENROL_FACTOR: ("officer", "factor"),
    RequestKind.FORGET_FACTORS: ("officer",),
}

ASKED_WITH: dict[RequestKind, Right | None] = {
    RequestKind.ADD_OFFICER: Right.MANAGE_PEOPLE,
    RequestKind.RETIRE_OFFICER: Right.MANAGE_PEOPLE,
    RequestKind.RESET_PIN: Right.DECIDE,
    RequestKind.CANCEL_DOSSIER: Right.DECIDE,
    RequestKind.ENROL_FACTOR: None,
    RequestKind.FORGET_FACTORS: Right.DECIDE,
}
"""Who may ask; None: everybody, for himself. A lost PIN at nine in the evening must not wait for a supervisor to ask for
it."""

AGREED_WITH: dict[RequestKind, Right] = {
    RequestKind.ADD_OFFICER: Right.DECIDE,
    RequestKind.RETIRE_OFFICER: Right.DECIDE,
    RequestKind.RESET_PIN: Right.DECIDE,
    RequestKind.CANCEL_DOSSIER: Right.DECIDE,
    RequestKind.ENROL_FACTOR: Right.DECIDE,
    RequestKind.FORGET_FACTORS: Right.DECIDE,
}
"""Who may agree: another colleague. Supervisors ask, and a commune has only one."""


class Request(msgspec.Struct, frozen=True):
    """Asked by the staff number `by` at `asked` (ISO 8601); `why` in that person's words."""

    id: str
    kind: RequestKind
    values: dict[str, str]
    why: str
    by: str
    asked: str

    @property
    def what(self) -> Message:
        """What it changes, in a sentence."""
        said: dict[str, str | Message] = dict(self.values)
        if "role" in said:
            said["role"] = msg(f"role.{self.values['role']}")
        if "factor" in said:
            said["factor"] = msg(f"factor.{self.values['factor']}")
        return msg(f"request.{self.kind}", **said)


LONGEST_WHY = 200
DOSSIER_NUMBER = re.compile(r"[A-Z0-9]{2,12}-[0-9]{6,9}")


def parse_request(kind: RequestKind, values: dict[str, str], why: str) -> dict[str, str] | Message:
    """The values, tidied, or what is wrong with them."""
    if not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        return msg("request.why")
    if set(values) != set(FIELDS[kind]):
        return msg("request.fields", fields=", ".join(FIELDS[kind]))
    if kind is RequestKind.CANCEL_DOSSIER:
        dossier = values["dossier"].strip().upper()
        return {"dossier": dossier} if DOSSIER_NUMBER.fullmatch(dossier) else msg("request.dossier")
    number = parse_staff_number(values["officer"])
    if isinstance(number, Message):
        return number
    if kind is RequestKind.ENROL_FACTOR:
        known = values["factor"] in set(FactorKind)
        return {"officer": number, "factor": values["factor"]} if known else msg("request.factor")
    return _person(number, values) if kind is RequestKind.ADD_OFFICER else {"officer": number}


def _person(number: str, values: dict[str, str]) -> dict[str, str] | Message:
    name = parse_name(values["name"])
    if isinstance(name, Message):
        return name
    if values["role"] not in set(Role):
        return msg("request.role", roles=", ".join(Role))
    return {"officer": number, "name": name, "role": values["role"]}
