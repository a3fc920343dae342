"""The QR code of the 2021 card (C4: what is known is not typed again)."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.card import CardData, is_name, parse_card
from kiosk.domain.dates import PartialDate
from kiosk.domain.message import Message
from kiosk.domain.person import Sex

TODAY = date(2026, 11, 22)
INVENTED = (
    "999085000001|171234567|Nguyễn Văn Mẫu|09031985|Nam|Thôn Ví Dụ, Hoằng Cát, Hoằng Hóa, Thanh Hóa|16032021"
)

fields = st.lists(st.text(st.characters(exclude_characters="|", codec="utf-8")), max_size=4)


def read(text: str) -> CardData:
    found = parse_card(text, TODAY)
    assert isinstance(found, CardData)
    return found


def test_a_card_of_2021() -> None:
    card = read(INVENTED + "\r\n")
    assert card.number.text == "999085000001"
    assert (card.old_number, card.full_name, card.sex) == ("171234567", "Nguyễn Văn Mẫu", Sex.MALE)
    assert (card.birth_date, card.issued) == (PartialDate(1985, 3, 9), PartialDate(2021, 3, 16))
    assert card.address == "Thôn Ví Dụ, Hoằng Cát, Hoằng Hóa, Thanh Hóa"
    assert card.raw == INVENTED + "\r\n"


def test_a_person_without_an_old_card() -> None:
    card = read("999305000003||Bùi Thị Thử|20112005|Nữ|Xóm Ví Dụ, Lạc Sơn, Hòa Bình|25052023")
    assert (card.old_number, card.sex) == ("", Sex.FEMALE)


@given(fields)
def test_further_fields_are_kept_as_they_are(extra: list[str]) -> None:
    card = read("|".join([INVENTED, *extra]))
    assert card.extra == tuple(field.strip() for field in extra)
    assert card.full_name == "Nguyễn Văn Mẫu"


def test_a_name_without_marks_and_an_odd_issue_date_do_no_harm() -> None:
    card = read("999085000001||NGUYEN VAN MAU|09031985|?|Thôn Ví Dụ|không rõ")
    assert (card.full_name, card.sex, card.issued) == ("NGUYEN VAN MAU", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/999085000001",
        INVENTED.replace("999085000001", "99908500000"),
        INVENTED.replace("09031985", "31021985"),
        INVENTED.replace("Nguyễn Văn Mẫu", " "),
        "999085000001|171234567|Nguyễn Văn Mẫu|09031985|Nam|Thôn Ví Dụ",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    assert parse_card(text, TODAY) == Message("card.unreadable")


@given(st.text() | st.lists(st.text(), min_size=6, max_size=9).map("|".join))
def test_any_text_is_a_card_or_a_message(text: str) -> None:
    found = parse_card(text, TODAY)
    assert found == Message("card.unreadable") or isinstance(found, CardData)


# -- hostile codes: whatever somebody printed -------------------------------------------------------------------------

HOSTILE = (
    "\u202e\u2066\u200b\ufeff",
    "\x00\x1b[2J\x07",
    "<script>alert(1)</script>",
    "[bold red]x[/]",
    "'; drop table dossier; --",
    "{name} %s \\u0000 $(reboot)",
    "\ud800",
    "A" * 5000,
    "\U0001f600",
)


@pytest.mark.parametrize("junk", HOSTILE)
@pytest.mark.parametrize("place", range(9))
def test_what_a_hostile_field_leaves_is_harmless(junk: str, place: int) -> None:
    fields = [*INVENTED.split("|"), "x", "y"]
    fields[place] += junk
    card = parse_card("|".join(fields), TODAY)
    if isinstance(card, Message):
        assert card.code == "card.unreadable"
        return
    assert card.number.text == "999085000001"
    assert all(letter.isalpha() or letter in " '-." for letter in card.full_name)
    assert card.old_number in ("", "171234567")
    assert card.address.isprintable()
    assert card.raw == "|".join(fields)
    assert msgspec.json.decode(msgspec.json.encode(card), type=CardData) == card


@given(st.lists(st.text() | st.sampled_from((*HOSTILE, *INVENTED.split("|"))), max_size=12))
def test_no_mixture_of_good_and_hostile_fields_breaks_the_parser(parts: list[str]) -> None:
    found = parse_card("|".join(parts), TODAY)
    if isinstance(found, CardData):
        assert is_name(found.full_name)
        assert found.birth_date.earliest <= TODAY
        assert msgspec.json.decode(msgspec.json.encode(found), type=CardData) == found
    else:
        assert found == Message("card.unreadable")


@pytest.mark.parametrize(
    "date_", ["00000000", "31021985", "09031985 ", "2985", "9/3/85", "٠٩٠٣١٩٨٥", "01011700", "23112026"]
)
def test_wrong_dates_of_birth(date_: str) -> None:
    found = parse_card(INVENTED.replace("09031985", date_), TODAY)
    assert isinstance(found, CardData) == (date_.strip() == "09031985")


@pytest.mark.parametrize(
    "name", ["Y Blô Niê", "Giàng A H'Mông", "Hoàng-Thị Ví Dụ", "NGUYEN THI MAU", "Đỗ Thị Ớt"]
)
def test_names_as_people_have_them(name: str) -> None:
    assert read(INVENTED.replace("Nguyễn Văn Mẫu", name)).full_name == name
