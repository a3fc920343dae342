"""Text as it is to be said: long numbers and dates spelled out, because a synthetic voice reads them wrongly.

A voice takes "000417" for thousands and a date for a fraction. What is left in figures is short enough to be said as one
number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

LONGEST_NUMBER: Final = 4
"""Figures of a number that is said as one; longer ones, and those that begin with 0, are told figure by figure."""


class Manner(NamedTuple):
    """How a language says figures; `months` are named by their numbers where it has no names for them."""

    figures: tuple[str, ...]
    day: str
    month: str
    months: tuple[str, ...]
    of: str
    per_cent: str


MANNERS: Final[Mapping[str, Manner]] = {
    "vi": Manner(
        ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
        "ngày {day} tháng {month} năm {year}",
        "tháng {month} năm {year}",
        tuple(str(month) for month in range(1, 13)),
        "{part} trên {whole}",
        "{number} phần trăm",
    ),
    "en": Manner(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        "{day} {month} {year}",
        "{month} {year}",
        (
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        "{part} of {whole}",
        "{number} per cent",
    ),
}

_FREE, _ENDS = r"(?<![0-9/])", r"(?![0-9/])"
_MONTH_YEAR = r"(?P<month>0?[1-9]|1[0-2])/(?P<year>[12][0-9]{3})"
_DAY_FORM = re.compile(rf"{_FREE}(?P<day>0?[1-9]|[12][0-9]|3[01])/{_MONTH_YEAR}{_ENDS}")
_MONTH_FORM = re.compile(rf"{_FREE}{_MONTH_YEAR}{_ENDS}")
_SHARE = re.compile(rf"{_FREE}(?P<part>[0-9]+)/(?P<whole>[0-9]+){_ENDS}")
_PER_CENT = re.compile(r"(?P<number>[0-9]+)%")
_RUN = re.compile(r"[0-9]+")
_EITHER = re.compile(r"(?<=[^\W\d_])/(?=[^\W\d_])")


def spoken(text: str, language: str) -> str:
    """`text` to be said in `language`; as it is where nobody has told how the language says figures."""
    manner = MANNERS.get(language)
    if manner is None:
        return text
    text = _DAY_FORM.sub(lambda found: _date(found, manner.day, manner), text)
    text = _MONTH_FORM.sub(lambda found: _date(found, manner.month, manner), text)
    text = _SHARE.sub(lambda found: manner.of.format_map(found.groupdict()), text)
    text = _PER_CENT.sub(lambda found: manner.per_cent.format_map(found.groupdict()), text)
    text = _RUN.sub(lambda found: _number(found[0], manner), text)
    return _EITHER.sub(" ", text)


def _date(found: re.Match[str], form: str, manner: Manner) -> str:
    values = found.groupdict()
    month = manner.months[int(values["month"]) - 1]
    return form.format_map({**values, "day": values.get("day", "").lstrip("0"), "month": month})


def _number(digits: str, manner: Manner) -> str:
    if len(digits) > LONGEST_NUMBER or (digits.startswith("0") and len(digits) > 1):
        return " ".join(manner.figures[int(digit)] for digit in digits)
    return digits
