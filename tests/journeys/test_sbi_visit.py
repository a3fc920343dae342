"""A visit over the driver `sbi`: a core whose slap scanner stands behind a simulated vendor's service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kiosk.domain.dossier import DossierState
from kiosk.hal.device import HealthState
from kiosk.hal.fingers.sbi_faults import Fault
from kiosk.hal.fingers.sbi_wire import SbiWire
from kiosk.hal.world import FingerCondition
from kiosk.workflow.view import Pause
from tests.journeys.stage import Stage, at, decides
from tests.sbi_kit import bench

pytestmark = pytest.mark.system

SLAPS = ["flat-13", "flat-14", "flat-15"]


@contextmanager
def scanner_at(stage: Stage, *faults: Fault, kind: str = "slap", **settings: int) -> Iterator[SbiWire]:
    """A core with the driver `sbi`, and the service it finds at its port."""
    with bench(stage.data, *faults, kind=kind) as made:
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in (made.settings | settings).items())
        stage.configure(f'[devices.fingers]\ndriver = "sbi"\n[devices.fingers.settings]\n{lines}')
        stage.start()
        yield made.wire
        stage.stop()


def taken_by(stage: Stage) -> tuple[list[str], list[bool]]:
    """The finger images in the only dossier, sealed, and what it says of a narrowed plan."""
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    files = stage.opened(line)
    facts = json.loads(files["facts.json"])
    narrowed = [fact["enrolment_grade"] for fact in facts if fact["type"] == "plan_narrowed"]
    return [name.removesuffix(".png") for name in files if name.startswith(("flat", "rolled"))], narrowed


def test_slaps_and_the_scanner_is_unplugged_between_them(stage: Stage) -> None:
    """C1, T2, X2: it pauses at the second slap, citizen and officer are told, and it goes on by itself."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            going = asyncio.create_task(citizen.goes_on("fingers.flat-15"))
            paused = await citizen.asked("paused.fingers")
            assert isinstance(paused.screen, Pause)
            assert len(paused.kept) == 2, "the portrait and the first slap"
            board = await officer.board_shows(lambda b: any(d.state is HealthState.GONE for d in b.devices))
            (gone,) = [device for device in board.devices if device.state is HealthState.GONE]
            assert gone.message is not None
            assert (gone.kind, gone.message.code) == ("fingers", "sbi.unplugged")
            await going
            await citizen.goes_on("done")

    with scanner_at(stage, Fault("gone", nth=2, seconds=2.5)) as wire:
        asyncio.run(journey())
        assert wire.mischief.played == ["gone"]
        assert taken_by(stage) == (SLAPS, [True])


def test_the_whole_plan_and_a_finger_that_is_not_there(stage: Stage) -> None:
    """C3, X2: with a part for rolled fingers nothing is narrowed; who lacks a finger is described once, and both the
    slap and the rest are taken. The service dies meanwhile.
    """

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which")
            await citizen.answer("fingers.which", "5")
            await decides(officer, "finger", "missing")
            reviewing = asyncio.create_task(decides(officer, "dossier", "approve"))
            await citizen.goes_on("done")
            await reviewing

    with scanner_at(stage, Fault("refuse", nth=6, seconds=1.0), kind="rolls", rolled_sub_id=4):
        stage.world.change(fingers={"5": FingerCondition(missing=True)})
        asyncio.run(journey())
        keys, narrowed = taken_by(stage)
        rolled = [f"rolled-{code:02d}" for code in range(1, 11) if code != 5]
        assert (keys, narrowed) == (SLAPS + rolled, [])
