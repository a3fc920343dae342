"""Typing Vietnamese on a plain keyboard, the two ways people have learnt: Telex (marks by letters) and VNI (by figures).

A key looks only at the word before it, as it stands: nothing is kept between two keys. Tone marks stand as in hòa, thúy.
A key pressed twice takes its mark back and stands for itself ("ass" is "as").
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final, NamedTuple


class Typing(StrEnum):
    """How keys become letters."""

    TELEX = "telex"
    VNI = "vni"
    OFF = "off"


ORDER: Final = tuple(Typing)


def next_way(way: Typing) -> Typing:
    return ORDER[(ORDER.index(way) + 1) % len(ORDER)]


class _Mark(NamedTuple):
    """What a key puts on a word: a tone (a combining mark, empty takes it away), or a shape on one of `letters`."""

    tone: str | None = None
    shape: str = ""
    letters: str = ""


ACUTE, GRAVE, HOOK, TILDE, DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
CIRCUMFLEX, BREVE, HORN, STROKE = "\u0302", "\u0306", "\u031b", "\u0335"
TONES: Final = frozenset({ACUTE, GRAVE, HOOK, TILDE, DOT})
SHAPES: Final = frozenset({CIRCUMFLEX, BREVE, HORN})
SHAPED: Final = {"a": ("", CIRCUMFLEX, BREVE), "e": ("", CIRCUMFLEX), "i": ("",)} | {
    "o": ("", CIRCUMFLEX, HORN),
    "u": ("", HORN),
    "y": ("",),
}
"""The shapes a vowel may have; letters of other languages stay as they are."""
VOWELS: Final = frozenset(SHAPED)
OPEN_PAIRS: Final = ("oa", "oe")

KEYS: Final[dict[Typing, dict[str, _Mark]]] = {
    Typing.TELEX: {
        "s": _Mark(ACUTE),
        "f": _Mark(GRAVE),
        "r": _Mark(HOOK),
        "x": _Mark(TILDE),
        "j": _Mark(DOT),
        "z": _Mark(""),
        "a": _Mark(None, CIRCUMFLEX, "a"),
        "e": _Mark(None, CIRCUMFLEX, "e"),
        "o": _Mark(None, CIRCUMFLEX, "o"),
        "w": _Mark(None, HORN, "aou"),
        "d": _Mark(None, STROKE, "d"),
    },
    Typing.VNI: {
        "1": _Mark(ACUTE),
        "2": _Mark(GRAVE),
        "3": _Mark(HOOK),
        "4": _Mark(TILDE),
        "5": _Mark(DOT),
        "0": _Mark(""),
        "6": _Mark(None, CIRCUMFLEX, "aeo"),
        "7": _Mark(None, HORN, "ou"),
        "8": _Mark(None, BREVE, "a"),
        "9": _Mark(None, STROKE, "d"),
    },
    Typing.OFF: {},
}


class _Letter(NamedTuple):
    """A letter as typed, the mark that shapes it, and its tone."""

    base: str
    shape: str = ""
    tone: str = ""

    @property
    def vowel(self) -> bool:
        return self.base.lower() in VOWELS

    @property
    def composed(self) -> str:
        if self.shape == STROKE:
            return "Đ" if self.base.isupper() else "đ"
        return unicodedata.normalize("NFC", self.base + self.shape + self.tone)


Word = list[_Letter]


def composed(text: str, key: str, way: Typing) -> str:
    """`text` after the key `key` (one character) was pressed behind it."""
    start = len(text)
    while start and text[start - 1].isalpha():
        start -= 1
    before, word = text[:start], [_letter(letter) for letter in text[start:]]
    mark = KEYS[way].get(key.lower())
    pressed = _pressed(word, mark, key) if mark else None
    if pressed is None:
        pressed = _appended(word, key, way)
    return before + "".join(letter.composed for letter in pressed)


def _letter(letter: str) -> _Letter:
    if letter in "đĐ":
        return _Letter("D" if letter == "Đ" else "d", STROKE)
    base, *marks = list(unicodedata.normalize("NFD", letter))
    shape, tone = ("".join(mark for mark in marks if mark in kind) for kind in (SHAPES, TONES))
    ours = len(marks) == len(shape) + len(tone) and len(tone) <= 1 and base.lower() in VOWELS
    return _Letter(base, shape, tone) if ours and shape in SHAPED[base.lower()] else _Letter(letter)


def _pressed(word: Word, mark: _Mark, key: str) -> Word | None:
    """The word with the mark on it; None when the key stands for itself."""
    if mark.tone is not None:
        return _toned(word, mark.tone, key)
    if mark.shape == STROKE:
        return _stroked(word, key)
    return _shaped(word, mark, key)


def _toned(word: Word, tone: str, key: str) -> Word | None:
    place = _tone_place(word)
    now = _tone(word)
    if place is None or (not tone and not now):
        return None
    if now == tone:
        return [*_with_tone(word, ""), _Letter(key)]
    return _with_tone(word, tone)


def _stroked(word: Word, key: str) -> Word | None:
    if not word or word[0].base.lower() != "d":
        return None
    if word[0].shape:
        return [_Letter(word[0].base), *word[1:], _Letter(key)]
    return [_Letter(word[0].base, STROKE), *word[1:]]


def _shaped(word: Word, mark: _Mark, key: str) -> Word | None:
    start, end = _nucleus(word)
    places = _places(word, mark, start, end)
    if not places:
        return [*word, _Letter("U" if key.isupper() else "u", HORN)] if key in "wW" and start == end else None
    shapes = {place: _shape_of(word[place], mark) for place in places}
    if all(word[place].shape == shape for place, shape in shapes.items()):
        plain = [letter._replace(shape="") if i in shapes else letter for i, letter in enumerate(word)]
        return [*_with_tone(plain, _tone(word)), _Letter(key)]
    changed = [letter._replace(shape=shapes.get(i, letter.shape)) for i, letter in enumerate(word)]
    return _with_tone(changed, _tone(word))


def _shape_of(letter: _Letter, mark: _Mark) -> str:
    return BREVE if mark.shape == HORN and letter.base.lower() == "a" else mark.shape


def _places(word: Word, mark: _Mark, start: int, end: int) -> list[int]:
    """Which vowels of the nucleus the mark goes on: one, or both of ươ."""
    bases = "".join(letter.base.lower() for letter in word[start:end])
    if mark.shape == HORN:
        found = _horned(bases, mark.letters, open_end=end == len(word), first=word[start:end])
        return [start + place for place in found]
    if mark.shape == CIRCUMFLEX and bases.startswith(OPEN_PAIRS) and mark.letters == "o" and len(bases) > 1:
        return []
    fitting = [place for place in range(start, end) if word[place].base.lower() in mark.letters]
    return fitting[-1:]


def _horned(bases: str, letters: str, open_end: bool, first: Word) -> list[int]:
    """The horn of ơ, ư and of both; in Telex the breve of ă too. `thuở` has one, `thương` two."""
    if "uo" in bases:
        at = bases.index("uo")
        alone = open_end and len(bases) == at + 2 and not first[at].shape
        return [at + 1] if alone else [at, at + 1]
    if bases in ("ua", "uu", "ui"):
        return [0]
    return [place for place, base in enumerate(bases) if base in letters][-1:]


def _appended(word: Word, key: str, way: Typing) -> Word:
    """A letter more: the tone may move (hòa, hoàn), and ơ after u takes its ư along (thuơ, thương)."""
    more = [*word, _letter(key)] if key.isalpha() else [*word, _Letter(key)]
    if way is Typing.OFF or not key.isalpha():
        return more
    start, end = _nucleus(more)
    pair = [(letter.base.lower(), letter.shape) for letter in more[start : start + 2]]
    if pair == [("u", ""), ("o", HORN)] and (end > start + 2 or end < len(more)):
        more[start] = more[start]._replace(shape=HORN)
    return _with_tone(more, _tone(more))


def _nucleus(word: Word) -> tuple[int, int]:
    """Where the vowels of the syllable begin and end; the u of qu and the i of gi belong to what is before."""
    start = next((place for place, letter in enumerate(word) if letter.vowel), len(word))
    onset = "".join(letter.base.lower() for letter in word[: start + 1])
    if onset in ("qu", "gi") and start + 1 < len(word) and word[start + 1].vowel and not word[start].shape:
        start += 1
    end = start
    while end < len(word) and word[end].vowel:
        end += 1
    return start, end


def _tone(word: Word) -> str:
    return next((letter.tone for letter in word if letter.tone), "")


def _tone_place(word: Word) -> int | None:
    """The vowel that carries the tone: the shaped one, else by the old rule (hòa, hoàn, khuỷu)."""
    start, end = _nucleus(word)
    if start == end:
        return None
    shaped = [place for place in range(start, end) if word[place].shape]
    if shaped:
        return shaped[-1]
    if end < len(word):
        return end - 1
    return start + 1 if end - start >= 3 else start


def _with_tone(word: Word, tone: str) -> Word:
    place = _tone_place(word)
    return [
        letter._replace(tone=tone if number == place else "") if letter.vowel else letter
        for number, letter in enumerate(word)
    ]
