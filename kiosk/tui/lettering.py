"""Tall capitals with every Vietnamese mark, for prompts that tired eyes must read from where they stand.

A dot is a quarter of a cell: half as wide as tall. A line takes five rows of cells: two dots of marks, one free,
five of the letter, one free, one for the dot below. Tone and circumflex stand side by side, as printers set them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

ROWS: Final = 5
SPACE: Final = 2
QUADRANTS: Final = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"

LETTERS: Final = {
    "A": " #### /##  ##/######/##  ##/##  ##",
    "B": "##### /##  ##/##### /##  ##/##### ",
    "C": " #####/##    /##    /##    / #####",
    "D": "##### /##  ##/##  ##/##  ##/##### ",
    "Đ": " ##### / ##  ##/####  ##/ ##  ##/ ##### ",
    "E": "######/##    /##### /##    /######",
    "F": "######/##    /##### /##    /##    ",
    "G": " #####/##    /## ###/##  ##/ #####",
    "H": "##  ##/##  ##/######/##  ##/##  ##",
    "I": "##/##/##/##/##",
    "J": "    ##/    ##/    ##/##  ##/ #### ",
    "K": "##  ##/## ## /####  /## ## /##  ##",
    "L": "##    /##    /##    /##    /######",
    "M": "##    ##/###  ###/########/## ## ##/##    ##",
    "N": "##   ##/###  ##/## # ##/##  ###/##   ##",
    "O": " #### /##  ##/##  ##/##  ##/ #### ",
    "P": "##### /##  ##/##### /##    /##    ",
    "Q": " ####  /##  ## /##  ## /## ### / ######",
    "R": "##### /##  ##/##### /## ## /##  ##",
    "S": " #####/##    / #### /    ##/##### ",
    "T": "######/  ##  /  ##  /  ##  /  ##  ",
    "U": "##  ##/##  ##/##  ##/##  ##/ #### ",
    "V": "##  ##/##  ##/##  ##/ #### /  ##  ",
    "W": "##    ##/## ## ##/########/###  ###/##    ##",
    "X": "##  ##/ #### /  ##  / #### /##  ##",
    "Y": "##  ##/##  ##/ #### /  ##  /  ##  ",
    "Z": "######/   ## /  ##  / ##   /######",
    "0": "######/##  ##/##  ##/##  ##/######",
    "1": " ##/###/ ##/ ##/ ##",
    "2": "##### /    ##/ #### /##    /######",
    "3": "##### /    ##/  ### /    ##/##### ",
    "4": "##  ##/##  ##/######/    ##/    ##",
    "5": "######/##    /##### /    ##/##### ",
    "6": " #####/##    /######/##  ##/######",
    "7": "######/    ##/   ## /  ##  /  ##  ",
    "8": "######/##  ##/######/##  ##/######",
    "9": "######/##  ##/######/    ##/##### ",
    ".": "  /  /  /  /##",
    ",": "   /   /   / ##/## ",
    ";": "   / ##/   / ##/## ",
    ":": "  /##/  /##/  ",
    "!": "##/##/##/  /##",
    "?": "##### /    ##/  ### /      /  ##  ",
    "/": "    ##/   ## /  ##  / ##   /##    ",
    "-": "     /     /#####/     /     ",
    "–": "      /      /######/      /      ",
    "…": "        /        /        /        /## ## ##",
    "(": " ##/## /## /## / ##",
    ")": "## / ##/ ##/ ##/## ",
    "'": "##/##/  /  /  ",
    "’": "##/##/  /  /  ",
    "▸": "##    /##### /######/##### /##    ",
    "✓": "      ##/     ## /##  ##  / ####   /  ##    ",
    "✗": "##  ##/ #### /  ##  / #### /##  ##",
}
CIRCUMFLEX, BREVE, HORN, BELOW = "\u0302", "\u0306", "\u031b", "\u0323"
SHAPES: Final = {CIRCUMFLEX: " ## /#  #", BREVE: "#  #/ ## "}
TONES: Final = {
    "\u0301": " ##/## ",
    "\u0300": "## / ##",
    "\u0309": "###/ ##",
    "\u0303": " ## #/# ## ",
}


class Glyph(NamedTuple):
    """`body`: eight rows of dots of one width, a free one first; `over`: two rows of marks over `core` columns."""

    body: tuple[str, ...]
    over: tuple[str, str]
    core: int


@lru_cache(maxsize=256)
def glyph_of(letter: str) -> Glyph | None:
    """None for a sign that has no tall form."""
    base, *marks = list(unicodedata.normalize("NFD", letter.upper()))
    if base not in LETTERS:
        return None
    body = LETTERS[base].split("/")
    core = len(body[0])
    free = ""
    if HORN in marks:
        body = [f"{body[0][:-1]}###", *body[1:]]
        free = "##".rjust(core + 2)
    rows = [free, *body, "", "##".center(core) if BELOW in marks else ""]
    wide = max(map(len, rows))
    return Glyph(tuple(row.ljust(wide) for row in rows), _over(marks), core)


def _over(marks: list[str]) -> tuple[str, str]:
    """The marks above a letter, side by side."""
    parts = [table[mark].split("/") for table in (SHAPES, TONES) for mark in marks if mark in table]
    return " ".join(part[0] for part in parts), " ".join(part[1] for part in parts)


@lru_cache(maxsize=256)
def tall_word(word: str) -> tuple[str, ...] | None:
    """Five rows of cells; None when a sign of it has no tall form. Marks may reach over the neighbours."""
    dots: set[tuple[int, int]] = set()
    x = 0
    for letter in unicodedata.normalize("NFC", word):
        glyph = glyph_of(letter)
        if glyph is None:
            return None
        dots |= _dots(glyph.over, x + (glyph.core - len(glyph.over[0])) // 2, 0)
        dots |= _dots(glyph.body, x, 2)
        x += len(glyph.body[0]) + 1
    left = min((x for x, _ in dots), default=0)
    right = max((x for x, _ in dots), default=0)
    wide = (right - left) // 2 * 2 + 2
    rows = ["".join("#" if (left + x, y) in dots else " " for x in range(wide)) for y in range(2 * ROWS)]
    return tuple(_cells(rows[y], rows[y + 1]) for y in range(0, 2 * ROWS, 2))


def _dots(rows: tuple[str, ...], left: int, top: int) -> set[tuple[int, int]]:
    return {
        (left + x, top + y) for y, row in enumerate(rows) for x, letter in enumerate(row) if letter == "#"
    }


def _cells(above: str, below: str) -> str:
    return "".join(
        QUADRANTS[sum(1 << bit for bit, dot in enumerate(above[x : x + 2] + below[x : x + 2]) if dot == "#")]
        for x in range(0, len(above), 2)
    )


def tall_lines(text: str, width: int, rows: int) -> list[str] | None:
    """`text` in tall lines of at most `width` cells and nearly equal length, at most `rows` rows of cells in all.

    A free row between two lines where there is room for it. None when the text does not fit.
    """
    found = [tall_word(word) for word in text.split()]
    words = [word for word in found if word is not None]
    if not words or len(words) < len(found):
        return None
    lines = _broken(words, width)
    if lines is None or len(lines) * ROWS > rows:
        return None
    while (tighter := _broken(words, max(map(_length, lines)) - 1)) and len(tighter) == len(lines):
        lines = tighter
    gap = [""] if len(lines) * (ROWS + 1) - 1 <= rows else []
    drawn = [(" " * SPACE).join(word[row] for word in line) for line in lines for row in range(ROWS)]
    return [row for at in range(0, len(drawn), ROWS) for row in (gap if at else []) + drawn[at : at + ROWS]]


Word = tuple[str, ...]


def _broken(words: list[Word], width: int) -> list[list[Word]] | None:
    """Words in lines; None when one alone is too wide."""
    lines: list[list[Word]] = [[]]
    for word in words:
        if len(word[0]) > width:
            return None
        if lines[-1] and _length(lines[-1]) + SPACE + len(word[0]) > width:
            lines.append([])
        lines[-1].append(word)
    return lines


def _length(line: list[Word]) -> int:
    return sum(len(word[0]) for word in line) + SPACE * (len(line) - 1)
