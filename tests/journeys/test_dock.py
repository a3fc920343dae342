"""`kiosk dock` against a running core: what is played there is what the citizen and the officer meet."""

from __future__ import annotations

import asyncio
import json

import pytest

from kiosk.hal.device import HealthState
from kiosk.tui.dock.app import DockApp
from kiosk.workflow.view import Capture, Help, Pause
from tests.journeys.stage import Stage, at, run_kiosk

pytestmark = pytest.mark.system


def test_the_reader_is_unplugged_and_plugged_in_from_the_dock(stage: Stage) -> None:
    """T2: the core pauses at that finger and resumes at it; nothing but keys pressed in the dock did it."""

    async def journey() -> None:
        dock = DockApp(stage.data)
        async with (
            at(stage, "citizen") as citizen,
            at(stage, "officer") as officer,
            dock.run_test(size=(80, 24)) as keys,
        ):
            await citizen.goes_on("fingers.rolled-03")
            stage.world.change(pace=4.0)
            before = await citizen.goes_on("fingers.rolled-04")
            await keys.press("r")
            paused = await citizen.asked("paused.fingers")
            assert isinstance(paused.screen, Pause)
            board = await officer.board_shows(lambda b: any(d.state is HealthState.GONE for d in b.devices))
            assert [d.kind for d in board.devices if d.state is HealthState.GONE] == ["fingers"]
            stage.world.change(pace=0.0)
            await keys.press("r")
            again = await citizen.asked("fingers.rolled-04")
            assert (again.visit, again.kept) == (before.visit, before.kept)
            await citizen.goes_on("fingers.rolled-05")

    stage.start()
    asyncio.run(journey())


def test_a_wet_finger_and_the_button_are_played_from_the_dock(stage: Stage) -> None:
    """C2, C3: the coach says what helps; the officer sees the call."""

    async def journey() -> None:
        dock = DockApp(stage.data)
        async with (
            at(stage, "citizen") as citizen,
            at(stage, "officer") as officer,
            dock.run_test(size=(80, 24)) as keys,
        ):
            await keys.press("2", "w")
            going = asyncio.create_task(citizen.goes_on("fingers.rolled-03"))
            await citizen.sees(
                lambda view: (
                    isinstance(view.screen, Capture)
                    and view.screen.about is not None
                    and view.screen.about.code == "finger.seen.wet"
                )
            )
            await going
            await keys.press("b")
            await officer.board_shows(lambda board: board.view.help is Help.CALLED)

    stage.start()
    asyncio.run(journey())


def test_a_doctor_asks_a_running_core_for_its_devices(stage: Stage) -> None:
    """M3: the core keeps its devices; what the dock pulled out is found, with what to do."""

    async def journey() -> None:
        dock = DockApp(stage.data)
        async with at(stage, "officer") as officer, dock.run_test(size=(80, 24)) as keys:
            await officer.board_shows(lambda b: all(d.state is HealthState.OK for d in b.devices))
            await keys.press("m", "h")
            await officer.board_shows(lambda board: bool(board.alerts))
            await officer.board_shows(lambda b: any(d.state is HealthState.GONE for d in b.devices))

    stage.start()
    asyncio.run(journey())
    arguments = ("doctor", "--data", str(stage.data), "--config", str(stage.data / "kiosk.toml"))
    ran = run_kiosk(*arguments, "--json")
    found = {finding["topic"]: finding for finding in json.loads(ran.stdout)["findings"]}
    assert ran.returncode == 1
    assert found["core"]["code"] == "doctor.core_runs"
    assert (found["device.camera"]["state"], found["device.printer"]["state"]) == ("bad", "ok")
    assert (found["alert"]["state"], found["alert"]["code"]) == ("bad", "panel.tampered")
    assert (found["keys"]["state"], found["roster"]["state"]) == ("ok", "ok")
    printed = run_kiosk(*arguments, "--print")
    assert printed.returncode == 2 and "The core has the printer" in printed.stderr
