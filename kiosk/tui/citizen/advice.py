"""What would help a finger: drawn large, said in one sentence, and with the time it takes where it takes any."""

from __future__ import annotations

from kiosk.domain.remedies import Remedy
from kiosk.tui.bigtext import DOTS, big_lines
from kiosk.tui.canvas import Ink, Rect, balanced
from kiosk.tui.citizen.frame import prompt
from kiosk.tui.citizen.hands import draw_hands
from kiosk.tui.citizen.remedies import pictures
from kiosk.tui.citizen.scene import Scene
from kiosk.tui.page import Page
from kiosk.tui.paint import draw_picture
from kiosk.tui.palette import BANNER, CARD_BOLD, GOOD, GREEN, LINE, NAVY, PAGE, PAPER, QUIET
from kiosk.workflow.view import Capture, Help

ROOMY_ROWS = 16


def advise(scene: Scene, page: Page, body: Rect, screen: Capture, remedy: Remedy) -> None:
    """On gold the one thing to do; above it the picture, beside it the time that is left or the finger to place."""
    roomy = body.h >= ROOMY_ROWS
    if screen.seconds:
        strip, middle = body.take(3 if roomy else 1)
        _about(scene, page, strip, screen)
    else:
        middle = prompt(page, body, scene.say(screen.prompt), int(roomy), card=True)
    if scene.view.help is Help.NONE:
        middle, foot = middle.drop(1)
        page.canvas.centre(foot, balanced(scene.own("ask"), foot.w - 2), QUIET)
    middle = _band(scene, page, middle, screen, roomy)
    wide = min(middle.w * 3 // 5, middle.h * 3) if screen.seconds else min(middle.w // 2, middle.h * 3)
    draw_picture(
        page.canvas, middle._replace(x=middle.x + 1, w=wide), pictures(remedy)[scene.tick % 2], PAPER
    )
    beside = Rect(middle.x + wide + 2, middle.y, middle.w - wide - 3, middle.h)
    if screen.seconds:
        _time(scene, page, beside, screen)
    else:
        draw_hands(page.canvas, beside, screen, scene.tick % 2 == 1)


def _band(scene: Scene, page: Page, rect: Rect, screen: Capture, roomy: bool) -> Rect:
    """The sentence on gold, and what the try was like if that is not said elsewhere; what is left above."""
    lines = balanced(f"▸ {scene.say(screen.hint)}", rect.w - 4) if screen.hint else []
    plain = not screen.seconds and not screen.better and screen.about is not None
    if plain and screen.about and roomy:
        lines = [*balanced(scene.say(screen.about), rect.w - 4), *lines]
    rest, band = rect.drop(len(lines) + 2 * roomy)
    page.canvas.fill(band, BANNER)
    page.canvas.centre(band, lines, BANNER)
    if screen.better and not screen.seconds:
        rest, strip = rest.drop(1)
        _about(scene, page, strip, screen)
    return rest


def _about(scene: Scene, page: Page, rect: Rect, screen: Capture) -> None:
    """What the last try was like: green when it was clearer, never a reproach."""
    if screen.about is None:
        return
    said, ink = scene.say(screen.about), CARD_BOLD
    if screen.better:
        said, ink = f"✓ {said}", GOOD
    page.canvas.fill(rect, ink)
    page.canvas.centre(rect, balanced(said, rect.w - 2), ink)


def _time(scene: Scene, page: Page, rect: Rect, screen: Capture) -> None:
    """Figures as large as there is room for, a line that fills, and what comes afterwards."""
    afterwards = balanced(scene.own("afterwards", what=scene.say(screen.prompt)), rect.w)
    rest, foot = rect.drop(len(afterwards) + (rect.h >= ROOMY_ROWS))
    page.canvas.centre(foot._replace(h=len(afterwards)), afterwards, QUIET)
    figures = _figures(str(screen.seconds), rest)
    clock, below = rest.middle(rest.w, len(figures) + 3).take(len(figures))
    page.canvas.centre(clock, figures, Ink(NAVY, PAPER, bold=True))
    words, bar = below.take(1)
    page.canvas.centre(words, [scene.own("seconds")], PAGE)
    _bar(page, Rect(bar.x + 2, bar.y + bar.h - 1, bar.w - 4, 1), screen)


def _figures(number: str, rect: Rect) -> list[str]:
    if rect.h >= 12 and rect.w >= 8 * len(number):
        return [
            " ".join(DOTS[digit][row].replace("#", "██").replace(" ", "  ") for digit in number)
            for row in range(5)
        ]
    return (big_lines(number, rect.w) if rect.h >= 5 else None) or [number]


def _bar(page: Page, rect: Rect, screen: Capture) -> None:
    """Fills as the time goes by."""
    whole = max(screen.seconds, screen.seconds_in_all)
    done = round(rect.w * (whole - screen.seconds) / whole)
    page.canvas.text(rect.x, rect.y, "━" * done, Ink(GREEN, PAPER, bold=True))
    page.canvas.text(rect.x + done, rect.y, "━" * (rect.w - done), Ink(LINE, PAPER))
