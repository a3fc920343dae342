"""The audit chain on the screen: what happened, when, about what; no personal data is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from kiosk.link.shown import AuditLine, AuditPage
from kiosk.tui.canvas import Rect
from kiosk.tui.officer.desk import AUDIT_KINDS, Desk, Place
from kiosk.tui.officer.pieces import draw_key, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, QUIET
from kiosk.workflow.board import Board

WHO: Final = ("by", "officer", "second", "leader")
FAMILIES: Final = {"choice": "choice", "step": "step", "role": "role", "act": "change"}
"""What a detail's value is called in words, by the detail's name."""
LONGEST_VALUE: Final = 32


def draw_audit(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    above, below = rect.drop(1)
    kind = desk.own(f"audit.{AUDIT_KINDS[desk.place.kind].partition('.')[0]}")
    rest = title(page, above, desk.own("audit_of", kind=kind))
    found = desk.told.audit
    if found is None:
        page.canvas.text(rest.x, rest.y, desk.own("audit_waits"), QUIET)
    elif not found.events:
        page.canvas.text(rest.x, rest.y, desk.own("audit_nothing"), PAGE)
    else:
        for row, event in enumerate(found.events[desk.place.line :][: rest.h]):
            _event(desk, page, rest._replace(y=rest.y + row, h=1), event)
    if whole:
        x = draw_key(page, below.x + 1, below.y, "right", desk.own("key_filter"), Act(Do.FILTER, "1"))
        x = draw_key(page, x, below.y, "pagedown", desk.own("key_older"), Act(Do.OLDER, "1"))
        draw_key(page, x, below.y, "pageup", desk.own("key_newer"), Act(Do.OLDER, "-1"))


def _event(desk: Desk, page: Page, rect: Rect, event: AuditLine) -> None:
    """Number, moment, what in words where it has some, about what; who, and what else the detail says."""
    said = desk.name("event", event.kind)
    line = f"{event.seq:>6} {_moment(event.wall)} {said:<26} {event.subject:<13}"
    page.canvas.text(rect.x, rect.y, line[: rect.w], PAGE)
    room = rect.w - len(line) - 1
    if room > 0:
        page.canvas.text(rect.x + len(line) + 1, rect.y, fitting(_detail(desk, event.detail), room), QUIET)


def _detail(desk: Desk, text: str) -> list[str]:
    """Who first, by number alone; choices, steps and roles in words; hashes are for `kiosk audit list`."""
    try:
        found = msgspec.json.decode(text, type=dict[str, str | int])
    except (msgspec.MsgspecError, UnicodeError):
        return [text]
    parts = [str(found.pop(name)) for name in WHO if name in found]
    for name, value in found.items():
        if name in FAMILIES:
            parts.append(desk.name(FAMILIES[name], str(value)))
        elif len(str(value)) <= LONGEST_VALUE:
            parts.append(f"{name} {value}")
    return parts


def fitting(parts: list[str], room: int) -> str:
    """Whole parts as far as they fit; a mark where some do not."""
    line = ""
    for number, part in enumerate(parts):
        longer = f"{line} · {part}" if line else part
        more = 2 if number < len(parts) - 1 else 0
        if len(longer) + more > room:
            return f"{line} …" if line else f"{part[: max(0, room - 1)]}…"
        line = longer
    return line


def _moment(wall: str) -> str:
    """Day and time of this place; the year is this one or can be asked of `kiosk audit list`."""
    try:
        return f"{datetime.fromisoformat(wall).astimezone():%d/%m %H:%M}"
    except ValueError:
        return wall[:11]


def rows_of(height: int) -> int:
    """Events on one page of a terminal: header, title, key row and foot taken away."""
    return max(1, height - 6)


def moved(place: Place, found: AuditPage | None, by: int) -> Place:
    """`by` lines down."""
    last = len(found.events) - 1 if found is not None else 0
    return replace(place, line=max(0, min(place.line + by, last)))


class Scrolled(NamedTuple):
    """Where the page is now; the number before which events are to be asked for, if so."""

    place: Place
    before: int | None = None


def scrolled(place: Place, found: AuditPage | None, by: int, rows: int) -> Scrolled:
    """A page of the terminal; at the end the older ones are asked for, at the beginning the newest."""
    if found is None:
        return Scrolled(place)
    if by > 0 and place.line + rows >= len(found.events):
        return Scrolled(place, found.events[-1].seq if found.more else None)
    if by < 0 and place.line == 0:
        return Scrolled(place, 0)
    return Scrolled(moved(place, found, by * rows))
