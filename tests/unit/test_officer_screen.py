"""The officer's desk on a real socket: calls answered, decisions given with a reason, boards as JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from kiosk.domain.fingers import FingerExceptionCode
from kiosk.domain.message import msg
from kiosk.link.messages import AnswerCall, Decide, Reprint, Welcome
from kiosk.locale import Audience, Words
from kiosk.plugins import first_issue
from kiosk.tui import gallery
from kiosk.tui.gallery_desk import SECOND, session
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.approvals import clock_time
from kiosk.tui.officer.desk import Desk, Focus, Place, Told
from kiosk.tui.officer.draw import draw_desk
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.tui.officer.reprint import REASONS
from kiosk.tui.officer.stations import _Lines
from kiosk.tui.page import Page
from kiosk.workflow.board import Approval, Board, SlipLine
from kiosk.workflow.view import Capture, Help
from tests.unit.fake_core import FakeCore

Scenario = Callable[[FakeCore, OfficerApp, Pilot[None]], Awaitable[None]]


def play(tmp_path: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "officer.sock") as core:
            app = OfficerApp(core.path)
            async with app.run_test(size=(80, 24)) as pilot:
                await scenario(core, app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not happen")


async def shown(core: FakeCore, app: OfficerApp, pilot: Pilot[None], board: Board) -> None:
    await until(pilot, lambda: core.greetings > 0)
    core.show(board)
    await until(pilot, lambda: app._told.board == board)
    if app._told.session.officer is None:
        core.say(session(SECOND))
        await until(pilot, lambda: app._told.session.officer is not None)
    await pilot.pause()


def drawn_board(board: Board, focus: Focus, width: int, height: int) -> Page:
    return draw_desk(Desk(Told(board), Place(focus=focus), Words("vi"), width, height))


def text(app: OfficerApp) -> str:
    return app.page.canvas.plain()


def test_a_decision_goes_out_with_its_reason(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        await pilot.press("6")
        assert "Lý do cho “Làm lại”" in text(app)
        await pilot.press("t", "a", "y", "space", "1", "x", "backspace", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a1", "again", "tay 1")])
        assert "Lý do" not in text(app)

    play(tmp_path, scenario)


SLIPS = (SlipLine("MAU01-000012"), SlipLine("MAU01-000011", 1), SlipLine("MAU01-000010"))


def with_slips(*slips: SlipLine) -> Board:
    return msgspec.structs.replace(gallery.board(), slips=slips)


def test_a_slip_is_printed_again_for_a_reason(tmp_path: Path) -> None:
    """The newest first; the reason is a key, and no key of an approval's is taken for it."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, with_slips(*SLIPS))
        await pilot.press("p")
        assert "▶ MAU01-000012" in text(app)
        await pilot.press("down")
        assert "▶ MAU01-000011 (đã in lại 1 lần)" in text(app)
        await pilot.press("2")
        await until(pilot, lambda: core.of(Reprint) == [Reprint("MAU01-000011", "illegible")])
        assert "▶ MAU01" not in text(app)
        await pilot.press("p", "up", "3")
        await until(pilot, lambda: core.of(Reprint)[1:] == [Reprint("MAU01-000010", "lost")])
        await pilot.press("p", "escape", "up", "2", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a2", "refuse")])

    play(tmp_path, scenario)


def test_a_slip_that_went_from_the_board_is_not_in_focus_any_more(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, with_slips(*SLIPS))
        await pilot.press("p", "up")
        await shown(core, app, pilot, with_slips(SLIPS[0]))
        assert "▶ MAU01-0" not in text(app)
        await shown(core, app, pilot, with_slips())
        await pilot.press("p")
        assert app.page.by_key("p") is None

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (132, 40)])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("number", [line.dossier for line in SLIPS])
def test_reasons_and_way_out_are_there_on_every_screen(
    size: tuple[int, int], language: str, number: str
) -> None:
    desk = Desk(Told(with_slips(*SLIPS)), Place(focus=Focus(reprint=number)), Words(language), *size)
    page = draw_desk(desk)
    seen = page.canvas.plain()
    for reason in REASONS:
        assert desk.name("desk.reprint", reason) in seen
    assert f"▶ {number}" in seen and desk.own("key_cancel") in seen
    assert {page.by_key(key) is not None for key in ("1", "2", "3", "escape")} == {True}
    plain = draw_desk(Desk(Told(with_slips(*SLIPS)), Place(), Words(language), *size))
    assert f" P  {desk.own('key_reprint')}" in plain.canvas.plain()


def test_the_second_approval_is_reached_and_escape_takes_a_choice_back(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        await pilot.press("down", "2", "escape", "2", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a2", "refuse")])

    play(tmp_path, scenario)


def test_a_reason_is_never_given_to_another_approval(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        board = gallery.board()
        await shown(core, app, pilot, board)
        await pilot.press("1", "x", "y")
        await shown(
            core, app, pilot, msgspec.structs.replace(board, revision=2, approvals=board.approvals[1:])
        )
        assert app._place.focus == Focus()
        await pilot.press("enter")
        await pilot.pause(0.05)
        assert not core.of(Decide)

    play(tmp_path, scenario)


def test_a_call_is_answered_and_closed_even_while_a_reason_is_typed(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        board = gallery.board()
        await shown(core, app, pilot, board)
        await pilot.press("1", "f1")
        await until(pilot, lambda: core.of(AnswerCall) == [AnswerCall(True)])
        coming = msgspec.structs.replace(board.view, help=Help.COMING)
        await shown(core, app, pilot, msgspec.structs.replace(board, view=coming, revision=2))
        await pilot.press("f1")
        await until(pilot, lambda: core.of(AnswerCall)[1:] == [AnswerCall(False)])

    play(tmp_path, scenario)


def test_language_turns_and_a_lost_core_is_said(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        await pilot.press("f3")
        assert "The citizen sees" in text(app)
        await core.stop()
        await until(pilot, lambda: "Not connected" in text(app))

    play(tmp_path, scenario)


def test_a_device_is_told_by_sign_and_word(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        for line in ("✓ Máy ảnh: tốt", "▲ Máy in: cần xem", "✗ Đèn, nút: không trả lời"):
            assert line in text(app)

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45)])
@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_the_chosen_approval_and_its_choices_are_always_in_sight(size: tuple[int, int], count: int) -> None:
    items = tuple(
        Approval(
            f"a{n}",
            "finger",
            f"MAU01-{n:06}",
            msg("approval.finger.what", finger=msg(f"finger.{n % 10 + 1}")),
            (*FingerExceptionCode, "again"),
            "2026-11-22T07:32:50+00:00",
        )
        for n in range(count)
    )
    board = msgspec.structs.replace(gallery.board(), approvals=items)
    for item in items:
        page = drawn_board(board, Focus(item.id), *size)
        plain = page.canvas.plain()
        chosen = next(line for line in plain.splitlines() if "▶" in line)
        assert item.dossier in chosen
        for key, words in enumerate(
            ("Cụt", "Khèo, dị tật", "Băng bó", "Vân mòn", "Không lấy được", "Làm lại"), 1
        ):
            target = page.by_key(str(key))
            assert target is not None
            line = plain.splitlines()[target.rect.y]
            assert words in line[target.rect.x : target.rect.x + target.rect.w]


def test_a_step_has_a_name_and_its_seconds_go_on_between_two_boards(tmp_path: Path) -> None:
    now = [100.0]

    async def run() -> None:
        app = PosedOfficer(None, clock=lambda: now[0])
        async with app.run_test(size=(80, 24)) as pilot:
            app.show(gallery.board())
            assert "Bước 6/11 · Lấy vân tay · 1 phút 35 giây" in text(app)
            now[0] += 30
            app._tick()
            assert "2 phút 05 giây" in text(app)
            app.show(msgspec.structs.replace(gallery.board(), step="weighing"))
            assert "Bước 6/11 · weighing · 1 phút 35 giây" in text(app), "a plugin's step without words"
            app.show(gallery.quiet_board())
            assert "phút" not in text(app)
            await pilot.pause()

    asyncio.run(run())


@pytest.mark.parametrize("code", gallery.STEPS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_step_of_the_first_issue_has_words(code: str, language: str) -> None:
    assert code in {step.code for step in first_issue.ACTIVITY.steps}
    assert len(gallery.STEPS) == len(first_issue.ACTIVITY.steps)
    assert "⟦" not in Words(language).say(msg(f"step.{code}"), Audience.OFFICER)


def test_fingers_have_names_and_sealed_dossiers_that_wait_are_said() -> None:
    def drawn(screen: Capture, outbox: int) -> str:
        board = msgspec.structs.replace(
            gallery.board(), view=gallery.view(screen, "fingers"), outbox=outbox, alerts=(), approvals=()
        )
        return drawn_board(board, Focus(), 80, 24).canvas.plain()

    single = drawn(gallery.wet(), 41)
    assert "Đang lấy: ngón trỏ phải" in single
    assert "41 hồ sơ đã niêm phong chờ gửi" in single
    slap = drawn(gallery.placing("slap", 14, (7, 8, 9, 10), (2, 3, 4, 5)), 0)
    assert "Đang lấy: bốn ngón tay trái" in slap
    assert "Đã lấy: 4 ngón" in slap
    assert "Không có hồ sơ chờ gửi." in slap
    rest = drawn(gallery.placing("slap", 13, (2, 3, 5)), 0)
    assert "Đang lấy: ngón trỏ phải" in rest and "ngón út phải" in rest


def test_the_moment_of_asking_is_told_in_hours_and_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    try:
        assert clock_time("2026-11-22T07:32:50+00:00") == "14:32"
        assert clock_time("soon") == "soon"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_desk_is_operated_by_pointer_alone(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        async def tap(key: str) -> None:
            target = app.page.by_key(key)
            assert target is not None, key
            assert await pilot.click(offset=(target.rect.x + 1, target.rect.y))

        board = gallery.board()
        await shown(core, app, pilot, msgspec.structs.replace(board, alerts=()))
        await tap("item 1")
        await tap("1")
        await tap("escape")
        await tap("2")
        await tap("enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a2", "refuse")])

    play(tmp_path, scenario)


def test_boards_are_lines_of_json(tmp_path: Path) -> None:
    async def run() -> list[str]:
        from kiosk.tui.wire import Wire

        lines: list[str] = []
        async with FakeCore(tmp_path / "run" / "officer.sock") as core:
            core.show(gallery.board())
            task = asyncio.create_task(Wire(core.path).run(_Lines(lines.append)))
            while not lines:
                await asyncio.sleep(0.01)
            task.cancel()
        return lines

    (line,) = asyncio.run(run())
    assert line.endswith("\n")
    assert msgspec.json.decode(line, type=Board) == gallery.board()
    _Lines(lambda _: pytest.fail("only boards are written")).arrived(Welcome(1, "x"))
