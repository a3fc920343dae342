"""Names: kept, searched and listed the Vietnamese way (C4, D1)."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.names import canonical, fold, sort_key

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
vietnamese = st.text(VIETNAMESE + VIETNAMESE.upper() + " ", max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Nguyễn Văn Mẫu", "nguyen van mau"),
        ("ĐẶNG THỊ ĐÀO", "dang thi dao"),
        ("\u00d0\u1eb7ng", "dang"),
        ("\u00f0ào", "dao"),
        ("  Hòa\t\nBình ", "hoa binh"),
        ("Giàng A Sử\u200b", "giang a su"),
        ("H’Mông", "h'mong"),
        ("Y Blô Niê–Kđăm", "y blo nie-kdam"),
    ],
)
def test_folded(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(unicodedata.normalize("NFD", written)) == folded


def test_both_styles_of_tone_mark_are_one() -> None:
    assert fold("hòa") == fold("hoà") == "hoa"
    assert sort_key("Lê Thị Thúy") == sort_key("Lê Thị Thuý")


def test_canonical_keeps_the_letters_and_drops_what_cannot_be_seen() -> None:
    assert canonical("\ufeff Nguye\u0302\u0303n\u0000  Va\u0306n\u202e A\ud800 ") == "Nguyễn Văn A"
    assert canonical("\u00d0ỗ Th\u1ecb \u00f0") == "Đỗ Thị đ"


@given(st.text())
def test_any_text_settles_at_once_and_can_be_stored(text: str) -> None:
    kept, folded = canonical(text), fold(text)
    assert canonical(kept) == kept
    assert fold(folded) == folded
    assert fold(kept) == folded
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")
    sort_key(text).encode("utf-8")


@given(vietnamese)
def test_vietnamese_folds_to_plain_letters(text: str) -> None:
    assert fold(text).isascii()
    assert fold(unicodedata.normalize("NFD", text.swapcase())) == fold(text)


@given(st.randoms(use_true_random=False))
def test_letters_and_tones_stand_in_the_order_of_cldr(shuffle: random.Random) -> None:
    wanted = ["a", "à", "ả", "ã", "á", "ạ", "an", "ăn", "ằn", "ân", "ban", "da", "đa", "đà", "e", "ê", "i", "o", "ó",
              "oa", "òa", "óa", "ô", "ố", "ơ", "ớ", "p", "u", "ù", "ư", "ừ", "x", "y"]  # fmt: skip
    mixed = wanted.copy()
    shuffle.shuffle(mixed)
    assert sorted(mixed, key=sort_key) == wanted


@given(st.randoms(use_true_random=False))
def test_people_are_listed_by_given_name_then_family_then_middle(shuffle: random.Random) -> None:
    wanted = ["Trần Văn An", "Bùi Văn Ân", "Lê Bá Bình", "Lê Văn Bình", "Nguyễn An Bình", "Lê Dung", "Lê Đông",
              "Đỗ Thị Hoa", "Bùi Thị Hòa"]  # fmt: skip
    mixed = wanted.copy()
    shuffle.shuffle(mixed)
    assert sorted(mixed, key=sort_key) == wanted
    assert sorted(mixed, key=lambda name: sort_key(name).encode()) == wanted


def test_letters_of_other_languages_stand_with_their_base() -> None:
    assert sort_key("H Čuôn") < sort_key("H Dung") < sort_key("H 한")
    assert sort_key("") == sort_key("  ")
