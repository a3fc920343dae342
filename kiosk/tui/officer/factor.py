"""Waiting for a second factor at the desk: what to show, for how long yet, what is in the way, and the way out."""

from __future__ import annotations

from typing import Final

from kiosk.link.messages import FactorWanted
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, TITLE, TROUBLE

FACTOR_ROWS: Final = 7
SOON_S: Final = 5
GOES_ON: Final = "factor.finger_again"
"""The one remark that is no trouble."""


def draw_factor(desk: Desk, page: Page, rect: Rect, wanted: FactorWanted) -> None:
    """As large as a form, at the same place."""
    page.canvas.fill(rect, PAGE)
    head = desk.own("factor.enrols" if wanted.enrols else "factor.confirms", officer=wanted.officer)
    rest = title(page, rect, head)
    lines = [(line, TITLE) for line in wrap(f"▸ {_asked(desk, wanted)}", rest.w)]
    lines += _remark(desk, wanted, rest.w)
    left = desk.own("factor.left", seconds=wanted.seconds)
    above, below = rest.drop(1)
    put_lines(page, above, [*lines[: above.h - 1], (left, TROUBLE if wanted.seconds <= SOON_S else PAGE)])
    draw_key(page, below.x, below.y, "escape", desk.own("factor.stop"), Act(Do.FORM, "escape"))


def factor_lines(desk: Desk, wanted: FactorWanted, width: int) -> list[tuple[str, Ink]]:
    """In the station's block of the room: it waits at its own reader and sockets, wherever this screen is."""
    there = desk.own("factor.there", officer=wanted.officer, seconds=wanted.seconds)
    lines = [(line, TITLE) for line in wrap(f"▸ {there} {_asked(desk, wanted)}", width)]
    return lines + _remark(desk, wanted, width)


def _remark(desk: Desk, wanted: FactorWanted, width: int) -> list[tuple[str, Ink]]:
    if wanted.said is None:
        return []
    sign, ink = ("✓", TITLE) if wanted.said.code == GOES_ON else ("▲", TROUBLE)
    return [(line, ink) for line in wrap(f"{sign} {desk.say(wanted.said)}", width)]


def _asked(desk: Desk, wanted: FactorWanted) -> str:
    """One sentence for each of the ways, or for both."""
    ways = "_or_".join(sorted(kind.value for kind in wanted.kinds))
    return desk.own(f"enrol_factor.{ways}" if wanted.enrols else f"show_factor.{ways}")
