"""The desk's pages by their keys: shift, beside the citizen, people, audit; asking who it is; bad input (O1–O4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from textual import events
from textual.pilot import Pilot

from kiosk.domain.change import ReleaseEvent
from kiosk.domain.dossier import DossierEvent, Fact
from kiosk.domain.message import msg
from kiosk.domain.people import Officer, Role
from kiosk.domain.queue import Priority, TicketEvent, TicketState
from kiosk.domain.request import RequestKind
from kiosk.domain.roster import BadCell
from kiosk.domain.visit import Outcome
from kiosk.link.messages import (
    AddWaiting,
    AnswerCall,
    AnswerFor,
    CloseShift,
    Decide,
    EndVisit,
    FirstPin,
    FromScreen,
    Inbox,
    MoveTicket,
    OpenShift,
    PeopleList,
    PrintShift,
    Propose,
    ReadAudit,
    ReadInbox,
    ReadPeople,
    ReadShift,
    Refused,
    RosterRejected,
    SessionChanged,
    Settle,
    Settled,
    ShiftFigures,
    Touch,
    ViewChanged,
    Watch,
)
from kiosk.link.shown import AuditLine, AuditPage
from kiosk.locale import Audience, Words
from kiosk.tui import gallery, gallery_desk
from kiosk.tui.gallery_desk import (
    COLLEAGUES,
    COUNTS,
    LEADER,
    REQUESTS,
    SECOND,
    TICKETS,
    WALL,
    served,
    session,
)
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.audit import fitting
from kiosk.tui.officer.desk import NOTHING, Desk, Place, Tab
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.workflow.board import Board
from kiosk.workflow.view import Help, View
from tests.unit.fake_core import FakeCore

Scenario = Callable[[FakeCore, OfficerApp, Pilot[None]], Awaitable[None]]
INSPECTOR = Officer("TT01", "Hồ Thị Mẫu", Role.INSPECTOR)
HELPER = Officer("HD01", "Vũ Văn Mẫu", Role.HELPER)


def play(
    tmp_path: Path,
    scenario: Scenario,
    board: Board | None = None,
    who: Officer | None = SECOND,
    size: tuple[int, int] = (80, 24),
) -> None:
    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "officer.sock") as core:
            core.show(board or gallery.board())
            app = OfficerApp(core.path)
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: app._told.board is not None)
                if who is not None:
                    core.say(session(who))
                    await until(pilot, lambda: app._told.session.officer == who)
                await scenario(core, app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not happen")


async def enters(pilot: Pilot[None], *words: str) -> None:
    for word in words:
        await pilot.press(*("space" if letter == " " else letter for letter in word), "enter")


def text(app: OfficerApp) -> str:
    return app.page.canvas.plain()


def sent(core: FakeCore) -> list[FromScreen]:
    return [message for message in core.received if not isinstance(message, Touch)]


# -- who is there --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f1", "1", "f6", "f7", "f8", "f9"])
def test_an_act_of_nobody_opens_the_sign_in_form_and_does_nothing(tmp_path: Path, key: str) -> None:
    """O4: the board stays in sight."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        assert "Mã số cán bộ" in text(app)
        assert "Công dân đang thấy" in text(app)
        await pilot.pause(0.05)
        assert sent(core) == []

    play(tmp_path, scenario, who=None)


def test_a_screen_that_was_locked_meanwhile_asks_again(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        core.say(ViewChanged(gallery.view(gallery.name_entry(), "identify")))
        await until(pilot, lambda: "Gõ thay" in text(app))
        core.say(SessionChanged())
        await until(pilot, lambda: "Chưa đăng nhập" in text(app))
        assert app._place.tab is Tab.BOARD and app._told.seen is None
        core.say(Refused(msg("people.sign_in")))
        await until(pilot, lambda: "Mã số cán bộ" in text(app))

    play(tmp_path, scenario)


def test_only_what_one_may_do_has_a_key(tmp_path: Path) -> None:
    """R0: helpers guide; an inspector reads."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        assert {t.key for t in app.page.targets} >= {"f5"}
        assert not {"f6", "f7", "f8", "f9"} & {t.key for t in app.page.targets}
        core.say(session(INSPECTOR))
        await until(pilot, lambda: "TT01" in text(app))
        keys = {t.key for t in app.page.targets}
        assert keys >= {"f5", "f6", "f9"} and not {"f7", "f8"} & keys
        await pilot.press("f6")
        core.say(ViewChanged(gallery.view(gallery.welcome())))
        await until(pilot, lambda: "Làm thẻ căn cước" in text(app) or "Xin chào" in text(app))
        assert app.page.by_key("1") is None, "he does not answer"

    play(tmp_path, scenario, who=HELPER)


# -- the shift -----------------------------------------------------------------------------------------------------


def test_a_shift_is_read_closed_and_its_sheet_printed_again(tmp_path: Path) -> None:
    """O1, P6."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until(pilot, lambda: ReadShift() in sent(core))
        core.say(ShiftFigures(COUNTS, "C00041"))
        await until(pilot, lambda: "57" in text(app))
        assert "GS01" in text(app) and "22/11/2026" in text(app)
        await pilot.press("3")
        assert "C00041" in text(app)
        await pilot.press("enter", "2")
        assert "Sau khi đóng" in text(app)
        await pilot.press("escape", "2", "enter")
        await until(pilot, lambda: sent(core)[-2:] == [PrintShift("C00041"), CloseShift()])
        core.say(Refused(msg("shift.visit_going_on")))
        await until(pilot, lambda: "Đang có công dân" in text(app))

    play(tmp_path, scenario, served("MAU01"), LEADER)


def test_figures_are_asked_again_only_when_something_happened(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until(pilot, lambda: len(core.of(ReadShift)) == 1)
        app._stale = False
        app._tick()
        core.show(msgspec.structs.replace(served("MAU01"), revision=2))
        await until(pilot, lambda: app._stale)
        app._tick()
        await until(pilot, lambda: len(core.of(ReadShift)) == 2)

    play(tmp_path, scenario, served("MAU01"), LEADER)


def test_a_shift_is_opened_by_its_leader(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        assert "CHƯA MỞ CA" in text(app)
        await pilot.press("f5", "1")
        assert "Máy đang chỉ 21:45 ngày 22/11/2026" in text(app)
        await pilot.press("down", "2", "enter")
        assert "Đặt lại giờ trước" in text(app) and OpenShift("GS01") not in sent(core)
        await pilot.press("1", "enter")
        await until(pilot, lambda: OpenShift("GS01") in sent(core))

    board = msgspec.structs.replace(gallery.quiet_board(), wall="2026-11-22T14:45:10+00:00")
    play(tmp_path, scenario, board, LEADER)


def test_whoever_runs_no_shift_has_no_keys_for_it(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f5", "2", "3")
        assert app._form is None and not {"2", "3"} & {t.key for t in app.page.targets}

    play(tmp_path, scenario, served("MAU01"))


# -- beside the citizen --------------------------------------------------------------------------------------------


def test_an_officer_sees_answers_and_hands_back(tmp_path: Path) -> None:
    """O3."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f6")
        await until(pilot, lambda: sent(core) == [Watch(True)])
        core.say(ViewChanged(seen_in("beside-review")))
        await until(pilot, lambda: "NGUYỄN THỊ THANH NGUYỆT" in text(app))
        await pilot.press("1")
        await until(pilot, lambda: AnswerFor("review", "yes") in sent(core))
        core.say(ViewChanged(gallery.view(gallery.name_entry(), "identify")))
        await until(pilot, lambda: "Gõ thay" in text(app))
        await pilot.press("enter")
        assert "Gõ: Telex" in text(app)
        await enters(pilot, "nguyeenx vawn ngocj")
        await until(pilot, lambda: AnswerFor("identify.name", "nguyễn văn ngọc") in sent(core))
        await pilot.press("escape")
        await until(pilot, lambda: sent(core)[-1] == Watch(False))
        assert "NGUYỄN" not in text(app).upper().replace("NGUYỄN VĂN", "") and app._told.seen is None

    play(tmp_path, scenario)


def test_a_visit_is_ended_with_an_outcome_and_a_reason(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f7", "2", "down", "enter")
        assert "Ghi lý do" in text(app)
        await enters(pilot, "meetj")
        await until(pilot, lambda: EndVisit(Outcome.CANNOT_TODAY, "mệt") in sent(core))
        core.say(Refused(msg("over.nobody")))
        await until(pilot, lambda: "Không có công dân nào" in text(app))
        assert "mệt" in text(app), "what was typed is still there"

    play(tmp_path, scenario)


def test_letters_become_vietnamese_three_ways(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("1", *"ddux")
        assert "đũ" in text(app)
        await pilot.press("f12", *"a2")
        assert "Gõ: VNI" in text(app) and "đũa" in text(app).replace("đùa", "đũa")
        await pilot.press("f12", *"as")
        assert "Gõ: không dấu" in text(app)
        await pilot.press("enter")
        await until(pilot, lambda: bool(core.of(Decide)))
        (decided,) = core.of(Decide)
        assert isinstance(decided, Decide) and decided.reason == "đùaas"

    play(tmp_path, scenario)


def seen_in(shot: str) -> View:
    told = next(s for s in gallery_desk.desk_shots() if s.name.endswith(shot)).room[0].told
    assert told.seen is not None
    return told.seen


# -- people --------------------------------------------------------------------------------------------------------


def test_a_request_is_agreed_to_by_another_and_the_pin_shown_once(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8")
        await until(pilot, lambda: ReadPeople() in sent(core))
        core.say(PeopleList(COLLEAGUES))
        await until(pilot, lambda: "Hồ Thị An" in text(app))
        names = [
            name
            for name in ("An ·", "Ánh", "Ví Dụ", "Bùi Thị Mẫu", "Lê Văn Mẫu ·", "Thử")
            if name in text(app)
        ]
        assert [text(app).index(name) for name in names] == sorted(text(app).index(name) for name in names)
        await pilot.press("1")
        assert "Đồng ý với đề nghị này?" in text(app)
        await pilot.press("enter")
        await until(pilot, lambda: Settle("Y00007", True) in sent(core))
        core.say(FirstPin("CB03", "719305"))
        await until(pilot, lambda: "chỉ hiện một lần" in text(app))
        await pilot.press("x")
        assert "CB03" in text(app) and "chỉ hiện một lần" not in text(app)
        assert app._told.pin is None

    play(tmp_path, scenario, served("MAU01", requests=REQUESTS))


def test_nobody_agrees_to_his_own_request_and_the_second_is_reached(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8", "down")
        assert "Rút lại" in text(app) and app.page.by_key("1") is None
        await pilot.press("2", "enter")
        await until(pilot, lambda: Settle("Y00008", False) in sent(core))
        core.say(Settled("Y00008"))
        core.show(served("MAU01", requests=REQUESTS[:1]))
        await until(pilot, lambda: "Y00008" not in text(app) and app.page.by_key("1") is not None)

    play(tmp_path, scenario, served("MAU01", requests=REQUESTS))


def test_a_colleague_is_proposed_with_marks(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8", "3")
        await enters(pilot, "cb07", "Haf Thij Maaux", "4", "tawng ca")
        wanted = {"officer": "CB07", "name": "Hà Thị Mẫu", "role": "technician"}
        await until(pilot, lambda: Propose(RequestKind.ADD_OFFICER, wanted, "tăng ca") in sent(core))

    play(tmp_path, scenario, served("MAU01"), LEADER)


# -- the audit chain -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_the_core_writes_into_the_chain_has_words(language: str) -> None:
    kinds = [f"dossier.{event}" for event in DossierEvent]
    kinds += [f"fact.{fact.__name__}" for fact in get_args(Fact)]
    kinds += ["correction.exported", "correction.accepted", "correction.refused"]
    kinds += ["step.begin", "step.end", "slip.reprint", "batch.signed", "approval.missed"]
    kinds += list(ReleaseEvent)
    words = Words(language)
    said = [words.say(msg(f"event.{kind}"), Audience.OFFICER) for kind in kinds]
    assert [text for text in said if text.startswith("⟦")] == []
    assert max(map(len, said)) <= 26, "or it runs into what it is about"


def test_an_event_of_another_release_is_shown_by_its_bare_name(tmp_path: Path) -> None:
    """T3: after going back the chain holds what only the release before last knew."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f9")
        await until(pilot, lambda: ReadAudit("*", 0) in sent(core))
        detail = '{"officer":"CB01","act":"sideways","count":3}'
        line = AuditLine(7, "2026-11-22T14:44:10+00:00", "moon.landed", "2.1.0", detail)
        core.say(AuditPage((line, msgspec.structs.replace(line, seq=6, detail="[1]"))))
        await until(pilot, lambda: "moon.landed" in text(app))
        assert "CB01 · sideways · count 3" in text(app) and "[1]" in text(app) and "⟦" not in text(app)

    play(tmp_path, scenario, size=(120, 40))


@pytest.mark.parametrize(("step", "named"), [("portrait", "“Chụp ảnh”"), ("other.step", "“other.step”")])
def test_a_step_that_failed_is_named_in_words(step: str, named: str) -> None:
    desk = Desk(NOTHING, Place(), Words("vi"), 80, 24)
    assert named in desk.say(msg("alert.step_failed", step=step, error="CameraError"))


@pytest.mark.parametrize(
    ("room", "line"),
    [(40, "CB01 · Vân mòn · kind finger"), (22, "CB01 · Vân mòn …"), (10, "CB01 …"), (3, "CB…")],
)
def test_a_detail_is_cut_between_its_parts(room: int, line: str) -> None:
    assert fitting(["CB01", "Vân mòn", "kind finger"], room) == line
    assert len(line) <= room


def test_events_are_filtered_and_paged(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        lines = [AuditLine(90 - n, "2026-11-22T14:44:10+00:00", "visit.begin", "", "{}") for n in range(30)]
        await pilot.press("f9")
        await until(pilot, lambda: ReadAudit("*", 0) in sent(core))
        core.say(AuditPage(tuple(lines), more=True))
        await until(pilot, lambda: "Bắt đầu lượt" in text(app))
        await pilot.press("pagedown")
        assert "    90 " not in text(app) and "    61 " in text(app)
        await pilot.press("pagedown")
        await until(pilot, lambda: ReadAudit("*", 61) in sent(core))
        await pilot.press("right")
        await until(pilot, lambda: ReadAudit("desk.*", 0) in sent(core))
        core.say(AuditPage())
        await until(pilot, lambda: "Không có sự kiện nào" in text(app))
        await pilot.press("left", "left", "pageup")
        await until(pilot, lambda: ReadAudit("audit.*", 0) in sent(core))

    play(tmp_path, scenario)


# -- bad input -----------------------------------------------------------------------------------------------------


def test_a_terminal_made_tiny_and_large_again_shows_the_same(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        for key in ("q", "f5", "f6", "f8", "f9", "escape"):
            await pilot.press(key)
            before = text(app)
            await pilot.resize_terminal(20, 5)
            await pilot.pause()
            await pilot.resize_terminal(80, 24)
            await until(pilot, lambda before=before: text(app) == before)  # type: ignore[misc]

    play(tmp_path, scenario, gallery.quiet_board())


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_what_is_pasted_is_cut_and_harmless(tmp_path: Path, size: int) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        clipboard = "\x1b[2J\x00\r\n\u202eá" * (size // 8 + 1)
        await pilot.press("1")
        app.post_message(events.Paste(clipboard))
        await pilot.pause()
        assert 0 < len(app._place.focus.reason) <= 200 and app._place.focus.reason.isprintable()
        await pilot.press("escape", "f7", "down")
        app.post_message(events.Paste(clipboard))
        await pilot.pause()
        assert app._form is not None and 0 < len(app._form.value("why")) <= 200
        assert app._form.value("why").isprintable()

    play(tmp_path, scenario)


def test_a_station_that_vanishes_in_mid_approval_keeps_it(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("1", *"lys")
        await core.stop()
        await until(pilot, lambda: app._told.board is None)
        await pilot.press("enter")
        assert not core.of(Decide)
        await core.start()
        await until(pilot, lambda: app._told.board is not None)
        assert "Chờ duyệt: 2" in text(app) and "Lý do" not in text(app)
        assert "Chưa đăng nhập" in text(app)

    play(tmp_path, scenario)


def test_of_two_desks_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("1", "enter")
        await until(pilot, lambda: bool(core.of(Decide)))
        core.say(Refused(msg("link.not_asked", question="a1")))
        core.show(msgspec.structs.replace(gallery.board(), revision=2, approvals=()))
        await until(pilot, lambda: "đã có người làm" in text(app))
        await pilot.press("f3", "f3", "f5")
        assert "đã có người làm" not in text(app)

    play(tmp_path, scenario)


def test_a_call_is_answered_from_every_page(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        called = replace_help(served("MAU01", requests=REQUESTS))
        core.show(called)
        await until(pilot, lambda: "GỌI CÁN BỘ" in text(app))
        for key in ("f5", "f6", "f8", "f9"):
            await pilot.press(key, "f1")
        await until(pilot, lambda: core.of(AnswerCall) == [AnswerCall(True)] * 4)

    play(tmp_path, scenario)


def test_a_form_for_each_thing_that_needs_two(tmp_path: Path) -> None:
    """P10: its key is there for whoever may ask; what is wrong is said before it is sent."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8", "6", *"mau01-417", "enter")
        await enters(pilot, "nham")
        assert "Số hồ sơ chưa đúng" in text(app)
        await pilot.press("up", *["backspace"] * 3)
        await enters(pilot, "000417")
        await pilot.press("enter")
        cancel = Propose(RequestKind.CANCEL_DOSSIER, {"dossier": "MAU01-000417"}, "nham")
        await until(pilot, lambda: sent(core)[-1] == cancel)
        await pilot.press("7", *"22/11/2026", "enter", *"21:4", "enter")
        await enters(pilot, "het pin")
        await until(pilot, lambda: sent(core)[-1] != cancel)
        wanted = {"date": "22/11/2026", "time": "21:04"}
        assert sent(core)[-1] == Propose(RequestKind.SET_CLOCK, wanted, "het pin")
        await pilot.press("9", *"mau01-000398", "enter")
        await enters(pilot, "da gui")
        purge = Propose(RequestKind.PURGE_DOSSIER, {"dossier": "MAU01-000398"}, "da gui")
        await until(pilot, lambda: sent(core)[-1] == purge)
        await pilot.press("0")
        await enters(pilot, "tep la")
        await until(pilot, lambda: sent(core)[-1] == Propose(RequestKind.PURGE_UNKNOWN, {}, "tep la"))

    play(tmp_path, scenario, served("MAU01"), LEADER)


def test_a_roster_is_picked_from_what_lies_there_and_bad_cells_fill_a_page(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8", "8")
        await until(pilot, lambda: bool(core.of(ReadInbox)))
        core.say(Inbox(("moi.csv", "cu.xlsx")))
        await until(pilot, lambda: "moi.csv" in text(app))
        await pilot.press("right", "enter")
        await enters(pilot, "thang 11")
        asked = Propose(RequestKind.IMPORT_ROSTER, {"file": "cu.xlsx"}, "thang 11")
        await until(pilot, lambda: sent(core)[-1] == asked)
        many = tuple(
            BadCell(n, "ngay_sinh", "##", msg("date.impossible"), msg("roster.expect_date"))
            for n in range(99)
        )
        core.say(RosterRejected("cu.xlsx", many))
        await until(pilot, lambda: "99 chỗ cần sửa" in text(app))
        await pilot.press("pagedown", "down")
        assert "Dòng 11, cột ngay_sinh" in text(app) and "Dòng 10," not in text(app)
        await pilot.press("escape")
        assert "chỗ cần sửa" not in text(app) and app._place.tab is Tab.PEOPLE

    play(tmp_path, scenario, served("MAU01"), LEADER)


def test_a_helper_runs_the_waiting_list_by_its_keys(tmp_path: Path) -> None:
    """C10, O4: give a number with a priority, call, say that nobody came, take somebody back."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        assert "Chờ 4, lâu nhất 24 phút · mời 012" in text(app)
        await pilot.press("q", "1", "2", "enter")
        await until(pilot, lambda: sent(core) == [AddWaiting(Priority.ELDERLY)])
        await pilot.press("2")
        assert app._form is None and "Mời số" not in text(app), "one at a time"
        await pilot.press("4", "down", "5", "3")
        moves = [MoveTicket(12, TicketEvent.MISS), MoveTicket(11, TicketEvent.RETURN)]
        await until(pilot, lambda: sent(core)[1:] == [*moves, MoveTicket(12, TicketEvent.SERVE)])
        waiting = tuple(ticket for ticket in TICKETS if ticket.state is TicketState.WAITING)
        core.show(msgspec.structs.replace(served("MAU01"), revision=2, tickets=waiting))
        await until(pilot, lambda: "Mời số 015" in text(app))
        await pilot.press("2")
        await until(pilot, lambda: sent(core)[-1] == MoveTicket(0, TicketEvent.CALL))

    play(tmp_path, scenario, served("MAU01", tickets=TICKETS, wall=WALL), HELPER)


def test_a_technician_asks_for_the_clock_and_for_nothing_else(tmp_path: Path) -> None:
    """A page of his own: no colleagues, no request of others to decide."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f8")
        keys = {t.key for t in app.page.targets}
        assert "7" in keys and not {"1", "2", "3", "4", "5", "6", "8", "9", "0", "v", "x"} & keys
        assert "Người khác có quyền duyệt" in text(app) and "có tài khoản" not in text(app)
        await pilot.pause(0.05)
        assert sent(core) == []

    play(tmp_path, scenario, served("MAU01", requests=REQUESTS), COLLEAGUES[4])


def replace_help(board: Board) -> Board:
    return msgspec.structs.replace(board, view=msgspec.structs.replace(board.view, help=Help.CALLED))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
def test_every_page_fits_and_every_word_is_there(size: tuple[int, int], language: str) -> None:
    async def run() -> None:
        app = PosedOfficer(None, language)
        async with app.run_test(size=size):
            for shot in gallery_desk.desk_shots():
                app.pose(shot.room, shot.place, shot.form)
                assert "⟦" not in text(app), shot.name
                assert_keys_apart(app, size, shot.name)

    asyncio.run(run())


def assert_keys_apart(app: OfficerApp, size: tuple[int, int], name: str) -> None:
    keys = [t.key for t in app.page.targets]
    assert len(keys) == len(set(keys)), (name, keys)
    if size[0] >= 80:
        for target in app.page.targets:
            rect = target.rect
            assert rect.x >= 0 and rect.x + rect.w <= size[0] and rect.y + rect.h <= size[1], (name, target)
        whose = app._told.session.officer
        if whose is not None and app._told.pin is None and app._told.rejected is None:
            assert text(app).splitlines()[-1].endswith(f"{whose.name} ({whose.id})"), name
            end = max(t.rect.x + t.rect.w for t in app.page.targets if t.rect.y == size[1] - 1)
            assert end <= size[0] - len(f"{whose.name} ({whose.id})") - 1, name


def test_the_pages_of_the_gallery_are_different() -> None:
    shots = gallery_desk.desk_shots()
    assert len({shot.name for shot in shots}) == len(shots) == 41
    assert replace(shots[0].place, tab=Tab.SHIFT) != shots[0].place
