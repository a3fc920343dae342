"""Pages that lie alone over the desk until they are put away: a PIN shown once, what is wrong with a roster file."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.domain.roster import BadCell
from kiosk.link.messages import RosterRejected
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.desk import Desk, Place, Told
from kiosk.tui.officer.pieces import draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, QUIET, TITLE

SCROLL: Final = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}


def put_away(told: Told, place: Place, key: str) -> tuple[Told, Place] | None:
    """What is left after a key on such a page; None where none lies over the desk."""
    if told.pin is not None:
        return replace(told, pin=None), place
    if told.rejected is None:
        return None
    if key in SCROLL:
        last = max(0, len(told.rejected.bad) - 1)
        return told, replace(place, line=max(0, min(place.line + SCROLL[key], last)))
    return replace(told, rejected=None), replace(place, line=0)


def draw_rejected(desk: Desk, page: Page, rect: Rect, found: RosterRejected) -> None:
    """Line and column of the file, the shape of what stands there, what is wrong, what belongs there."""
    above, below = rect.drop(2)
    rest = title(page, above, desk.own("rejected", file=found.file, count=len(found.bad)))
    first = min(desk.place.line, len(found.bad) - 1)
    shown = found.bad[first : first + rest.h]
    put_lines(page, rest, [line for cell in shown for line in _cell(desk, cell, rest.w)])
    page.canvas.text(below.x + 1, below.y, desk.own("rejected_old_stays"), PAGE)
    x = draw_key(
        page, below.x + 1, below.y + 1, "down", desk.own("key_next_cells"), Act(Do.TAB, desk.place.tab)
    )
    draw_key(page, x, below.y + 1, "escape", desk.own("key_put_away"), Act(Do.TAB, desk.place.tab))


def _cell(desk: Desk, cell: BadCell, width: int) -> list[tuple[str, Ink]]:
    where = desk.own("cell", line=cell.line, column=cell.column, shape=cell.value_shape or "—")
    why = wrap(f"{desk.say(cell.why)} → {desk.say(cell.expected)}", width - 2)
    return [(where, TITLE), *((f"  {line}", QUIET) for line in why)]
