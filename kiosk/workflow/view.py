"""What the citizen sees now, as data. Screens draw it, `kiosk visit` answers it, `kiosk.workflow.speech` reads it.

A *question* (`Choice`, `Entry`, `Capture`, `Review`, `Signature`) has an id and takes one answer, a string.
`Pause` needs none. All words are codes; whoever draws a view looks them up in the view's language.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kiosk.domain.message import Message
from kiosk.domain.remedies import Remedy


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One button: the answer it gives, its words, and what it stands for (`yes`, `no`, `plain`)."""

    key: str
    label: Message
    tone: str = "plain"


class Choice(msgspec.Struct, frozen=True, tag="choice", omit_defaults=True):
    """One of several buttons. `shown` is a datum to judge in large type, `body` explains. Answer: an option's key."""

    id: str
    prompt: Message
    options: tuple[Option, ...]
    body: tuple[Message, ...] = ()
    shown: str = ""


class KeySet(StrEnum):
    """Which keys an `Entry` needs."""

    DIGITS = "digits"
    LETTERS = "letters"


class Entry(msgspec.Struct, frozen=True, tag="entry", omit_defaults=True):
    """Something to type. `length` is the exact number of digits when known; `problem` says what was wrong before.

    `shown` is the value known so far. Answer: the text typed, or the key of one of `options` (ways out).
    """

    id: str
    prompt: Message
    keys: KeySet
    length: int = 0
    problem: Message | None = None
    shown: str = ""
    options: tuple[Option, ...] = ()


class Target(StrEnum):
    """What a `Capture` looks at."""

    PORTRAIT = "portrait"
    CARD = "card"
    FINGERS = "fingers"
    HANDS = "hands"
    PAPER = "paper"


class Capture(msgspec.Struct, frozen=True, tag="capture", omit_defaults=True):
    """A capture in progress. It ends by itself; `options` are ways out of it.

    `fingers`: ISO position codes 1…10 to draw as asked for; `taken` those already kept; `described` those
    excepted. `hint` is the one thing to do now, `good` that the last try was kept. `rolled`: roll, not press.
    Live pictures arrive as frames beside the view. The answer "next" hurries on past a hint or a "good".

    After a try that was not kept, `about` says what it was like, `better` that it was clearer than those before, and
    `remedy` what `hint` asks for. While that takes time, `seconds` of `seconds_in_all` are left.
    """

    id: str
    prompt: Message
    target: Target
    fingers: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()
    described: tuple[int, ...] = ()
    rolled: bool = False
    hint: Message | None = None
    good: bool = False
    options: tuple[Option, ...] = ()
    about: Message | None = None
    better: bool = False
    remedy: Remedy | None = None
    seconds: int = 0
    seconds_in_all: int = 0


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a review. `note` marks what an officer will look at (a correction, an exception)."""

    key: str
    label: Message
    value: str | Message
    note: Message | None = None


class Review(msgspec.Struct, frozen=True, tag="review", omit_defaults=True):
    """Everything collected, to look over. Answer: an option's key."""

    id: str
    prompt: Message
    rows: tuple[Row, ...]
    options: tuple[Option, ...]


class Signature(msgspec.Struct, frozen=True, tag="signature", omit_defaults=True):
    """A pad to sign on. Answer: an option's key, or JSON `[[[x, y], …], …]`: strokes of points in 0…1000."""

    id: str
    prompt: Message
    options: tuple[Option, ...]


class Pause(msgspec.Struct, frozen=True, tag="pause", omit_defaults=True):
    """Nothing to answer: an officer is looking, a device is being checked, the kiosk is out of service.

    `options` are ways out of the wait, where there are any.
    """

    id: str
    prompt: Message
    body: tuple[Message, ...] = ()
    options: tuple[Option, ...] = ()


Screen = Choice | Entry | Capture | Review | Signature | Pause


class Help(StrEnum):
    """A call for the officer, as the citizen sees it."""

    NONE = "none"
    CALLED = "called"
    COMING = "coming"


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole of one moment. `revision` grows with every change.

    `step`/`steps` number the sheet on the wall (0: not in an activity). `kept` are the ids of the samples
    that are safely on disk. `idle_left` counts seconds until the screen is cleared, None while all is well.
    `languages` are the codes offered; `place` is the station's name in large type at the top. `read_aloud`: it can be
    read aloud here.
    """

    revision: int
    screen: Screen
    language: str = "vi"
    languages: tuple[str, ...] = ("vi", "en")
    place: str = ""
    step: int = 0
    steps: int = 0
    visit: str = ""
    dossier: str = ""
    kept: tuple[str, ...] = ()
    help: Help = Help.NONE
    idle_left: int | None = None
    notice: Message | None = None
    demo: bool = False
    read_aloud: bool = False
