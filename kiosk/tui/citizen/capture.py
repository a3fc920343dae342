"""A capture in progress: the live picture or the two hands, the one thing to do now, and whom to ask.

What would help a finger has a page of its own (`advice`).
"""

from __future__ import annotations

from kiosk.tui.canvas import Ink, Rect, balanced
from kiosk.tui.citizen.advice import advise
from kiosk.tui.citizen.frame import prompt, surround
from kiosk.tui.citizen.hands import draw_hands
from kiosk.tui.citizen.scene import Scene
from kiosk.tui.page import Page
from kiosk.tui.palette import BANNER, CARD_LINE, CARD_QUIET, GOOD, PAGE, QUIET
from kiosk.workflow.view import Capture, Help, Target

PICTURE_SHAPE = 8 / 3
WORDS_WIDTH = 28


def capture_page(scene: Scene, screen: Capture) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page, screen.options)
    if screen.remedy is not None:
        advise(scene, page, body, screen, screen.remedy)
    elif screen.target is Target.FINGERS:
        _fingers(scene, page, body, screen)
    else:
        _camera(scene, page, body, screen)
    return page


def _camera(scene: Scene, page: Page, body: Rect, screen: Capture) -> None:
    """A camera picture needs height: it stands beside the words, not below them."""
    page.oval = screen.target is Target.PORTRAIT
    if not scene.compact:
        body = body.inset(1, int(scene.roomy))
    wide = min(body.w - WORDS_WIDTH - 2, int(body.h * PICTURE_SHAPE))
    if scene.roomy:
        wide = min(wide, body.w * 3 // 5)
    left = body._replace(w=wide)
    right = Rect(left.x + wide + 2, body.y, body.w - wide - 2, body.h)
    _viewfinder(scene, page, left)
    words, foot = right.drop(len(_ask_lines(scene, right.w)))
    page.canvas.centre(foot, _ask_lines(scene, right.w), QUIET)
    rest = prompt(page, words, scene.say(screen.prompt), int(not scene.compact), card=True)
    _band(page, rest.middle(rest.w, min(rest.h, 7)), _said(scene, screen))


def _fingers(scene: Scene, page: Page, body: Rect, screen: Capture) -> None:
    band_rows = _band_rows(body.h)
    foot_rows = band_rows + len(_ask_lines(scene, body.w)) if body.h >= 16 else 2
    body = prompt(page, body, scene.say(screen.prompt), 1 if body.h >= 16 else 0, card=True)
    body, foot = body.drop(foot_rows)
    band, ask = foot.take(band_rows)
    _band(page, band, _said(scene, screen))
    page.canvas.centre(ask, _ask_lines(scene, body.w), QUIET)
    _hands(scene, page, body, screen)


def _band_rows(height: int) -> int:
    """Rows for what to do now: one line on a small screen."""
    return 1 if height < 16 else 3


Said = tuple[str, Ink]


def _said(scene: Scene, screen: Capture) -> Said | None:
    """The praise on green or the remedy on gold, each with its own sign; else how to place a finger."""
    if screen.good:
        return f"✓ {scene.say(screen.hint) if screen.hint else scene.own('good')}", GOOD
    if screen.hint is not None:
        return f"▸ {scene.say(screen.hint)}", BANNER
    if screen.target is Target.FINGERS:
        return scene.own("rolled" if screen.rolled else "flat"), QUIET
    return None


def _band(page: Page, rect: Rect, said: Said | None) -> None:
    if said is None:
        return
    text, ink = said
    page.canvas.fill(rect, ink)
    page.canvas.centre(rect, balanced(text, rect.w - 4), ink)


def _ask_lines(scene: Scene, width: int) -> list[str]:
    """Whom to ask when nothing helps; said already once an officer was called."""
    return balanced(scene.own("ask"), width - 2) if scene.view.help is Help.NONE else []


def _viewfinder(scene: Scene, page: Page, rect: Rect) -> None:
    if not scene.live:
        page.canvas.fill(rect, CARD_QUIET)
        page.canvas.frame(rect, CARD_LINE)
        page.canvas.centre(rect, [scene.own("camera_wakes")], CARD_QUIET)
    page.slot = rect


def _hands(scene: Scene, page: Page, rect: Rect, screen: Capture) -> None:
    beside = scene.live and rect.w >= 78
    hands = rect
    if rect.h >= 8:
        hands, foot = rect.drop(1)
        legend = _legend(scene, screen)
        page.canvas.centre(foot, [legend] if len(legend) < rect.w else [], QUIET)
    if beside:
        wide = max(20, min(hands.w - 50, hands.h * 2))
        page.slot = Rect(hands.x + hands.w - wide - 2, hands.y, wide, hands.h)
        hands = hands._replace(w=hands.w - wide - 4)
    draw_hands(page.canvas, hands, screen, scene.tick % 2 == 1)


def _legend(scene: Scene, screen: Capture) -> str:
    parts = [scene.own("legend_asked")]
    if screen.taken:
        parts.append(scene.own("legend_taken"))
    if screen.described:
        parts.append(scene.own("legend_described"))
    return "   ".join(parts)
