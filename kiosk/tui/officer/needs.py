"""How much a station needs a person, and for what: the order of the room, and its words."""

from __future__ import annotations

from enum import IntEnum, auto
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.hal.device import HealthState
from kiosk.tui.canvas import Ink
from kiosk.tui.officer.desk import Station
from kiosk.tui.palette import BANNER, NO_BUTTON, QUIET_BUTTON, TITLE
from kiosk.workflow.board import Board
from kiosk.workflow.view import Help


class Need(IntEnum):
    """The most urgent first. From APPROVAL up somebody has to come; from SERVING down nobody."""

    CALLED = auto()
    URGENT = auto()
    AWAY = auto()
    APPROVAL = auto()
    REQUEST = auto()
    LOOK = auto()
    CLOSED = auto()
    HELPED = auto()
    SERVING = auto()
    FREE = auto()


class Look(NamedTuple):
    """The sign and the ground of a need, told apart without colour too; what needs nobody has no ground of its own."""

    sign: str
    ink: Ink


LOOKS: Final = {
    Need.CALLED: Look("☎", BANNER),
    Need.URGENT: Look("✗", NO_BUTTON.face),
    Need.AWAY: Look("✗", NO_BUTTON.face),
    Need.APPROVAL: Look("▲", BANNER),
    Need.REQUEST: Look("▲", QUIET_BUTTON.face),
    Need.LOOK: Look("▲", QUIET_BUTTON.face),
    Need.CLOSED: Look("○", QUIET_BUTTON.face),
    Need.HELPED: Look("✓", TITLE),
    Need.SERVING: Look("✓", TITLE),
    Need.FREE: Look("✓", TITLE),
}
SERVES: Final = frozenset({"fingers", "camera", "printer"})
"""Without one of these nobody is served; a dark lamp can wait."""
LAST_NEED: Final = Need.LOOK
"""The least of what is a person's to do."""


def need_of(station: Station) -> Need:
    board = station.told.board
    if board is None:
        return Need.AWAY
    return next(need for need, true in _tests(board) if true)


def _tests(board: Board) -> tuple[tuple[Need, bool], ...]:
    states = [device.state for device in board.devices]
    gone = any(d.state is HealthState.GONE and d.kind in SERVES for d in board.devices)
    return (
        (Need.CALLED, board.view.help is Help.CALLED),
        (Need.URGENT, gone or any(alert.urgent for alert in board.alerts)),
        (Need.APPROVAL, bool(board.approvals)),
        (Need.REQUEST, bool(board.requests)),
        (Need.LOOK, any(state is not HealthState.OK for state in states) or bool(board.alerts)),
        (Need.CLOSED, board.shift is None and not board.view.visit),
        (Need.HELPED, board.view.help is Help.COMING),
        (Need.SERVING, bool(board.view.visit)),
        (Need.FREE, True),
    )


def in_order(room: tuple[Station, ...]) -> list[int]:
    """The stations' numbers, whoever needs a person first; among equals as they were given, so that nothing dances."""
    return sorted(range(len(room)), key=lambda number: (need_of(room[number]), number))


def waiting_for(board: Board) -> list[Message]:
    """Everything beside the first word: what a person would ask next."""
    said = [alert.message for alert in sorted(board.alerts, key=lambda alert: not alert.urgent)]
    if board.approvals:
        said.insert(0, msg("desk.approvals", count=len(board.approvals)))
    if board.requests:
        said.append(msg("desk.requests", count=len(board.requests)))
    return said
