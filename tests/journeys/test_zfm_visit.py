"""A visit over the real driver of the ZFM family: a core whose reader is a simulated module on a pty."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from kiosk.domain.dossier import DossierState
from kiosk.hal.device import HealthState
from kiosk.hal.fingers.zfm_faults import Fault, FaultScript
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_protocol import grey_of
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.hal.world import FingerCondition
from kiosk.workflow.view import Pause
from tests.journeys.stage import Stage, at

FLAT_KEYS = [f"flat-{code:02d}" for code in range(1, 11)]

pytestmark = pytest.mark.system


@contextmanager
def module_on(stage: Stage, *faults: Fault) -> Iterator[ZfmWire]:
    """A core with the driver `zfm`, and the module at the other end of its line."""
    port = stage.data / "reader"
    stage.configure(f'[devices.fingers]\ndriver = "zfm"\nsettings = {{ port = "{port}" }}\n')
    module = module_in(stage.data, "r307", time.monotonic)
    with ZfmWire(module, port, FaultScript(faults), stage.world, paced=False) as wire:
        stage.start()
        yield wire
        stage.stop()


def taken_by(stage: Stage) -> list[str]:
    """The finger images in the only dossier, sealed."""
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    files = stage.opened(line)
    narrowed = [fact for fact in json.loads(files["facts.json"]) if fact["type"] == "plan_narrowed"]
    assert [fact["enrolment_grade"] for fact in narrowed] == [False]
    return [name.removesuffix(".png") for name in files if name.startswith(("flat", "rolled"))]


async def _visit(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        await citizen.goes_on("done")


def test_the_visit_completes_over_the_real_driver(stage: Stage) -> None:
    """C1, T1, X2: the plan is narrowed to single flat fingers, and the dossier says so."""
    with module_on(stage) as wire:
        asyncio.run(_visit(stage))
        assert taken_by(stage) == FLAT_KEYS
        stage.stop()
        assert wire.exchange.module.baud == 57_600, "put back as it was found"


def test_the_reader_is_unplugged_in_the_fourth_finger(stage: Stage) -> None:
    """T2: in the middle of its image; the visit pauses there, all are told, and it goes on by itself."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            going = asyncio.create_task(citizen.goes_on("fingers.flat-05"))
            paused = await citizen.asked("paused.fingers")
            assert isinstance(paused.screen, Pause)
            assert len(paused.kept) == 4, "the portrait and three fingers"
            board = await officer.board_shows(lambda b: any(d.state is HealthState.GONE for d in b.devices))
            (gone,) = [device for device in board.devices if device.state is HealthState.GONE]
            assert gone.kind == "fingers"
            assert gone.message
            assert gone.message.code in ("zfm.gone", "serial.absent")
            await going
            await citizen.goes_on("done")

    # The first five fingers are fetched twice: the seventh image is the fourth finger's first.
    with module_on(stage, Fault("unplug", image=7, packet=150, seconds=2.5)):
        asyncio.run(journey())
        assert taken_by(stage) == FLAT_KEYS


def test_noise_on_the_line(stage: Stage) -> None:
    """T2: nobody notices but the officer's board, and what is kept is what the module saw."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            going = asyncio.create_task(citizen.goes_on("done"))
            await officer.board_shows(
                lambda b: any(d.message is not None and d.message.code == "zfm.noisy" for d in b.devices)
            )
            await going
            assert "paused.fingers" not in {view.screen.id for view in citizen.views}

    noise = Fault("noise", chance=0.0005, count=2), Fault("flip", chance=0.0005), Fault("flip", image=1)
    with module_on(stage, *noise) as wire:
        asyncio.run(journey())
        assert taken_by(stage) == FLAT_KEYS
        (line,) = stage.dossiers()
        with Image.open(io.BytesIO(stage.opened(line)["flat-10.png"])) as last:
            assert last.tobytes() == grey_of(wire.exchange.module.fetched)


def test_a_killed_core_leaves_a_module_that_gets_its_rate_back(stage: Stage) -> None:
    """T2: `kill -9` with the rate raised; the next core serves with the module and puts back what it had at first."""

    async def ready() -> None:
        async with at(stage, "officer") as officer:
            await officer.board_shows(
                lambda b: any(d.kind == "fingers" and d.state is HealthState.OK for d in b.devices)
            )

    with module_on(stage) as wire:
        asyncio.run(ready())
        stage.kill()
        assert wire.exchange.module.baud == 115_200
        stage.start()
        asyncio.run(ready())
        stage.stop()
        assert wire.exchange.module.baud == 57_600


def test_a_finger_shown_by_the_person_is_coached(stage: Stage) -> None:
    """C2: a sweaty finger, tried again as the screen says, on a reader that cannot know which finger it sees."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            going = asyncio.create_task(citizen.goes_on("fingers.flat-03"))
            while not going.done():
                view = citizen.view
                fingers = getattr(view.screen, "fingers", ()) if view else ()
                if fingers and stage.world.read().laying != str(fingers[0]):
                    stage.world.change(laying=str(fingers[0]))
                await asyncio.sleep(0.02)
            said = {v.screen.about.code for v in citizen.views if getattr(v.screen, "about", None)}  # type: ignore[union-attr]
            assert "finger.seen.sweaty" in said

    with module_on(stage):
        stage.world.change(laying="1", fingers={"2": FingerCondition(sweat=1.0)})
        asyncio.run(journey())
