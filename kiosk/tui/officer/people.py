"""People: what waits for a second person, asking for such a thing, who works here; a first PIN, shown once."""

from __future__ import annotations

from kiosk.domain.names import sort_key
from kiosk.domain.people import Officer
from kiosk.domain.request import AGREED_WITH, ASKED_WITH, Request, RequestKind
from kiosk.link.messages import FirstPin
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Rect, wrap
from kiosk.tui.officer.approvals import clock_time
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import KEY, draw_key, key_width, title
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import CARD_BOLD, PAGE, QUIET, TITLE
from kiosk.workflow.board import Board

REQUEST_ROWS = 3
ASKS = {
    "3": RequestKind.ADD_OFFICER,
    "4": RequestKind.RETIRE_OFFICER,
    "5": RequestKind.RESET_PIN,
    "6": RequestKind.CANCEL_DOSSIER,
    "7": RequestKind.SET_CLOCK,
    "8": RequestKind.IMPORT_ROSTER,
    "9": RequestKind.PURGE_DOSSIER,
    "0": RequestKind.PURGE_UNKNOWN,
    "v": RequestKind.ENROL_FACTOR,
    "x": RequestKind.FORGET_FACTORS,
}
"""The key that asks for each; it is there for those who may."""
FACTORS = frozenset({RequestKind.ENROL_FACTOR, RequestKind.FORGET_FACTORS})


def draw_people(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    above, below = rect.drop(_key_rows(desk, rect.w) if whole else 0)
    shown = max(1, len(board.requests)) * REQUEST_ROWS
    top, rest = above.take(min(1 + shown, max(1 + REQUEST_ROWS, above.h * 2 // 3)))
    _requests(desk, page, top, board)
    if desk.told.people:
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
        place = Rect(rest.x, rest.y + row * REQUEST_ROWS, rest.w, REQUEST_ROWS)
        _request(desk, page, place, request, first + row == at)
        page.targets.append(Target(f"request {first + row}", place, Act(Do.MOVE, str(first + row - at))))


def _request(desk: Desk, page: Page, rect: Rect, request: Request, here: bool) -> None:
    """What is asked; why, by whom and when; what becomes of it."""
    tail = desk.own("asked_by", who=request.by, time=clock_time(request.asked))
    if here:
        page.canvas.fill(rect._replace(h=1), KEY)
    line = f"{'▶' if here else ' '} {desk.say(request.what)}"
    page.canvas.text(rect.x, rect.y, line[: rect.w], KEY if here else PAGE)
    page.canvas.text(rect.x + rect.w - len(tail), rect.y + 1, tail, PAGE)
    why = wrap(f"„{request.why}”", rect.w - len(tail) - 5)
    page.canvas.text(rect.x + 2, rect.y + 1, why[0] + (" …" if len(why) > 1 else ""), PAGE)
    if request.means is not None:
        page.canvas.text(rect.x + 2, rect.y + 2, f"▸ {desk.say(request.means)}"[: rect.w - 2], TITLE)


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
    if request is not None:
        _settling(desk, page, rect.x + 1, rect.y, request, len(board.requests) > 1)
    for row, line in enumerate(_ask_lines(desk, rect.w), start=1):
        x = rect.x + 1
        for key, kind in line:
            x = draw_key(page, x, rect.y + row, key, desk.own(f"key_{kind}"), Act(Do.ASK, kind))


def _settling(desk: Desk, page: Page, x: int, y: int, request: Request, others: bool) -> None:
    """What whoever sits here may do about the request in focus."""
    me = desk.told.session.officer
    own = me is not None and me.id == request.by
    if not own and not desk.offers(AGREED_WITH[request.kind]):
        page.canvas.text(x, y, desk.own("second_other"), QUIET)
        return
    if not own:
        x = draw_key(page, x, y, "1", desk.own("key_agree"), Act(Do.ASK, "agree"))
    x = draw_key(page, x, y, "2", desk.own("key_withdraw" if own else "key_decline"), Act(Do.ASK, "decline"))
    if others:
        x = draw_key(page, x, y, "down", desk.own("key_select"), Act(Do.MOVE, "1"))
    if own:
        page.canvas.text(x, y, desk.own("second_person"), QUIET)


Numbered = tuple[str, RequestKind]


def _ask_lines(desk: Desk, width: int) -> list[list[Numbered]]:
    """The keys that ask, in as many rows as they need."""
    lines: list[list[Numbered]] = [[]]
    room = width - 2
    for key, kind in ASKS.items():
        if not _may_ask(desk, kind):
            continue
        wide = key_width(key, desk.own(f"key_{kind}"))
        if lines[-1] and wide > room:
            lines.append([])
            room = width - 2
        lines[-1].append((key, kind))
        room -= wide
    return lines


def _may_ask(desk: Desk, kind: RequestKind) -> bool:
    """Fingers and keys where this station asks for them."""
    right = ASKED_WITH[kind]
    here = kind not in FACTORS or bool(desk.told.session.factors)
    return here and (right is None or desk.offers(right))


def _key_rows(desk: Desk, width: int) -> int:
    """A row for the request in focus, and those of the keys that ask."""
    return 1 + len(_ask_lines(desk, width))


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
