"""The officer's desk on a real socket: calls answered, decisions given with a reason, boards as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from kiosk.link.messages import AnswerCall, Decide, Welcome
from kiosk.locale import Words
from kiosk.tui import gallery
from kiosk.tui.officer.app import OfficerApp, _Lines
from kiosk.tui.officer.desk import Desk, Focus
from kiosk.tui.officer.draw import draw_desk
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import Help
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
    await until(pilot, lambda: app._board == board)
    await pilot.pause()


def text(app: OfficerApp) -> str:
    return app.page.canvas.plain()


def test_a_decision_goes_out_with_its_reason(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        await pilot.press("2")
        assert "Lý do cho “Làm lại”" in text(app)
        await pilot.press("t", "a", "y", "space", "1", "x", "backspace", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a1", "retry", "tay 1")])
        assert "Lý do" not in text(app)

    play(tmp_path, scenario)


def test_the_second_approval_is_reached_and_escape_takes_a_choice_back(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.board())
        await pilot.press("down", "2", "escape", "2", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a2", "reject")])

    play(tmp_path, scenario)


def test_a_reason_is_never_given_to_another_approval(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        board = gallery.board()
        await shown(core, app, pilot, board)
        await pilot.press("1", "x", "y")
        await shown(
            core, app, pilot, msgspec.structs.replace(board, revision=2, approvals=board.approvals[1:])
        )
        assert app._focus == Focus()
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
        for line in ("✓ Máy ảnh: tốt", "▲ Máy in: cần xem", "✗ Đèn, nút: không trả lời", "Gửi đi: 3 chờ"):
            assert line in text(app)

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45)])
@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_the_chosen_approval_and_its_choices_are_always_in_sight(size: tuple[int, int], count: int) -> None:
    items = tuple(
        Approval(f"a{n}", "finger", f"D-{n:06}", gallery.say("approval"), ("approve", "retry"), "14:32")
        for n in range(count)
    )
    board = msgspec.structs.replace(gallery.board(), approvals=items)
    for item in items:
        page = draw_desk(Desk(board, Focus(item.id), Words("vi"), *size))
        chosen = next(line for line in page.canvas.plain().splitlines() if "▶" in line)
        assert item.dossier in chosen
        assert page.by_key("1") is not None and page.by_key("2") is not None
        assert "Duyệt ngoại lệ" in page.canvas.plain()


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
