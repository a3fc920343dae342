"""What a key does on the desk's pages, where no form is filled in."""

from __future__ import annotations

from typing import Final

from kiosk.tui.officer.desk import Place, Tab
from kiosk.tui.officer.waiting import absent
from kiosk.tui.page import Act, Do, Page
from kiosk.workflow.board import Board

REASON_KEYS: Final = {"backspace": Act(Do.RUB), "enter": Act(Do.DECIDE), "escape": Act(Do.SELECT, "0")}
UP_DOWN: Final = {"up": "-1", "down": "1"}


def act_of(key: str, letter: str | None, place: Place, at: int, page: Page) -> Act | None:
    """While a reason is typed, letters and digits go to it; F1 still answers a call. `at` is the station in focus."""
    reason = bool(place.focus.choice) and place.tab is Tab.BOARD
    if reason and key in REASON_KEYS:
        return REASON_KEYS[key]
    if reason and letter is not None:
        return Act(Do.TYPE, letter)
    if not reason and key in UP_DOWN:
        return Act(Do.SELECT if place.tab is Tab.BOARD else Do.MOVE, UP_DOWN[key])
    if place.tab is Tab.ROOM and key == "enter":
        return Act(Do.OPEN, str(at))
    if place.tab is Tab.AUDIT and key == "left":
        return Act(Do.FILTER, "-1")
    target = page.by_key(key)
    return target.act if target is not None else None


def lines_of(tab: Tab, board: Board | None) -> int:
    """How many lines there are to choose from on a page, one at least."""
    if board is None:
        return 1
    return max(1, len(board.requests if tab is Tab.PEOPLE else absent(board)))
