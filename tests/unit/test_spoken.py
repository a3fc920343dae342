"""Figures and dates as they are said (C7)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.spoken import LONGEST_NUMBER, MANNERS, spoken

LANGUAGES = st.sampled_from(sorted(MANNERS))


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("vi", "000417", "không không không bốn một bảy"),
        ("vi", "Sinh 5/12/2026.", "Sinh ngày 5 tháng 12 năm 2026."),
        ("vi", "05/12/2026", "ngày 5 tháng 12 năm 2026"),
        ("vi", "từ 09/1985", "từ tháng 9 năm 1985"),
        ("vi", "Ví dụ 09031985, hoặc 1985", "Ví dụ không chín không ba một chín tám năm, hoặc 1985"),
        ("vi", "Bước 2/7", "Bước 2 trên 7"),
        ("vi", "98%", "98 phần trăm"),
        ("vi", "Mời ông/bà bấm 12 số", "Mời ông bà bấm 12 số"),
        ("vi", "45/13/2026", "45/13/2026"),
        ("en", "number 000417", "number zero zero zero four one seven"),
        ("en", "05/12/2026", "5 December 2026"),
        ("en", "from 09/1985", "from September 1985"),
        ("en", "step 2/7, 98%", "step 2 of 7, 98 per cent"),
        ("hmn", "000417, 05/12/2026", "000417, 05/12/2026"),
    ],
)
def test_it_is_said_as_people_say_it(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@given(LANGUAGES, st.text())
def test_any_text_can_be_said_and_nothing_long_is_left_in_figures(language: str, text: str) -> None:
    said = spoken(text, language)
    assert all(
        len(run) <= LONGEST_NUMBER and (run == "0" or run[0] != "0") for run in re.findall("[0-9]+", said)
    )
    assert spoken(said, language) == said, "said twice is said the same way"


@given(LANGUAGES, st.from_regex("0[0-9]{1,20}|[0-9]{5,20}", fullmatch=True))
def test_long_numbers_lose_no_figure(language: str, digits: str) -> None:
    figures = MANNERS[language].figures
    assert "".join(str(figures.index(word)) for word in spoken(digits, language).split()) == digits


@given(LANGUAGES, st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.booleans())
def test_dates_are_said_with_their_parts_in_order(language: str, day: date, padded: bool) -> None:
    form = "{0:02}/{1:02}/{2}" if padded else "{0}/{1}/{2}"
    said = spoken(form.format(day.day, day.month, day.year), language)
    month = MANNERS[language].months[day.month - 1]
    assert re.findall(rf"(?<!\w)(?:{day.day}|{month}|{day.year})(?!\w)", said) == [
        str(day.day),
        month,
        str(day.year),
    ]


@given(LANGUAGES, st.text(st.characters(exclude_characters="0123456789/%")))
def test_words_are_left_alone(language: str, text: str) -> None:
    assert spoken(text, language) == text
