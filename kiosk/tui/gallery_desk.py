"""Every page of the officer's desk once, with invented people and stations."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import msgspec

from kiosk.domain.factors import FactorKind
from kiosk.domain.message import msg
from kiosk.domain.people import RIGHTS, Officer, Role
from kiosk.domain.queue import Priority, Ticket, TicketState
from kiosk.domain.request import Request, RequestKind
from kiosk.domain.roster import BadCell
from kiosk.domain.shift import Shift, ShiftCounts
from kiosk.hal.device import HealthState
from kiosk.link.messages import FactorWanted, FirstPin, RosterRejected, SessionChanged, ShiftFigures
from kiosk.link.shown import AuditLine, AuditPage
from kiosk.tui import gallery
from kiosk.tui.gallery_exceptions import waiting_board
from kiosk.tui.gallery_portrait import asked_board
from kiosk.tui.officer.asking import enrol_form
from kiosk.tui.officer.desk import Focus, Place, Station, Tab, Told
from kiosk.tui.officer.form import Form, blank, sign_in_form
from kiosk.workflow.board import Alert, Approval, Board, DeviceLine, SlipLine
from kiosk.workflow.view import Help, Option, Review

SHIFT: Final = Shift("C00042", "2026-11-22", "GS01", "GS01", 1200, "2026-11-22T05:58:10+00:00")
LEADER: Final = Officer("GS01", "Bùi Thị Mẫu", Role.SUPERVISOR)
SECOND: Final = Officer("CB01", "Lê Văn Mẫu", Role.OFFICER)
COLLEAGUES: Final = (
    LEADER,
    SECOND,
    Officer("CB02", "Phạm Thị Ví Dụ", Role.OFFICER),
    Officer("HD01", "Vũ Văn Thử", Role.HELPER),
    Officer("KT01", "Đỗ Văn Ánh", Role.TECHNICIAN),
    Officer("TT01", "Hồ Thị An", Role.INSPECTOR),
)
REQUESTS: Final = (
    Request(
        "Y00007",
        RequestKind.ADD_OFFICER,
        {"officer": "CB03", "name": "Hà Thị Mẫu", "role": "officer"},
        "tăng ca tối tuần này",
        "GS01",
        "2026-11-22T14:40:00+00:00",
    ),
    Request(
        "Y00008", RequestKind.RESET_PIN, {"officer": "CB02"}, "quên mã", "CB01", "2026-11-22T14:43:00+00:00"
    ),
)
RISKY_REQUESTS: Final = (
    Request(
        "Y00009",
        RequestKind.SET_CLOCK,
        {"date": "22/11/2026", "time": "21:45", "now": "22/11/2026 20:58"},
        "pin đồng hồ hết",
        "KT01",
        "2026-11-22T14:45:00+00:00",
    ),
    Request(
        "Y00010",
        RequestKind.IMPORT_ROSTER,
        {"file": "xa-mau-2026-11.xlsx", "count": "8412", "begins": "3f1c09a7be42", "sha256": "3f1c09a7be42"},
        "danh sách tháng 11 đã rà",
        "GS01",
        "2026-11-22T14:46:00+00:00",
    ),
    Request(
        "Y00011",
        RequestKind.PURGE_DOSSIER,
        {"dossier": "MAU01-000398"},
        "đã gửi bằng USB, có biên bản",
        "GS01",
        "2026-11-22T14:47:00+00:00",
    ),
)
BAD_CELLS: Final = (
    ("so_dinh_danh", "###########", msg("roster.zeros_lost", digits=11), msg("roster.expect_number")),
    ("ngay_sinh", "##/##/####", msg("date.impossible"), msg("roster.expect_date")),
    ("so_dinh_danh", "############", msg("roster.number_again", line=17), msg("roster.expect_number_once")),
    ("gioi_tinh", "a", msg("roster.sex_unknown"), msg("roster.expect_sex")),
)
COUNTS: Final = ShiftCounts(57, {"done": 52, "left": 2, "cannot_today": 1, "refused": 1}, 56, 52, 3, 9, 1)
EVENTS: Final = (
    ("desk.signed_in", "CB01", "{}"),
    ("help.answered", "", '{"officer":"CB01"}'),
    ("help.called", "", "{}"),
    ("approval.answered", "MAU01-000417", '{"by":"CB01","choice":"worn"}'),
    ("approval.asked", "MAU01-000417", '{"kind":"finger"}'),
    ("slip.printed", "MAU01-000416", '{"copy":1}'),
    ("dossier.seal", "MAU01-000416", '{"counter":415}'),
    ("desk.answered", "", '{"officer":"CB01","question":"enter.birth_date"}'),
    ("desk.watches", "", '{"officer":"CB01"}'),
    ("request.asked", "Y00007", '{"by":"GS01","kind":"add_officer","officer":"CB03"}'),
    ("shift.opened", "C00042", '{"by":"GS01","day":"2026-11-22","leader":"GS01"}'),
)


WALL: Final = "2026-11-22T14:45:00+00:00"
TICKETS: Final = (
    Ticket(9, Priority.NONE, TicketState.ABSENT, 1181, "2026-11-22T13:55:00+00:00"),
    Ticket(11, Priority.NONE, TicketState.ABSENT, 1184, "2026-11-22T14:02:00+00:00"),
    Ticket(12, Priority.NONE, TicketState.CALLED, 1190, "2026-11-22T14:10:00+00:00"),
    Ticket(13, Priority.NONE, TicketState.WAITING, 1201, "2026-11-22T14:21:00+00:00"),
    Ticket(14, Priority.NONE, TicketState.WAITING, 1210, "2026-11-22T14:29:00+00:00"),
    Ticket(15, Priority.ELDERLY, TicketState.WAITING, 1222, "2026-11-22T14:33:00+00:00"),
    Ticket(16, Priority.CHILD, TicketState.WAITING, 1230, "2026-11-22T14:40:00+00:00"),
)


class DeskShot(NamedTuple):
    """One picture."""

    name: str
    room: tuple[Station, ...]
    place: Place = Place()
    form: Form | None = None


def session(officer: Officer) -> SessionChanged:
    return SessionChanged(officer, tuple(sorted(RIGHTS[officer.role])))


def served(station: str, **more: object) -> Board:
    """A station in the middle of a visit, its shift open."""
    return msgspec.structs.replace(gallery.quiet_board(), station=station, shift=SHIFT, **more)


def room() -> tuple[Station, ...]:
    """Four stations: one is called from, one waits for a decision, one serves, one is away."""
    fingers = gallery.view(gallery.wet(), "fingers")
    calls = served(
        "MAU02", view=msgspec.structs.replace(fingers, help=Help.CALLED), step="fingers", step_seconds=131
    )
    portrait = gallery.view(gallery.number_entry(), "identify")
    works = served("MAU01", view=portrait, step="identify", step_seconds=44)
    finger = msg("approval.finger.what", finger=msg("finger.2"))
    asks = Approval("a1", "finger", "MAU03-000101", finger, ("worn", "again"), "2026-11-22T14:41:50+00:00")
    printer = DeviceLine("printer", "sim", HealthState.DEGRADED, msg("printer.paper_low", metres=2))
    waits = served(
        "MAU03",
        view=fingers,
        step="fingers",
        step_seconds=305,
        approvals=(asks,),
        devices=(*gallery.quiet_board().devices[:2], printer),
        alerts=(Alert(msg("printer.paper_low", metres=2)),),
    )
    return (
        Station("local", Told(works)),
        Station("kiosk2", Told(calls)),
        Station("kiosk3", Told(waits)),
        Station("kiosk4", Told()),
    )


def quiet_room() -> tuple[Station, ...]:
    works = room()[0]
    others = (Station(f"kiosk{n}", Told(served(f"MAU0{n}"))) for n in (2, 3, 4))
    return (works, *others)


def desk_shots() -> list[DeskShot]:
    """In the order of an evening."""
    found = [
        *(*_boards(), *_room(), *_shifts(), *_beside(), *_people()),
        *(*_factors(), *_audit(), *_queue()),
    ]
    return [shot._replace(name=f"{number:02}-{shot.name}") for number, shot in enumerate(found, start=1)]


def _one(told: Told) -> tuple[Station, ...]:
    return (Station("", told),)


def _boards() -> list[DeskShot]:
    busy = _one(Told(gallery.board(), session=session(SECOND)))
    slips = (SlipLine("MAU01-000417"), SlipLine("MAU01-000416", 1), SlipLine("MAU01-000415"))
    printed = served("MAU01", slips=slips)
    reason = Focus("a1", "worn", "Làm ruộng lâu năm")
    return [
        DeskShot("busy", busy),
        DeskShot("reason", busy, Place(focus=reason)),
        DeskShot("quiet", _one(Told(gallery.quiet_board()))),
        DeskShot("sign-in", _one(Told(gallery.board())), form=sign_in_form()),
        DeskShot(
            "taken", _one(Told(gallery.board(), session=session(SECOND), refusal=msg("link.not_asked")))
        ),
        DeskShot("two-officers", _one(Told(waiting_board(), session=session(SECOND)))),
        DeskShot("portrait", _one(Told(asked_board(gallery.board()), session=session(SECOND)))),
        DeskShot(
            "reprint",
            _one(Told(printed, session=session(SECOND))),
            Place(focus=Focus(reprint="MAU01-000416")),
        ),
        DeskShot("waiting", _one(Told())),
    ]


def _room() -> list[DeskShot]:
    return [
        DeskShot("room", room(), Place(Tab.ROOM)),
        DeskShot("room-quiet", quiet_room(), Place(Tab.ROOM)),
    ]


def _shifts() -> list[DeskShot]:
    told = Told(served("MAU01"), session=session(LEADER), figures=ShiftFigures(COUNTS, "C00041"))
    none = replace(
        told, board=msgspec.structs.replace(gallery.quiet_board(), shift=None), figures=ShiftFigures()
    )
    place = Place(Tab.SHIFT)
    shows = msg("desk.clock_shows", time="21:45", date="22/11/2026")
    return [
        DeskShot("shift", _one(told), place),
        DeskShot("shift-close", _one(told), place, blank("close_shift", said=msg("desk.close_shift_means"))),
        DeskShot("shift-none", _one(none), place),
        DeskShot("shift-open", _one(none), place, blank("open_shift", said=shows, leader="GS01")),
    ]


def _beside() -> list[DeskShot]:
    answers = (Option("yes", msg("review.yes"), "yes"), Option("no", msg("review.no"), "no"))
    review = gallery.view(Review("review", msg("review"), gallery.review_rows(), answers), "review")
    entry = gallery.view(gallery.number_entry(), "identify")
    board = served("MAU01", view=review, step="review", step_seconds=20)
    told = Told(board, session=session(SECOND), seen=review)
    types = replace(told, board=served("MAU01", view=entry, step="identify", step_seconds=71), seen=entry)
    place = Place(Tab.BESIDE)
    ending = blank("end_visit", outcome="cannot_today", why="mệt, hẹn sáng mai")
    typing = blank("answer", about="identify.number", said=msg("identify.number"), value=gallery.NUMBER[:7])
    return [
        DeskShot("beside-review", _one(told), place),
        DeskShot("beside-entry", _one(types), place),
        DeskShot("beside-answer", _one(types), place, typing),
        DeskShot("end-visit", _one(told), place, replace(ending, at=1)),
    ]


def _people() -> list[DeskShot]:
    board = served("MAU01", requests=REQUESTS)
    told = Told(board, session=session(SECOND), people=COLLEAGUES)
    leads = replace(told, session=session(LEADER))
    adding = blank("add_officer", officer="CB03", name="Hà Thị Mẫu", role="officer", why="tăng ca tối")
    place = Place(Tab.PEOPLE)
    return [
        DeskShot("people", _one(told), place),
        DeskShot("people-add", _one(leads), place, replace(adding, at=3)),
        DeskShot("people-agree", _one(told), place, blank("agree", about="Y00007", said=REQUESTS[0].what)),
        *_two_persons(leads, place),
        DeskShot("first-pin", _one(replace(told, pin=FirstPin("CB03", "719305"))), place),
    ]


def _two_persons(leads: Told, place: Place) -> list[DeskShot]:
    """What only two persons can have done, as it is asked for and as it waits."""
    waits = replace(leads, board=served("MAU01", requests=RISKY_REQUESTS), session=session(SECOND))
    asks = replace(leads, board=served("MAU01"))
    technician = replace(asks, session=session(COLLEAGUES[4]), people=())
    clock = blank("set_clock", date="22/11/2026", time="21:45", why="pin đồng hồ hết")
    roster = blank(
        "import_roster", picks=("xa-mau-2026-11.xlsx", "xa-mau-cu.csv"), file="xa-mau-2026-11.xlsx"
    )
    purge = blank("purge_dossier", dossier="MAU01-000398", why="đã gửi bằng USB, có biên bản")
    bad = tuple(BadCell(line, *cell) for line, cell in zip((17, 204, 205, 911), BAD_CELLS, strict=True))
    rejected = replace(asks, rejected=RosterRejected("xa-mau-2026-11.xlsx", bad))
    return [
        DeskShot("people-clock", _one(technician), place, replace(clock, at=2)),
        DeskShot("people-roster", _one(asks), place, roster),
        DeskShot("people-roster-bad", _one(rejected), place),
        DeskShot("people-cancel", _one(asks), place, blank("cancel_dossier", dossier="MAU01-000417")),
        DeskShot("people-purge", _one(asks), place, replace(purge, at=1)),
        DeskShot("people-risky", _one(waits), replace(place, line=1)),
    ]


def _factors() -> list[DeskShot]:
    """Where a finger or a key is asked for beside the PIN."""
    finger, key = FactorKind.FINGER, FactorKind.KEY
    wanted = FactorWanted(SECOND.id, (finger, key), 27)
    busy = FactorWanted(SECOND.id, (finger,), 5, msg("factor.reader_busy"))
    again = FactorWanted(SECOND.id, (finger,), 48, msg("factor.finger_again"), enrols=True)
    asks = msgspec.structs.replace(session(SECOND), factors=(finger, key))
    nobody = Told(gallery.board())
    told = Told(served("MAU01", requests=REQUESTS), session=asks, people=COLLEAGUES)
    leads = replace(told, session=msgspec.structs.replace(session(LEADER), factors=(finger, key)))
    place = Place(Tab.PEOPLE)
    first, second, *others = quiet_room()
    room = (first, second._replace(told=replace(second.told, factor=wanted)), *others)
    return [
        DeskShot("factor-room", room, Place(Tab.ROOM)),
        DeskShot("factor", _one(replace(nobody, factor=wanted))),
        DeskShot("factor-busy", _one(replace(nobody, factor=busy))),
        DeskShot("factor-enrols", _one(replace(told, factor=again)), place),
        DeskShot("factor-people", _one(told), place),
        DeskShot("factor-people-leads", _one(leads), place),
        DeskShot("factor-ask", _one(told), place, enrol_form(asks)),
    ]


def _audit() -> list[DeskShot]:
    lines = tuple(
        AuditLine(1290 - n, f"2026-11-22T14:{44 - n:02}:10+00:00", *event) for n, event in enumerate(EVENTS)
    )
    told = Told(served("MAU01"), session=session(SECOND), audit=AuditPage(lines, more=True))
    return [DeskShot("audit", _one(told), Place(Tab.AUDIT))]


def _queue() -> list[DeskShot]:
    board = served("MAU01", tickets=TICKETS, wall=WALL)
    told = Told(board, session=session(COLLEAGUES[3]))
    waits = tuple(ticket for ticket in TICKETS if ticket.state is TicketState.WAITING)
    free = replace(told, board=served("MAU01", tickets=waits, wall=WALL))
    place = Place(Tab.QUEUE)
    return [
        DeskShot("queue", _one(told), replace(place, line=1)),
        DeskShot("queue-call", _one(free), place),
        DeskShot("queue-add", _one(free), place, blank("add_waiting", priority="elderly")),
        DeskShot("queue-board", _one(told)),
    ]
