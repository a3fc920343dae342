"""Small coloured pictures of shapes, four dots a cell, for those who would rather look than read.

A picture is a list of layers, the first at the back, in a space 150 wide and 100 tall whose units are square; a cell
is twice as tall as wide. Where a layer ends over one behind it stands a dark line, as wide as a dot.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from kiosk.tui.bigtext import DOTS
from kiosk.tui.canvas import Canvas, Ink, Rect

WIDE: Final = 150
TALL: Final = 100
QUADRANTS: Final = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
NOTHING: Final = -1


class Shape(Protocol):
    """A set of points; hashable, so that a drawn picture can be kept."""

    def holds(self, x: float, y: float) -> bool: ...


class Bar(NamedTuple):
    """A line with round ends from (x0, y0) to (x1, y1), `r` thick on either side."""

    x0: float
    y0: float
    x1: float
    y1: float
    r: float

    def holds(self, x: float, y: float) -> bool:
        dx, dy = self.x1 - self.x0, self.y1 - self.y0
        length = dx * dx + dy * dy
        along = ((x - self.x0) * dx + (y - self.y0) * dy) / length if length else 0.0
        along = max(0.0, min(1.0, along))
        return math.hypot(x - self.x0 - along * dx, y - self.y0 - along * dy) <= self.r


class Oval(NamedTuple):
    """An ellipse around (cx, cy)."""

    cx: float
    cy: float
    rx: float
    ry: float

    def holds(self, x: float, y: float) -> bool:
        return ((x - self.cx) / self.rx) ** 2 + ((y - self.cy) / self.ry) ** 2 <= 1


class Poly(NamedTuple):
    """The inside of a closed line of points."""

    points: tuple[tuple[float, float], ...]

    def holds(self, x: float, y: float) -> bool:
        inside = False
        for (x0, y0), (x1, y1) in zip(self.points, (*self.points[1:], self.points[0]), strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                inside = not inside
        return inside


class Arc(NamedTuple):
    """A curved line around (cx, cy), `r` away, `thick` on either side, from angle `start` to `end` in degrees.

    0 is to the right, 90 upwards.
    """

    cx: float
    cy: float
    r: float
    thick: float
    start: float
    end: float

    def holds(self, x: float, y: float) -> bool:
        dx, dy = x - self.cx, self.cy - y
        if abs(math.hypot(dx, dy) - self.r) > self.thick:
            return False
        return (math.degrees(math.atan2(dy, dx)) - self.start) % 360 <= self.end - self.start


class Figure(NamedTuple):
    """A digit, its upper left corner at (x, y), `size` a dot of it."""

    digit: str
    x: float
    y: float
    size: float

    def holds(self, x: float, y: float) -> bool:
        column, row = int((x - self.x) // self.size), int((y - self.y) // self.size)
        rows = DOTS[self.digit]
        return 0 <= row < len(rows) and 0 <= column < len(rows[0]) and rows[row][column] == "#"


class Layer(NamedTuple):
    """A shape in a colour; `edge` is the colour of the line where it ends, "" for none."""

    shape: Shape
    colour: str
    edge: str = ""


Picture = tuple[Layer, ...]


def drop(cx: float, top: float, r: float) -> Poly:
    """A drop of water, its tip at (cx, top), `r` its radius."""
    middle = top + 2.2 * r
    round_part = [math.radians(angle) for angle in range(-30, 211, 20)]
    points = [(cx + r * math.cos(a), middle + r * math.sin(a)) for a in round_part]
    return Poly(((cx, top), *points))


def arrow(x0: float, y0: float, x1: float, y1: float, r: float) -> Poly:
    """An arrow from (x0, y0) to its tip (x1, y1), its shaft `r` thick on either side."""
    length = math.hypot(x1 - x0, y1 - y0)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    head = min(3.2 * r, length * 0.6)

    def at(along: float, aside: float) -> tuple[float, float]:
        return x0 + along * ux - aside * uy, y0 + along * uy + aside * ux

    neck = length - head
    return Poly(
        (at(0, r), at(neck, r), at(neck, 2.6 * r), at(length, 0), at(neck, -2.6 * r), at(neck, -r), at(0, -r))
    )


def draw_picture(canvas: Canvas, rect: Rect, picture: Picture, ground: str) -> None:
    """`picture` as large as `rect` allows, in its middle, on `ground`."""
    scale = min(rect.w / WIDE, rect.h * 2 / TALL)
    place = rect.middle(max(1, int(WIDE * scale)), max(1, int(TALL * scale / 2)))
    for y, row in enumerate(_cells(picture, place.w, place.h, ground)):
        for x, (letter, ink) in enumerate(row):
            if letter != " " or ink.bg != ground:
                canvas.put(place.x + x, place.y + y, letter, ink)


Cell = tuple[str, Ink]


@lru_cache(maxsize=64)
def _cells(picture: Picture, width: int, height: int, ground: str) -> tuple[tuple[Cell, ...], ...]:
    colours = _coloured(picture, _tops(picture, width * 2, height * 2), ground)
    return tuple(
        tuple(
            _cell([colours[2 * y + dy][2 * x + dx] for dy in (0, 1) for dx in (0, 1)]) for x in range(width)
        )
        for y in range(height)
    )


def _tops(picture: Picture, width: int, height: int) -> list[list[int]]:
    """Which layer is in front at each dot."""
    xs = [(x + 0.5) * WIDE / width for x in range(width)]
    ys = [(y + 0.5) * TALL / height for y in range(height)]
    order = list(enumerate(picture))[::-1]
    return [[next((n for n, layer in order if layer.shape.holds(x, y)), NOTHING) for x in xs] for y in ys]


def _coloured(picture: Picture, tops: Sequence[Sequence[int]], ground: str) -> list[list[str]]:
    height, width = len(tops), len(tops[0])

    def colour(x: int, y: int) -> str:
        top = tops[y][x]
        if top == NOTHING:
            return ground
        layer = picture[top]
        around = ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))
        ends = any(0 <= a < width and 0 <= b < height and tops[b][a] < top for a, b in around)
        return layer.edge if layer.edge and ends else layer.colour

    return [[colour(x, y) for x in range(width)] for y in range(height)]


def _cell(dots: list[str]) -> Cell:
    """The two commonest colours of four dots, as a block letter on its ground."""
    (main, _), *others = Counter(dots).most_common(2)
    other = others[0][0] if others else main
    bits = sum(1 << bit for bit, dot in enumerate(dots) if dot == other and other != main)
    return QUADRANTS[bits], Ink(other, main)
