"""The officer's page: facts first, then what is to decide, then the keys."""

from __future__ import annotations

from kiosk.domain.message import Message, msg
from kiosk.hal.device import HealthState
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.approvals import chosen_rows, draw_approvals
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, key_width, put_lines, title
from kiosk.tui.officer.reprint import FEWEST_ROWS, draw_reprint
from kiosk.tui.officer.signin import Form, draw_form
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import (
    BANNER,
    DEMO,
    HEADER,
    HEADER_GOLD,
    LINES,
    PAGE,
    QUIET,
    TITLE,
    TROUBLE,
)
from kiosk.workflow.board import Board
from kiosk.workflow.view import Capture, Choice, Entry, Help, Review, View

STATES = {HealthState.OK: "✓", HealthState.DEGRADED: "▲", HealthState.GONE: "✗"}
FACTS = 11
FEWEST_FACTS = 6
MOST_ALERT_ROWS = 3
WIDEST = 132
TOGETHER = {frozenset((2, 3, 4, 5)): 13, frozenset((7, 8, 9, 10)): 14, frozenset((1, 6)): 15}


def draw_desk(desk: Desk, form: Form | None = None) -> Page:
    """The board; with a form in place of what is to decide while somebody signs in."""
    page = Page(desk.width, desk.height, PAGE)
    wide = min(desk.width, WIDEST)
    whole = Rect((desk.width - wide) // 2, 0, wide, desk.height)
    if desk.board is None:
        page.canvas.centre(whole, wrap(desk.own("waiting"), wide - 4), TITLE)
        return page
    top, body = whole.take(1)
    _header(desk, page, top, desk.board)
    body = _call(desk, page, body, desk.board)
    body, foot = body.drop(2)
    below = _rows_below(desk, desk.board, body.w)
    facts, rest = body.take(max(FEWEST_FACTS, min(body.h - below, FACTS + max(0, (body.h - 20) // 3))))
    left, right = _halves(facts)
    _left(desk, page, left, desk.board)
    _devices(desk, page, right, desk.board)
    if form is None:
        _work(desk, page, _alerts(desk, page, rest, desk.board), desk.board)
    else:
        draw_form(desk, page, rest, form)
    _foot(desk, page, foot, desk.board)
    return page


def _rows_below(desk: Desk, board: Board, width: int) -> int:
    """What alerts and the approval in focus need: facts give way to what is to decide."""
    lines = _alert_lines(desk, board, width - 2)
    alerts = 1 + len(lines) if lines else 0
    if desk.focus.reprint:
        return alerts + FEWEST_ROWS
    return alerts + 1 + (chosen_rows(desk, width - 2) if board.approvals else 0)


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    left = rect.w * 11 // 20
    return rect._replace(w=left), rect._replace(x=rect.x + left, w=rect.w - left)


def _header(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    canvas = page.canvas
    canvas.fill(rect._replace(x=0, w=desk.width), HEADER)
    station = board.station[: rect.w // 2]
    canvas.text(rect.x + 1, rect.y, station, HEADER)
    right = _progress(desk, board)
    end = rect.x + rect.w - len(right) - 1
    canvas.text(end, rect.y, right, HEADER_GOLD)
    if board.demo:
        badge = f" {desk.own('demo')} "
        canvas.text(max(rect.x + len(station) + 3, end - len(badge) - 1), rect.y, badge, DEMO)


def _progress(desk: Desk, board: Board) -> str:
    """Which step of the sheet, its name, and for how long: it counts on between two boards."""
    if not board.view.step:
        return ""
    minutes, seconds = divmod(board.step_seconds + desk.since, 60)
    parts = [desk.own("step", step=board.view.step, steps=board.view.steps)]
    if board.step:
        parts.append(desk.name("step", board.step))
    return " · ".join([*parts, desk.own("since", minutes=minutes, seconds=f"{seconds:02}")])


def _call(desk: Desk, page: Page, rect: Rect, board: Board) -> Rect:
    """The citizen's call for help, across the page, with the key that answers it."""
    state = board.view.help
    if state is Help.NONE:
        return rect
    band, rest = rect.take(1)
    called = state is Help.CALLED
    page.canvas.fill(band._replace(x=0, w=desk.width), BANNER)
    page.canvas.text(band.x + 1, band.y, f"☎ {desk.own('called' if called else 'on_the_way')}", BANNER)
    act = Act(Do.CALL, "coming" if called else "done")
    label = desk.own("key_coming" if called else "key_done")
    draw_key(page, band.x + band.w - len(label) - 8, band.y, "f1", label, act)
    return rest


def _left(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """The citizen's question in words; at the foot what lies in this machine."""
    rest = title(page, rect, desk.own("citizen_sees"))
    records = _records(desk, board, rest.w)
    lines = [(line, TITLE) for line in wrap(desk.say(board.view.screen.prompt), rest.w)]
    lines += [(line, PAGE) for text in _details(desk, board.view) for line in wrap(text, rest.w)]
    mirror, foot = rest.drop(min(len(records), rest.h - 3))
    put_lines(page, mirror, lines)
    put_lines(page, foot, records)


def _records(desk: Desk, board: Board, width: int) -> list[tuple[str, Ink]]:
    counts = [f"{desk.name('desk.state', state)} {count}" for state, count in board.dossiers.items()]
    held = f"{desk.own('dossiers')}: " + (" · ".join(counts) or desk.own("no_dossiers"))
    sealed = msg("outbox.waiting", count=board.outbox) if board.outbox else msg("desk.outbox_empty")
    return [(line, TITLE) for line in wrap(held, width)] + [
        (line, PAGE) for line in wrap(desk.say(sealed), width)
    ]


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
        texts += [f"✎ {desk.say(row.label)}: {_value(desk, row.value)}" for row in screen.rows if row.note]
    return texts


def _value(desk: Desk, value: str | Message) -> str:
    return desk.say(value) if isinstance(value, Message) else value


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


def _work(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """What is to decide, and at its title the key that prints a slip again; or that choice itself."""
    if desk.focus.reprint:
        draw_reprint(desk, page, rect, board)
        return
    draw_approvals(desk, page, rect, board)
    if board.slips and not desk.focus.choice:
        label = desk.own("key_reprint")
        x = rect.x + rect.w - key_width("f5", label)
        page.canvas.fill(Rect(x - 1, rect.y, key_width("f5", label), 1), PAGE)
        draw_key(page, x, rect.y, "f5", label, Act(Do.REPRINT))


def _several(desk: Desk, board: Board) -> bool:
    """Whether there is another one to select."""
    if desk.focus.reprint:
        return len(board.slips) > 1
    return len(board.approvals) > 1 and not desk.focus.choice


def _foot(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    page.canvas.text(rect.x + 1, rect.y, "─" * (rect.w - 2), LINES)
    officer = desk.session.officer
    x = draw_key(page, rect.x + 1, rect.y + 1, "f3", desk.own("key_language"), Act(Do.LANGUAGE))
    sign = desk.own("key_change_officer" if officer else "key_sign_in")
    x = draw_key(page, x + 1, rect.y + 1, "f2", sign, Act(Do.SIGN, "in"))
    if officer:
        x = draw_key(page, x + 1, rect.y + 1, "f4", desk.own("key_sign_out"), Act(Do.SIGN, "out"))
    if _several(desk, board):
        x = draw_key(page, x + 1, rect.y + 1, "down", desk.own("key_select"), Act(Do.SELECT, "1"))
    said = desk.say(desk.refusal) if desk.refusal else _whose(desk)
    page.canvas.text(max(x + 1, rect.x + rect.w - len(said) - 1), rect.y + 1, said, PAGE)


def _whose(desk: Desk) -> str:
    """Who answers for what is done here now."""
    officer = desk.session.officer
    return f"{officer.name} ({officer.id})" if officer else desk.own("nobody_signed_in")
