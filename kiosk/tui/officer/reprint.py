"""A slip to be printed again: which one, and why."""

from __future__ import annotations

from typing import Final

from kiosk.tui.canvas import Rect
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import KEY, draw_key, key_width, title
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import PAGE
from kiosk.workflow.board import Board, SlipLine

REASONS: Final = ("torn", "illegible", "lost")
FEWEST_ROWS: Final = 4
"""Title, the slip in focus, the reasons, the way out."""


def draw_reprint(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """The newest slips; below the one in focus the reasons, each a key that prints."""
    rest = title(page, rect, desk.own("reprint"))
    index = [line.dossier for line in board.slips].index(desk.focus.reprint)
    room = max(1, rest.h - 2)
    first = max(0, min(index - room // 2, len(board.slips) - room))
    for row, line in enumerate(board.slips[first : first + room]):
        _line(desk, page, rest._replace(y=rest.y + row, h=1), line, first + row - index)
    y = rest.y + min(room, len(board.slips) - first)
    _keys(desk, page, rest._replace(y=y))


def _line(desk: Desk, page: Page, rect: Rect, line: SlipLine, away: int) -> None:
    again = f" ({desk.own('reprinted', count=line.reprints)})" if line.reprints else ""
    if away:
        page.canvas.text(rect.x + 2, rect.y, f"{line.dossier}{again}", PAGE)
        page.targets.append(Target(f"slip {away}", rect, Act(Do.SELECT, str(away))))
        return
    page.canvas.fill(rect, KEY)
    page.canvas.text(rect.x, rect.y, f"▶ {line.dossier}{again}", KEY)


def _keys(desk: Desk, page: Page, rect: Rect) -> None:
    """The reasons and the way out, in two rows where one is too short."""
    x, y = rect.x + 2, rect.y
    keys = [
        (str(number), desk.name("desk.reprint", reason), Act(Do.CHOOSE, reason))
        for number, reason in enumerate(REASONS, start=1)
    ]
    for key, label, act in (*keys, ("escape", desk.own("key_cancel"), Act(Do.SELECT, "0"))):
        if x + key_width(key, label) > rect.x + rect.w and x > rect.x + 2:
            x, y = rect.x + 2, y + 1
        x = draw_key(page, x, y, key, label, act)
