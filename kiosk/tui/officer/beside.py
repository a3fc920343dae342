"""Beside the citizen: the same screen in words, with its data; one question answered in their place (O3)."""

from __future__ import annotations

from kiosk.domain.message import Message
from kiosk.domain.people import Right
from kiosk.tui.canvas import Ink, Rect, wrap
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE, QUIET, TITLE, TROUBLE
from kiosk.workflow.board import Board
from kiosk.workflow.view import Capture, Choice, Entry, Option, Pause, Review, Screen, View

NUMBERS = "1234567890"


def draw_beside(desk: Desk, page: Page, rect: Rect, board: Board, whole: bool) -> None:
    rest = title(page, rect, desk.own("beside"))
    view = desk.told.seen
    if view is None:
        page.canvas.text(rest.x, rest.y, desk.own("beside_waits"), QUIET)
        return
    keys = _keys(desk, view) if whole and desk.offers(Right.TAKE_OVER) else []
    above, below = rest.drop(min(len(keys), max(0, rest.h - 3)))
    lines = _lines(desk, view, above.w)
    if len(lines) > above.h:
        lines = [*lines[: above.h - 1], (desk.own("more", count=len(lines) - above.h + 1), QUIET)]
    put_lines(page, above, lines)
    for row, (key, label, act) in enumerate(keys[: below.h]):
        draw_key(page, below.x, below.y + row, key, label[: below.w - 8], act)


def value_of(desk: Desk, value: str | Message) -> str:
    return desk.say(value) if isinstance(value, Message) else value


def _lines(desk: Desk, view: View, width: int) -> list[tuple[str, Ink]]:
    screen = view.screen
    lines = [(line, TITLE) for line in wrap(desk.say(screen.prompt), width)]
    if isinstance(screen, Choice | Entry) and screen.shown:
        lines += [(line, TITLE) for line in wrap(f"„{screen.shown}”", width)]
    trouble, plain = _told(desk, screen)
    if view.notice is not None:
        plain.append(desk.say(view.notice))
    lines += [(line, TROUBLE) for text in trouble for line in wrap(f"▲ {text}", width)]
    lines += [(line, PAGE) for text in plain for line in wrap(text, width)]
    if isinstance(screen, Review):
        lines += _rows(desk, screen, width)
    return lines


def _told(desk: Desk, screen: Screen) -> tuple[list[str], list[str]]:
    """What is wrong, and what else the screen says."""
    if isinstance(screen, Entry) and screen.problem is not None:
        return [desk.say(screen.problem)], []
    if isinstance(screen, Choice | Pause):
        return [], [desk.say(line) for line in screen.body]
    if isinstance(screen, Capture):
        said = [desk.say(message) for message in (screen.about, screen.hint) if message is not None]
        hint = [f"▸ {' '.join(said)}"] if said else []
        taken = [desk.own("taken", count=len(screen.taken))] if screen.taken else []
        return [], hint + taken
    return [], []


def _rows(desk: Desk, screen: Review, width: int) -> list[tuple[str, Ink]]:
    """One line a row, a second one for what an officer should look at."""
    labels = [desk.say(row.label) for row in screen.rows]
    wide = max(map(len, labels), default=0) + 2
    lines: list[tuple[str, Ink]] = []
    for label, row in zip(labels, screen.rows, strict=True):
        note = f"  ▲ {desk.say(row.note)}" if row.note else ""
        said = wrap(f"{value_of(desk, row.value)}{note}", width - wide)
        first, *others = said or [""]
        ink = TROUBLE if row.note else PAGE
        lines.append((f"{label:<{wide}}{first}", ink))
        lines += [(" " * wide + other, ink) for other in others]
    return lines


def _keys(desk: Desk, view: View) -> list[tuple[str, str, Act]]:
    """The options by number; a key to type in the citizen's place where there is something to type."""
    screen = view.screen
    options: tuple[Option, ...] = getattr(screen, "options", ())
    keys = [
        (NUMBERS[number], desk.say(option.label), Act(Do.ANSWER, option.key))
        for number, option in enumerate(options[: len(NUMBERS)])
    ]
    if isinstance(screen, Entry):
        keys.insert(0, ("enter", desk.own("key_type_for"), Act(Do.ASK, "answer")))
    return keys
