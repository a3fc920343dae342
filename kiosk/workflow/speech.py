"""What is said aloud of a view: its question, its hints and its choices, in the words of the catalogues.

A hall hears it. So nothing of a person is said: not what is shown to be judged, not the rows of a review, and of messages
that mention a text or a number only those named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kiosk.domain.message import Message, msg
from kiosk.domain.spoken import spoken
from kiosk.hal.speaker import Sentence, Sentences
from kiosk.locale import Words
from kiosk.workflow.view import Capture, Choice, Entry, Pause, Review, Screen, View

SPOKEN_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "identify.too_young": frozenset({"age"}),
    "identify.online_only": frozenset({"age"}),
    "representative.why": frozenset({"age"}),
    "name.too_long": frozenset({"most"}),
    "words.too_long": frozenset({"most"}),
    "number.length": frozenset({"digits"}),
    "papers.more": frozenset({"count"}),
    "fingers.again.several": frozenset({"count"}),
}
"""Texts and numbers that say nothing of a person: limits of the rules, and counts. Any other one keeps its message
unsaid, a plugin's too. Words of the catalogue inside a message (a finger, an item) are always said."""

INSTEAD: Final[Mapping[str, Message]] = {"sign.representative": msg("sign")}
"""Questions that name somebody, and how they are put without the name."""

WITHHELD: Final = msg("speech.withheld")
NUMBER: Final = "speech.number"


def sentences(view: View, words: Words, source: Words) -> Sentences:
    """What is said of `view` in the language of `words`; `source` are the Vietnamese ones."""
    return tuple(_sentence(message, words, source) for message in said_of(view))


def said_of(view: View) -> tuple[Message, ...]:
    """The messages said of `view`, in order. Between two people a number that is shown is a number of the queue."""
    found = [view.notice] if view.notice is not None else []
    found += _question(view.screen)
    if _shown(view.screen):
        found.append(WITHHELD if view.visit else msg(NUMBER, number=_shown(view.screen)))
    found += [option.label for option in view.screen.options]
    return tuple(_without_secrets(found))


def _question(screen: Screen) -> list[Message]:
    match screen:
        case Choice(prompt=prompt, body=body) | Pause(prompt=prompt, body=body):
            return [prompt, *body]
        case Entry(prompt=prompt, problem=problem):
            return [prompt] if problem is None else [problem, prompt]
        case Capture(good=True):
            return [msg("good")]
        case Capture(prompt=prompt, about=about, hint=hint):
            return [message for message in (about, hint, prompt) if message is not None]
        case _:
            return [screen.prompt]


def _shown(screen: Screen) -> str:
    """A datum on the screen, as it stands there."""
    if isinstance(screen, Review):
        return "…"
    return screen.shown if isinstance(screen, Choice | Entry) else ""


def _without_secrets(messages: list[Message]) -> Iterator[Message]:
    """What must not be said is put otherwise, or said once to be on the screen only."""
    told = WITHHELD in messages
    for message in messages:
        if may_be_said(message):
            yield message
        elif message.code in INSTEAD:
            yield INSTEAD[message.code]
        elif not told:
            told = True
            yield WITHHELD


def may_be_said(message: Message) -> bool:
    """Whether all that the message mentions is either named in `SPOKEN_VALUES` or words of the catalogue."""
    allowed = (
        frozenset({"number"}) if message.code == NUMBER else SPOKEN_VALUES.get(message.code, frozenset())
    )
    return all(
        may_be_said(value) if isinstance(value, Message) else name in allowed
        for name, value in message.values.items()
    )


def _sentence(message: Message, words: Words, source: Words) -> Sentence:
    """A recording can only be of words that never change."""
    return Sentence(
        "" if message.values else message.code,
        words.language,
        _said(message, words),
        _said(message, source),
    )


def _said(message: Message, words: Words) -> str:
    """As one sentence, so that the voice rests after it."""
    text = spoken(words.say(message), words.language).strip()
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."
