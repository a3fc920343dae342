"""What a form comes to: the message that goes to the core, or the field that is not right yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.domain.people import parse_staff_number
from kiosk.domain.queue import Priority
from kiosk.domain.request import FIELDS, RequestKind, parse_request
from kiosk.domain.visit import Outcome
from kiosk.link.messages import (
    AddWaiting,
    AnswerFor,
    ChangePin,
    CloseShift,
    EndVisit,
    FromScreen,
    OpenShift,
    PrintShift,
    Propose,
    Settle,
    SignIn,
)
from kiosk.tui.officer.form import Form


class Wrong(NamedTuple):
    """The number of the field, and what is wrong with it."""

    at: int
    why: Message


def finished(form: Form) -> FromScreen | Wrong:
    """What can be said without the core is said here."""
    return MAKERS[form.kind](form)


def _sign_in(form: Form) -> FromScreen | Wrong:
    number = parse_staff_number(form.value("number"))
    return Wrong(0, number) if isinstance(number, Message) else SignIn(number, form.value("pin"))


def _change(form: Form) -> FromScreen | Wrong:
    if form.value("new") != form.value("again"):
        return Wrong(1, msg("people.pins_differ"))
    return ChangePin(form.value("pin"), form.value("new"))


def _end_visit(form: Form) -> FromScreen | Wrong:
    why = form.value("why").strip()
    return EndVisit(Outcome(form.value("outcome")), why) if why else Wrong(1, msg("over.needs_reason"))


def _answer(form: Form) -> FromScreen | Wrong:
    value = form.value("value").strip()
    return AnswerFor(form.about, value) if value else Wrong(0, msg("desk.type_first"))


def _open_shift(form: Form) -> FromScreen | Wrong:
    leader = parse_staff_number(form.value("leader"))
    if isinstance(leader, Message):
        return Wrong(0, leader)
    return OpenShift(leader) if form.value("clock") == "right" else Wrong(1, msg("shift.clock_first"))


def _propose(form: Form) -> FromScreen | Wrong:
    kind = RequestKind(form.kind)
    values = parse_request(kind, {name: form.value(name) for name in FIELDS[kind]}, form.value("why"))
    return Wrong(form.at, values) if isinstance(values, Message) else Propose(kind, values, form.value("why"))


def _enrol(form: Form) -> FromScreen | Wrong:
    """For oneself: `about` is the staff number of whoever is signed in."""
    kind = RequestKind.ENROL_FACTOR
    values = {"officer": form.about, "factor": form.value("factor")}
    parsed = parse_request(kind, values, form.value("why"))
    return Wrong(1, parsed) if isinstance(parsed, Message) else Propose(kind, parsed, form.value("why"))


MAKERS: Final[dict[str, Callable[[Form], FromScreen | Wrong]]] = {
    "sign_in": _sign_in,
    "change": _change,
    "end_visit": _end_visit,
    "answer": _answer,
    "open_shift": _open_shift,
    "close_shift": lambda form: CloseShift(),
    "add_waiting": lambda form: AddWaiting(Priority(form.value("priority"))),
    "print_shift": lambda form: PrintShift(form.value("shift").upper()),
    "agree": lambda form: Settle(form.about, agreed=True),
    "decline": lambda form: Settle(form.about, agreed=False),
    **dict.fromkeys(RequestKind, _propose),
    "enrol_factor": _enrol,
}
