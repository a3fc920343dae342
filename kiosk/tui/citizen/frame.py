"""What surrounds every question: the place and the step, banners, the prompt, the bar of ways out."""

from __future__ import annotations

from typing import Final

from kiosk.domain.message import msg
from kiosk.tui.canvas import Rect, balanced, wrap
from kiosk.tui.citizen.scene import Panel, Scene
from kiosk.tui.page import Act, Do, Page, look_of
from kiosk.tui.palette import (
    BANNER,
    CARD,
    CARD_BOLD,
    DEMO,
    HEADER,
    HEADER_GOLD,
    HEADER_QUIET,
    HELP_BUTTON,
    QUIET_BUTTON,
    RULE,
    SIGNS,
    TITLE,
    TONES,
    Look,
)
from kiosk.workflow.view import Help, Option

WAY_KEYS: Final = ("f4", "f5", "f6", "f7")


def surround(scene: Scene, page: Page, ways: tuple[Option, ...] = (), tight: bool = False) -> Rect:
    """Draw header, banners and bar; the rectangle left for the question. `tight` when the question needs every row."""
    above, below = scene.column.drop(_bar_rows(scene, tight))
    bar(scene, page, below, ways)
    top, body = above.take(1 if tight or scene.compact else (3 if scene.roomy else 2))
    header(scene, page, top)
    lines = banners(scene, body.w - 4)
    if tight and lines:
        strip = top
        lines = lines[:1]
    else:
        strip, body = body.take(len(lines))
    page.canvas.fill(strip._replace(x=0, w=scene.width), BANNER)
    page.canvas.centre(strip, lines, BANNER)
    return body


def _bar_rows(scene: Scene, tight: bool) -> int:
    if scene.compact:
        return 3
    if tight or scene.height < 40:
        return 5
    return 7 if scene.height < 50 else 9


def banners(scene: Scene, width: int) -> list[str]:
    """What is said above the question: a notice first, then the state of a call for help."""
    view = scene.view
    lines = [] if view.notice is None else wrap(f"▸ {scene.say(view.notice)}", width)[:2]
    if view.help is not Help.NONE:
        lines += wrap(f"☎ {scene.own(view.help)}", width)[:1]
    return lines


def header(scene: Scene, page: Page, rect: Rect) -> None:
    canvas, view = page.canvas, scene.view
    canvas.fill(rect._replace(x=0, w=scene.width), HEADER)
    row = rect.y + (1 if rect.h > 2 else 0)
    step = scene.own("step", step=view.step, steps=view.steps) if view.step else ""
    end = rect.x + rect.w - 2 - len(step)
    canvas.text(end, row, step, HEADER_GOLD)
    if view.demo:
        badge = f" {scene.own('demo')} "
        end -= len(badge) + (2 if step else 0)
        canvas.text(end, row, badge, DEMO)
    canvas.text(rect.x + 2, row, view.place[: max(0, end - rect.x - 4)], HEADER)
    if rect.h > 1:
        _progress(scene, page, rect._replace(y=rect.y + rect.h - 1, h=1))


def _progress(scene: Scene, page: Page, rect: Rect) -> None:
    """One segment a step: full when done, with an arrow where the citizen is, dotted when to come."""
    view, canvas = scene.view, page.canvas
    if not view.steps:
        canvas.text(0, rect.y, "▁" * scene.width, HEADER_GOLD)
        return
    for number, part in enumerate(rect.inset(2).columns(view.steps, 1), start=1):
        if number < view.step:
            canvas.text(part.x, rect.y, "━" * part.w, HEADER_GOLD)
        elif number == view.step:
            canvas.text(part.x, rect.y, "━" * (part.w - 1) + "▶", HEADER)
        else:
            canvas.text(part.x, rect.y, "┄" * part.w, HEADER_QUIET)


def prompt(page: Page, rect: Rect, text: str, air: int = 1, card: bool = False) -> Rect:
    """The question with `air` rows around it and a short line below; what is left of `rect`.

    On a white `card` where it must stand out beside a picture.
    """
    lines = balanced(text, rect.w - 4)
    above, rest = rect.take(len(lines) + 2 * air)
    if card:
        page.canvas.fill(above, CARD)
    ink = CARD_BOLD if card else TITLE
    page.canvas.centre(Rect(rect.x, above.y + air, rect.w, len(lines)), lines, ink)
    if air and not card:
        _rule(page, above, above.y + air + len(lines))
    return rest


def _rule(page: Page, rect: Rect, y: int) -> None:
    rule = "━" * min(12, rect.w)
    page.canvas.text(rect.x + (rect.w - len(rule)) // 2, y, rule, RULE)


def bar(scene: Scene, page: Page, rect: Rect, ways: tuple[Option, ...]) -> None:
    """Help, stop, language, reading aloud, and as many ways out of the question as leave every target 20 cells (16 on a
    small screen). Where not all of them fit, the language is left to the questions without a way out."""
    most = rect.w // (16 if scene.compact else 20)
    aloud = _aloud(scene)
    languages = _languages(scene) if not aloud or 4 + bool(ways) <= most else []
    beside = 4 if aloud and languages else 3
    buttons = [*_fixed(scene), *languages, *_ways(scene, ways, beside, most - beside, rect.w), *aloud]
    for part, (key, label, act, look, sign) in zip(rect.columns(len(buttons)), buttons, strict=True):
        page.button(part, key, label, act, look_of(look, scene.local.held == key), sign)


Button = tuple[str, str, Act, Look, str]


def _fixed(scene: Scene) -> list[Button]:
    view = scene.view
    called = view.help is not Help.NONE
    buttons: list[Button] = [
        (
            "f1",
            scene.own("help_called" if called else "help"),
            Act(Do.HELP),
            HELP_BUTTON,
            "✓" if called else "",
        )
    ]
    if view.step:
        buttons.append(("f2", scene.own("leave"), Act(Do.LEAVE), QUIET_BUTTON, ""))
    return buttons


def _languages(scene: Scene) -> list[Button]:
    view = scene.view
    others = [code for code in view.languages if code != view.language]
    if len(others) == 1:
        name = scene.say(msg(f"language.{others[0]}"))
        return [("f3", name, Act(Do.LANGUAGE, others[0]), QUIET_BUTTON, "")]
    if others:
        return [("f3", scene.own("language"), Act(Do.PANEL, Panel.LANGUAGES.value), QUIET_BUTTON, "")]
    return []


def _aloud(scene: Scene) -> list[Button]:
    """Only where something can be heard."""
    return [("f8", scene.own("read_aloud"), Act(Do.READ), QUIET_BUTTON, "")] if scene.view.read_aloud else []


def _labels_fit(scene: Scene, ways: tuple[Option, ...], beside: int, width: int) -> bool:
    """No word of a way out may be lost: two lines on a small screen, three otherwise, beside the key cap."""
    room = width // (beside + len(ways)) - 8
    return all(len(balanced(scene.say(way.label), room)) <= (2 if scene.compact else 3) for way in ways)


def _ways(scene: Scene, ways: tuple[Option, ...], beside: int, room: int, width: int) -> list[Button]:
    """`room` for so many, `beside` other buttons."""
    if len(ways) > max(1, room) or not _labels_fit(scene, ways, beside, width):
        return [("f4", scene.own("ways"), Act(Do.PANEL, Panel.WAYS.value), TONES["plain"], "")]
    return [
        (key, scene.say(way.label), Act(Do.ANSWER, way.key), TONES[way.tone], SIGNS[way.tone])
        for key, way in zip(WAY_KEYS, ways, strict=False)
    ]
