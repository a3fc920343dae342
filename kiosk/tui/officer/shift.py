"""The shift: who answers for it, what it comes to so far, opening and closing it (O1, P6)."""

from __future__ import annotations

from datetime import date

from kiosk.domain.people import Right
from kiosk.domain.shift import Shift, ShiftCounts
from kiosk.tui.canvas import Ink, Rect
from kiosk.tui.officer.approvals import clock_time
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, QUIET, TITLE
from kiosk.workflow.board import Board

KEY_ROWS = 2


def draw_shift(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    above, below = rect.drop(KEY_ROWS if whole else 0)
    left, right = (
        above._replace(w=above.w // 2),
        above._replace(x=above.x + above.w // 2, w=above.w - above.w // 2),
    )
    shift = board.shift
    put_lines(page, title(page, left, desk.own("shift_now")), _facts(desk, shift))
    counts = desk.told.figures.counts
    rest = title(page, right, desk.own("shift_counts"))
    if counts is not None and shift is not None:
        put_lines(page, rest, _counts(desk, counts, rest.w))
    else:
        page.canvas.text(rest.x, rest.y, desk.own("no_figures"), QUIET)
    if whole and desk.offers(Right.RUN_SHIFT):
        _keys(desk, page, below, shift)


def _facts(desk: Desk, shift: Shift | None) -> list[tuple[str, Ink]]:
    closed = desk.told.sheet
    if shift is None:
        lines = [(f"○ {desk.own('shift_none')}", TITLE)]
        if closed is not None:
            lines.append(
                (desk.own("shift_closed", shift=closed.shift.id, time=clock_time(closed.closed)), PAGE)
            )
        return lines
    said = (
        ("number", shift.id),
        ("day", f"{date.fromisoformat(shift.day):%d/%m/%Y}"),
        ("leader", shift.leader),
    )
    opened = ("opened", f"{clock_time(shift.opened)} ({shift.opened_by})")
    return [(f"✓ {desk.own('shift_open')}", TITLE)] + [
        (f"{desk.own(f'shift.{name}')}: {value}", PAGE) for name, value in (*said, opened)
    ]


def _counts(desk: Desk, counts: ShiftCounts, width: int) -> list[tuple[str, Ink]]:
    """The same words as on the sheet."""
    figures = [("visits", counts.visits)]
    figures += [(f"outcome.{name}", count) for name, count in counts.by_outcome]
    queue = ("tickets", "queue_peak", "queue_minutes") if counts.tickets or counts.queue_peak else ()
    others = ("opened", "sealed", "exceptions", "approvals", "reprints", "unsigned", *queue)
    figures += [(name, getattr(counts, name)) for name in others]
    room = min(width, 34)
    lines: list[tuple[str, Ink]] = []
    for name, count in figures:
        label = desk.name("shift.sheet", name)
        lines.append((f"{label} {'.' * max(1, room - len(label) - len(str(count)) - 2)} {count}", PAGE))
    return lines


def _keys(desk: Desk, page: Page, rect: Rect, shift: Shift | None) -> None:
    """Only what can be done now."""
    x, y = rect.x + 1, rect.y + 1
    if shift is None:
        x = draw_key(page, x, y, "1", desk.own("key_open_shift"), Act(Do.ASK, "open_shift"))
    else:
        x = draw_key(page, x, y, "2", desk.own("key_close_shift"), Act(Do.ASK, "close_shift"))
    draw_key(page, x, y, "3", desk.own("key_print_shift"), Act(Do.ASK, "print_shift"))
