"""Dates as people know them (C11: the age rule; elders who know only the year)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.dates import PartialDate, age_range, parse_date, reached
from kiosk.domain.message import Message

TODAY = date(2026, 11, 22)
days = st.dates(date(1880, 1, 1), TODAY)


def partial(day: date, precision: str) -> PartialDate:
    return PartialDate(*(day.year, day.month, day.day)[: len(precision)])


partials = st.builds(partial, days, st.sampled_from(["Y", "YM", "YMD"]))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("09/03/1985", "1985-03-09"),
        ("9/3/1985", "1985-03-09"),
        (" 9.3.1985 ", "1985-03-09"),
        ("9-3-1985", "1985-03-09"),
        ("09 03 1985", "1985-03-09"),
        ("09031985", "1985-03-09"),
        ("1985-03-09", "1985-03-09"),
        ("29/02/2024", "2024-02-29"),
        ("03/1985", "1985-03"),
        ("1985-03", "1985-03"),
        ("1940", "1940"),
        ("22/11/2026", "2026-11-22"),
    ],
)
def test_read(text: str, iso: str) -> None:
    found = parse_date(text, TODAY)
    assert isinstance(found, PartialDate)
    assert found.iso == iso


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date.unreadable"),
        ("hôm qua", "date.unreadable"),
        ("0903198", "date.unreadable"),
        ("٠٩/٠٣/١٩٨٥", "date.unreadable"),
        ("9/3/85", "date.short_year"),
        ("31/02/1985", "date.impossible"),
        ("29/02/2023", "date.impossible"),
        ("00/01/1985", "date.impossible"),
        ("13/1985", "date.impossible"),
        ("0000", "date.impossible"),
        ("31/12/1879", "date.too_early"),
        ("23/11/2026", "date.future"),
        ("12/2026", "date.future"),
        ("2027", "date.future"),
    ],
)
def test_refused(text: str, code: str) -> None:
    found = parse_date(text, TODAY)
    assert isinstance(found, Message)
    assert found.code == code


@given(st.text() | st.from_regex(r"[0-9/.\- ]{0,12}", fullmatch=True))
def test_any_text_is_a_date_or_a_message(text: str) -> None:
    found = parse_date(text, TODAY)
    if isinstance(found, PartialDate):
        assert found.year >= 1880
        assert found.earliest <= TODAY
    else:
        assert found.code.startswith("date.")


@given(partials)
def test_what_is_shown_and_what_is_stored_can_be_read_again(value: PartialDate) -> None:
    assert parse_date(value.text(), TODAY) == value
    assert parse_date(value.iso, TODAY) == value
    assert PartialDate.from_iso(value.iso) == value
    assert len(value.precision) == value.iso.count("-") + 1


@given(days)
def test_the_card_writes_dates_without_separators(day: date) -> None:
    assert parse_date(f"{day:%d%m}{day.year:04d}", TODAY) == partial(day, "YMD")


@pytest.mark.parametrize("parts", [(1985, None, 9), (1985, 2, 30), (1985, 13), (1985, 0), (1985, 1, 0), (0,)])
def test_a_date_that_does_not_exist_cannot_be_made(parts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        PartialDate(*parts)


@given(days, st.sampled_from(["Y", "YM", "YMD"]), st.integers(0, 120), st.dates(TODAY, date(2060, 12, 31)))
def test_ages_hold_the_truth(born: date, precision: str, years: int, today: date) -> None:
    """C11: a rule of age is answered only when the known part of the date can tell."""
    known = partial(born, precision)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    youngest, oldest = age_range(known, today)
    assert youngest <= age <= oldest <= youngest + 1
    assert reached(known, years, today) in (age >= years, None)
    if precision == "YMD":
        assert youngest == oldest == age
        assert reached(known, years, today) is (age >= years)


def test_fourteen() -> None:
    assert reached(PartialDate(2012, 11, 22), 14, TODAY) is True
    assert reached(PartialDate(2012, 11, 23), 14, TODAY) is False
    assert reached(PartialDate(2012, 11), 14, TODAY) is None
    assert reached(PartialDate(2012), 14, TODAY) is None
    assert age_range(PartialDate(2026), TODAY) == (0, 0)
