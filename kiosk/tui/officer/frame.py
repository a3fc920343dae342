"""What every page of the desk has: whose station and which step at the top, the call for help, the keys at the foot."""

from __future__ import annotations

from kiosk.domain.people import Right
from kiosk.tui.canvas import Rect
from kiosk.tui.officer.desk import OPENED_WITH, TAB_KEYS, Desk, Station, Tab
from kiosk.tui.officer.form import Form, Kind
from kiosk.tui.officer.needs import LOOKS, Need, need_of
from kiosk.tui.officer.pieces import draw_key
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import BANNER, DEMO, HEADER, HEADER_GOLD, LINES, TITLE, TROUBLE
from kiosk.workflow.board import Board
from kiosk.workflow.view import Help

FOOT_ROWS = 3


def draw_header(desk: Desk, page: Page, rect: Rect, board: Board) -> None:
    canvas = page.canvas
    canvas.fill(rect._replace(x=0, w=desk.width), HEADER)
    named = [board.station, *([desk.own(f"tab.{desk.place.tab}")] if desk.place.tab is not Tab.BOARD else [])]
    station = " · ".join(named)[: rect.w // 2]
    canvas.text(rect.x + 1, rect.y, station, HEADER)
    right = progress(desk, board, desk.told.since)
    end = rect.x + rect.w - len(right) - 1
    canvas.text(end, rect.y, right, HEADER_GOLD)
    badge = f" {desk.own('demo')} "
    start = rect.x + len(station) + 3
    if board.demo and start + len(badge) < end:
        canvas.text(start, rect.y, badge, DEMO)


def progress(desk: Desk, board: Board, since: int) -> str:
    """Which step of the sheet, its name, and for how long: it counts on between two boards."""
    if not board.view.step:
        return ""
    parts = [desk.own("step", step=board.view.step, steps=board.view.steps)]
    if board.step:
        parts.append(desk.name("step", board.step))
    return " · ".join([*parts, lasting(desk, board.step_seconds + since)])


def lasting(desk: Desk, whole: int) -> str:
    minutes, seconds = divmod(whole, 60)
    return desk.own("since", minutes=minutes, seconds=f"{seconds:02}")


def draw_state(desk: Desk, page: Page, rect: Rect, board: Board) -> Rect:
    """Across the page, to be read from two metres: the citizen's call with the key that answers it, or else how the
    station is; what is below."""
    band, rest = rect.take(1)
    if board.view.help is not Help.NONE:
        _call(desk, page, band, board)
        return rest
    need = need_of(Station("", desk.told))
    look = LOOKS[need]
    page.canvas.fill(band._replace(x=0, w=desk.width), look.ink)
    page.canvas.text(band.x + 1, band.y, f"{look.sign} {need_words(desk, need, board)}", look.ink)
    return rest


def need_words(desk: Desk, need: Need, board: Board | None) -> str:
    """Large letters are read from further away."""
    count = len(board.approvals or board.requests) if board is not None else 0
    return desk.own(f"need.{need.name.lower()}", count=count).upper()


def _call(desk: Desk, page: Page, band: Rect, board: Board) -> None:
    called = board.view.help is Help.CALLED
    page.canvas.fill(band._replace(x=0, w=desk.width), BANNER)
    said = desk.own("called" if called else "on_the_way").upper()
    page.canvas.text(band.x + 1, band.y, f"☎ {said}", BANNER)
    act = Act(Do.CALL, "coming" if called else "done")
    label = desk.own("key_coming" if called else "key_done")
    draw_key(page, band.x + band.w - len(label) - 8, band.y, "f1", label, act)


def draw_foot(desk: Desk, page: Page, rect: Rect, form: Form | None) -> None:
    """A line that says what was refused last; the keys of the pages; the keys of this screen and whose it is."""
    page.canvas.text(rect.x + 1, rect.y, "─" * (rect.w - 2), LINES)
    if desk.told.refusal is not None:
        page.canvas.text(rect.x + 1, rect.y, f"▲ {desk.say(desk.told.refusal)} "[: rect.w - 2], TROUBLE)
    _pages(desk, page, rect._replace(y=rect.y + 1, h=1))
    _screen(desk, page, rect._replace(y=rect.y + 2, h=1), form)


def _pages(desk: Desk, page: Page, rect: Rect) -> None:
    """Nothing of a station that is away."""
    if desk.board is None:
        return
    officer = desk.told.session.officer
    sign = desk.own("key_change_officer" if officer else "key_sign_in")
    x = draw_key(page, rect.x + 1, rect.y, "f2", sign, Act(Do.SIGN, "in"))
    if officer:
        x = draw_key(page, x, rect.y, "f4", desk.own("key_sign_out"), Act(Do.SIGN, "out"))
    for tab, key in TAB_KEYS.items():
        if tab not in OPENED_WITH or desk.offers(*OPENED_WITH[tab]):
            x = draw_key(
                page, x, rect.y, key, desk.own(f"key.{tab}"), Act(Do.TAB, tab), held=desk.place.tab is tab
            )


def _screen(desk: Desk, page: Page, rect: Rect, form: Form | None) -> None:
    x = draw_key(page, rect.x + 1, rect.y, "f3", desk.own("key_language"), Act(Do.LANGUAGE))
    if _writing(desk, form):
        typing = desk.own("key_typing", way=desk.own(f"typing.{desk.place.typing}"))
        x = draw_key(page, x, rect.y, "f12", typing, Act(Do.TYPING))
    elif form is None and desk.factor is None:
        x = _own_keys(desk, page, x, rect.y)
    if desk.board is None:
        return
    said = _whose(desk, rect.x + rect.w - x - 1)
    page.canvas.text(max(x, rect.x + rect.w - len(said) - 1), rect.y, said, TITLE)


def _own_keys(desk: Desk, page: Page, x: int, y: int) -> int:
    """The way back, ending the visit, the next of several: where each has a meaning."""
    tab = desk.place.tab
    if tab is Tab.ROOM:
        x = draw_key(page, x, y, "down", desk.own("key_next_station"), Act(Do.MOVE, "1"))
        return draw_key(page, x, y, "enter", desk.own("key_open"), Act(Do.OPEN, str(desk.at)))
    if tab is not Tab.BOARD:
        x = draw_key(page, x, y, "escape", desk.own("key_board"), Act(Do.TAB, Tab.BOARD))
    elif desk.many and not (desk.focus.choice or desk.focus.reprint):
        x = draw_key(page, x, y, "escape", desk.own("key_room"), Act(Do.TAB, Tab.ROOM))
    return x if desk.board is None else _visit_keys(desk, page, x, y, desk.board)


def _visit_keys(desk: Desk, page: Page, x: int, y: int, board: Board) -> int:
    tab = desk.place.tab
    if board.view.visit and tab in (Tab.BOARD, Tab.BESIDE) and desk.offers(Right.DECIDE):
        x = draw_key(page, x, y, "f7", desk.own("key_end_visit"), Act(Do.ASK, "end_visit"))
    if tab is Tab.BOARD and _several(desk, board):
        x = draw_key(page, x, y, "down", desk.own("key_select"), Act(Do.SELECT, "1"))
    return x


def _several(desk: Desk, board: Board) -> bool:
    """Whether there is another one to select."""
    if desk.focus.reprint:
        return len(board.slips) > 1
    return len(board.approvals) > 1 and not desk.focus.choice


def _writing(desk: Desk, form: Form | None) -> bool:
    """Whether letters go somewhere: then the way they become Vietnamese is to be seen."""
    if form is not None:
        return form.current is not None and form.current.kind is Kind.WORDS
    return bool(desk.focus.choice) and desk.place.tab is Tab.BOARD


def _whose(desk: Desk, room: int) -> str:
    """Who answers for what is done here now; a name too long for its place is cut, the number never."""
    officer = desk.told.session.officer
    if officer is None:
        return desk.own("nobody_signed_in")
    number = f"({officer.id})"
    longest = max(0, room - len(number) - 1)
    name = officer.name if len(officer.name) <= longest else f"{officer.name[: max(0, longest - 1)]}…"
    return f"{name} {number}"
