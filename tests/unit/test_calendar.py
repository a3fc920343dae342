"""When a card is ready: working days, holidays, and honesty about what is not decided yet."""

from __future__ import annotations

import copy
import datetime
import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.calendar import ReturnDate, WorkingCalendar, parse_calendar
from kiosk.domain.message import Message
from kiosk.locale import Audience, Words

DOCUMENT: dict[str, Any] = tomllib.loads(
    resources.files("kiosk.data").joinpath("holidays.toml").read_text("utf-8")
)


def shipped() -> WorkingCalendar:
    calendar = parse_calendar(DOCUMENT)
    assert isinstance(calendar, WorkingCalendar)
    return calendar


CALENDAR = shipped()


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("received", "working_days", "returned", "certain"),
    [
        ("2026-11-25", 7, "2026-12-04", True),  # Wednesday; a weekend on the way
        ("2026-11-28", 1, "2026-11-30", True),  # received on a Saturday (T2: the machines work weekends)
        ("2026-11-23", 1, "2026-11-25", False),  # whether 24 November is off was not seen
        ("2026-02-13", 1, "2026-02-23", True),  # over Tết 2026
        ("2026-04-24", 1, "2026-04-28", True),  # Hùng Kings on a Sunday, made up for on Monday
        ("2026-04-29", 1, "2026-05-04", True),
        ("2026-08-21", 1, "2026-08-24", False),  # a Saturday worked in exchange, notice not seen
        ("2027-01-29", 7, "2027-02-17", False),  # Tết 2027 is not decided
        ("2027-04-29", 1, "2027-05-04", True),  # 1 May on a Saturday
        ("2027-12-30", 3, "2028-01-04", False),  # no entries for 2028
        ("2025-12-30", 1, "2025-12-31", False),
    ],
)
def test_return_date(received: str, working_days: int, returned: str, certain: bool) -> None:
    assert CALENDAR.return_date(day(received), working_days) == ReturnDate(day(returned), certain)


days = st.dates(datetime.date(2025, 6, 1), datetime.date(2028, 6, 1))


@given(days, st.integers(1, 30))
def test_return_date_is_the_nth_working_day(received: datetime.date, working_days: int) -> None:
    found = CALENDAR.return_date(received, working_days).day
    between = [received + datetime.timedelta(n) for n in range(1, (found - received).days + 1)]
    assert CALENDAR.is_working(found)
    assert sum(CALENDAR.is_working(one) for one in between) == working_days


@given(days, st.integers(1, 20), st.integers(0, 10))
def test_a_longer_term_is_never_earlier_nor_more_certain(
    received: datetime.date, working_days: int, more: int
) -> None:
    short = CALENDAR.return_date(received, working_days)
    long = CALENDAR.return_date(received, working_days + more)
    assert long.day >= short.day
    assert short.certain or not long.certain


@pytest.mark.parametrize("working_days", [0, -1])
def test_no_term_is_refused(working_days: int) -> None:
    with pytest.raises(ValueError, match="no term"):
        CALENDAR.return_date(day("2026-11-21"), working_days)


def test_a_confirmed_exchange_is_worked() -> None:
    entry = {"day": datetime.date(2026, 6, 6), "name": "x", "source": "y", "confirmed": True}
    calendar = parse_calendar(changed(worked=[entry]))
    assert isinstance(calendar, WorkingCalendar)
    assert calendar.return_date(day("2026-06-05"), 1) == ReturnDate(day("2026-06-06"), True)


def test_every_entry_names_its_source() -> None:
    for special in (*CALENDAR.off.values(), *CALENDAR.worked.values()):
        assert special.name.strip()
        assert special.source.strip()


@pytest.mark.parametrize("year", [2026, 2027])
def test_each_year_has_its_holidays(year: int) -> None:
    """Labour Code article 112: 1 + 5 + 1 + 1 + 1 + 2 days."""
    for month, number in ((1, 1), (4, 30), (5, 1), (9, 2)):
        assert datetime.date(year, month, number) in CALENDAR.off
    tet = [one for one in CALENDAR.off if one.year == year and one.month == 2]
    assert sum(one.weekday() < 5 for one in tet) >= 5


def test_statutory_holidays_on_a_weekend_are_made_up_for() -> None:
    weekend = [one for one in CALENDAR.off if one.weekday() >= 5]
    assert len(weekend) == 4
    for one in weekend:
        following = one + datetime.timedelta(1)
        while following.weekday() >= 5 or "bù" not in CALENDAR.off[following].name:
            following += datetime.timedelta(1)
        assert (following - one).days <= 4


def changed(**fields: object) -> dict[str, Any]:
    return {**copy.deepcopy(DOCUMENT), **fields}


ENTRY = {"day": datetime.date(2026, 6, 6), "name": "x", "source": "y", "confirmed": True}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "calendar.malformed"),
        (changed(extra=1), "calendar.malformed"),
        (changed(off=[{"day": "hôm nay"}]), "calendar.malformed"),
        (changed(weekly_off=["chủ nhật"]), "calendar.bad_weekday"),
        (
            changed(
                weekly_off=["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            ),
            "calendar.no_working_day",
        ),
        (changed(off=[ENTRY, ENTRY]), "calendar.twice"),
        (changed(off=[ENTRY], worked=[ENTRY]), "calendar.twice"),
        (changed(years=[2027]), "calendar.outside"),
        (changed(worked=[{**ENTRY, "day": datetime.date(2026, 6, 5)}]), "calendar.not_off"),
    ],
)
def test_a_wrong_file_is_told_in_words(document: dict[str, Any], code: str) -> None:
    found = parse_calendar(document)
    assert isinstance(found, Message)
    assert found.code == code
    for language in ("vi", "en"):
        assert "⟦" not in Words(language).say(found, Audience.TECHNICIAN)


@given(
    st.dictionaries(
        st.sampled_from(["years", "weekly_off", "off", "worked", "x"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5) | st.dates(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_any_document_is_a_calendar_or_a_message(document: dict[str, object]) -> None:
    assert isinstance(parse_calendar(document), WorkingCalendar | Message)
