"""Dates as people know them: some elders know only the year, or the month and the year."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from kiosk.domain.message import Message, msg

Precision = Literal["Y", "YM", "YMD"]

EARLIEST_YEAR = 1880


class PartialDate(msgspec.Struct, frozen=True):
    """A date of the calendar known to the year, the month or the day.

    Raises ValueError for a date that does not exist or a day without its month.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def from_iso(cls, text: str) -> PartialDate:
        """The date of `1940`, `1940-01` or `1940-01-31`; ValueError for any other text."""
        year, *rest = (int(part) for part in text.split("-"))
        return cls(year, *rest)

    @property
    def precision(self) -> Precision:
        if self.month is None:
            return "Y"
        return "YM" if self.day is None else "YMD"

    @property
    def iso(self) -> str:
        """`1940`, `1940-01` or `1940-01-31`: what is stored."""
        month = "" if self.month is None else f"-{self.month:02d}"
        day = "" if self.day is None else f"-{self.day:02d}"
        return f"{self.year:04d}{month}{day}"

    def text(self) -> str:
        """`31/01/1940`, `01/1940` or `1940`: what people read."""
        return "/".join(reversed(self.iso.split("-")))

    @property
    def earliest(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or _days_of(self.year, month))


_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})\s*[/.\- ]\s*(?P<month>[0-9]{1,2})\s*[/.\- ]\s*(?P<year>[0-9]{4})"
)
_ISO_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_ISO_MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})")
_MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})\s*[/.\-]\s*(?P<year>[0-9]{4})")
_RUN = re.compile(r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{4})")
_YEAR = re.compile(r"(?P<year>[0-9]{4})")
_FORMS = (_DAY_FIRST, _ISO_DAY, _ISO_MONTH, _MONTH_FIRST, _RUN, _YEAR)
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[/.\- ][0-9]{1,2}[/.\- ][0-9]{1,2}")


def parse_date(text: str, today: date) -> PartialDate | Message:
    """The date written in `text`, or what is wrong with it.

    Read are 31/01/1940 (also with dots, dashes, spaces, one digit), 1940-01-31, 31011940, 01/1940,
    1940-01 and 1940. Codes: `date.unreadable`, `date.short_year`, `date.impossible`,
    `date.too_early` (before 1880), `date.future`.
    """
    written = text.strip()
    found = next((match for form in _FORMS if (match := form.fullmatch(written))), None)
    if found is None:
        return msg("date.short_year" if _SHORT_YEAR.fullmatch(written) else "date.unreadable")
    try:
        value = PartialDate(**{name: int(digits) for name, digits in found.groupdict().items()})
    except ValueError:
        return msg("date.impossible")
    if value.year < EARLIEST_YEAR:
        return msg("date.too_early", year=EARLIEST_YEAR)
    return msg("date.future") if value.earliest > today else value


def age_range(birth: PartialDate, today: date) -> tuple[int, int]:
    """Youngest and oldest age in full years that `birth` allows on `today`; both the same for a full date."""
    return max(0, _age(birth.latest, today)), max(0, _age(birth.earliest, today))


def reached(birth: PartialDate, years: int, today: date) -> bool | None:
    """Whether the person is `years` old; None when the known part of the date cannot tell."""
    youngest, oldest = age_range(birth, today)
    if youngest >= years:
        return True
    return False if oldest < years else None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _days_of(year: int, month: int) -> int:
    if month == 12:
        return 31
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1).day
