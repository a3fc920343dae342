"""A sheet of character cells to paint on, and the inks to paint with."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


class Ink(NamedTuple):
    """Letters of colour `fg` on `bg`, both `#rrggbb`."""

    fg: str
    bg: str
    bold: bool = False


class Rect(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    w: int
    h: int

    def holds(self, x: int, y: int) -> bool:
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h

    def inset(self, dx: int, dy: int = 0) -> Rect:
        return Rect(self.x + dx, self.y + dy, max(0, self.w - 2 * dx), max(0, self.h - 2 * dy))

    def take(self, rows: int) -> tuple[Rect, Rect]:
        """The top `rows` rows, and what is below them."""
        rows = max(0, min(rows, self.h))
        return self._replace(h=rows), self._replace(y=self.y + rows, h=self.h - rows)

    def drop(self, rows: int) -> tuple[Rect, Rect]:
        """What is above the bottom `rows` rows, and those rows."""
        above, below = self.take(self.h - rows)
        return above, below

    def columns(self, count: int, gap: int = 0) -> list[Rect]:
        """`count` equal columns; odd cells are left over on both sides, the last one at the left: a button ends before
        its last cell."""
        width = (self.w - gap * (count - 1)) // count
        first = self.x + (self.w - width * count - gap * (count - 1) + 1) // 2
        return [Rect(first + i * (width + gap), self.y, width, self.h) for i in range(count)]

    def rows(self, count: int, gap: int = 0) -> list[Rect]:
        """`count` equal rows; odd cells are left over above and below."""
        height = (self.h - gap * (count - 1)) // count
        first = self.y + (self.h - height * count - gap * (count - 1)) // 2
        return [Rect(self.x, first + i * (height + gap), self.w, height) for i in range(count)]

    def middle(self, w: int, h: int) -> Rect:
        """A rectangle of at most `w` × `h` cells in the middle."""
        w, h = min(w, self.w), min(h, self.h)
        return Rect(self.x + (self.w - w) // 2, self.y + (self.h - h) // 2, w, h)


@lru_cache(maxsize=4096)
def style_of(ink: Ink) -> Style:
    return Style(color=ink.fg, bgcolor=ink.bg, bold=ink.bold)


def clean(text: str) -> str:
    """One line that is safe to draw: composed letters, no control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter if letter.isprintable() else " " for letter in composed)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words where possible."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = ""
        while cell_len(word) > max(1, width):
            lines.append(word[: max(1, width)])
            word = word[max(1, width) :]
        line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def balanced(text: str, width: int) -> list[str]:
    """As few lines as `wrap` needs, of nearly equal length: no word left alone on the last line."""
    lines = wrap(text, width)
    narrow = max((cell_len(line) for line in lines), default=0)
    longest = max(map(cell_len, clean(text).split()), default=0)
    while len(lines) > 1 and narrow > longest:
        tighter = wrap(text, narrow - 1)
        if len(tighter) > len(lines):
            break
        lines, narrow = tighter, max(cell_len(line) for line in tighter)
    return lines


class Canvas:
    """`width` × `height` cells. What falls outside is not drawn."""

    def __init__(self, width: int, height: int, ink: Ink) -> None:
        self.width = width
        self.height = height
        self.ground = ink.bg
        self._letters = [[" "] * width for _ in range(height)]
        self._inks = [[ink] * width for _ in range(height)]

    def put(self, x: int, y: int, letter: str, ink: Ink) -> None:
        if 0 <= x < self.width and 0 <= y < self.height:
            self._letters[y][x] = letter
            self._inks[y][x] = ink

    def fill(self, rect: Rect, ink: Ink, letter: str = " ") -> None:
        for y in range(max(0, rect.y), min(self.height, rect.y + rect.h)):
            for x in range(max(0, rect.x), min(self.width, rect.x + rect.w)):
                self._letters[y][x] = letter
                self._inks[y][x] = ink

    def text(self, x: int, y: int, text: str, ink: Ink) -> None:
        """One line from `x` on. A letter of two cells leaves an empty cell behind it."""
        for letter in clean(text):
            cells = cell_len(letter)
            if cells == 0:
                continue
            self.put(x, y, letter, ink)
            if cells == 2:
                self.put(x + 1, y, "", ink)
            x += cells

    def centre(self, rect: Rect, lines: list[str], ink: Ink) -> None:
        """Lines in the middle of `rect`; those that do not fit are cut at the end."""
        lines = lines[: rect.h]
        y = rect.y + (rect.h - len(lines)) // 2
        for line in lines:
            self.text(rect.x + max(0, (rect.w - cell_len(line)) // 2), y, line[: rect.w], ink)
            y += 1

    def left(self, rect: Rect, lines: list[str], ink: Ink) -> None:
        for row, line in enumerate(lines[: rect.h]):
            self.text(rect.x, rect.y + row, line[: rect.w], ink)

    def frame(self, rect: Rect, ink: Ink) -> None:
        """A thin line around `rect`, inside it."""
        right, bottom = rect.x + rect.w - 1, rect.y + rect.h - 1
        for x in range(rect.x + 1, right):
            self.put(x, rect.y, "─", ink)
            self.put(x, bottom, "─", ink)
        for y in range(rect.y + 1, bottom):
            self.put(rect.x, y, "│", ink)
            self.put(right, y, "│", ink)
        for x, y, corner in (
            (rect.x, rect.y, "┌"),
            (right, rect.y, "┐"),
            (rect.x, bottom, "└"),
            (right, bottom, "┘"),
        ):
            self.put(x, y, corner, ink)

    def strips(self) -> list[Strip]:
        """The sheet as Textual wants it: neighbours of one ink in one segment."""
        return [
            _strip(letters, inks, self.width) for letters, inks in zip(self._letters, self._inks, strict=True)
        ]

    def plain(self) -> str:
        """The letters alone."""
        return "\n".join("".join(row).rstrip() for row in self._letters)


def _strip(letters: list[str], inks: list[Ink], width: int) -> Strip:
    segments = []
    start = 0
    for x in range(1, width + 1):
        if x == width or inks[x] != inks[start]:
            segments.append(Segment("".join(letters[start:x]), style_of(inks[start])))
            start = x
    return Strip(segments, width)
