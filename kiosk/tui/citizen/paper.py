"""The quieter pages: the review, the signature, a pause, the question whether somebody is there."""

from __future__ import annotations

from itertools import pairwise

from kiosk.domain.message import Message
from kiosk.tui.canvas import Ink, Rect, balanced, wrap
from kiosk.tui.citizen.choice import Big, grid, of_options
from kiosk.tui.citizen.frame import prompt, surround
from kiosk.tui.citizen.scene import Scene
from kiosk.tui.citizen.scroll import SIDE, Line, rich_scrolled
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import (
    CARD,
    CARD_BOLD,
    CARD_LINE,
    CARD_QUIET,
    DARK,
    GOLD,
    LINES,
    NAVY,
    PAGE,
    QUIET,
    QUIET_BUTTON,
    TITLE,
    TROUBLE,
    WHITE,
    YES_BUTTON,
)
from kiosk.workflow.view import Pause, Review, Row, Signature

STROKE = Ink(NAVY, WHITE)
BLACK = Ink(DARK, DARK)


def review_page(scene: Scene, screen: Review) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page)
    body, area = body.drop(3 if scene.compact else max(5, scene.height // 6))
    side = 6 if scene.roomy else 2
    lines = _rows(scene, screen, body.w - 2 * side)
    airy = len(lines) + 3 <= body.h
    body = prompt(page, body, scene.say(screen.prompt), int(airy))
    place = body.inset(side)
    if len(lines) > place.h:
        lines = _rows(scene, screen, place.w - SIDE)
    _space(lines, place.h, place.w)
    rich_scrolled(scene, page, place, lines)
    grid(scene, page, area, of_options(scene, screen.options))
    return page


def _rows(scene: Scene, screen: Review, width: int) -> list[Line]:
    return [line for row in screen.rows for line in _row(scene, row, width)]


def _space(lines: list[Line], height: int, width: int) -> None:
    """Thin lines between the rows when there is room for them."""
    starts = [number for number, line in enumerate(lines) if line and line[0][0] == 0]
    if len(lines) + len(starts) > height:
        return
    for number in reversed(starts[1:]):
        lines.insert(number, [(0, "─" * width, LINES)])


def _row(scene: Scene, row: Row, width: int) -> list[Line]:
    """Label at the left, value in bold, and below it what an officer will look at."""
    column = max(16, min(30, width // 3))
    labels = wrap(scene.say(row.label), column - 2)
    value = scene.say(row.value) if isinstance(row.value, Message) else row.value
    values = wrap(value, width - column)
    lines: list[Line] = []
    for number in range(max(len(labels), len(values), 1)):
        label = labels[number] if number < len(labels) else ""
        datum = values[number] if number < len(values) else ""
        lines.append([(0 if number == 0 else 1, label, QUIET), (column, datum, TITLE)])
    if row.note is not None:
        noted = wrap(f"✎ {scene.say(row.note)}", width - column)
        lines += [[(column, line, TROUBLE)] for line in noted]
    return lines


def signature_page(scene: Scene, screen: Signature) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page)
    body = prompt(page, body, scene.say(screen.prompt), 1 if body.h >= 16 else 0)
    pad, area = body.drop(3 if scene.compact else max(5, scene.height // 6))
    own = [
        Big(scene.own("clear"), Act(Do.CLEAR_PAD), QUIET_BUTTON, "↺"),
        Big(scene.own("signed"), Act(Do.SEND_PAD), YES_BUTTON, "✓"),
    ]
    _row_of(scene, page, area, [*own, *of_options(scene, screen.options)])
    box = pad.middle(pad.w - 2, pad.h)
    page.canvas.fill(box, CARD)
    page.canvas.frame(box, CARD_LINE)
    page.pad = box.inset(1, 1)
    if not scene.local.strokes:
        _sign_here(scene, page, page.pad)
    draw_strokes(page, page.pad, scene.local.strokes)
    return page


def _row_of(scene: Scene, page: Page, area: Rect, buttons: list[Big]) -> None:
    for number, (place, button) in enumerate(zip(area.columns(len(buttons)), buttons, strict=True), start=1):
        page.button(place, str(number), button.label, button.act, button.look, button.sign)


def _sign_here(scene: Scene, page: Page, pad: Rect) -> None:
    text = scene.say(scene.local.problem) if scene.local.problem else scene.own("sign_here")
    page.canvas.centre(pad, balanced(text, pad.w - 4), CARD_QUIET)
    foot = pad.y + pad.h - 2
    page.canvas.text(pad.x + 3, foot, "✗" + "┈" * (pad.w - 8), Ink(CARD_QUIET.fg, WHITE))


def draw_strokes(page: Page, pad: Rect, strokes: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    """Lines of braille dots, two by four a cell."""
    cells: dict[tuple[int, int], int] = {}
    for stroke in strokes:
        for x, y in _dots(stroke, pad.w * 2 - 1, pad.h * 4 - 1):
            bit = (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)[(x & 1) * 4 + (y & 3)]
            cells[x >> 1, y >> 2] = cells.get((x >> 1, y >> 2), 0) | bit
    for (x, y), bits in cells.items():
        page.canvas.put(pad.x + x, pad.y + y, chr(0x2800 + bits), STROKE)


def _dots(stroke: tuple[tuple[int, int], ...], width: int, height: int) -> set[tuple[int, int]]:
    places = [(x * width / 1000, y * height / 1000) for x, y in stroke]
    found = {(round(x), round(y)) for x, y in places[:1]}
    for (ax, ay), (bx, by) in pairwise(places):
        steps = max(1, int(2 * max(abs(bx - ax), abs(by - ay))))
        found |= {
            (round(ax + (bx - ax) * i / steps), round(ay + (by - ay) * i / steps)) for i in range(steps + 1)
        }
    return found


def pause_page(scene: Scene, screen: Pause) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    texts = [scene.say(item) for item in screen.body]
    calm(scene, page, surround(scene, page, screen.options), scene.say(screen.prompt), texts)
    return page


def calm(scene: Scene, page: Page, body: Rect, title: str, texts: list[str]) -> None:
    """A sentence in the middle, and three dots that move once a second."""
    width = body.w - 8
    lines = [line for text in texts for line in balanced(text, width)]
    heads = balanced(title, width)
    air = 1 if len(heads) + len(lines) + 7 <= body.h else 0
    card = body.middle(width + 8, len(heads) + len(lines) + 4 + 3 * air)
    page.canvas.fill(card, CARD)
    page.canvas.fill(card._replace(h=1), Ink(GOLD, WHITE), "▀")
    top, rest = Rect(card.x, card.y + 1 + air, card.w, card.h - 1 - air).take(len(heads))
    page.canvas.centre(top, heads, CARD_BOLD)
    moving, rest = rest.take(2 + air)
    page.canvas.centre(moving, ["  ".join("●" if scene.tick % 3 == i else "○" for i in range(3))], CARD_BOLD)
    page.canvas.left(rest, [line.center(card.w) for line in lines], CARD)


def waiting_page(scene: Scene) -> Page:
    """The core is away for a moment."""
    page = Page(scene.width, scene.height, PAGE)
    calm(scene, page, scene.column, scene.own("moment"), [scene.own("moment_why")])
    return page


def idle_page(scene: Scene, seconds: int) -> Page:
    """Somebody there? Nothing of the person's data is on this page; one button, and any key."""
    page = Page(scene.width, scene.height, PAGE)
    body = scene.column.inset(0, 0 if scene.compact else 1)
    body = prompt(page, body, scene.own("idle"), 1)
    text, area = body.drop(max(8 if scene.height >= 24 else 5, body.h // 3))
    big = area.inset(max(2, (area.w - 72) // 2), 1)
    lines = balanced(scene.own("idle_seconds", seconds=seconds), text.w - 8)
    gauge = "■" * min(seconds, 30) + "□" * max(0, min(30, 30 - seconds))
    page.canvas.centre(text, [*lines, "", gauge], QUIET)
    page.button(big, "1", scene.own("here"), Act(Do.TOUCH), YES_BUTTON, "✓")
    return page


def dark_page(width: int, height: int) -> Page:
    """Nobody is there: nothing to read, nothing to press."""
    return Page(width, height, BLACK)
