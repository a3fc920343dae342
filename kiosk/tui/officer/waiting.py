"""The waiting list: whose turn it is, who waits and for how long, who did not come (C6, C10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kiosk.domain.people import Right
from kiosk.domain.queue import (
    Priority,
    Ticket,
    TicketEvent,
    TicketState,
    called_of,
    in_line,
    longest_minutes,
    minutes_between,
)
from kiosk.link.messages import MoveTicket
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Ink, Rect
from kiosk.tui.officer.desk import Desk, Tab, Told
from kiosk.tui.officer.pieces import draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import BANNER, PAGE, QUIET, TITLE
from kiosk.workflow.board import Board

QUEUE_KEY: Final = "q"
KEY_ROWS: Final = 2


def now_of(told: Told) -> str:
    """The station's own time, which goes on between two boards."""
    board = told.board
    if board is None or not board.wall:
        return ""
    return (datetime.fromisoformat(board.wall) + timedelta(seconds=told.since)).isoformat()


def line_words(desk: Desk, told: Told) -> str:
    """In one line: how many wait, the longest wait, who is called or next. Empty when nobody waits."""
    board = told.board
    line = in_line(board.tickets) if board is not None else ()
    called = called_of(board.tickets) if board is not None else None
    if not line and called is None:
        return ""
    parts = [desk.own("line", count=len(line), minutes=longest_minutes(line, now_of(told)) if line else 0)]
    if called is not None:
        parts.append(desk.own("line_called", number=called.text))
    elif line:
        parts.append(desk.own("line_next", number=line[0].text))
    return " · ".join(parts)


def draw_queue_key(desk: Desk, page: Page, rect: Rect) -> None:
    """On the board: the way to the list, with what it comes to."""
    said = line_words(desk, desk.told) or desk.own("line_nobody")
    draw_key(page, rect.x, rect.y, QUEUE_KEY, said[: rect.w - 5], Act(Do.TAB, Tab.QUEUE))


def draw_queue(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    above, below = rect.drop(KEY_ROWS if whole else 0)
    half = above.w // 2
    _waiting(desk, page, above._replace(w=half), board)
    _beside(desk, page, above._replace(x=above.x + half, w=above.w - half), board)
    if whole and desk.offers(Right.ANSWER_CALL):
        _keys(desk, page, below, board)


def absent(board: Board) -> tuple[Ticket, ...]:
    return tuple(ticket for ticket in board.tickets if ticket.state is TicketState.ABSENT)


def _waiting(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    line = in_line(board.tickets)
    rest = title(page, rect, desk.own("line_title", count=len(line)))
    if not line:
        page.canvas.text(rest.x, rest.y, desk.own("line_nobody"), PAGE)
        return
    lines: list[tuple[str, Ink]] = [
        (_words(desk, ticket), TITLE if ticket is line[0] else PAGE) for ticket in line
    ]
    if len(lines) > rest.h:
        lines = [*lines[: rest.h - 1], (desk.own("more", count=len(lines) - rest.h + 1), QUIET)]
    put_lines(page, rest, lines)


def _words(desk: Desk, ticket: Ticket) -> str:
    waited = desk.own("waited", minutes=minutes_between(ticket.since, now_of(desk.told) or ticket.since))
    first = "" if ticket.priority is Priority.NONE else f"● {desk.name('priority', ticket.priority)} · "
    return f"{ticket.text}  {first}{waited}"


def _beside(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """Who is called, to be read from two metres; the number given last; who was called and did not come."""
    called, gone = called_of(board.tickets), absent(board)
    rest = title(page, rect, desk.own("line_called_title"))
    if called is None:
        page.canvas.text(rest.x, rest.y, desk.own("line_none_called"), PAGE)
    else:
        for row, line in enumerate(big_lines(called.text, rest.w - 4) or [called.text]):
            page.canvas.text(rest.x, rest.y + row, f"  {line}  ", BANNER)
    if board.tickets:
        last = max(board.tickets, key=lambda ticket: ticket.number)
        page.canvas.text(rest.x, rest.y + 3, desk.own("line_last", number=last.text), PAGE)
    below = rest._replace(y=rest.y + 5, h=max(0, rest.h - 5)).inset(-1)
    rest = title(page, below, desk.own("absent", count=len(gone)))
    at = desk.place.line % len(gone) if gone else 0
    lines = [(f"{'▶' if n == at else ' '} {_words(desk, ticket)}", PAGE) for n, ticket in enumerate(gone)]
    put_lines(page, rest, lines)


def _keys(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    """Only what can be done now; giving a number always."""
    called, gone, line = called_of(board.tickets), absent(board), in_line(board.tickets)
    x = draw_key(page, rect.x + 1, rect.y, "1", desk.own("key_add_waiting"), Act(Do.ASK, "add_waiting"))
    if called is not None:
        x = _ticket_key(page, x, rect.y, ("3", desk.own("key_served")), called, TicketEvent.SERVE)
        _ticket_key(page, x, rect.y, ("4", desk.own("key_missed")), called, TicketEvent.MISS)
    elif line:
        _ticket_key(page, x, rect.y, ("2", desk.own("key_call", number=line[0].text)), None, TicketEvent.CALL)
    if gone:
        chosen = gone[desk.place.line % len(gone)]
        label = desk.own("key_returned", number=chosen.text)
        x = _ticket_key(page, rect.x + 1, rect.y + 1, ("5", label), chosen, TicketEvent.RETURN)
        if len(gone) > 1:
            draw_key(page, x, rect.y + 1, "down", desk.own("key_select"), Act(Do.MOVE, "1"))


def _ticket_key(
    page: Page, x: int, y: int, key: tuple[str, str], ticket: Ticket | None, event: TicketEvent
) -> int:
    number = ticket.number if ticket is not None else 0
    return draw_key(page, x, y, *key, Act(Do.TICKET, f"{event}:{number}"))


def moved_ticket(value: str) -> MoveTicket:
    """The message of such a key."""
    event, _, number = value.partition(":")
    return MoveTicket(int(number), TicketEvent(event))
