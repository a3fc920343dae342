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
        self, rect: Rect, key: str, label: str, act: Act, look: Look = PLAIN_BUTTON, sign: str = ""
    ) -> None:
        """A button that fills `rect` but for a thin gap at its right and lower edge, which still answers.

        Without a label the key's own figure fills the button.
        """
        self.targets.append(Target(key, rect, act))
        face = Rect(rect.x, rect.y, rect.w - 1, rect.h)
        self.canvas.fill(face, look.face)
        self._edge(face, look)

        inner = (
            Rect(face.x, face.y + face.h % 2, face.w, face.h - 1 - face.h % 2)
            if face.h > 4
            else face._replace(h=face.h - 1)
        )
        tall = big_lines(key, inner.w) if not label and inner.h >= 3 else None
        if not label:
            self.canvas.centre(inner, tall or [CAPS.get(key, key)], look.face)
            return
        cap = f" {CAPS.get(key, key.upper())} "
        room = inner.inset(1)
        self.canvas.text(room.x, room.y + room.h // 2 - (1 - room.h % 2 if face.h < 6 else 0), cap, look.cap)
        words = Rect(room.x + len(cap) + 1, room.y, room.w - len(cap) - 1, room.h)
        self.canvas.centre(words, balanced(f"{sign} {label}" if sign else label, words.w), look.face)

    def _edge(self, face: Rect, look: Look) -> None:
        """The last row of a button: half of it shade, half of it page."""
        y = face.y + face.h - 1
        below = self.canvas.ground
        for x in range(face.x, face.x + face.w):
            self.canvas.put(x, y, "▀", Ink(look.edge, below))


def look_of(look: Look, held: bool) -> Look:
    return HELD_BUTTON if held else look
