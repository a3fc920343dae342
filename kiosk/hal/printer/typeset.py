"""Fonts, and lines that always fit: shrunk a little, then wrapped, then broken, never cut."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).parent / "fonts"
LEAST_SHRINK = 0.86
"""A line that would fit at this share of its size is set smaller instead of wrapped."""
SEPARATORS = "-/."
MOST_LETTERS = 200
"""More letters than any paper is wide; bounds the search inside an endless word."""


class Face(msgspec.Struct, frozen=True):
    """A size in dots and whether it is bold."""

    size: int
    bold: bool = False


class Ink(msgspec.Struct, frozen=True):
    """How far a set line reaches from its origin on the baseline, in dots; all four are 0 or more."""

    left: int
    above: int
    right: int
    below: int

    @property
    def width(self) -> int:
        return self.left + self.right


class Fonts:
    """Noto Sans in the sizes asked for, each loaded once."""

    def __init__(self) -> None:
        self._loaded: dict[Face, FreeTypeFont] = {}

    def font(self, face: Face) -> FreeTypeFont:
        if face not in self._loaded:
            from PIL import ImageFont

            file = FONTS / ("NotoSans-Bold.ttf" if face.bold else "NotoSans-Regular.ttf")
            self._loaded[face] = ImageFont.truetype(file, face.size)
        return self._loaded[face]

    def ink(self, text: str, face: Face) -> Ink:
        """The reach of `text`; above and below are those of the face, or more where marks are stacked."""
        font = self.font(face)
        left, top, right, bottom = font.getbbox(text, anchor="ls")
        return Ink(
            left=math.ceil(max(0, -left)),
            above=max(round(face.size * 0.92), math.ceil(-top)),
            right=math.ceil(max(right, font.getlength(text))),
            below=max(round(face.size * 0.26), math.ceil(bottom)),
        )

    def width(self, text: str, face: Face) -> int:
        """The advance of `text`, many times cheaper than its ink, which reaches at most a few dots further."""
        return math.ceil(self.font(face).getlength(text))


def tidy(text: str) -> str:
    """One line in composed letters, single spaces; control characters and line breaks become spaces."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in composed).split())


def fit(fonts: Fonts, text: str, face: Face, width: int) -> tuple[Face, list[str]]:
    """The lines of `text` within `width` dots and the face they are set in, at most 14 % smaller than asked.

    Raises `ValueError` when `width` does not even hold a letter.
    """
    smaller = _shrunk(face, width, fonts.width(text, face))
    if smaller is not None and fonts.width(text, smaller) <= width:
        return smaller, [text]
    longest = max(fonts.width(word, face) for word in text.split())
    smaller = _shrunk(face, width, longest) or face
    return smaller, _wrapped(fonts, text, smaller, width)


def balanced(fonts: Fonts, text: str, face: Face, width: int) -> tuple[Face, list[str]]:
    """As `fit`, with lines of like length: for centred text."""
    chosen, lines = fit(fonts, text, face, width)
    low, high = width // 2, width
    while len(lines) > 1 and high - low > 8:
        middle = (low + high) // 2
        narrow = _wrapped(fonts, text, chosen, middle)
        if len(narrow) > len(lines) or " ".join(narrow) != text:
            low = middle
        else:
            lines, high = narrow, middle
    return chosen, lines


def _wrapped(fonts: Fonts, text: str, face: Face, width: int) -> list[str]:
    return wrap(lambda piece: fonts.width(piece, face) <= width, text)


def wrap(fits: Callable[[str], bool], text: str) -> list[str]:
    """Greedy lines of `text`, broken at spaces, inside a word only when the word alone does not fit."""
    lines: list[str] = []
    for piece in _pieces(fits, text):
        joined = f"{lines[-1]} {piece.text}" if lines else piece.text
        if lines and piece.begins_word and fits(joined):
            lines[-1] = joined
        else:
            lines.append(piece.text)
    return lines


class _Piece(msgspec.Struct, frozen=True):
    text: str
    begins_word: bool


def _pieces(fits: Callable[[str], bool], text: str) -> Iterator[_Piece]:
    for word in text.split():
        begins, rest = True, word
        while not fits(rest):
            head = _longest_head(fits, rest)
            yield _Piece(head, begins)
            begins, rest = False, rest[len(head) :]
        yield _Piece(rest, begins)


def _longest_head(fits: Callable[[str], bool], word: str) -> str:
    """The most whole letters, marks included, that fit; at least one letter stays for the rest."""
    letters = word[:MOST_LETTERS]
    ends = [at for at in range(1, len(letters)) if not unicodedata.combining(word[at])]
    low, high = 0, len(ends) - 1
    if not ends or not fits(word[: ends[0]]):
        raise ValueError("the paper is narrower than a letter")
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(word[: ends[middle]]) else (low, middle - 1)
    return _at_separator(word, ends[: low + 1])


def _at_separator(word: str, ends: Sequence[int]) -> str:
    """The longest head ending at one of `ends`; one after a separator when it has at least half of its letters:
    numbers and addresses read better."""
    longest = ends[-1]
    tidy_ends = [end for end in ends if word[end - 1] in SEPARATORS and end * 2 >= longest]
    return word[: tidy_ends[-1] if tidy_ends else longest]


def _shrunk(face: Face, width: int, measured: int) -> Face | None:
    """The face at which `measured` dots become `width`, or None when that is too small to read."""
    if measured <= width:
        return face
    size = int(face.size * width / measured)
    return Face(size, face.bold) if size >= face.size * LEAST_SHRINK else None
