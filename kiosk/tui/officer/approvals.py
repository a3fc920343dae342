"""What waits for the officer's decision: the list, the choices of the one in focus, the reason being typed."""

from __future__ import annotations

from datetime import datetime

from kiosk.tui.canvas import Rect, wrap
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import KEY, draw_key, key_width, title
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import CARD, PAGE, QUIET, TITLE
from kiosk.workflow.board import CORRECTION, Approval, Board

INDENT = 2


def draw_approvals(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    if not board.approvals:
        title(page, rect, desk.own("no_approvals"))
        return
    rest = title(page, rect, desk.own("approvals", count=len(board.approvals)))
    chosen = desk.chosen
    index = board.approvals.index(chosen) if chosen else 0
    first = max(0, index - max(0, rest.h - chosen_rows(desk, rest.w) - 1))
    y = rest.y
    for number, item in enumerate(board.approvals[first:], start=first):
        if y >= rest.y + rest.h - 1 and number > max(first, index):
            left = len(board.approvals) - number
            page.canvas.text(rest.x, y, desk.own("more", count=left), QUIET)
            break
        place = Rect(rest.x, y, rest.w, rest.y + rest.h - y)
        y = (
            _chosen(desk, page, place, item)
            if number == index
            else _other(desk, page, place, item, number - index)
        )


def chosen_rows(desk: Desk, width: int) -> int:
    """Rows the approval in focus takes with its choices or its reason."""
    item = desk.chosen
    if item is None:
        return 0
    below = 2 if desk.focus.choice else len(_choice_lines(desk, width - 2 * INDENT, item))
    return len(_words(desk, item, width)) + below


def _words(desk: Desk, item: Approval, width: int) -> list[str]:
    """What is asked, and what was said to it so far."""
    lines = wrap(f"▶ {desk.say(item.what)}", width - len(_tail(desk, item)) - 2)
    for voice in item.given:
        said = desk.own("said", officer=voice.officer, choice=desk.name("choice", voice.choice))
        lines += wrap(said, width - 2)
    return lines


def from_list(item: Approval) -> tuple[str, ...]:
    """The choices that can be made from the list; a correction is decided at the bench alone."""
    return () if item.kind == CORRECTION else item.choices


def choice_words(desk: Desk, item: Approval, choice: str) -> str:
    """The choice's name; where two officers have to make it, how many have."""
    name = desk.name("choice", choice)
    if item.needed(choice) == 1:
        return name
    count = sum(voice.choice == choice for voice in item.given)
    return f"{name} {desk.own('of_two', count=count)}"


def _tail(desk: Desk, item: Approval) -> str:
    return f"{item.dossier} {desk.own('asked', time=clock_time(item.asked))}"


def clock_time(asked: str) -> str:
    """Hours and minutes of a moment written as ISO 8601, in the time of this place; anything else as it is."""
    try:
        return f"{datetime.fromisoformat(asked).astimezone():%H:%M}"
    except ValueError:
        return asked


def _other(desk: Desk, page: Page, rect: Rect, item: Approval, away: int) -> int:
    """One line, pressable; the row behind it."""
    tail = _tail(desk, item)
    page.canvas.text(rect.x + 2, rect.y, desk.say(item.what)[: rect.w - len(tail) - 4], PAGE)
    page.canvas.text(rect.x + rect.w - len(tail), rect.y, tail, PAGE)
    page.targets.append(Target(f"item {away}", rect._replace(h=1), Act(Do.SELECT, str(away))))
    return rect.y + 1


def _chosen(desk: Desk, page: Page, rect: Rect, item: Approval) -> int:
    """All its words, its choices or the reason being typed; the row behind it."""
    tail = _tail(desk, item)
    lines = _words(desk, item, rect.w)
    page.canvas.fill(rect._replace(h=min(rect.h, len(lines))), KEY)
    page.canvas.left(rect, [line if n == 0 else f"  {line}" for n, line in enumerate(lines)], KEY)
    page.canvas.text(rect.x + rect.w - len(tail), rect.y, tail, KEY)
    place = Rect(rect.x + INDENT, rect.y + len(lines), rect.w - 2 * INDENT, max(1, rect.h - len(lines)))
    return _reason(desk, page, place) if desk.focus.choice else _choices(desk, page, place, item)


Numbered = tuple[str, str]


def _choice_lines(desk: Desk, width: int, item: Approval) -> list[list[Numbered]]:
    """The choices with their keys, in as many lines as they need."""
    lines: list[list[Numbered]] = [[]]
    room = width
    for number, choice in enumerate(from_list(item), start=1):
        wide = key_width(str(number), choice_words(desk, item, choice))
        if lines[-1] and wide > room:
            lines.append([])
            room = width
        lines[-1].append((str(number), choice))
        room -= wide
    return lines


def _choices(desk: Desk, page: Page, rect: Rect, item: Approval) -> int:
    y = rect.y
    for line in _choice_lines(desk, rect.w, item):
        x = rect.x
        for key, choice in line:
            x = draw_key(page, x, y, key, choice_words(desk, item, choice), Act(Do.CHOOSE, choice))
        y += 1
    return y


def _reason(desk: Desk, page: Page, rect: Rect) -> int:
    """The field, and below it the two keys that end it."""
    label = desk.own("reason", choice=desk.name("choice", desk.focus.choice))
    page.canvas.text(rect.x, rect.y, label, TITLE)
    field = Rect(rect.x + len(label) + 1, rect.y, rect.w - len(label) - 1, 1)
    page.canvas.fill(field, CARD)
    page.canvas.text(field.x + 1, rect.y, desk.focus.reason[-(field.w - 3) :] + "▏", CARD)
    x = draw_key(page, rect.x, rect.y + 1, "enter", desk.own("key_decide"), Act(Do.DECIDE))
    draw_key(page, x, rect.y + 1, "escape", desk.own("key_cancel"), Act(Do.SELECT, "0"))
    return rect.y + 2
