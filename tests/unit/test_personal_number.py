"""The 12-digit personal number (C4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.data import load_provinces
from kiosk.domain.dates import PartialDate
from kiosk.domain.message import Message, msg
from kiosk.domain.person import Sex, parse_sex
from kiosk.domain.personal_number import PersonalNumber, doubts, parse_number

twelve = st.from_regex(r"[0-9]{12}", fullmatch=True)


def test_what_a_number_tells() -> None:
    number = PersonalNumber("999305000003")
    assert (number.prefix, number.sex, number.birth_year) == ("999", Sex.FEMALE, 2005)
    assert PersonalNumber("999085000001").sex is Sex.MALE
    assert PersonalNumber("999985000001").birth_year == 2385
    assert PersonalNumber("999085000001").masked == "999*****0001"


@pytest.mark.parametrize("text", ["999 085 000001", "999.085.000.001", " 999085000001\n", "999-085-000-001"])
def test_separators_do_no_harm(text: str) -> None:
    assert parse_number(text) == PersonalNumber("999085000001")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", msg("number.empty")),
        (" . ", msg("number.empty")),
        ("99908500000", msg("number.length", digits=11)),
        ("9990850000011", msg("number.length", digits=13)),
        ("171234567", msg("number.old_card")),
        ("99908500000O", msg("number.not_digits")),
        ("٩٩٩٠٨٥٠٠٠٠٠١", msg("number.not_digits")),
    ],
)
def test_the_trouble_is_named(text: str, problem: Message) -> None:
    assert parse_number(text) == problem


@given(st.text() | st.from_regex(r"[0-9 .]{0,16}", fullmatch=True))
def test_any_text_is_a_number_or_a_message(text: str) -> None:
    found = parse_number(text)
    if isinstance(found, Message):
        assert found.code.startswith("number.")
    else:
        assert found.text == "".join(letter for letter in text if letter in "0123456789")


@given(twelve)
def test_every_twelve_digits_are_a_number(text: str) -> None:
    number = parse_number(text)
    assert isinstance(number, PersonalNumber)
    assert 1900 <= number.birth_year <= 2399
    assert text[3:8] not in number.masked
    assert doubts(number, number.sex, PartialDate(number.birth_year), {text[:3]: "Tỉnh Mẫu"}) == ()


def test_doubts_are_warnings_one_by_one() -> None:
    number = PersonalNumber("999085000001")
    codes = [
        doubt.code for doubt in doubts(number, Sex.FEMALE, PartialDate(1986), load_provinces(demo=False))
    ]
    assert codes == ["number.unknown_province", "number.sex_differs", "number.year_differs"]
    assert doubts(number, None, None, load_provinces(demo=True)) == ()


def test_a_number_is_never_made_of_anything_else() -> None:
    with pytest.raises(ValueError, match="12 digits"):
        PersonalNumber("99908500000")


def test_provinces_are_those_of_the_numbers_not_the_units_of_today() -> None:
    provinces = load_provinces(demo=False)
    assert len(provinces) == 63
    assert provinces["015"] == "Yên Bái"
    assert provinces["038"] == "Thanh Hóa"
    assert "999" not in provinces
    assert load_provinces(demo=True)["999"] == "Tỉnh Mẫu"


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Nam", Sex.MALE),
        ("NỮ", Sex.FEMALE),
        ("nu", Sex.FEMALE),
        ("male", Sex.MALE),
        ("F", Sex.FEMALE),
        ("?", None),
        ("", None),
    ],
)
def test_sex_in_words(text: str, sex: Sex | None) -> None:
    assert parse_sex(text) is sex
