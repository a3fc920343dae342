"""What is said aloud of a view (C7), and what never is: a hall hears it (O4)."""

from __future__ import annotations

import re
from string import Formatter

import msgspec
import polib
import pytest

from kiosk.domain.message import Message, msg
from kiosk.locale import HERE, Words
from kiosk.tui.gallery import NAME, NUMBER, VALUES, Shot, choice, shots, view, welcome
from kiosk.tui.gallery_kit import DOSSIER
from kiosk.workflow.speech import INSTEAD, SPOKEN_VALUES, WITHHELD, may_be_said, said_of, sentences
from kiosk.workflow.view import Capture, Choice, Entry, KeySet, Option, Pause, Review, Signature, Target, View

VI, EN = Words("vi"), Words("en")
SHOTS = [shot for shot in shots() if shot.view is not None]
UNSAID = {
    "identify.candidate",
    "sign.representative",
}
"""Messages of a view that mention somebody. Whoever adds one with a value decides here or in `SPOKEN_VALUES`."""
NOT_IN_A_VIEW = ("screen.", "slip.", "speech.")


def codes(*said: Message) -> list[str]:
    return [message.code for message in said]


def said(view: View, words: Words = VI) -> str:
    return "\n".join(sentence.text for sentence in sentences(view, words, VI))


def values_of(code: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(code) if name}


# -- what is said ------------------------------------------------------------------------------------------------


def test_question_explanation_and_choices_are_said_in_their_order() -> None:
    lines = tuple(msg(f"notice.{line}") for line in ("what", "why"))
    shown = view(choice("notice", "continue", body=lines), "notice")
    assert codes(*said_of(shown)) == ["notice", "notice.what", "notice.why", "notice.continue"]
    assert said(shown).splitlines()[0] == "Trước khi làm, mời ông bà đọc."
    assert said(shown, EN).splitlines()[-1] == EN.say(msg("notice.continue")) + "."


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        (
            Entry("year", msg("identify.year"), KeySet.DIGITS, 4, msg("year.unreadable")),
            ["year.unreadable", "identify.year"],
        ),
        (
            Capture(
                "f", msg("portrait"), Target.PORTRAIT, hint=msg("card.steady"), about=msg("card.differs")
            ),
            ["card.differs", "card.steady", "portrait"],
        ),
        (Capture("f", msg("portrait"), Target.PORTRAIT, hint=msg("card.steady"), good=True), ["good"]),
        (Pause("p", msg("paused"), (msg("paused.kept"),)), ["paused", "paused.kept"]),
        (Signature("sign", msg("sign"), (Option("mark", msg("sign.mark")),)), ["sign", "sign.mark"]),
    ],
)
def test_each_kind_of_question_is_said_with_what_to_do_first(
    screen: Entry | Capture | Pause | Signature, expected: list[str]
) -> None:
    assert codes(*said_of(view(screen, "identify"))) == expected


def test_a_notice_comes_first() -> None:
    assert codes(*said_of(view(welcome(), notice=msg("resumed"))))[:2] == ["resumed", "welcome"]


def test_the_number_of_the_queue_is_said() -> None:
    called = msgspec.structs.replace(welcome(), body=(msg("queue.please"),), shown="012")
    assert "Số không một hai." in said(view(called))


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_screen_of_a_visit_can_be_said(shot: Shot) -> None:
    """In whole sentences of the catalogues, without signs or long figures."""
    assert shot.view is not None
    for words in (VI, EN):
        for line in said(shot.view, words).splitlines():
            assert line.endswith((".", "?", "!", "…")), line
            assert not re.search(r"[⟦⟧{}•/]|[0-9]{5}", line), line


def test_a_recording_is_named_only_where_the_words_never_change() -> None:
    finger = Capture(
        "f", msg("fingers.flat", finger=msg("finger.2")), Target.FINGERS, hint=msg("card.steady")
    )
    found = sentences(view(finger, "fingers"), Words("mtq"), VI)
    assert [sentence.code for sentence in found] == ["card.steady", ""]
    assert {sentence.language for sentence in found} == {"mtq"}
    assert [sentence.source for sentence in found] == [s.text for s in sentences(view(finger), VI, VI)]


# -- what is not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_no_screen_says_who_somebody_is(shot: Shot) -> None:
    assert shot.view is not None
    secrets = {NUMBER, NAME, DOSSIER, *VALUES.values()} - {VALUES["sex"]}
    for words in (VI, EN):
        heard = said(shot.view, words).casefold()
        assert not [secret for secret in secrets if secret.casefold() in heard]


def test_what_is_left_out_is_said_to_be_on_the_screen_once() -> None:
    candidate = msg("identify.candidate", name=NAME, birth="1956", hamlet="Xóm", number="9")
    people = (Option("0", candidate), Option("1", candidate), Option("none", msg("identify.pick.none")))
    shown = view(Choice("identify.pick", msg("identify.pick"), people), "identify")
    assert said_of(shown) == (msg("identify.pick"), WITHHELD, msg("identify.pick.none"))
    confirm = view(Choice("c", msg("confirm"), (), (msg("item.full_name"),), NAME), "confirm")
    assert said_of(confirm) == (msg("confirm"), msg("item.full_name"), WITHHELD)
    assert said_of(view(Review("review", msg("review"), (), ()), "review")) == (msg("review"), WITHHELD)


def test_whoever_signs_for_a_child_is_asked_without_the_name() -> None:
    asked = Signature("sign", msg("sign.representative", name=NAME), ())
    assert said_of(view(asked, "sign")) == (msg("sign"),)


def test_a_value_nobody_has_decided_on_is_not_said() -> None:
    """Of a plugin, say: neither in its message nor inside another one."""
    theirs = msg("their.question", name=NAME)
    assert not may_be_said(theirs)
    assert not may_be_said(msg("correct", item=theirs))
    assert not may_be_said(msg("identify.too_young", age=14, name=NAME))
    assert may_be_said(msg("identify.too_young", age=14))
    assert said_of(view(Choice("q", theirs, ()), "confirm")) == (WITHHELD,)


def test_every_message_of_a_citizen_that_mentions_a_value_is_decided_on() -> None:
    """A field filled with words of the catalogue needs no decision; those are known by their names."""
    catalogue = polib.pofile(str(HERE / "vi" / "LC_MESSAGES" / "kiosk.po"))
    words_of_the_catalogue = {"finger", "item", "what"}
    open_ones = {
        entry.msgid
        for entry in catalogue
        if entry.msgctxt == "citizen"
        and not entry.msgid.startswith(NOT_IN_A_VIEW)
        and values_of(entry.msgstr) - words_of_the_catalogue - SPOKEN_VALUES.get(entry.msgid, frozenset())
    }
    shown_only = {code for code in open_ones if code.startswith("review.")}
    assert open_ones - shown_only == UNSAID
    assert INSTEAD.keys() <= UNSAID
