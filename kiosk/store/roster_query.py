"""What an officer types to find a person, and the full-text expression it becomes.

Words are cut here, not by SQLite: the index holds folded words made by the same `words_of`, so no
query can meet another idea of what a word is, or be taken for a command of the full-text language.
"""

from __future__ import annotations

import re

import msgspec

from kiosk.domain.dates import PartialDate
from kiosk.domain.names import fold
from kiosk.domain.personal_number import DIGITS

MAX_WORDS = 16

# The same classes as the `ascii` tokenizer of FTS5: ASCII letters and digits, and all that is not ASCII.
_WORD = re.compile("[a-z0-9\u0080-\U0010ffff]+")
_SEPARATORS = re.compile(r"[\s.\-]")
_NUMBER = re.compile(r"[0-9][0-9.\-]*")
_YEAR = re.compile(r"(?:18|19|20)[0-9]{2}")
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_EITHER_SPELLING = re.compile(r"((?:[hklmstv]|qu)?)[iy]")


class RosterQuery(msgspec.Struct, frozen=True):
    """Folded words, 4-digit years, an ISO date of birth, the first digits of a number, a folded commune."""

    words: tuple[str, ...] = ()
    years: frozenset[str] = frozenset()
    birth: str | None = None
    digits: str = ""
    place: str | None = None

    @property
    def is_hopeless(self) -> bool:
        """Nothing was asked, or something that no person can answer to."""
        asked = self.words or self.years or self.birth or self.digits or self.place
        return not asked or len(self.years) > 1 or len(self.digits) > DIGITS or len(self.words) > MAX_WORDS

    @property
    def year(self) -> str | None:
        return next(iter(self.years), None)

    @property
    def number_range(self) -> tuple[int, int]:
        """Lowest and highest number that begins with the digits."""
        return int(self.digits.ljust(DIGITS, "0")), int(self.digits.ljust(DIGITS, "9"))

    def ends_whole(self, name: str) -> bool:
        """Whether the last word stands whole in a name that holds the others."""
        return not set(words_of(name)).isdisjoint(_spellings(self.words[-1]))

    def expression(self, prefix: bool) -> str:
        """The FTS5 expression; with `prefix` the last word may be unfinished. Empty without words, year, commune."""
        terms = [_term(word) for word in self.words]
        if prefix and terms:
            terms[-1] = _term(self.words[-1], "*")
        parts = [f"{{fold}} : ({' AND '.join(terms)})"] if terms else []
        parts += [f'{{birth}} : "{year}"' for year in self.years]
        parts += [f'{{place}} : "{self.place}"'] if self.place else []
        return " AND ".join(parts)


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a name: `H'Mông` gives h and mong."""
    return tuple(_WORD.findall(fold(text)))


def place_of(commune: str) -> str:
    """A commune as one word of the index: `Xã Ví Dụ` gives xavidu."""
    return "".join(words_of(commune))


def parse_query(text: str, birth_year: int | None = None, commune: str | None = None) -> RosterQuery:
    """Words in any order; 1985 is a year of birth, 09/03/1985 a date, other digits begin a number."""
    years = [] if birth_year is None else [str(birth_year)]
    words: list[str] = []
    digits, birth = "", None
    for part in _parts(text):
        if found := _date(part):
            birth = found.iso
            years.append(str(found.year))
        elif _YEAR.fullmatch(part):
            years.append(part)
        elif _NUMBER.fullmatch(part):
            digits += _SEPARATORS.sub("", part)
        else:
            words += words_of(part)
    place = place_of(commune) if commune else None
    return RosterQuery(tuple(words), frozenset(years), birth, digits, place)


def _parts(text: str) -> list[str]:
    """The words as typed; a whole number typed in groups is one part."""
    whole = _SEPARATORS.sub("", text)
    return [whole] if len(whole) == DIGITS and _NUMBER.fullmatch(whole) else fold(text).split()


def _date(part: str) -> PartialDate | None:
    found = _DATE.fullmatch(part)
    try:
        return PartialDate(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _term(word: str, mark: str = "") -> str:
    """One word of the expression, in either spelling."""
    first, *others = _spellings(word)
    alternatives = [f'"{first}"{mark}', *(f'"{other}"' for other in others)]
    return f"({' OR '.join(alternatives)})"


def _spellings(word: str) -> tuple[str, ...]:
    """Lý and Lí, Quý and Quí are one name in two spellings."""
    either = _EITHER_SPELLING.fullmatch(word)
    if not either:
        return (word,)
    return word, f"{either[1]}{'i' if word.endswith('y') else 'y'}"
