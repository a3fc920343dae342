"""What one person may ask for and another one has to agree to (`domain.people.TWO_PERSONS`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from kiosk.domain.factors import FactorKind
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right, Role, parse_name, parse_staff_number
from kiosk.domain.time import VIETNAM


class RequestKind(StrEnum):
    """Each with the values it needs, see `FIELDS`. PURGE_DOSSIER: a sealed dossier for which the centre has not signed;
    PURGE_UNKNOWN: the files of the spool that the database does not know."""

    ADD_OFFICER = "add_officer"
    RETIRE_OFFICER = "retire_officer"
    RESET_PIN = "reset_pin"
    CANCEL_DOSSIER = "cancel_dossier"
    ENROL_FACTOR = "enrol_factor"
    FORGET_FACTORS = "forget_factors"
    SET_CLOCK = "set_clock"
    IMPORT_ROSTER = "import_roster"
    PURGE_DOSSIER = "purge_dossier"
    PURGE_UNKNOWN = "purge_unknown"


K = RequestKind
FIELDS: dict[RequestKind, tuple[str, ...]] = {
    K.ADD_OFFICER: ("officer", "name", "role"),
    K.RETIRE_OFFICER: ("officer",),
    K.RESET_PIN: ("officer",),
    K.CANCEL_DOSSIER: ("dossier",),
    K.ENROL_FACTOR: ("officer", "factor"),
    K.FORGET_FACTORS: ("officer",),
    K.SET_CLOCK: ("date", "time"),
    K.IMPORT_ROSTER: ("file",),
    K.PURGE_DOSSIER: ("dossier",),
    K.PURGE_UNKNOWN: (),
}
"""What whoever asks has to say. The kiosk adds what it found (the digest of a file, the time it was): the second person
agrees to that, and to nothing that has changed since."""

ASKED_WITH: dict[RequestKind, Right | None] = {
    K.ADD_OFFICER: Right.MANAGE_PEOPLE,
    K.RETIRE_OFFICER: Right.MANAGE_PEOPLE,
    K.RESET_PIN: Right.DECIDE,
    K.CANCEL_DOSSIER: Right.DECIDE,
    K.ENROL_FACTOR: None,
    K.FORGET_FACTORS: Right.DECIDE,
    K.SET_CLOCK: Right.SET_CLOCK,
    K.IMPORT_ROSTER: Right.IMPORT_ROSTER,
    K.PURGE_DOSSIER: Right.PURGE,
    K.PURGE_UNKNOWN: Right.PURGE,
}
"""Who may ask; None: everybody, for himself. A lost PIN at nine in the evening must not wait for a supervisor to ask for
it."""

AGREED_WITH: dict[RequestKind, Right] = {
    K.ADD_OFFICER: Right.DECIDE,
    K.RETIRE_OFFICER: Right.DECIDE,
    K.RESET_PIN: Right.DECIDE,
    K.CANCEL_DOSSIER: Right.DECIDE,
    K.ENROL_FACTOR: Right.DECIDE,
    K.FORGET_FACTORS: Right.DECIDE,
    K.SET_CLOCK: Right.DECIDE,
    K.IMPORT_ROSTER: Right.DECIDE,
    K.PURGE_DOSSIER: Right.PURGE,
    K.PURGE_UNKNOWN: Right.PURGE,
}
"""Who may agree: another colleague. Supervisors ask, and a commune has only one; but what can never be had again goes
only if two supervisors say so."""

RISKY = frozenset({K.SET_CLOCK, K.IMPORT_ROSTER, K.PURGE_DOSSIER, K.PURGE_UNKNOWN})
"""Those that say beside what is done what becomes of it (`request.<kind>.means`)."""


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
        """What is to be done, in a sentence."""
        return self._said(f"request.{self.kind}")

    @property
    def means(self) -> Message | None:
        """What it changes, where that is more than what is said."""
        return self._said(f"request.{self.kind}.means") if self.kind in RISKY else None

    @property
    def digest(self) -> str:
        """SHA-256 over the whole request as canonical JSON: what exactly was agreed to."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def _said(self, code: str) -> Message:
        said: dict[str, str | Message] = dict(self.values)
        if "role" in said:
            said["role"] = msg(f"role.{self.values['role']}")
        if "factor" in said:
            said["factor"] = msg(f"factor.{self.values['factor']}")
        return msg(code, **said)


TAG = b"kiosk.request.v1\0"


class Agreement(msgspec.Struct, frozen=True):
    """Two persons agree: `by` asked for the request with this `digest`, `second` agreed. `seq` is the audit event that
    says so, `signature` the device's (Ed25519, hex)."""

    request: str
    kiosk: str
    kind: RequestKind
    digest: str
    by: str
    second: str
    seq: int
    key: str
    signature: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """`TAG`, then the fields but the signature as canonical JSON."""
        fields = msgspec.structs.asdict(self)
        del fields["signature"]
        return TAG + msgspec.json.encode(fields, order="sorted")


LONGEST_WHY = 200
LONGEST_FILE = 80
DOSSIER_NUMBER = re.compile(r"[A-Z0-9]{2,12}-[0-9]{6,9}")
MOMENT = "%d/%m/%Y %H:%M"
EARLIEST, LATEST = 2026, 2099
"""Years to which a clock may be set."""

Parsed = dict[str, str] | Message


def parse_request(kind: RequestKind, values: dict[str, str], why: str) -> Parsed:
    """The values, tidied, or what is wrong with them."""
    if not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        return msg("request.why")
    if set(values) != set(FIELDS[kind]):
        return msg("request.fields", fields=", ".join(FIELDS[kind]))
    return PARSERS[kind](values)


def parse_moment(values: dict[str, str]) -> datetime | Message:
    """`date` dd/mm/yyyy and `time` hh:mm as they are on a watch in Vietnam; hyphens, full stops and commas will do."""
    day = re.sub(r"[-.]", "/", values["date"].strip())
    hour = re.sub(r"[hH.]", ":", values["time"].strip())
    try:
        moment = datetime.strptime(f"{day} {hour}", MOMENT).replace(tzinfo=VIETNAM)
    except ValueError:
        return msg("request.moment")
    return moment if EARLIEST <= moment.year <= LATEST else msg("request.moment")


def _clock(values: dict[str, str]) -> Parsed:
    moment = parse_moment(values)
    if isinstance(moment, Message):
        return moment
    date, _, time = moment.strftime(MOMENT).partition(" ")
    return {"date": date, "time": time}


def _dossier(values: dict[str, str]) -> Parsed:
    dossier = values["dossier"].strip().upper()
    return {"dossier": dossier} if DOSSIER_NUMBER.fullmatch(dossier) else msg("request.dossier")


def _file(values: dict[str, str]) -> Parsed:
    """The name of a file in the inbox, and nowhere else."""
    name = values["file"].strip()
    plain = 0 < len(name) <= LONGEST_FILE and name.isprintable() and "/" not in name
    return {"file": name} if plain and not name.startswith(".") else msg("request.file")


def _number(values: dict[str, str]) -> Parsed:
    number = parse_staff_number(values["officer"])
    return number if isinstance(number, Message) else {"officer": number}


def _factor(values: dict[str, str]) -> Parsed:
    number = parse_staff_number(values["officer"])
    if isinstance(number, Message):
        return number
    known = values["factor"] in set(FactorKind)
    return {"officer": number, "factor": values["factor"]} if known else msg("request.factor")


def _person(values: dict[str, str]) -> Parsed:
    number = parse_staff_number(values["officer"])
    if isinstance(number, Message):
        return number
    name = parse_name(values["name"])
    if isinstance(name, Message):
        return name
    if values["role"] not in set(Role):
        return msg("request.role", roles=", ".join(Role))
    return {"officer": number, "name": name, "role": values["role"]}


PARSERS: dict[RequestKind, Callable[[dict[str, str]], Parsed]] = {
    K.ADD_OFFICER: _person,
    K.RETIRE_OFFICER: _number,
    K.RESET_PIN: _number,
    K.CANCEL_DOSSIER: _dossier,
    K.ENROL_FACTOR: _factor,
    K.FORGET_FACTORS: _number,
    K.SET_CLOCK: _clock,
    K.IMPORT_ROSTER: _file,
    K.PURGE_DOSSIER: _dossier,
    K.PURGE_UNKNOWN: dict,
}
