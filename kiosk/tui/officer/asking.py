"""Which form a key brings, with what is known already filled in."""

from __future__ import annotations

from datetime import timedelta

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.domain.time import local_time
from kiosk.link.messages import SessionChanged
from kiosk.tui.officer.desk import Place, Told
from kiosk.tui.officer.form import Form, blank, change_form, refused, sign_in_form
from kiosk.workflow.view import Entry


def asked(kind: str, told: Told, place: Place) -> Form | None:
    """None where there is nothing to ask about any more."""
    if kind in ("agree", "decline"):
        return _settling(kind, told, place)
    if kind == "answer":
        return _answering(told)
    if kind == "enrol_factor":
        return enrol_form(told.session)
    if kind == "open_shift":
        return _opening(told)
    if kind == "print_shift":
        last = told.sheet.shift.id if told.sheet is not None else told.figures.last
        return blank(kind, shift=last)
    if kind == "close_shift":
        return blank(kind, said=msg("desk.close_shift_means"))
    return blank(kind)


def enrol_form(session: SessionChanged) -> Form | None:
    """A second factor for whoever is signed in."""
    if session.officer is None:
        return None
    return blank("enrol_factor", about=session.officer.id, said=msg("desk.enrol_means"))


def first_form(session: SessionChanged) -> Form | None:
    """A PIN that somebody else gave is changed first of all; then a second factor is asked for where nothing is done
    without one."""
    if session.fresh:
        return change_form()
    return enrol_form(session) if session.enrol else None


def answering_refusal(form: Form | None, sent: Form | None, why: Message, told: Told) -> Form | None:
    """The form that was refused, or the one without which nothing is done; None where the foot of the page says it: the
    request for which a finger was waited for is settled, whatever came of it."""
    if form is not None and form.waiting:
        return refused(form, why)
    if why.code == "people.sign_in":
        return sign_in_form()
    if why.code in ("people.change_first", "people.enrol_first"):
        return first_form(told.session)
    settled = why.code.startswith("factor.")
    return refused(sent, why) if sent is not None and not settled else None


def roster_form(files: tuple[str, ...]) -> Form:
    """One of the files that lie ready, the newest chosen."""
    return blank("import_roster", picks=files, file=files[0])


def _opening(told: Told) -> Form:
    """Whoever may lead is proposed; the station's own date and hour stand there to be compared with a watch."""
    officer = told.session.officer
    leader = officer.id if officer is not None and officer.may(Right.RUN_SHIFT) else ""
    shown = told.board.wall if told.board is not None else ""
    now = local_time(shown) + timedelta(seconds=told.since) if shown else None
    said = msg("desk.clock_shows", time=f"{now:%H:%M}", date=f"{now:%d/%m/%Y}") if now else None
    return blank("open_shift", said=said, leader=leader)


def _settling(kind: str, told: Told, place: Place) -> Form | None:
    requests = told.board.requests if told.board is not None else ()
    if not requests:
        return None
    request = requests[min(place.line, len(requests) - 1)]
    return blank(kind, about=request.id, said=request.what)


def _answering(told: Told) -> Form | None:
    screen = told.seen.screen if told.seen is not None else None
    return blank("answer", about=screen.id, said=screen.prompt) if isinstance(screen, Entry) else None
