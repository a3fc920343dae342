"""What is pressed and read where a visit does not go straight."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from kiosk.link.messages import Answer, Decide
from kiosk.locale import Words
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.gallery_exceptions import exception_shots, waiting_board
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.desk import Desk, Place, Told
from kiosk.tui.officer.draw import draw_desk
from kiosk.workflow.view import View
from tests.unit import test_citizen_screen as at_kiosk
from tests.unit import test_officer_screen as at_desk
from tests.unit.fake_core import FakeCore


def view_of(name: str) -> View:
    found = next(shot.view for shot in exception_shots() if shot.name == name)
    assert found is not None
    return found


def test_who_waits_for_an_officer_can_go_on_with_other_fingers(tmp_path: Path) -> None:
    """C3: one key, and the words say so."""

    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await at_kiosk.shown(core, app, pilot, view_of("exception-away"))
        assert "đã được nhắc" in at_kiosk.text(app)
        assert "đặt ngón khác trước" in at_kiosk.text(app)
        await pilot.press("f4")
        await at_kiosk.until(pilot, lambda: core.of(Answer) == [Answer("approval.finger", "others")])

    at_kiosk.play(tmp_path, scenario)


def test_when_nothing_else_is_left_there_is_nothing_to_press(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await at_kiosk.shown(core, app, pilot, view_of("exception-away-last"))
        assert app.page.by_key("f4") is None
        assert "Phần đã làm vẫn còn" in at_kiosk.text(app)

    at_kiosk.play(tmp_path, scenario)


def test_the_hands_are_photographed_at_a_key(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await at_kiosk.shown(core, app, pilot, view_of("hands"))
        await pilot.press("f4")
        await at_kiosk.until(pilot, lambda: core.of(Answer) == [Answer("hands", "take")])

    at_kiosk.play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45)])
def test_the_board_says_how_many_officers_have_spoken(size: tuple[int, int]) -> None:
    plain = draw_desk(Desk(Told(waiting_board()), Place(), Words("vi"), *size)).canvas.plain()
    assert "CB01 đã chọn: Không lấy được" in plain
    assert "Không lấy được (1/2 người)" in plain
    assert "Cụt (" not in plain
    assert "✗ Công dân đang chờ cán bộ: hồ sơ MAU01-000417, đã 3 phút." in plain


def test_the_second_officer_chooses_with_the_same_keys(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await at_desk.shown(core, app, pilot, waiting_board())
        await pilot.press("5", "enter")
        await at_desk.until(pilot, lambda: core.of(Decide) == [Decide("a1", "cannot", "")])

    at_desk.play(tmp_path, scenario)
