"""A capture in progress: the live picture or the two hands, and the one thing to do now in a band of its own."""

from __future__ import annotations

from kiosk.tui.canvas import Rect, balanced
from kiosk.tui.citizen.frame import prompt, surround
from kiosk.tui.citizen.hands import draw_hands
from kiosk.tui.citizen.scene import Scene
from kiosk.tui.page import Page
from kiosk.tui.palette import BANNER, CARD_LINE, CARD_QUIET, GOOD, PAGE, QUIET
from kiosk.workflow.view import Capture, Target


def capture_page(scene: Scene, screen: Capture) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page, screen.options)
    if screen.target is Target.PORTRAIT and not scene.compact:
        _portrait(scene, page, body, screen)
        return page
    body = prompt(page, body, scene.say(screen.prompt), 1 if body.h >= 16 else 0)
    if screen.hint is not None or screen.good or screen.target is Target.FINGERS:
        body, said = body.drop(4 if body.h >= 9 else 1)
        _band(scene, page, said._replace(h=min(3, said.h)), screen)
    if screen.target is Target.FINGERS:
        _fingers(scene, page, body, screen)
    else:
        page.oval = screen.target is Target.PORTRAIT
        _viewfinder(scene, page, body)
    return page


def _portrait(scene: Scene, page: Page, body: Rect, screen: Capture) -> None:
    """A face needs height: the picture beside the words, not below them."""
    page.oval = True
    body = body.inset(2 if not scene.roomy else 6, 0)
    body = Rect(body.x, body.y + 1, body.w, body.h - 2)
    left = body._replace(w=min(body.w // 2, body.h * 2))
    right = Rect(left.x + left.w + 2, body.y, body.w - left.w - 2, body.h)
    _viewfinder(scene, page, left)
    rest = prompt(page, right, scene.say(screen.prompt))
    _band(scene, page, rest.middle(rest.w, min(5, rest.h)), screen)


def _band(scene: Scene, page: Page, rect: Rect, screen: Capture) -> None:
    """The remedy on gold, or the praise on green; each with its own sign."""
    if screen.good:
        text = f"✓ {scene.say(screen.hint) if screen.hint else scene.own('good')}"
        ink = GOOD
    elif screen.hint is not None:
        text, ink = f"▸ {scene.say(screen.hint)}", BANNER
    elif screen.target is Target.FINGERS:
        text, ink = scene.own("rolled" if screen.rolled else "flat"), QUIET
    else:
        return
    page.canvas.fill(rect, ink)
    page.canvas.centre(rect, balanced(text, rect.w - 6), ink)


def _viewfinder(scene: Scene, page: Page, rect: Rect) -> None:
    slot = rect
    if not scene.live:
        box = slot.middle(min(48, slot.w), slot.h)
        page.canvas.fill(box, CARD_QUIET)
        page.canvas.frame(box, CARD_LINE)
        page.canvas.centre(box, [scene.own("camera_wakes")], CARD_QUIET)
    page.slot = slot


def _fingers(scene: Scene, page: Page, rect: Rect, screen: Capture) -> None:
    beside = scene.live and rect.w >= 78
    legend, hands = "", rect
    if rect.h >= 9:
        hands, foot = rect.drop(1)
        legend = _legend(scene, screen)
        page.canvas.centre(foot, [legend] if len(legend) < rect.w else [], QUIET)
    if beside:
        wide = max(24, min(hands.w - 50, hands.h * 2))
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
