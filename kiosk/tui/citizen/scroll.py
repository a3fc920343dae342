"""Text that may be longer than its place: two big buttons beside it turn it up and down."""

from __future__ import annotations

from kiosk.tui.canvas import Ink, Rect
from kiosk.tui.citizen.scene import Scene
from kiosk.tui.page import Act, Do, Page, look_of
from kiosk.tui.palette import PAGE, QUIET, QUIET_BUTTON

SIDE = 20


def scrolled(scene: Scene, page: Page, rect: Rect, lines: list[str], ink: Ink = PAGE) -> None:
    """Plain lines."""
    rich_scrolled(scene, page, rect, [[(0, line, ink)] for line in lines])


Line = list[tuple[int, str, Ink]]


def rich_scrolled(scene: Scene, page: Page, rect: Rect, lines: list[Line]) -> None:
    """Lines of pieces (column, text, ink). `Local.scroll` is the first line shown."""
    first = min(scene.local.scroll, max(0, len(lines) - rect.h))
    shown = lines[first : first + rect.h]
    for row, line in enumerate(shown):
        for x, text, ink in line:
            page.canvas.text(rect.x + x, rect.y + row, text[: max(0, rect.w - x)], ink)
    if len(lines) > rect.h:
        _buttons(scene, page, rect, first, len(lines))


def _buttons(scene: Scene, page: Page, rect: Rect, first: int, total: int) -> None:
    column = scene.column
    side = Rect(column.x + column.w - SIDE, rect.y, SIDE, rect.h)
    page.canvas.fill(side, QUIET)
    step = max(1, rect.h - 1)
    up, down = side.rows(2)
    last = max(0, total - rect.h)
    for place, key, name, to in (
        (up, "pageup", "up", max(0, first - step)),
        (down, "pagedown", "down", min(last, first + step)),
    ):
        look = look_of(QUIET_BUTTON, scene.local.held == key)
        arrow = "▲" if key == "pageup" else "▼"
        page.button(place, key, scene.own(name), Act(Do.SCROLL, str(to)), look, arrow)
