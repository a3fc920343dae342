"""The room: every station in a few large lines, whoever needs a person on top."""

from __future__ import annotations

from kiosk.hal.device import HealthState
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.desk import Desk, Station
from kiosk.tui.officer.factor import factor_lines
from kiosk.tui.officer.frame import lasting, need_words
from kiosk.tui.officer.needs import LAST_NEED, LOOKS, Need, in_order, need_of, waiting_for
from kiosk.tui.officer.waiting import line_words
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import HEADER, HEADER_GOLD, PAGE, QUIET, TITLE, TROUBLE

TALLEST = 9
HIGH = 3
HIGH_FROM = 5
INDENT = 6
STATES = {HealthState.OK: "✓", HealthState.DEGRADED: "▲", HealthState.GONE: "✗"}


def draw_room(desk: Desk, page: Page, rect: Rect) -> None:
    head, body = rect.take(1)
    _header(desk, page, head)
    order = in_order(desk.room)
    tall = max(1, min(TALLEST, body.h // len(order)))
    at = order.index(min(desk.at, len(order) - 1))
    first = max(0, at - body.h // tall + 1)
    for row, number in enumerate(order[first : first + body.h // tall]):
        place = Rect(body.x, body.y + row * tall, body.w, tall)
        _station(desk, page, place, number)
    left = len(order) - first - body.h // tall
    if left > 0:
        page.canvas.text(rect.x + 1, rect.y + rect.h - 1, desk.own("more", count=left), QUIET)


def _header(desk: Desk, page: Page, rect: Rect) -> None:
    page.canvas.fill(rect._replace(x=0, w=desk.width), HEADER)
    page.canvas.text(rect.x + 1, rect.y, desk.own("tab.room"), HEADER)
    count = sum(need_of(station) <= LAST_NEED for station in desk.room)
    said = desk.own("need_people", count=count) if count else desk.own("need_nobody")
    page.canvas.text(rect.x + rect.w - len(said) - 1, rect.y, said, HEADER_GOLD)


def _station(desk: Desk, page: Page, rect: Rect, number: int) -> None:
    station = desk.room[number]
    need = need_of(station)
    look = LOOKS[need]
    high = HIGH if need <= Need.APPROVAL and rect.h >= HIGH_FROM else 1
    band, rest = rect.take(high)
    page.canvas.fill(band._replace(x=0, w=desk.width), look.ink)
    y = band.y + high // 2
    mark = "▶" if number == desk.at else " "
    word = need_words(desk, need, station.told.board)
    page.canvas.text(band.x, y, f"{mark} {number + 1} {look.sign} {word}", look.ink)
    named = _named(station, band.w // 2)
    page.canvas.text(band.x + band.w - len(named) - 1, y, named, look.ink)
    page.targets.append(Target(str(number + 1), rect, Act(Do.OPEN, str(number))))
    for row, (line, ink) in enumerate(_below(desk, station, rect.w - 2 * INDENT)[: rest.h]):
        page.canvas.text(rest.x + INDENT, rest.y + row, line, ink)


def _named(station: Station, most: int) -> str:
    """What the station calls itself, and where it is."""
    board = station.told.board
    names = [board.station if board else "", station.name]
    named = " · ".join(dict.fromkeys(name for name in names if name))
    return named if len(named) <= most else f"{named[: most - 1]}…"


def _below(desk: Desk, station: Station, width: int) -> list[tuple[str, Ink]]:
    """The second factor it waits for, what it refused last, the step and its time, what else waits, the devices that are
    not well."""
    told = station.told
    board = told.board
    if board is None:
        said = f"{desk.own('away')} {station.trouble}".strip()
        return [(line, PAGE) for line in wrap(said, width)]
    lines: list[tuple[str, Ink]] = []
    if told.factor is not None:
        lines += factor_lines(desk, told.factor, width)
    if told.refusal is not None:
        lines += [(line, TROUBLE) for line in wrap(f"▲ {desk.say(told.refusal)}", width)]
    if board.view.step:
        step = desk.own("step", step=board.view.step, steps=board.view.steps)
        name = desk.name("step", board.step) if board.step else ""
        lasts = lasting(desk, board.step_seconds + told.since)
        lines.append((" · ".join(filter(None, (step, name, lasts))), TITLE))
    if waits := line_words(desk, told):
        lines.append((waits, PAGE))
    ill = [device for device in board.devices if device.state is not HealthState.OK]
    devices = [f"{STATES[d.state]} {desk.name('desk', d.kind)}: {desk.own(d.state)}" for d in ill]
    said = "  ".join(devices)
    lines += [(line, TROUBLE) for line in wrap(said, width)]
    urgent = need_of(station) <= Need.URGENT
    waiting = "  ".join(f"▸ {desk.say(message)}" for message in waiting_for(board))
    lines += [(line, TROUBLE if urgent and not ill else PAGE) for line in wrap(waiting, width)]
    return lines or [(desk.say(board.view.screen.prompt), QUIET)]
