"""People: what waits for a second person, asking for such a thing, who works here; a first PIN, shown once."""

from __future__ import annotations

from kiosk.domain.names import sort_key
from kiosk.domain.people import Officer, Right
from kiosk.domain.request import Request
from kiosk.link.messages import FirstPin
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Rect, wrap
from kiosk.tui.officer.approvals import clock_time
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import KEY, draw_key, title
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import CARD_BOLD, PAGE, QUIET, TITLE
from kiosk.workflow.board import Board

KEY_ROWS = 3
REQUEST_ROWS = 3


def draw_people(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    rows = KEY_ROWS + bool(desk.told.session.factors)
    above, below = rect.drop(rows if whole else 0)
    shown = max(1, len(board.requests)) * REQUEST_ROWS
    top, rest = above.take(min(1 + shown, max(1 + REQUEST_ROWS, above.h * 2 // 3)))
    _requests(desk, page, top, board)
    _colleagues(desk, page, rest)
    if whole:
        _keys(desk, page, below, board)


def chosen_request(desk: Desk, board: Board) -> Request | None:
    """The request in focus: the list may have grown shorter under it."""
    return board.requests[min(desk.place.line, len(board.requests) - 1)] if board.requests else None


def _requests(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    if not board.requests:
        rest = title(page, rect, desk.own("form.requests"))
        page.canvas.text(rest.x, rest.y, desk.own("no_requests"), PAGE)
        return
    rest = title(page, rect, desk.own("requests", count=len(board.requests)))
    at = min(desk.place.line, len(board.requests) - 1)
    first = max(0, at - rest.h // REQUEST_ROWS + 1)
    for row, request in enumerate(board.requests[first : first + max(1, rest.h // REQUEST_ROWS)]):
        place = Rect(rest.x, rest.y + row * REQUEST_ROWS, rest.w, REQUEST_ROWS - 1)
        _request(desk, page, place, request, first + row == at)
        page.targets.append(Target(f"request {first + row}", place, Act(Do.MOVE, str(first + row - at))))


def _request(desk: Desk, page: Page, rect: Rect, request: Request, here: bool) -> None:
    """What it changes; below it why, and who asked when."""
    tail = desk.own("asked_by", who=request.by, time=clock_time(request.asked))
    if here:
        page.canvas.fill(rect._replace(h=1), KEY)
    line = f"{'▶' if here else ' '} {desk.say(request.what)}"
    page.canvas.text(rect.x, rect.y, line[: rect.w - len(tail) - 1], KEY if here else PAGE)
    page.canvas.text(rect.x + rect.w - len(tail), rect.y, tail, KEY if here else PAGE)
    why = wrap(f"„{request.why}”", rect.w - 2)
    page.canvas.text(rect.x + 2, rect.y + 1, why[0] + (" …" if len(why) > 1 else ""), PAGE)


def _colleagues(desk: Desk, page: Page, rect: Rect) -> None:
    """By given name, in as many columns as there is room for."""
    rest = title(page, rect, desk.own("colleagues", count=len(desk.told.people)))
    lines = [_colleague(desk, officer) for officer in sorted(desk.told.people, key=_order)]
    wide = max(map(len, lines), default=0) + 2
    columns = max(1, rest.w // wide) if lines else 1
    for number, line in enumerate(lines[: columns * rest.h]):
        page.canvas.text(
            rest.x + number // max(1, rest.h) * wide, rest.y + number % max(1, rest.h), line, PAGE
        )


def _order(officer: Officer) -> tuple[str, str]:
    return sort_key(officer.name), officer.id


def _colleague(desk: Desk, officer: Officer) -> str:
    return f"{officer.name} · {officer.id} · {desk.name('role', officer.role)}"


def _keys(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    request = chosen_request(desk, board)
    me = desk.told.session.officer
    x, y = rect.x + 1, rect.y + 1
    if request is not None:
        own = me is not None and me.id == request.by
        if not own:
            x = draw_key(page, x, y, "1", desk.own("key_agree"), Act(Do.ASK, "agree"))
        x = draw_key(
            page, x, y, "2", desk.own("key_withdraw" if own else "key_decline"), Act(Do.ASK, "decline")
        )
        if own:
            page.canvas.text(x, y, desk.own("second_person"), QUIET)
        elif len(board.requests) > 1:
            draw_key(page, x, y, "down", desk.own("key_select"), Act(Do.MOVE, "1"))
    x = rect.x + 1
    if desk.offers(Right.MANAGE_PEOPLE):
        x = draw_key(page, x, y + 1, "3", desk.own("key_add"), Act(Do.ASK, "add_officer"))
        x = draw_key(page, x, y + 1, "4", desk.own("key_retire"), Act(Do.ASK, "retire_officer"))
    draw_key(page, x, y + 1, "5", desk.own("key_reset"), Act(Do.ASK, "reset_pin"))
    if desk.told.session.factors:
        x = draw_key(page, rect.x + 1, y + 2, "6", desk.own("key_enrol"), Act(Do.ASK, "enrol_factor"))
        draw_key(page, x, y + 2, "7", desk.own("key_forget"), Act(Do.ASK, "forget_factors"))


def draw_first_pin(desk: Desk, page: Page, rect: Rect, given: FirstPin) -> None:
    """Alone on the page, until any key."""
    text = wrap(desk.own("first_pin", officer=given.officer), rect.w - 8)
    figures = big_lines(given.pin, rect.w) or [given.pin]
    card = rect.middle(max(map(len, figures)) + 8, len(figures) + 4)
    page.canvas.fill(card, CARD_BOLD)
    page.canvas.centre(card, figures, CARD_BOLD)
    above, _ = rect.take(card.y - rect.y)
    page.canvas.centre(above, text, TITLE)
    _, below = rect.take(card.y + card.h - rect.y)
    page.canvas.centre(below, wrap(desk.own("first_pin_once"), rect.w - 8), PAGE)
