"""Pages of big buttons: a choice, the languages, the ways out of a question."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.domain.message import msg
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Rect, balanced, wrap
from kiosk.tui.citizen.frame import prompt, surround
from kiosk.tui.citizen.scene import Panel, Scene
from kiosk.tui.citizen.scroll import scrolled
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
    explained = bool(screen.body or screen.shown)
    body = prompt(page, body, scene.say(screen.prompt), 0 if scene.compact else 1)
    buttons = of_options(scene, screen.options)
    need = _rows_needed(scene, len(buttons), explained)
    text, area = body.drop(min(need, body.h)) if explained else (None, body)
    if text is not None:
        _explain(scene, page, text, screen)
    grid(scene, page, area, buttons)
    return page


def of_options(scene: Scene, options: tuple[Option, ...]) -> list[Big]:
    """Buttons for options; the one pressed and not yet taken by the core says so."""
    buttons = []
    for option in options:
        chosen = scene.local.answered == option.key
        sign = "●" if chosen else SIGNS[option.tone]
        look = look_of(TONES[option.tone], chosen)
        buttons.append(Big(scene.say(option.label), Act(Do.ANSWER, option.key), look, sign))
    return buttons


def _rows_needed(scene: Scene, count: int, explained: bool) -> int:
    height = 3 if scene.compact else (7 if scene.height >= 40 else 5)
    across = 3 if explained and count <= 3 else _across(scene, count)
    return -(-count // across) * (height + 1)


def _explain(scene: Scene, page: Page, rect: Rect, screen: Choice) -> None:
    if screen.shown:
        rect = _datum(page, rect, screen.shown)
    width = min(rect.w - 4, 100)
    texts = [scene.say(item) for item in screen.body]
    if screen.shown and len(texts) <= rect.h and all(len(text) <= width for text in texts):
        page.canvas.centre(rect.take(len(texts) + 2)[0], texts, PAGE)
        return
    lines = [line for text in texts for line in [*wrap(text, width), ""]][:-1]
    if lines:
        scrolled(scene, page, rect.middle(width, rect.h), lines)


def _datum(page: Page, rect: Rect, shown: str) -> Rect:
    """A datum to judge: framed on white, figures drawn tall."""
    lines = big_lines(shown, rect.w - 8) if rect.h >= 5 else None
    spaced = " ".join(shown)
    lines = lines or ([spaced] if len(spaced) <= rect.w - 10 else balanced(shown, rect.w - 10))
    frame, rest = rect.take(max(3, min(rect.h, len(lines) + (4 if rect.h >= len(lines) + 6 else 2))))
    box = frame.middle(max(40, max(len(line) for line in lines) + 8), frame.h)
    page.canvas.fill(box, CARD)
    if box.h >= 3:
        page.canvas.frame(box, CARD_LINE)
    page.canvas.centre(box.inset(1, 1) if box.h >= 3 else box, lines, CARD_BOLD)
    return rest


def _across(scene: Scene, count: int) -> int:
    if count <= 1:
        return 1
    if count <= 4:
        return 2
    return 3 if scene.width >= 64 else 2


def grid(scene: Scene, page: Page, area: Rect, buttons: list[Big]) -> None:
    """Numbered buttons in rows; more than fit are turned page by page with key 0."""
    across = min(3, len(buttons)) if area.h < (6 if scene.compact else 10) else _across(scene, len(buttons))
    least = 3 if scene.compact else 5
    rows = max(1, min(3, area.h // least))
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
    down = -(-max(slots, len(buttons)) // across)
    gap = 1 if area.h >= down * 6 else 0
    side = 4 if scene.roomy else 1
    tall = min(area.h, down * min(9, area.h // down) + gap * (down - 1))
    rows = area.inset(side).middle(min(area.w - 2 * side, 62 * across), tall).rows(down, gap)
    for number, button in enumerate(buttons, start=1):
        row = rows[(number - 1) // across]
        place = row.columns(across, 2 if gap else 0)[(number - 1) % across]
        key = "0" if button.act.do is Do.TURN else str(number)
        look = look_of(button.look, scene.local.held == key)
        page.button(place, key, button.label, button.act, look, button.sign)


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
    body = prompt(page, surround(scene, page), title, 0 if scene.compact else 1)
    back = Big(scene.own("back"), Act(Do.PANEL, Panel.NONE.value), QUIET_BUTTON)
    grid(scene, page, body, [*buttons, back])
    return page
