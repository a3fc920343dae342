"""One drawn screen: its cells, and the places that answer to a finger or a key."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import NamedTuple

from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Canvas, Ink, Rect, balanced
from kiosk.tui.palette import HELD_BUTTON, PLAIN_BUTTON, Look


class Do(StrEnum):
    """What pressing a target does; `Act.value` says with what."""

    ANSWER = auto()
    HELP = auto()
    LEAVE = auto()
    LANGUAGE = auto()
    READ = auto()
    TOUCH = auto()
    TYPE = auto()
    RUB = auto()
    REPLACE = auto()
    SUBMIT = auto()
    PANEL = auto()
    TURN = auto()
    SCROLL = auto()
    CLEAR_PAD = auto()
    SEND_PAD = auto()
    SELECT = auto()
    CHOOSE = auto()
    DECIDE = auto()
    CALL = auto()
    REPRINT = auto()
    SIGN = auto()
    FORM = auto()
    LOOK = auto()
    COUNTERSIGN = auto()
    TAB = auto()
    ASK = auto()
    MOVE = auto()
    OPEN = auto()
    FILTER = auto()
    OLDER = auto()
    TYPING = auto()
    TICKET = auto()


class Act(NamedTuple):
    """A press."""

    do: Do
    value: str = ""


class Target(NamedTuple):
    """A place to press: `key` is Textual's name of the key that does the same."""

    key: str
    rect: Rect
    act: Act


CAPS = {
    "backspace": "⌫",
    "enter": "↵",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "space": "␣",
    "escape": "Esc",
    "slash": "/",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
}


class Page:
    """A canvas with targets. `slot` is where a live picture goes, `pad` where a finger may draw."""

    def __init__(self, width: int, height: int, ink: Ink) -> None:
        self.canvas = Canvas(width, height, ink)
        self.targets: list[Target] = []
        self.slot: Rect | None = None
        self.pad: Rect | None = None
        self.oval = False

    def at(self, x: int, y: int) -> Target | None:
        """The topmost target at a cell."""
        return next((target for target in reversed(self.targets) if target.rect.holds(x, y)), None)

    def by_key(self, key: str) -> Target | None:
        return next((target for target in reversed(self.targets) if target.key == key), None)

    def button(
        self,
        rect: Rect,
        key: str,
        label: str,
        act: Act,
        look: Look = PLAIN_BUTTON,
        sign: str = "",
    ) -> None:
        """A button that fills `rect` but for a thin gap at its right and lower edge, which still answers.

        Without a label the key's own figure fills the button.
        """
        self.targets.append(Target(key, rect, act))
        face = Rect(rect.x, rect.y, rect.w - 1, rect.h)
        self.canvas.fill(face, look.face)
        self._edge(face, look)
        if not label:
            inner = _inner(face)
            figure = big_lines(key, inner.w) if inner.h >= 3 else None
            self.canvas.centre(inner, figure or [CAPS.get(key, key)], look.face)
            return
        cap, words = _cap_and_words(face, key)
        self.canvas.text(cap.x, cap.y, cap_of(key), look.cap)
        said = f"{sign} {label}" if sign else label
        self.canvas.centre(words, balanced(said, words.w), look.face)

    def _edge(self, face: Rect, look: Look) -> None:
        """The last row of a button: half of it shade, half of it page."""
        y = face.y + face.h - 1
        below = self.canvas.ground
        for x in range(face.x, face.x + face.w):
            self.canvas.put(x, y, "▀", Ink(look.edge, below))


def cap_of(key: str) -> str:
    """The letters of a key cap."""
    return f" {CAPS.get(key, key.upper())} "


def _inner(face: Rect) -> Rect:
    """A button's face without its lower edge, and with as much free above."""
    if face.h <= 4:
        return face._replace(h=face.h - 1)
    return Rect(face.x, face.y + face.h % 2, face.w, face.h - 1 - face.h % 2)


def _cap_and_words(face: Rect, key: str) -> tuple[Rect, Rect]:
    """Where the key cap goes, and the words at its right."""
    room = _inner(face).inset(1)
    wide = len(cap_of(key))
    middle = room.y + room.h // 2 - (1 - room.h % 2 if face.h < 6 else 0)
    return Rect(room.x, middle, wide, 1), Rect(room.x + wide + 1, room.y, room.w - wide - 1, room.h)


def look_of(look: Look, held: bool) -> Look:
    return HELD_BUTTON if held else look
