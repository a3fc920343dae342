"""The officer's pages: one station's board, and which page is drawn where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk.domain.message import msg
from kiosk.domain.people import Right
from kiosk.hal.device import HealthState
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.alone import draw_rejected
from kiosk.tui.officer.approvals import chosen_rows, draw_approvals
from kiosk.tui.officer.audit import draw_audit
from kiosk.tui.officer.beside import draw_beside, value_of
from kiosk.tui.officer.desk import Desk, Tab
from kiosk.tui.officer.factor import FACTOR_ROWS, draw_factor
from kiosk.tui.officer.form import Form, draw_form, form_rows
from kiosk.tui.officer.frame import FOOT_ROWS, draw_foot, draw_header, draw_state
from kiosk.tui.officer.people import draw_first_pin, draw_people
from kiosk.tui.officer.pieces import draw_key, key_width, put_lines, title
from kiosk.tui.officer.reprint import FEWEST_ROWS, draw_reprint
from kiosk.tui.officer.review import draw_review_keys, has_review_keys
from kiosk.tui.officer.room import draw_room
from kiosk.tui.officer.shift import draw_shift
from kiosk.tui.officer.waiting import draw_queue, draw_queue_key
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, QUIET, TITLE, TROUBLE
from kiosk.workflow.board import Board, CorrectionCounts
from kiosk.workflow.view import Capture, Choice, Entry, Review, View

STATES = {HealthState.OK: "✓", HealthState.DEGRADED: "▲", HealthState.GONE: "✗"}
REPRINT_KEY = "p"
"""The function keys are the pages'; a letter is free while no reason is typed."""
FACTS = 11
FEWEST_FACTS = 6
MOST_ALERT_ROWS = 3
WIDEST = 132
TOGETHER = {frozenset((2, 3, 4, 5)): 13, frozenset((7, 8, 9, 10)): 14, frozenset((1, 6)): 15}


def draw_desk(desk: Desk, form: Form | None = None) -> Page:
    """The page this screen is on; with a form at its foot while one is filled in."""
    page = Page(desk.width, desk.height, PAGE)
    wide = min(desk.width, WIDEST)
    whole = Rect((desk.width - wide) // 2, 0, wide, desk.height)
    if desk.told.pin is not None:
        draw_first_pin(desk, page, whole, desk.told.pin)
        return page
    if desk.told.rejected is not None:
        draw_rejected(desk, page, whole, desk.told.rejected)
        return page
    body, foot = whole.drop(FOOT_ROWS)
    if desk.place.tab is Tab.ROOM:
        draw_room(desk, page, body)
    elif desk.board is None:
        page.canvas.centre(body, wrap(_away(desk), wide - 4), TITLE)
        if not desk.many:
            return page
    else:
        _station(desk, page, body, desk.board, form)
    draw_foot(desk, page, foot, form)
    return page


def _away(desk: Desk) -> str:
    trouble = desk.room[desk.at].trouble if desk.room else ""
    return f"{desk.own('away' if desk.many else 'waiting')} {trouble}".strip()


def _station(desk: Desk, page: Page, rect: Rect, board: Board, form: Form | None) -> None:
    top, body = rect.take(1)
    draw_header(desk, page, top, board)
    body = draw_state(desk, page, body, board)
    if desk.told.factor is not None:
        body, below = body.drop(FACTOR_ROWS)
        draw_factor(desk, page, below, desk.told.factor)
    elif form is not None:
        body, below = body.drop(form_rows(form))
        draw_form(desk, page, below, form)
    whole = form is None and desk.told.factor is None
    PAGES[desk.place.tab](desk, page, body, board, whole)


def draw_board(desk: Desk, page: Page, body: Rect, board: Board, whole: bool) -> None:
    """Facts first, then what is to decide."""
    below = _rows_below(desk, board, body.w) if whole else 0
    wanted = max(FACTS + max(0, (body.h - 20) // 3), _left_rows(desk, board, _halves(body)[0].w))
    facts, rest = body.take(max(FEWEST_FACTS, min(body.h - below, wanted)))
    left, right = _halves(facts)
    _left(desk, page, left, board)
    _devices(desk, page, right, board)
    if whole:
        _work(desk, page, _alerts(desk, page, rest, board), board)


def _rows_below(desk: Desk, board: Board, width: int) -> int:
    """What alerts and the approval in focus need: facts give way to what is to decide."""
    lines = _alert_lines(desk, board, width - 2)
    alerts = 1 + len(lines) if lines else 0
    if desk.focus.reprint:
        return alerts + FEWEST_ROWS
    chosen = chosen_rows(desk, width - 2) if board.approvals else 0
    return alerts + 1 + chosen + _key_rows(desk, board)


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    left = rect.w * 11 // 20
    return rect._replace(w=left), rect._replace(x=rect.x + left, w=rect.w - left)


def _left(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """The citizen's question in words; at the foot what lies in this machine."""
    rest = title(page, rect, desk.own("citizen_sees"))
    records = _records(desk, board, rest.w)
    mirror, foot = rest.drop(min(len(records) + 1, rest.h - 2))
    put_lines(page, mirror, _mirrored(desk, board.view, rest.w))
    draw_queue_key(desk, page, foot)
    put_lines(page, foot.take(1)[1], records)


def _left_rows(desk: Desk, board: Board, width: int) -> int:
    """Title, what the citizen sees, the waiting list's key, what lies in this machine."""
    return 2 + len(_mirrored(desk, board.view, width)) + len(_records(desk, board, width))


def _mirrored(desk: Desk, view: View, width: int) -> list[tuple[str, Ink]]:
    lines = [(line, TITLE) for line in wrap(desk.say(view.screen.prompt), width)]
    return lines + [(line, PAGE) for text in _details(desk, view) for line in wrap(text, width)]


def _records(desk: Desk, board: Board, width: int) -> list[tuple[str, Ink]]:
    counts = [f"{desk.name('desk.state', state)} {count}" for state, count in board.dossiers.items()]
    held = f"{desk.own('dossiers')}: " + (" · ".join(counts) or desk.own("no_dossiers"))
    sealed = msg("outbox.waiting", count=board.outbox) if board.outbox else msg("desk.outbox_empty")
    texts = [desk.say(sealed), *_corrections(desk, board.corrections)]
    return [(line, TITLE) for line in wrap(held, width)] + [
        (line, PAGE) for text in texts for line in wrap(text, width)
    ]


def _corrections(desk: Desk, counts: CorrectionCounts) -> list[str]:
    """How many wait to be exported and for an answer; nothing where none does."""
    if counts == CorrectionCounts():
        return []
    return [desk.own("corrections", decided=counts.decided, exported=counts.exported)]


def _details(desk: Desk, view: View) -> list[str]:
    screen = view.screen
    texts: list[str] = []
    if view.idle_left is not None:
        texts.append(f"▲ {desk.own('idle', seconds=view.idle_left)}")
    if isinstance(screen, Capture):
        texts += _capture(desk, screen)
    if isinstance(screen, Choice | Entry) and screen.shown:
        texts.append(f"„{screen.shown}”")
    if isinstance(screen, Entry) and screen.problem is not None:
        texts.append(f"▲ {desk.say(screen.problem)}")
    if isinstance(screen, Choice | Review):
        texts += [f"› {desk.say(option.label)}" for option in screen.options]
    if isinstance(screen, Review):
        texts += [f"✎ {desk.say(row.label)}: {value_of(desk, row.value)}" for row in screen.rows if row.note]
    return texts


def _capture(desk: Desk, screen: Capture) -> list[str]:
    texts = []
    said = [desk.say(message) for message in (screen.about, screen.hint) if message is not None]
    if said:
        texts.append(f"▸ {' '.join(said)}")
    if screen.fingers:
        texts.append(desk.own("asking", fingers=_fingers(desk, screen.fingers)))
    if screen.taken:
        texts.append(desk.own("taken", count=len(screen.taken)))
    return texts


def _fingers(desk: Desk, codes: tuple[int, ...]) -> str:
    """Fingers by name; those that are placed together by the name they have together."""
    together = TOGETHER.get(frozenset(codes))
    return ", ".join(desk.say(msg(f"finger.{code}")) for code in ((together,) if together else codes))


def _devices(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    rest = title(page, rect, desk.own("devices"))
    lines: list[tuple[str, Ink]] = []
    for device in board.devices:
        fine = device.state is HealthState.OK
        name = desk.name("desk", device.kind)
        lines.append((f"{STATES[device.state]} {name}: {desk.own(device.state)}", PAGE if fine else TROUBLE))
        if device.message is not None:
            lines += [(f"  {line}", QUIET) for line in wrap(desk.say(device.message), rest.w - 2)]
    put_lines(page, rest, lines)


def _alerts(desk: Desk, page: Page, rect: Rect, board: Board) -> Rect:
    lines = _alert_lines(desk, board, rect.w - 2)
    if not lines:
        return rect
    put_lines(page, title(page, rect, desk.own("alerts")), lines)
    return rect.take(1 + len(lines))[1]


def _alert_lines(desk: Desk, board: Board, width: int) -> list[tuple[str, Ink]]:
    """The urgent first, in as few rows as the desk can spare."""
    lines: list[tuple[str, Ink]] = []
    for alert in sorted(board.alerts, key=lambda alert: not alert.urgent):
        sign, ink = ("✗", TROUBLE) if alert.urgent else ("▲", PAGE)
        lines += [(line, ink) for line in wrap(f"{sign} {desk.say(alert.message)}", width)]
    return lines[:MOST_ALERT_ROWS]


def _key_rows(desk: Desk, board: Board) -> int:
    """The row below the list with the keys to look and to sign, where there is something to look at or to sign."""
    return int(not desk.focus.choice and has_review_keys(board, desk.chosen, desk.offers))


def _work(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """What is to decide, and at its title the key that prints a slip again; or that choice itself."""
    if desk.focus.reprint:
        draw_reprint(desk, page, rect, board)
        return
    rows, foot = rect.drop(_key_rows(desk, board))
    draw_approvals(desk, page, rows, board)
    if foot.h:
        draw_review_keys(page, foot.inset(1), desk.words, board, desk.chosen, desk.offers)
    if board.slips and not desk.focus.choice and desk.offers(Right.REPRINT):
        label = desk.own("key_reprint")
        x = rect.x + rect.w - key_width(REPRINT_KEY, label)
        page.canvas.fill(Rect(x - 1, rect.y, key_width(REPRINT_KEY, label), 1), PAGE)
        draw_key(page, x, rect.y, REPRINT_KEY, label, Act(Do.REPRINT))


PAGES: Final[dict[Tab, Callable[[Desk, Page, Rect, Board, bool], None]]] = {
    Tab.BOARD: draw_board,
    Tab.SHIFT: draw_shift,
    Tab.BESIDE: draw_beside,
    Tab.PEOPLE: draw_people,
    Tab.AUDIT: draw_audit,
    Tab.QUEUE: draw_queue,
}
"""Each draws between the header and the foot; its own keys only where nobody fills in a form."""
