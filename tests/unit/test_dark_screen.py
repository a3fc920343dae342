"""The citizen's screen in the dark: black all over, and woken by a touch that presses nothing (C7)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kiosk.link.messages import Answer, CallOfficer, Touch, ViewChanged
from kiosk.tui import gallery
from kiosk.tui.citizen.app import CitizenApp
from kiosk.workflow.view import View
from tests.kit import HandClock
from tests.unit.fake_core import FakeCore
from tests.unit.test_citizen_screen import text, until

WELCOME = gallery.view(gallery.welcome())
SETTLE = 0.35


class Night:
    """A screen with a hand's clock, the light behind its panel, and the core it listens to."""

    def __init__(self, core: FakeCore, pilot: Pilot[None], clock: HandClock, app: CitizenApp) -> None:
        self.core, self.pilot, self.clock, self.app = core, pilot, clock, app
        self.spot = (0, 0)

    async def shows(self, view: View, dark: bool) -> None:
        self.core.say(ViewChanged(view, dark))
        await until(self.pilot, lambda: self.app._view == view and self.app._dark == dark)
        await self.pilot.pause()

    async def reads(self) -> None:
        """The welcome, and where its first button is."""
        await until(self.pilot, lambda: self.core.greetings > 0)
        await self.shows(WELCOME, dark=False)
        target = self.app.page.by_key("1")
        assert target is not None
        self.spot = target.rect.x + target.rect.w // 2, target.rect.y + target.rect.h // 2
        self.clock.sleep(SETTLE)

    async def touches(self, by: str) -> None:
        await (self.pilot.press("1") if by == "key" else self.pilot.click(offset=self.spot))
        await self.pilot.pause()


def play(tmp_path: Path, scenario: Callable[[Night, list[bool]], Awaitable[None]]) -> list[bool]:
    """Live through it; what was asked of the light behind the panel, from first to last."""
    light: list[bool] = []
    clock = HandClock()

    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "citizen.sock") as core:
            app = CitizenApp(core.path, settle=SETTLE, clock=clock.monotonic, light=light.append)
            async with app.run_test(size=(80, 24)) as pilot:
                await scenario(Night(core, pilot, clock, app), light)

    asyncio.run(run())
    return light


def colours(app: CitizenApp) -> set[str]:
    """Every colour that is on the terminal, of letters and behind them."""
    found = set()
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            assert segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor):
                found.add("" if colour is None else colour.name)
    return found


def test_dark_is_black_to_the_last_cell_and_lit_it_is_the_same_page(tmp_path: Path) -> None:
    async def scenario(night: Night, light: list[bool]) -> None:
        await night.reads()
        before = text(night.app)
        await night.shows(WELCOME, dark=True)
        assert text(night.app).split() == [] and night.app.page.targets == []
        assert colours(night.app) == {"#000000"}
        assert light == [True, False]
        await night.shows(WELCOME, dark=False)
        assert text(night.app) == before
        assert light == [True, False, True]

    assert play(tmp_path, scenario) == [True, False, True, True], "whoever comes after it finds the panel lit"


@pytest.mark.parametrize("by", ["key", "touch"])
def test_the_first_touch_only_wakes_and_the_next_one_chooses(tmp_path: Path, by: str) -> None:
    """C1, C7: an old person's first touch on a dark screen must not choose anything."""

    async def scenario(night: Night, light: list[bool]) -> None:
        await night.reads()
        await night.shows(WELCOME, dark=True)
        await night.touches(by)
        await until(night.pilot, lambda: bool(night.core.of(Touch)))
        await night.shows(WELCOME, dark=False)
        night.clock.sleep(SETTLE - 0.01)
        await night.touches(by)
        await night.pilot.press("f1")
        assert night.core.of(Answer) == night.core.of(CallOfficer) == [], "the second tap of the same hand"
        night.clock.sleep(0.02)
        await night.touches(by)
        await until(night.pilot, lambda: night.core.of(Answer) == [Answer("welcome", "first_issue")])

    play(tmp_path, scenario)


def test_a_finger_that_is_down_when_it_goes_dark_presses_nothing(tmp_path: Path) -> None:
    async def scenario(night: Night, light: list[bool]) -> None:
        await night.reads()
        night.app.finger("down", *map(float, night.spot))
        await night.shows(WELCOME, dark=True)
        night.app.finger("up", *map(float, night.spot))
        await night.shows(WELCOME, dark=False)
        night.clock.sleep(1.0)
        night.app.finger("up", *map(float, night.spot))
        await night.pilot.pause()
        assert night.core.of(Answer) == []

    play(tmp_path, scenario)


def test_every_touch_in_the_dark_is_told_however_soon_after_the_last(tmp_path: Path) -> None:
    """Touches are told once a second; the one that wakes must never be the one left out."""

    async def scenario(night: Night, light: list[bool]) -> None:
        await night.reads()
        await night.pilot.press("9")
        await until(night.pilot, lambda: len(night.core.of(Touch)) == 1)
        await night.shows(WELCOME, dark=True)
        await night.pilot.press("9")
        await until(night.pilot, lambda: len(night.core.of(Touch)) == 2)

    play(tmp_path, scenario)


def test_a_core_that_goes_away_in_the_dark_is_waited_for_in_the_light(tmp_path: Path) -> None:
    async def scenario(night: Night, light: list[bool]) -> None:
        await night.reads()
        await night.shows(WELCOME, dark=True)
        await night.core.stop()
        await until(night.pilot, lambda: "Máy đang chuẩn bị" in text(night.app))
        assert light == [True, False, True]

    play(tmp_path, scenario)
