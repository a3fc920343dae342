"""Telex and VNI against a table of syllables: every onset with every rhyme that goes with it, in all its tones."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.tui.vietnamese import Typing, composed, next_way

ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x qu"
OPEN = (
    "à è ề ì ò ồ ờ ù ừ ỳ ài ào àu ày ầu ầy èo ều ìa ìu iều òa òe òi ồi ời ùa ùi ùy uồi ừa ừi ừu ười ượu oài oáy"
    " oèo uầy uế uở uỷu yếu"
)
CLOSED = (
    "àc àch àm àn àng ành àp àt ắc ắm ắn ắng ắp ắt ấc ấm ấn ấng ấp ất èc èm èn èng èp èt ếch ếm ến ếnh ếp ết ích ím ín"
    " ính íp ít iếc iếm iến iếng iếp iết óc óm ón óng óp ót ốc ốm ốn ống ốp ốt ớm ớn ớp ớt úc úm ún úng úp út ức ứng ứt"
    " uốc uốm uốn uống uốt ước ướm ướn ướng ướp ướt oác oách oán oáng oánh oát oắc oắn oắng oắt uấn uất uấng uếch uếnh"
    " uých uýnh uýt uyến uyết"
)
TONES = {"": ("", ""), "\u0301": ("s", "1"), "\u0300": ("f", "2"), "\u0309": ("r", "3")} | {
    "\u0303": ("x", "4"),
    "\u0323": ("j", "5"),
}
SHAPES = {"\u0302": ("", "6"), "\u0306": ("w", "8"), "\u031b": ("w", "7")}
PEOPLE = "Nguyễn Thị Thúy Hòa; Lò Văn Quyết; Đặng Đình Khuyến; Giàng A Páo; Phùng Quý Hoàng; Trịnh Thị Ngoẵng"
SENTENCE = (
    "Người nhà đưa cụ về, hẹn thứ tư tuần sau; thuở ấy mưa gió, giếng đã cạn, khoèo tay, quả quýt, ướt sũng."
)


def bare(rhyme: str) -> str:
    """The rhyme without the tone the table writes on it."""
    marks = unicodedata.normalize("NFD", rhyme)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))


RHYMES = [(bare(rhyme), rhyme) for rhyme in f"{OPEN} {CLOSED}".split()]


def toned(rhyme: str, where: str, tone: str) -> str:
    """`rhyme` with a tone on the letter that carries one in the table."""
    place = next(i for i, letter in enumerate(where) if letter != rhyme[i])
    return rhyme[:place] + unicodedata.normalize("NFC", rhyme[place] + tone) + rhyme[place + 1 :]


def fits(onset: str, rhyme: str) -> bool:
    """Onsets that end in a vowel take it from the rhyme; g before i is written gi."""
    if onset in ("g", "gi"):
        return bare(rhyme)[0] not in "iy"
    if onset == "qu":
        return bare(rhyme)[0] not in "uưo"
    return True


def keys_of(syllable: str, way: Typing, tone_last: bool) -> str:
    """How somebody types it: every letter, its shape right after it, the tone there or at the end."""
    column = 0 if way is Typing.TELEX else 1
    keys, tone = "", ""
    for letter in unicodedata.normalize("NFC", syllable):
        if letter in "đĐ":
            keys += letter.replace("đ", "d").replace("Đ", "D") + ("d", "9")[column]
            continue
        base, *marks = list(unicodedata.normalize("NFD", letter))
        keys += base
        for mark in marks:
            if mark in SHAPES:
                keys += SHAPES[mark][column] or base.lower()
            elif mark in TONES and tone_last:
                tone = TONES[mark][column]
            elif mark in TONES:
                keys += TONES[mark][column]
    return keys + tone


def typed(keys: str, way: Typing) -> str:
    text = ""
    for key in keys:
        text = composed(text, key, way)
    return text


syllables = st.tuples(
    st.sampled_from(["", *ONSETS.split()]), st.sampled_from(RHYMES), st.sampled_from(list(TONES))
).filter(lambda drawn: fits(drawn[0], drawn[1][0]))


@given(syllables, st.sampled_from([Typing.TELEX, Typing.VNI]), st.booleans())
def test_every_syllable_can_be_typed(
    drawn: tuple[str, tuple[str, str], str], way: Typing, tone_last: bool
) -> None:
    onset, (rhyme, where), tone = drawn
    syllable = onset + toned(rhyme, where, tone)
    assert typed(keys_of(syllable, way, tone_last), way) == syllable


@pytest.mark.parametrize("way", [Typing.TELEX, Typing.VNI])
@pytest.mark.parametrize("text", [PEOPLE, SENTENCE, PEOPLE.upper()])
def test_names_and_sentences(text: str, way: Typing) -> None:
    keys = " ".join(keys_of(word, way, tone_last=word.isalpha()) for word in text.split(" "))
    assert typed(keys, way) == text


@pytest.mark.parametrize(
    ("keys", "way", "text"),
    [
        ("toans", Typing.TELEX, "toán"),
        ("hoaf", Typing.TELEX, "hòa"),
        ("hoafn", Typing.TELEX, "hoàn"),
        ("thuowng", Typing.TELEX, "thương"),
        ("thuowr", Typing.TELEX, "thuở"),
        ("duongdwf", Typing.TELEX, "đường"),
        ("tuwf", Typing.TELEX, "từ"),
        ("tw", Typing.TELEX, "tư"),
        ("hocj", Typing.TELEX, "học"),
        ("ass", Typing.TELEX, "as"),
        ("ddd", Typing.TELEX, "dd"),
        ("aaa", Typing.TELEX, "aa"),
        ("aww", Typing.TELEX, "aw"),
        ("tasz", Typing.TELEX, "ta"),
        ("nhanaj", Typing.TELEX, "nhận"),
        ("Nguye64n 2 con", Typing.VNI, "Nguyễn 2 con"),
        ("25/12", Typing.VNI, "25/12"),
        ("a11", Typing.VNI, "a1"),
        ("dd1", Typing.OFF, "dd1"),
        ("Windows", Typing.OFF, "Windows"),
    ],
)
def test_habits(keys: str, way: Typing, text: str) -> None:
    assert typed(keys, way) == text


@example("ÎÙ", Typing.TELEX)
@example("\ufb2a", Typing.TELEX)
@given(st.text(max_size=30), st.sampled_from(list(Typing)))
def test_whatever_is_pressed_one_key_adds_at_most_one_letter(keys: str, way: Typing) -> None:
    """Counted in NFC, which writes some keys of other scripts as two."""
    text = ""
    for key in keys:
        longer = composed(text, key, way)
        assert letters(longer) <= letters(text) + letters(key)
        text = longer


def letters(text: str) -> int:
    return len(unicodedata.normalize("NFC", text))


@given(st.text(max_size=30))
def test_switched_off_keys_are_letters(keys: str) -> None:
    keys = unicodedata.normalize("NFC", keys)
    assert unicodedata.normalize("NFC", typed(keys, Typing.OFF)) == keys


def test_the_ways_go_round() -> None:
    assert [next_way(way) for way in Typing] == [Typing.VNI, Typing.OFF, Typing.TELEX]
