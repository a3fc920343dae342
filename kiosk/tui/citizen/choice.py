"""Pages of big buttons: a choice, the languages, the ways out of a question."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.domain.message import msg
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Rect, balanced, wrap
from kiosk.tui.citizen.frame import prompt, surround
from kiosk.tui.citizen.scene import Panel, Scene
from kiosk.tui.citizen.scroll import SIDE, scrolled
from kiosk.tui.page import Act, Do, Page, look_of
from kiosk.tui.palette import CARD, CARD_BOLD, CARD_LINE, PAGE, QUIET_BUTTON, SIGNS, TONES, Look
from kiosk.workflow.view import Choice, Option


class Big(NamedTuple):
    """One big button before it has a place."""

    label: str
    act: Act
    look: Look
    sign: str = ""


def choice_page(scene: Scene, screen: Choice) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page)
    buttons = of_options(scene, screen.options)
    labels = [scene.say(item) for item in screen.body]
    explained = bool(labels or screen.shown)
    text_rows = _text_rows(labels, screen.shown, body.w)
    need = _rows_needed(scene, buttons, explained, body.h - text_rows - 3)
    spare = body.h - need - text_rows
    body = _ask(scene, page, body, scene.say(screen.prompt), spare)
    if explained:
        text, body = body.drop(min(need, body.h))
        _explain(scene, page, text, labels, screen.shown)
        body = body.take(0 if scene.compact else 1)[1]
    grid(scene, page, body, buttons)
    return page


def _ask(scene: Scene, page: Page, body: Rect, text: str, spare: int) -> Rect:
    """The prompt with air around it as far as `spare` rows allow; on a tall screen nearer to what it asks about."""
    if scene.compact or spare < 2:
        return prompt(page, body, text, 0)
    free = 1 if spare == 2 else max(0, spare - 3) // 4
    return prompt(page, body.take(free)[1], text, int(spare > 2))


def of_options(scene: Scene, options: tuple[Option, ...]) -> list[Big]:
    """Buttons for options; the one pressed and not yet taken by the core says so."""
    buttons = []
    for option in options:
        chosen = scene.local.answered == option.key
        sign = "●" if chosen else SIGNS[option.tone]
        look = look_of(TONES[option.tone], chosen)
        buttons.append(Big(scene.say(option.label), Act(Do.ANSWER, option.key), look, sign))
    return buttons


def _rows_needed(scene: Scene, buttons: list[Big], explained: bool, room: int) -> int:
    """Rows for buttons of a comfortable height; a free row above each row of them."""
    across = _across(scene, buttons, room)
    down = -(-len(buttons) // across)
    free = 0 if scene.compact or (not explained and down * 6 > room) else 1
    usual = 3 if scene.compact else max(5, scene.height // 5)
    return down * (usual + free)


def _text_rows(labels: list[str], shown: str, width: int) -> int:
    """Rows an explanation takes; a datum is never smaller than the question about it."""
    if shown:
        return len(labels) + len(_figures(shown, width - 12)) + 2
    return len(_paragraphs(labels, _measure(width)))


def _measure(width: int) -> int:
    """The width of a paragraph that is read easily."""
    return min(width - 4, 84)


def _paragraphs(texts: list[str], width: int) -> list[str]:
    return [line for text in texts for line in [*wrap(text, width), ""]][:-1]


def _explain(scene: Scene, page: Page, rect: Rect, labels: list[str], shown: str) -> None:
    if shown:
        _datum(page, rect, labels, shown)
        return
    width = _measure(rect.w)
    lines = _paragraphs(labels, width)
    card = rect.middle(width + 8, len(lines) + 4)
    ink = CARD if len(lines) + 4 <= rect.h else PAGE
    page.canvas.fill(card, ink)
    if len(lines) > rect.h:
        lines = _paragraphs(labels, width - SIDE)
    scrolled(scene, page, rect.middle(width, min(rect.h, len(lines))), lines, ink)


def _figures(shown: str, width: int) -> list[str]:
    """A datum to judge: figures tall, words as they are written."""
    return big_lines(shown, width) or balanced(shown, width)


def _datum(page: Page, rect: Rect, labels: list[str], shown: str) -> None:
    """What it is, and below it the datum to judge, framed on white."""
    lines = _figures(shown, rect.w - 12)
    air = 1 if rect.h >= len(labels) + len(lines) + 4 else 0
    block = rect.middle(rect.w, len(labels) + len(lines) + 2 + 2 * air)
    head, rest = block.take(len(labels))
    page.canvas.centre(head, labels, PAGE)
    box = rest.middle(max(44, max(map(len, lines)) + 8), rest.h)
    page.canvas.fill(box, CARD)
    page.canvas.frame(box, CARD_LINE)
    page.canvas.centre(box.inset(1, 1), lines, CARD_BOLD)


def _across(scene: Scene, buttons: list[Big], room: int) -> int:
    """Buttons in a row: two, three when they are many; one for long labels where `room` allows."""
    if len(buttons) <= 1:
        return 1
    longest = max(len(button.label) for button in buttons)
    if scene.roomy and longest > 36 and room // len(buttons) >= 5:
        return 1
    if len(buttons) <= 4 or longest > 26:
        return 2
    return 3 if scene.width >= 64 else 2


def grid(scene: Scene, page: Page, area: Rect, buttons: list[Big]) -> None:
    """Numbered buttons in rows; more than fit are turned page by page with key 0."""
    least = 3 if scene.compact else 5
    across = _across(scene, buttons, area.h)
    if -(-len(buttons) // across) * least > area.h:
        across = min(3, len(buttons))
    rows = max(1, min(5 if across == 1 else 3, area.h // least))
    capacity = across * rows
    if len(buttons) <= capacity:
        _place(scene, page, area, buttons, across)
        return
    part = capacity - 1
    pages = -(-len(buttons) // part)
    number = scene.local.page % pages
    shown = buttons[number * part : (number + 1) * part]
    turn = Big(
        f"{scene.own('next')} ({number + 1}/{pages})", Act(Do.TURN, str((number + 1) % pages)), QUIET_BUTTON
    )
    _place(scene, page, area, [*shown, turn], across, capacity)


def _place(scene: Scene, page: Page, area: Rect, buttons: list[Big], across: int, slots: int = 0) -> None:
    places = _places(scene, area, max(slots, len(buttons)), across)
    keyed = [("0" if b.act.do is Do.TURN else str(n), b) for n, b in enumerate(buttons, start=1)]
    for place, (key, big) in zip(places, keyed, strict=False):
        look = look_of(big.look, scene.local.held == key)
        page.button(place, key, big.label, big.act, look, big.sign)


def _places(scene: Scene, area: Rect, count: int, across: int) -> list[Rect]:
    down = -(-count // across)
    gap = 1 if area.h >= down * 6 else 0
    side = 4 if scene.roomy else 1
    tallest = max(9, scene.height // 4)
    tall = min(area.h, down * min(tallest, area.h // down) + gap * (down - 1))
    widest = (72 if count == 1 and not scene.roomy else 102) if across == 1 else 62 * across
    rows = area.inset(side).middle(min(area.w - 2 * side, widest), tall).rows(down, gap)
    return [place for row in rows for place in row.columns(across, 2 if gap else 0)]


def languages_page(scene: Scene) -> Page:
    """All languages offered, each in its own name."""
    buttons = [
        Big(
            scene.say(msg(f"language.{code}")),
            Act(Do.LANGUAGE, code),
            TONES["plain"],
            "●" if code == scene.view.language else "",
        )
        for code in scene.view.languages
    ]
    return _panel(scene, scene.own("languages"), buttons)


def ways_page(scene: Scene, options: tuple[Option, ...]) -> Page:
    return _panel(scene, scene.own("ways_prompt"), of_options(scene, options))


def _panel(scene: Scene, title: str, buttons: list[Big]) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    buttons = [*buttons, Big(scene.own("back"), Act(Do.PANEL, Panel.NONE.value), QUIET_BUTTON)]
    body = surround(scene, page)
    spare = body.h - _rows_needed(scene, buttons, explained=False, room=body.h - 3)
    grid(scene, page, _ask(scene, page, body, title, spare), buttons)
    return page
