"""Vietnamese names: one spelling to keep, one folded form to search by, one order to list them in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from kiosk.domain.message import Message, msg

LONGEST_NAME = 80

# Controls, invisible format characters and lone surrogates: never part of a name, and unsafe to print or store.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})

# The Icelandic eth looks like Đ and comes out of old keyboards and scanners.
_ETH = str.maketrans({"\u00d0": "Đ", "\u00f0": "đ"})

_PLAIN = str.maketrans(
    {"đ": "d", "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-"}
)

# Order of letters and tones: Unicode CLDR, common/collation/vi.xml.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANKS = {letter: chr(0xE000 + place) for place, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_LEVEL = "0"
_AFTER_LETTERS = "\ue800"
_NEXT_PART = "\x01"


def canonical(text: str) -> str:
    """`text` as it is kept and shown: NFC, Đ for the eth, single spaces, nothing invisible."""
    composed = unicodedata.normalize("NFC", _visible(text))
    return " ".join(composed.translate(_ETH).split())


def parse_name(text: str) -> str | Message:
    """A name as written, tidied; it has letters and is no longer than a card can bear."""
    name = canonical(text)
    if not name or not any(letter.isalpha() for letter in name):
        return msg("name.empty")
    if len(name) > LONGEST_NAME:
        return msg("name.too_long", most=LONGEST_NAME)
    return name


def fold(text: str) -> str:
    """`text` as it is searched: lower case, no marks, đ as d; hòa and hoà become the same `hoa`."""
    letters = unicodedata.normalize("NFD", canonical(text).lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.translate(_PLAIN).split())


def sort_key(name: str) -> str:
    """Key of the Vietnamese order of people: tên, then họ, then đệm; in each, letters before tones.

    The key compares the same way by code point (Python) and by UTF-8 bytes (SQLite). Case and the
    place of the tone mark (hòa, hoà) make no difference.
    """
    words = canonical(name).lower().split()
    given, family, middle = words[-1:], words[:-1][:1], words[1:-1]
    return _NEXT_PART.join(_part_key(part) for part in (given, family, middle))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    return "".join(letter for letter in spaced if unicodedata.category(letter) not in _INVISIBLE)


def _part_key(words: list[str]) -> str:
    keys = [_word_key(word) for word in words]
    return " ".join(letters for letters, _ in keys) + _NEXT_PART + "".join(tone for _, tone in keys)


@lru_cache(maxsize=4096)
def _word_key(word: str) -> tuple[str, str]:
    """Ranks of the letters, and the one tone a Vietnamese syllable has."""
    marked = unicodedata.normalize("NFD", word)
    tone = max((_TONES.get(mark, _LEVEL) for mark in marked), default=_LEVEL)
    letters = unicodedata.normalize("NFC", "".join(letter for letter in marked if letter not in _TONES))
    return "".join(_rank(letter) for letter in letters), tone


def _rank(letter: str) -> str:
    """Rank of a letter; ĕ, č, ñ and the like of other languages stand with their base letter."""
    base = unicodedata.normalize("NFD", letter)[0]
    found = _RANKS.get(letter) or _RANKS.get(base)
    return found or (letter if letter.isascii() else _AFTER_LETTERS + letter)
