"""The dock's page: ten fingers, what can be done to them, and everything around the kiosk, each with its state."""

from __future__ import annotations

from typing import Final, NamedTuple

from kiosk.domain.fingers import FingerPosition
from kiosk.domain.message import Message, msg
from kiosk.hal.world import World
from kiosk.locale import Audience, Words
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.dock.controls import (
    ALL_KEY,
    CONDITIONS,
    CONTROLS,
    FINGER_KEYS,
    USUAL_KEY,
    Control,
    condition_of,
)
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import (
    HEADER,
    HEADER_GOLD,
    HEADER_QUIET,
    HELD_BUTTON,
    HELP_BUTTON,
    KEY_BUTTON,
    LINES,
    PAGE,
    PLAIN_BUTTON,
    QUIET,
    QUIET_BUTTON,
    TITLE,
    TROUBLE,
    Look,
)

SMALLEST: Final = (80, 24)
COLUMNS: Final = 3
TALL: Final = 36
CAP: Final = 3
"""Cells of a key cap of one letter."""
LAMPS: Final = {"ready": "●", "busy": "○", "call": "▲", "fault": "✗"}


class Bench(NamedTuple):
    """Everything the page is drawn from. Without a world its file cannot be read, and `trouble` says why."""

    world: World | None
    chosen: frozenset[FingerPosition]
    words: Words
    width: int
    height: int
    lamp: str = ""
    place: str = ""
    trouble: Message | None = None

    def own(self, name: str, **values: str | int) -> str:
        return self.say(msg(f"dock.{name}", **values))

    def say(self, message: Message) -> str:
        return self.words.say(message, Audience.TECHNICIAN)


def draw_dock(bench: Bench) -> Page:
    page = Page(bench.width, bench.height, PAGE)
    top, body = Rect(0, 0, bench.width, bench.height).take(1)
    body, foot = body.drop(2)
    _header(bench, page, top)
    if bench.world is not None:
        tall = int(bench.height >= TALL)
        body = _fingers(bench, page, body, bench.world, tall)
        _around(bench, page, body, bench.world, tall)
    _foot(bench, page, foot)
    return page


def _header(bench: Bench, page: Page, rect: Rect) -> None:
    page.canvas.fill(rect, HEADER)
    title = bench.own("title")
    page.canvas.text(1, rect.y, title, HEADER)
    lamp = f"{bench.own('lamp')} {LAMPS[bench.lamp]} {bench.own(f'lamp.{bench.lamp}')} " if bench.lamp else ""
    page.canvas.text(rect.w - len(lamp), rect.y, lamp, HEADER_GOLD)
    room = rect.w - len(lamp) - len(title) - 5
    page.canvas.text(len(title) + 3, rect.y, bench.place[-max(0, room) :] if room > 0 else "", HEADER_QUIET)


def _title(page: Page, rect: Rect, text: str) -> Rect:
    head, rest = rect.take(1)
    page.canvas.text(1, head.y, "─" * (head.w - 2), LINES)
    page.canvas.text(1, head.y, f"{text} ", TITLE)
    return rest


def _fingers(bench: Bench, page: Page, rect: Rect, world: World, tall: int) -> Rect:
    """A row a hand, from the thumb on, and below them what can be done to the chosen ones. What is left below that."""
    rest = _title(page, rect, bench.own("fingers"))
    keys = list(FINGER_KEYS)
    for hand in (keys[:5], keys[5:]):
        row, rest = rest.take(3 + tall)
        label = bench.own("right_hand" if hand[0] == "1" else "left_hand")
        page.canvas.text(1, row.y, label, QUIET)
        cells = Rect(10, row.y, row.w - 11, row.h).columns(5, 1)
        for cell, key in zip(cells, hand, strict=True):
            _finger(bench, page, cell, key, world)
    row, rest = rest.take(2 + tall)
    _conditions(bench, page, row)
    return rest


def _conditions(bench: Bench, page: Page, row: Rect) -> None:
    """Each as wide as its word, what is left over shared out."""
    words = {key: bench.own(code) for key, (code, _) in CONDITIONS.items()} | {ALL_KEY: bench.own("all")}
    widths = [len(word) + CAP + 2 for word in words.values()]
    spare, odd = divmod(max(0, row.w - 2 - sum(widths)), len(words))
    x = 1
    for number, ((key, word), width) in enumerate(zip(words.items(), widths, strict=True)):
        cell = Rect(x, row.y, width + spare + (number < odd), row.h)
        act = Act(Do.SELECT if key == ALL_KEY else Do.CHOOSE, key)
        _button(page, cell, key, [word], act, QUIET_BUTTON if key == ALL_KEY else PLAIN_BUTTON)
        x += cell.w


def _finger(bench: Bench, page: Page, cell: Rect, key: str, world: World) -> None:
    position = FINGER_KEYS[key]
    state = condition_of(world.finger(position))
    look = HELD_BUTTON if position in bench.chosen else KEY_BUTTON if state == "good" else HELP_BUTTON
    name = bench.own(f"finger.{(int(position) - 1) % 5 + 1}")
    mark = "▶ " if position in bench.chosen else ""
    lines = [f"{mark}{name}", _marked(bench.own(state), state == "good")]
    _button(page, cell, key, lines, Act(Do.SELECT, key), look)


def _around(bench: Bench, page: Page, rect: Rect, world: World, tall: int) -> None:
    rest = _title(page, rect, bench.own("around"))
    rows = -(-len(CONTROLS) // COLUMNS)
    for column, cells in enumerate(Rect(1, rest.y, rest.w - 2, rest.h).columns(COLUMNS, 1)):
        for row in range(rows):
            number = column * rows + row
            if number < len(CONTROLS):
                place = Rect(cells.x, rest.y + row * (2 + tall), cells.w, 2 + tall)
                _control(bench, page, place, CONTROLS[number], world)


def _control(bench: Bench, page: Page, cell: Rect, control: Control, world: World) -> None:
    state = control.state(world)
    usual = state == control.usual
    name = bench.own(control.code)
    metres = int(world.paper_mm // 1000)
    text = f"{name}: {_marked(bench.own(f'{control.code}.{state}', metres=metres), usual)}" if state else name
    _button(
        page, cell, control.key, [text], Act(Do.CHOOSE, control.key), KEY_BUTTON if usual else HELP_BUTTON
    )


def _marked(text: str, usual: bool) -> str:
    """What is not as usual is told by a sign too, not by colour alone."""
    return text if usual else f"▲ {text}"


def _button(page: Page, rect: Rect, key: str, lines: list[str], act: Act, look: Look) -> None:
    """A button low enough for twenty-four rows: its key, its lines, a thin edge that still answers."""
    page.button(rect, key, " ", act, look)
    face = rect._replace(w=rect.w - 1, h=rect.h - 1)
    page.canvas.fill(face, look.face)
    y = face.y + max(0, face.h - len(lines)) // 2
    cap = f" {key.upper()} "
    page.canvas.text(face.x, y, cap, look.cap)
    for row, line in enumerate(lines[: face.h]):
        page.canvas.text(face.x + len(cap) + 1, y + row, line[: face.w - len(cap) - 1], look.face)


def _foot(bench: Bench, page: Page, rect: Rect) -> None:
    said = bench.own("help") if bench.trouble is None else f"✗ {bench.say(bench.trouble)}"
    lines = wrap(said, rect.w - 2)
    page.canvas.text(1, rect.y, lines[0] if lines else "", QUIET if bench.trouble is None else TROUBLE)
    x = 1
    keys = (("f3", "language", Act(Do.LANGUAGE)), (USUAL_KEY, "usual", Act(Do.CHOOSE, USUAL_KEY)))
    for key, code, act in (*keys, ("q", "quit", Act(Do.LEAVE))):
        x = _foot_key(page, x, rect.y + 1, key, bench.own(code), act)


def _foot_key(page: Page, x: int, y: int, key: str, label: str, act: Act) -> int:
    cap = f" {key.upper()} "
    page.canvas.text(x, y, cap, Ink(PAGE.fg, KEY_BUTTON.cap.bg, bold=True))
    page.canvas.text(x + len(cap) + 1, y, label, PAGE)
    width = len(cap) + len(label) + 1
    page.targets.append(Target(key, Rect(x, y, width, 1), act))
    return x + width + 3
