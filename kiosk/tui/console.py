"""The plain Linux console, where no compositor runs: sixteen colours, eight of which can lie behind letters.

The sixteen are the kiosk's own, set by `ESC ] P` (console_codes(4)); every other colour becomes the nearest of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as Background
from textual.filter import LineFilter

from kiosk.tui.palette import (
    CLAY,
    CLAY_EDGE,
    DARK,
    GOLD,
    GOLD_EDGE,
    GREEN,
    GREEN_EDGE,
    LINE,
    NAVY,
    NIGHT,
    PAPER,
    SAND,
    SAND_EDGE,
    SKIN,
    STONE,
    WHITE,
)

TERMINAL: Final = "linux"
GROUNDS: Final = (NIGHT, CLAY, GREEN, GOLD, NAVY, DARK, SAND, PAPER)
COLOURS: Final = (*GROUNDS, STONE, CLAY_EDGE, GREEN_EDGE, GOLD_EDGE, SKIN, SAND_EDGE, LINE, WHITE)
TRIPLETS: Final = tuple(Color.parse(colour).get_truecolor() for colour in COLOURS)
ALL, BEHIND = range(len(COLOURS)), range(len(GROUNDS))
OWN_COLOURS: Final = "".join(f"\x1b]P{number:x}{colour[1:]}" for number, colour in enumerate(COLOURS))
ITS_COLOURS: Final = "\x1b]R"
UPPER, LOWER, WHOLE = "▀▄█"
"""Live pictures are upper halves: two dots a cell."""


class ConsoleColours(LineFilter):
    """Bold letters stay thin: the console shows them in another colour instead."""

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        return [_drawn(segment) for segment in segments]


def _drawn(segment: Segment) -> Segment:
    text, style, control = segment
    if control or style is None:
        return segment
    if text.strip(UPPER) or style.color is None or style.bgcolor is None:
        return Segment(text, shown(style))
    block, dots = _dots(style.color.get_truecolor(), style.bgcolor.get_truecolor())
    return Segment(block * len(text), dots)


@lru_cache(maxsize=4096)
def shown(style: Style) -> Style:
    """`style` in the console's colours: letters in one of sixteen, on one of the first eight."""
    return Style.from_color(_number(style.color, ALL), _number(style.bgcolor, BEHIND))


def _number(colour: Color | None, among: range) -> Color | None:
    if colour is None or colour.is_default:
        return None
    return Color.from_ansi(_nearest(colour.get_truecolor(), among))


class Way(NamedTuple):
    """A cell of two dots: a block, the numbers of its colour and of the ground's, and how far off both are."""

    block: str
    letters: int
    ground: int
    error: int


@lru_cache(maxsize=4096)
def _dots(above: ColorTriplet, below: ColorTriplet) -> tuple[str, Style]:
    """The way that comes nearest: either dot may be the ground, which has eight colours to choose from."""
    ways = (_way(UPPER, above, below), _way(LOWER, below, above), _whole(above, below))
    best = min(ways, key=lambda way: way.error)
    return best.block, Style.from_color(Color.from_ansi(best.letters), Color.from_ansi(best.ground))


def _way(block: str, dot: ColorTriplet, other: ColorTriplet) -> Way:
    letters, ground = _nearest(dot, ALL), _nearest(other, BEHIND)
    return Way(block, letters, ground, _apart(dot, TRIPLETS[letters]) + _apart(other, TRIPLETS[ground]))


def _whole(above: ColorTriplet, below: ColorTriplet) -> Way:
    """One of sixteen for both."""
    number = _nearest(above, ALL)
    error = _apart(above, TRIPLETS[number]) + _apart(below, TRIPLETS[number])
    return Way(WHOLE, number, _nearest(above, BEHIND), error)


def _nearest(wanted: ColorTriplet, among: range) -> int:
    return min(among, key=lambda number: _apart(wanted, TRIPLETS[number]))


def _apart(one: ColorTriplet, other: ColorTriplet) -> int:
    """How different two colours look, roughly: the eye sees green best, blue worst."""
    return sum(weight * (a - b) ** 2 for weight, a, b in zip((3, 4, 2), one, other, strict=True))
