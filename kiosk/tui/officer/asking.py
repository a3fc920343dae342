"""Which form a key brings, with what is known already filled in."""

from __future__ import annotations

from kiosk.domain.message import msg
from kiosk.domain.people import Right
from kiosk.tui.officer.desk import Place, Told
from kiosk.tui.officer.form import Form, blank
from kiosk.workflow.view import Entry


def asked(kind: str, told: Told, place: Place) -> Form | None:
    """None where there is nothing to ask about any more."""
    if kind in ("agree", "decline"):
        return _settling(kind, told, place)
    if kind == "answer":
        return _answering(told)
    officer = told.session.officer
    if kind == "open_shift" and officer is not None and officer.may(Right.RUN_SHIFT):
        return blank(kind, leader=officer.id)
    if kind == "print_shift":
        last = told.sheet.shift.id if told.sheet is not None else told.figures.last
        return blank(kind, shift=last)
    if kind == "close_shift":
        return blank(kind, said=msg("desk.close_shift_means"))
    return blank(kind)


def _settling(kind: str, told: Told, place: Place) -> Form | None:
    requests = told.board.requests if told.board is not None else ()
    if not requests:
        return None
    request = requests[min(place.line, len(requests) - 1)]
    return blank(kind, about=request.id, said=request.what)


def _answering(told: Told) -> Form | None:
    screen = told.seen.screen if told.seen is not None else None
    return blank("answer", about=screen.id, said=screen.prompt) if isinstance(screen, Entry) else None
