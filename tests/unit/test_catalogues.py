"""What is said to people: every code has its words, in every language, and the compiled catalogues are fresh."""

from __future__ import annotations

from collections import Counter
from string import Formatter

import polib
import pytest

from kiosk.locale import HERE, Audience
from scripts.catalogues import compiled
from tests.unit.codes import FAMILIES, mentioned

LANGUAGES = ("vi", "en")
Key = tuple[str, str]


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(HERE / language / "LC_MESSAGES" / "kiosk.po"))


def words(language: str) -> dict[Key, str]:
    return {(entry.msgctxt or "", entry.msgid): entry.msgstr for entry in catalogue(language)}


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things() -> None:
    assert words("vi").keys() == words("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_complete_once_and_for_somebody(language: str) -> None:
    entries = catalogue(language)
    counted = Counter((entry.msgctxt, entry.msgid) for entry in entries)
    assert [key for key, times in counted.items() if times > 1] == []
    assert [entry.msgid for entry in entries if not entry.msgstr.strip() or entry.fuzzy] == []
    assert {entry.msgctxt for entry in entries} <= set(Audience)


def test_translations_mention_the_same_values() -> None:
    vi, en = words("vi"), words("en")
    assert [key for key in vi.keys() & en.keys() if fields(vi[key]) != fields(en[key])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_are_fresh(language: str) -> None:
    """`make catalogues` brings them up to date."""
    source = HERE / language / "LC_MESSAGES" / "kiosk.po"
    assert source.with_suffix(".mo").read_bytes() == compiled(source)


def test_everything_the_source_says_has_words() -> None:
    known = {code for _, code in words("vi")}
    assert {code: place for code, place in mentioned().items() if code not in known} == {}


def test_the_source_is_really_read() -> None:
    """Constants, families, choices and the screens' own words are all found."""
    found = mentioned()
    assert {
        "welcome",
        "sex.female",
        "notice.continue",
        "screen.back",
        "outbox.waiting",
        "store.disk",
    } <= found.keys()
    assert "finger.10" in found
    assert all(FAMILIES.values())
