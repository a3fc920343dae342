"""Two hands, palms down, as the citizen sees their own: drawn from capsules, four dots a cell.

The left hand is on the left. Each finger can be found by its ISO position code, 1…10.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from kiosk.tui.canvas import Canvas, Ink, Rect
from kiosk.tui.palette import (
    CLAY_EDGE,
    GREEN,
    NAVY,
    PAPER,
    SKIN,
    STONE,
    WHITE,
)
from kiosk.workflow.view import Capture

QUADRANTS: Final = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
PALM: Final = 11


class Capsule(NamedTuple):
    """A line with round ends from (x0, y0) to (x1, y1), `r` thick on either side, in a hand 100 wide, 100 tall."""

    x0: float
    y0: float
    x1: float
    y1: float
    r: float


# The right hand by position code: thumb, index, middle, ring, little; (x1, y1) is the tip.
FINGERS: Final = {
    1: Capsule(34, 78, 9, 47, 7.5),
    2: Capsule(33, 60, 28, 18, 6.6),
    3: Capsule(50, 58, 49, 8, 6.8),
    4: Capsule(66, 60, 70, 15, 6.5),
    5: Capsule(80, 66, 90, 31, 5.8),
}
PALM_PARTS: Final = (
    Capsule(38, 68, 74, 68, 12.0),
    Capsule(42, 80, 70, 80, 16.0),
    Capsule(48, 92, 66, 92, 14.0),
)


@lru_cache(maxsize=8)
def dots(width: int, height: int) -> tuple[tuple[int, ...], ...]:
    """The right hand in `width` × `height` dots: a position code, `PALM`, or 0 where there is nothing.

    Width and height are those of the place; the hand keeps its shape when a dot is half as wide as tall.
    """
    return tuple(
        tuple(_part((x + 0.5) * 100 / width, (y + 0.5) * 100 / height) for x in range(width))
        for y in range(height)
    )


def _part(x: float, y: float) -> int:
    for code, finger in FINGERS.items():
        if _inside(finger, x, y):
            return code
    return PALM if any(_inside(part, x, y) for part in PALM_PARTS) else 0


def _inside(part: Capsule, x: float, y: float) -> bool:
    dx, dy = part.x1 - part.x0, part.y1 - part.y0
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((x - part.x0) * dx + (y - part.y0) * dy) / length)) if length else 0.0
    ex, ey = x - part.x0 - along * dx, y - part.y0 - along * dy
    return ex * ex + ey * ey <= part.r * part.r


def draw_hands(canvas: Canvas, rect: Rect, capture: Capture, blink: bool) -> None:
    """Both hands side by side in `rect`, the asked fingers marked with an arrow that moves slowly."""
    tall = rect.h
    wide = min((rect.w - 2) // 2, int(tall * 2.2))
    left = Rect(rect.x + (rect.w - 2 * wide - 2) // 2, rect.y, wide, tall)
    right = left._replace(x=left.x + wide + 2)
    _hand(canvas, left, capture, 5, True, blink)
    _hand(canvas, right, capture, 0, False, blink)


def _hand(canvas: Canvas, rect: Rect, capture: Capture, first: int, mirrored: bool, blink: bool) -> None:
    """One hand; `first` is added to the right hand's codes. The top row is kept for arrows."""
    place = Rect(rect.x, rect.y + 1, rect.w, rect.h - 1)
    grid = dots(place.w * 2, place.h * 2)
    for cy in range(place.h):
        for cx in range(place.w):
            column = place.w - 1 - cx if mirrored else cx
            cell = [grid[2 * cy + dy][2 * column + dx] for dy in (0, 1) for dx in (0, 1)]
            if mirrored:
                cell = [cell[1], cell[0], cell[3], cell[2]]
            _cell(canvas, place.x + cx, place.y + cy, cell, capture, first)
    for code, finger in FINGERS.items():
        _mark(canvas, place, finger, mirrored, code + first, capture, blink)


def _cell(canvas: Canvas, x: int, y: int, cell: list[int], capture: Capture, first: int) -> None:
    parts = [part for part in cell if part]
    if not parts:
        return
    main = max(set(parts), key=parts.count)
    colour = _colour(main, capture, first)
    other = next((part for part in cell if part != main), main)
    shape = QUADRANTS[sum(1 << bit for bit, part in enumerate(cell) if part == main)]
    canvas.put(x, y, shape, Ink(colour, _colour(other, capture, first) if other else canvas.ground))


def _colour(part: int, capture: Capture, first: int) -> str:
    if part == 0:
        return PAPER
    if part == PALM:
        return SKIN
    code = part + first
    if code in capture.fingers:
        return GREEN if capture.good else NAVY
    if code in capture.taken:
        return GREEN
    return STONE if code in capture.described else SKIN


def _mark(
    canvas: Canvas, rect: Rect, finger: Capsule, mirrored: bool, code: int, capture: Capture, blink: bool
) -> None:
    x1 = 100 - finger.x1 if mirrored else finger.x1
    x = rect.x + int(x1 * rect.w / 100)
    y = rect.y + int(finger.y1 * rect.h / 100)
    if code in capture.fingers:
        top = rect.y + int((finger.y1 - finger.r) * rect.h / 100) - 1
        canvas.put(x, top, "▼" if not blink else "▽", Ink(CLAY_EDGE, canvas.ground, bold=True))
        sign, colour = ("✓", GREEN) if capture.good else ("●", NAVY)
        canvas.put(x, y, sign, Ink(WHITE, colour, bold=True))
    elif code in capture.taken:
        canvas.put(x, y, "✓", Ink(WHITE, GREEN, bold=True))
    elif code in capture.described:
        canvas.put(x, y, "–", Ink(WHITE, STONE, bold=True))
