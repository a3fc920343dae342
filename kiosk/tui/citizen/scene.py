"""What a citizen's page is drawn from, and what a press makes of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from typing import Final, NamedTuple

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.link.messages import Answer, CallOfficer, FromScreen, Leave, ReadAloud, SetLanguage, Touch
from kiosk.locale import Words
from kiosk.tui.canvas import Rect
from kiosk.tui.page import Act, Do
from kiosk.workflow.view import Entry, KeySet, View

LONGEST_TEXT: Final = 60
MOST_POINTS: Final = 4000
WIDEST: Final = 112
ALLOWED_MARKS: Final = " '’-.,/"


class Panel(StrEnum):
    """What covers the question for a moment."""

    NONE = auto()
    LANGUAGES = auto()
    WAYS = auto()
    GROUP = auto()
    MARKS = auto()
    DIGITS = auto()


Stroke = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Local:
    """What a screen knows of the question on it: gone with the question.

    `typed` text, `problem` seen here, `strokes` of the pad in 0…1000, `answered` the option pressed and
    not yet taken by the core, `held` the key of the target under the finger.
    """

    typed: str = field(default="", repr=False)
    problem: Message | None = None
    panel: Panel = Panel.NONE
    group: int = 0
    page: int = 0
    scroll: int = 0
    strokes: tuple[Stroke, ...] = field(default=(), repr=False)
    answered: str = ""
    held: str = ""


class Scene(NamedTuple):
    """Everything a page is drawn from. `tick` grows once a second; `live` when pictures are arriving."""

    view: View
    local: Local
    words: Words
    width: int
    height: int
    tick: int = 0
    live: bool = False

    def say(self, message: Message) -> str:
        return self.words.say(message)

    def own(self, name: str, **values: str | int) -> str:
        """The screens' own words."""
        return self.words.say(msg(f"screen.{name}", **values))

    @property
    def column(self) -> Rect:
        """Where the page is: a wider terminal leaves both sides free rather than tearing words and buttons apart."""
        width = min(self.width, WIDEST)
        return Rect((self.width - width) // 2, 0, width, self.height)

    @property
    def compact(self) -> bool:
        return self.height < 24 or self.width < 80

    @property
    def roomy(self) -> bool:
        return self.height >= 30 and self.width >= 100


class Pressed(NamedTuple):
    """What a press leads to."""

    local: Local
    out: FromScreen | None = None


def press(local: Local, act: Act, view: View) -> Pressed:
    """What `act` makes of the screen, and what is sent to the core."""
    if act.do in SENDS:
        return _send(local, act, view)
    if act.do in EDITS:
        return Pressed(_edit(local, act, view))
    return _move(local, act, view)


SENDS: Final = frozenset({Do.ANSWER, Do.HELP, Do.LEAVE, Do.LANGUAGE, Do.READ, Do.TOUCH})
PLAIN: Final[Mapping[Do, FromScreen]] = {Do.HELP: CallOfficer(), Do.READ: ReadAloud(), Do.TOUCH: Touch()}
"""What leaves the screen as it is."""
EDITS: Final = frozenset({Do.TYPE, Do.RUB, Do.REPLACE})


def _send(local: Local, act: Act, view: View) -> Pressed:
    closed = replace(local, panel=Panel.NONE)
    if act.do is Do.LEAVE:
        return Pressed(closed, Leave())
    if act.do is Do.LANGUAGE:
        return Pressed(closed, SetLanguage(act.value))
    if act.do in PLAIN:
        return Pressed(local, PLAIN[act.do])
    return _answer(closed, act.value, act.value, view)


def _answer(local: Local, value: str, shown: str, view: View) -> Pressed:
    if local.answered:
        return Pressed(local)
    return Pressed(replace(local, answered=shown), Answer(view.screen.id, value))


def _edit(local: Local, act: Act, view: View) -> Local:
    kept = local.typed
    if act.do is Do.RUB:
        kept = kept[:-1]
    elif act.do is Do.REPLACE:
        place, letter = act.value.split(":")
        kept = kept[: int(place)] + letter + kept[int(place) + 1 :]
    else:
        kept = accept(kept, act.value, view)
    panel = local.panel if local.panel is Panel.DIGITS and act.do is Do.TYPE else Panel.NONE
    return replace(local, typed=kept, problem=None, panel=panel)


def accept(typed: str, more: str, view: View) -> str:
    """`typed` with as much of `more` as the question takes; anything else falls away."""
    screen = view.screen
    if not isinstance(screen, Entry):
        return typed
    more = more[: 4 * LONGEST_TEXT]
    if screen.keys is KeySet.DIGITS:
        digits = "".join(letter for letter in more if letter in "0123456789")
        return (typed + digits)[: screen.length or 20]
    text = unicodedata.normalize("NFC", typed + "".join(filter(_writable, more)))
    return re.sub(" {2,}", " ", text).lstrip()[:LONGEST_TEXT]


def _writable(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LM" or letter in ALLOWED_MARKS or letter in "0123456789"


def _move(local: Local, act: Act, view: View) -> Pressed:
    if act.do is Do.PANEL:
        name, _, group = act.value.partition(":")
        return Pressed(replace(local, panel=Panel(name), group=int(group or 0)))
    if act.do is Do.TURN:
        return Pressed(replace(local, page=int(act.value)))
    if act.do is Do.SCROLL:
        return Pressed(replace(local, scroll=int(act.value)))
    if act.do is Do.CLEAR_PAD:
        return Pressed(replace(local, strokes=(), problem=None))
    if act.do is Do.SEND_PAD:
        return _send_pad(local, view)
    return _submit(local, view)


def _send_pad(local: Local, view: View) -> Pressed:
    if not any(len(stroke) > 1 for stroke in local.strokes):
        return Pressed(replace(local, problem=msg("screen.nothing_signed")))
    return _answer(local, msgspec.json.encode(local.strokes).decode(), "pad", view)


def _submit(local: Local, view: View) -> Pressed:
    screen = view.screen
    if not isinstance(screen, Entry):
        return Pressed(local)
    text = local.typed.strip()
    missing = screen.length - len(text)
    if screen.keys is KeySet.DIGITS and screen.length and missing:
        return Pressed(replace(local, problem=msg("screen.digits_left", left=missing)))
    if not text:
        return Pressed(replace(local, problem=msg("screen.nothing_typed")))
    return _answer(local, text, "typed", view)
