"""Every message on a socket. A line is one JSON object with a `type`; a `FrameHeader` is followed by `size` raw bytes."""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.domain.message import Message
from kiosk.workflow.board import Board
from kiosk.workflow.view import View

PROTOCOL: Final = 1


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """First line from a screen."""

    protocol: int = PROTOCOL


class Answer(msgspec.Struct, frozen=True, tag_field="type", tag="answer"):
    """The citizen's answer to the question `question`; an answer to another question is dropped."""

    question: str
    value: str


class CallOfficer(msgspec.Struct, frozen=True, tag_field="type", tag="call_officer"):
    """The citizen wants help."""


class Leave(msgspec.Struct, frozen=True, tag_field="type", tag="leave"):
    """The citizen stops for today; what was done is kept."""


class Touch(msgspec.Struct, frozen=True, tag_field="type", tag="touch"):
    """Somebody touched the screen or a key: not idle."""


class SetLanguage(msgspec.Struct, frozen=True, tag_field="type", tag="set_language"):
    """The citizen reads on in another language."""

    language: str


class Decide(msgspec.Struct, frozen=True, tag_field="type", tag="decide"):
    """The officer's answer to an approval: one of its choices, and why."""

    approval: str
    choice: str
    reason: str = ""


class AnswerCall(msgspec.Struct, frozen=True, tag_field="type", tag="answer_call"):
    """The officer is coming (`coming`) or the citizen has been helped (not `coming`)."""

    coming: bool


class Reprint(msgspec.Struct, frozen=True, tag_field="type", tag="reprint"):
    """The officer has the slip of `dossier` printed again; `reason` is `torn`, `illegible` or `lost`."""

    dossier: str
    reason: str


class Welcome(msgspec.Struct, frozen=True, tag_field="type", tag="welcome"):
    """First line from the core. `catalogues` are the folders where plugins keep their words."""

    protocol: int
    version: str
    catalogues: tuple[str, ...] = ()


class ViewChanged(msgspec.Struct, frozen=True, tag_field="type", tag="view"):
    """What the citizen sees from now on."""

    view: View


class BoardChanged(msgspec.Struct, frozen=True, tag_field="type", tag="board"):
    """What the officer sees from now on."""

    board: Board


class Refused(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """A line that could not be taken, and why; the connection stays."""

    message: Message


class FrameHeader(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    """A live picture for the current capture: 8-bit grey, row-major; `size` = width × height bytes follow."""

    width: int
    height: int
    size: int


FromScreen = Hello | Answer | CallOfficer | Leave | Touch | SetLanguage | Decide | AnswerCall | Reprint
FromCore = Welcome | ViewChanged | BoardChanged | Refused | FrameHeader
