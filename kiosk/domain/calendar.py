"""Working days: weekly days off, dated holidays, and days worked in exchange.

Holidays are dated data from outside, because each year's days off are decided by the government the year before.
A day that rests on an unconfirmed entry, or on a year without entries, is told as uncertain.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from enum import IntEnum

import msgspec

from kiosk.domain.message import Message, msg

ONE_DAY = datetime.timedelta(days=1)


class Weekday(IntEnum):
    """As `date.weekday()` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class SpecialDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day unlike its weekday. `source` is the rule or notice behind it; `confirmed` once it was announced."""

    day: datetime.date
    name: str
    source: str
    confirmed: bool


class WorkingCalendar(msgspec.Struct, frozen=True):
    """`off` are days off that fall on any weekday, `worked` days worked although they fall on a weekly day off."""

    years: frozenset[int]
    weekly_off: frozenset[Weekday]
    off: dict[datetime.date, SpecialDay]
    worked: dict[datetime.date, SpecialDay]

    def is_working(self, day: datetime.date) -> bool:
        """A day off that is not confirmed is off, and one worked in exchange is not: better late than a closed door."""
        exchanged = self.worked.get(day)
        if exchanged is not None and exchanged.confirmed:
            return True
        return day not in self.off and day.weekday() not in self.weekly_off

    def is_certain(self, day: datetime.date) -> bool:
        """Whether the year is covered and what is said of the day is confirmed."""
        special = self.worked.get(day) or self.off.get(day)
        return day.year in self.years and (special is None or special.confirmed)

    def return_date(self, received: datetime.date, working_days: int) -> ReturnDate:
        """The `working_days`-th working day after `received`. Raises `ValueError` unless it is 1 or more."""
        if working_days < 1:
            raise ValueError(f"{working_days} working days is no term")
        day, left, certain = received, working_days, True
        while left:
            day += ONE_DAY
            left -= self.is_working(day)
            certain = certain and self.is_certain(day)
        return ReturnDate(day, certain)


class ReturnDate(msgspec.Struct, frozen=True):
    """`certain` is False when a day on the way may yet turn out to be a holiday, or not to be one."""

    day: datetime.date
    certain: bool


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    years: list[int]
    weekly_off: list[str]
    off: list[SpecialDay] = []
    worked: list[SpecialDay] = []


def parse_calendar(document: Mapping[str, object]) -> WorkingCalendar | Message:
    """A calendar from a document as in `kiosk/data/holidays.toml`, or what is wrong with it.

    Messages: `calendar.malformed`, `calendar.bad_weekday`, `calendar.no_working_day`, `calendar.twice`,
    `calendar.outside`, `calendar.not_off`.
    """
    try:
        read = msgspec.convert(dict(document), _Document)
    except msgspec.ValidationError as error:
        return msg("calendar.malformed", reason=str(error))
    unknown = [name for name in read.weekly_off if name.upper() not in Weekday.__members__]
    if unknown:
        return msg("calendar.bad_weekday", name=unknown[0])
    weekly_off = frozenset(Weekday[name.upper()] for name in read.weekly_off)
    if len(weekly_off) == len(Weekday):
        return msg("calendar.no_working_day")
    calendar = WorkingCalendar(frozenset(read.years), weekly_off, _by_day(read.off), _by_day(read.worked))
    return _contradiction(read, calendar) or calendar


def _by_day(days: Iterable[SpecialDay]) -> dict[datetime.date, SpecialDay]:
    return {special.day: special for special in days}


def _contradiction(read: _Document, calendar: WorkingCalendar) -> Message | None:
    seen: set[datetime.date] = set()
    for special in (*read.off, *read.worked):
        day = special.day.isoformat()
        if special.day in seen:
            return msg("calendar.twice", day=day)
        if special.day.year not in calendar.years:
            return msg("calendar.outside", day=day)
        seen.add(special.day)
    for special in read.worked:
        if special.day.weekday() not in calendar.weekly_off:
            return msg("calendar.not_off", day=special.day.isoformat())
    return None
