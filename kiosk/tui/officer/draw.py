"""The officer's page: facts first, then what is to decide, then the keys."""

from __future__ import annotations

from kiosk.domain.message import Message
from kiosk.hal.device import HealthState
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.desk import Desk
from kiosk.tui.page import CAPS, Act, Do, Page, Target
from kiosk.tui.palette import (
    BANNER,
    CARD,
    DEMO,
    HEADER,
    HEADER_GOLD,
    HEADER_QUIET,
    LINES,
    NIGHT,
    PAGE,
    QUIET,
    SAND,
    TITLE,
    TROUBLE,
)
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import Capture, Choice, Entry, Help, Review, View

STATES = {HealthState.OK: "✓", HealthState.DEGRADED: "▲", HealthState.GONE: "✗"}
PICKED = Ink(NIGHT, SAND, bold=True)
KEY = Ink(NIGHT, SAND, bold=True)
PANELS = 11


def draw_desk(desk: Desk) -> Page:
    page = Page(desk.width, desk.height, PAGE)
    if desk.board is None:
        page.canvas.centre(
            Rect(0, 0, desk.width, desk.height), wrap(desk.own("waiting"), desk.width - 4), TITLE
        )
        return page
    whole = Rect(0, 0, desk.width, desk.height)
    top, body = whole.take(1)
    _header(desk, page, top, desk.board)
    body = _call(desk, page, body, desk.board)
    body, foot = body.drop(2)
    facts, rest = body.take(min(PANELS + max(0, (body.h - 20) // 3), body.h // 2 + 1))
    left, right = _halves(facts)
    _mirror(desk, page, left, desk.board.view)
    _devices(desk, page, right, desk.board)
    _approvals(desk, page, _alerts(desk, page, rest, desk.board), desk.board)
    _foot(desk, page, foot, desk.board)
    return page


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    left = rect.w * 11 // 20
    return rect._replace(w=left), rect._replace(x=rect.x + left, w=rect.w - left)


def _header(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    canvas = page.canvas
    canvas.fill(rect, HEADER)
    canvas.text(1, rect.y, board.station[: rect.w // 2], HEADER)
    minutes, seconds = divmod(board.step_seconds, 60)
    right = ""
    if board.view.step:
        step = desk.own("step", step=board.view.step, steps=board.view.steps)
        right = f"{step} · {desk.own('since', minutes=minutes, seconds=seconds)}"
    end = rect.w - len(right) - 1
    canvas.text(end, rect.y, right, HEADER_GOLD)
    if board.demo:
        badge = f" {desk.own('demo')} "
        canvas.text(end - len(badge) - 1, rect.y, badge, DEMO)
    if board.step:
        name = desk.name("step", board.step)
        canvas.text(
            len(board.station) + 3, rect.y, name[: max(0, end - len(board.station) - 24)], HEADER_QUIET
        )


def _call(desk: Desk, page: Page, rect: Rect, board: Board) -> Rect:
    """The citizen's call for help, across the page, with the key that answers it."""
    state = board.view.help
    if state is Help.NONE:
        return rect
    band, rest = rect.take(1)
    called = state is Help.CALLED
    page.canvas.fill(band, BANNER)
    page.canvas.text(1, band.y, f"☎ {desk.own('called' if called else 'on_the_way')}", BANNER)
    act = Act(Do.CALL, "coming" if called else "done")
    label = desk.own("key_coming" if called else "key_done")
    _key(page, band.w - len(label) - 8, band.y, "f1", label, act)
    return rest


def _title(page: Page, rect: Rect, text: str) -> Rect:
    head, rest = rect.inset(1).take(1)
    page.canvas.text(head.x, head.y, "─" * head.w, LINES)
    page.canvas.text(head.x, head.y, f"{text} ", TITLE)
    return rest


def _key(page: Page, x: int, y: int, key: str, label: str, act: Act) -> int:
    """A key cap and its label, pressable too; the column behind it."""
    cap = f" {CAPS.get(key, key.upper())} "
    page.canvas.text(x, y, cap, KEY)
    page.canvas.text(x + len(cap) + 1, y, label, BANNER if act.do is Do.CALL else PAGE)
    end = x + len(cap) + len(label) + 2
    page.targets.append(Target(key, Rect(x, y, end - x, 1), act))
    return end + 1


def _mirror(desk: Desk, page: Page, rect: Rect, view: View) -> None:
    """The citizen's question in words."""
    rest = _title(page, rect, desk.own("citizen_sees"))
    lines = [(line, TITLE) for line in wrap(desk.say(view.screen.prompt), rest.w)]
    lines += [(line, PAGE) for text in _details(desk, view) for line in wrap(text, rest.w)]
    for row, (line, ink) in enumerate(lines[: rest.h]):
        page.canvas.text(rest.x, rest.y + row, line, ink)


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
    if screen.hint is not None:
        texts.append(f"▸ {desk.say(screen.hint)}")
    if screen.fingers:
        texts.append(desk.own("asking", fingers=_fingers(screen.fingers)))
    if screen.taken:
        texts.append(desk.own("taken", fingers=_fingers(screen.taken)))
    return texts


def _fingers(codes: tuple[int, ...]) -> str:
    return ", ".join(str(code) for code in codes)


def _devices(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    rest = _title(page, rect, desk.own("devices"))
    lines: list[tuple[str, Ink]] = []
    for device in board.devices:
        fine = device.state is HealthState.OK
        name = desk.name("desk", device.kind)
        ink = PAGE if fine else TROUBLE
        lines.append((f"{STATES[device.state]} {name}: {desk.own(device.state)}", ink))
        if device.message is not None:
            lines += [(f"  {line}", QUIET) for line in wrap(desk.say(device.message), rest.w - 2)]
    counts = [f"{desk.name('desk.state', state)} {count}" for state, count in board.dossiers.items()]
    lines.append((f"{desk.own('dossiers')}: " + (" · ".join(counts) or desk.own("no_dossiers")), TITLE))
    lines.append((desk.own("outbox", count=board.outbox), PAGE))
    row = 0
    for text, ink in lines:
        for part in wrap(text, rest.w) if not text.startswith("  ") else [text]:
            if row < rest.h:
                page.canvas.text(rest.x, rest.y + row, part, ink)
            row += 1


def _alerts(desk: Desk, page: Page, rect: Rect, board: Board) -> Rect:
    if not board.alerts:
        return rect
    rest = _title(page, rect, desk.own("alerts"))
    ordered = sorted(board.alerts, key=lambda alert: not alert.urgent)
    for row, alert in enumerate(ordered[:3]):
        sign, ink = ("✗", TROUBLE) if alert.urgent else ("▲", PAGE)
        page.canvas.text(rest.x, rest.y + row, f"{sign} {desk.say(alert.message)}"[: rest.w], ink)
    return rect.take(1 + min(3, len(ordered)))[1]


def _approvals(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    if not board.approvals:
        rest = _title(page, rect, desk.own("no_approvals"))
        return
    rest = _title(page, rect, desk.own("approvals", count=len(board.approvals)))
    chosen = desk.chosen
    first = max(0, board.approvals.index(chosen) - max(0, rest.h - 6)) if chosen else 0
    y = rest.y
    for number, item in enumerate(board.approvals[first:], start=first):
        if y >= rest.y + rest.h - 1 and number > first:
            left = len(board.approvals) - number
            page.canvas.text(rest.x, y, desk.own("more", count=left), QUIET)
            break
        y = _approval(desk, page, Rect(rest.x, y, rest.w, rest.y + rest.h - y), item, item is chosen)


def _approval(desk: Desk, page: Page, rect: Rect, item: Approval, chosen: bool) -> int:
    """One approval in one line; the chosen one with its choices and the reason. The row behind it."""
    head = f"{'▶' if chosen else ' '} {desk.say(item.what)}"
    tail = f"{item.dossier} {desk.own('asked', time=item.asked)}"
    ink = PICKED if chosen else PAGE
    lines = wrap(head, rect.w - len(tail) - 2)
    page.canvas.fill(rect._replace(h=min(rect.h, len(lines))), ink)
    page.canvas.left(rect, [line if n == 0 else f"  {line}" for n, line in enumerate(lines)], ink)
    page.canvas.text(rect.x + rect.w - len(tail), rect.y, tail, ink)
    y = rect.y + len(lines)
    if chosen:
        _choices(desk, page, rect.x + 2, y, item)
        y += 1
        if desk.focus.choice:
            y = _reason(desk, page, Rect(rect.x + 2, y, rect.w - 4, 2))
    return y


def _choices(desk: Desk, page: Page, x: int, y: int, item: Approval) -> None:
    if desk.focus.choice:
        return
    for number, choice in enumerate(item.choices, start=1):
        x = _key(page, x, y, str(number), desk.name("choice", choice), Act(Do.CHOOSE, choice))


def _reason(desk: Desk, page: Page, rect: Rect) -> int:
    label = desk.own("reason", choice=desk.name("choice", desk.focus.choice))
    y = rect.y - 1
    page.canvas.text(rect.x, y, label, TITLE)
    field = Rect(rect.x + len(label) + 1, y, rect.w - len(label) - 1, 1)
    page.canvas.fill(field, CARD)
    page.canvas.text(field.x + 1, y, desk.focus.reason[-(field.w - 3) :] + "▏", CARD)
    page.canvas.text(rect.x, y + 1, desk.own("reason_keys"), QUIET)
    return y + 2


def _foot(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    page.canvas.text(rect.x + 1, rect.y, "─" * (rect.w - 2), LINES)
    x = _key(page, 1, rect.y + 1, "f3", desk.own("key_language"), Act(Do.LANGUAGE))
    if len(board.approvals) > 1 and not desk.focus.choice:
        _key(page, x + 1, rect.y + 1, "down", desk.own("key_select"), Act(Do.SELECT, "1"))
