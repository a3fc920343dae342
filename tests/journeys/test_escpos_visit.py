"""A whole visit over the real printer driver, and the troubles of a real cable and a real roll of paper."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest
from PIL import Image

from kiosk.biometrics.codes import read_qr
from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame
from kiosk.hal.camera.sim import open_device as open_sim_camera
from kiosk.hal.device import HealthState
from kiosk.hal.printer.wire import Fault
from kiosk.workflow.board import Board
from kiosk.workflow.view import Pause
from tests.journeys.stage import Stage, at
from tests.wires import Bench, printer_bench, script_of

SLOW_MM_PER_SECOND = 120.0
MID_SLIP_BYTES = 6_000

pytestmark = pytest.mark.system


@contextmanager
def printing(stage: Stage, cable: str, *faults: Fault) -> Iterator[Bench]:
    """A printer wired to the stage's core; it senses the stage's world."""
    folder = stage.data.parent / "printer"
    with printer_bench(folder, cable, faults, data=stage.data, mm_per_second=SLOW_MM_PER_SECOND) as bench:
        stage.configure(
            f'[devices.printer]\ndriver = "escpos"\n[devices.printer.settings]\nport = "{bench.port}"\n'
        )
        stage.start()
        try:
            yield bench
        finally:
            stage.stop()


def code_on(piece: Path) -> str | None:
    """What the QR code on a piece of paper says."""
    picture = Image.open(piece).convert("RGB")
    return read_qr(Frame(picture.width, picture.height, picture.tobytes()))


def codes(bench: Bench) -> list[str | None]:
    """The codes of the pieces that are not torn."""
    return [code_on(bench.out / name) for name in bench.pieces if "-torn" not in name]


def told(code: str) -> Callable[[Board], bool]:
    """Whether the officer's board shows the printer with this message."""
    return lambda board: (
        ("printer", code) in {(line.kind, line.message.code) for line in board.devices if line.message}
    )


def test_paper_out_in_mid_slip_and_a_cover_open_for_the_new_roll(stage: Stage) -> None:
    """C4: seen while it prints, told, and the whole slip comes after the paper is in and the cover closed."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("sign")
            stage.world.change(paper_mm=40.0)
            going = asyncio.create_task(citizen.goes_on("done"))
            waiting = await citizen.asked("printer.paper_out")
            assert isinstance(waiting.screen, Pause)
            await officer.board_shows(told("printer.paper_out"))
            stage.world.change(paper_mm=50_000.0, cover_open=True)
            await citizen.asked("printer.cover_open")
            await officer.board_shows(told("printer.cover_open"))
            stage.world.change(cover_open=False)
            await going

    with printing(stage, "pty") as bench:
        asyncio.run(journey())
        (line,) = stage.dossiers()
        assert codes(bench) == [line.dossier]
        assert any("-torn" in name for name in bench.pieces)
        assert bench.wire.mechanism.refused == []


def test_the_cover_is_opened_in_mid_slip(stage: Stage) -> None:
    async def journey(bench: Bench) -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("sign")
            before = bench.wire.received
            going = asyncio.create_task(citizen.goes_on("done"))
            while bench.wire.received < before + MID_SLIP_BYTES:
                await asyncio.sleep(0.005)
            stage.world.change(cover_open=True)
            await citizen.asked("printer.cover_open")
            stage.world.change(cover_open=False)
            await going

    with printing(stage, "pty") as bench:
        asyncio.run(journey(bench))
        (line,) = stage.dossiers()
        assert codes(bench) == [line.dossier]
        assert any("-torn" in name for name in bench.pieces)


def test_a_printer_that_never_answers(stage: Stage) -> None:
    """Silence is never OK: the visit waits, the officer is told, nothing is printed blindly."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("sign")
            going = asyncio.create_task(citizen.goes_on("done"))
            paused = await citizen.asked("paused.printer")
            assert isinstance(paused.screen, Pause)
            await officer.board_shows(told("printer.silent"))
            going.cancel()

    with printing(stage, "pty", Fault("mute")) as bench:
        asyncio.run(journey())
        assert bench.pieces == []


def test_a_network_printer_stalls_in_mid_slip(stage: Stage) -> None:
    """Said to be gone, tried again; when it answers again the whole slip is printed."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("sign")
            going = asyncio.create_task(citizen.goes_on("done"))
            await citizen.asked("paused.printer")
            await going

    with printing(stage, "tcp", Fault("stall", after_bytes=12_000, seconds=4.5)) as bench:
        asyncio.run(journey())
        (line,) = stage.dossiers()
        assert codes(bench)[-1:] == [line.dossier]


# -- the bench camera ---------------------------------------------------------------------------------------------


def take_portraits(stage: Stage, folder: Path) -> None:
    """Pictures of the invented person, as the simulated camera draws her."""
    folder.mkdir()
    camera = open_sim_camera({}, stage.data)
    for number in range(3):
        still = rgb_of(camera.still(1))
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(still, cv2.COLOR_RGB2BGR))


def test_the_camera_goes_away_in_preview_and_comes_back(stage: Stage) -> None:
    """T2: the visit waits at the portrait and goes on by itself."""
    pictures = stage.data / "pictures"
    away = stage.data / "away"
    take_portraits(stage, pictures)

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("portrait")
            pictures.rename(away)
            going = asyncio.create_task(citizen.goes_on("fingers.*"))
            paused = await citizen.asked("paused.camera")
            assert isinstance(paused.screen, Pause)
            await officer.board_shows(camera_gone)
            away.rename(pictures)
            await going

    stage.configure(
        '[devices.camera]\ndriver = "files"\n[devices.camera.settings]\npath = "pictures"\nfps = 5.0\n'
    )
    stage.start()
    asyncio.run(journey())


def camera_gone(board: Board) -> bool:
    return any(line.kind == "camera" and line.state is HealthState.GONE for line in board.devices)


# -- the simulated printer as a program --------------------------------------------------------------------------


def test_the_simulated_printer_runs_as_a_program(stage: Stage, tmp_path: Path) -> None:
    """`kiosk sim escpos`, a core that names its port, a visit, the slip as a picture."""
    port, out, script = tmp_path / "port", tmp_path / "slips", tmp_path / "faults.toml"
    script.write_bytes(script_of(Fault("slow", after_bytes=1_000, seconds=0.5, delay=0.05)))
    options = ["--pty", str(port), "--out", str(out), "--data", str(stage.data), "--faults", str(script)]
    program = subprocess.Popen([sys.executable, "-m", "kiosk.cli.main", "sim", "escpos", *options])
    try:
        stage.configure(
            f'[devices.printer]\ndriver = "escpos"\n[devices.printer.settings]\nport = "{port}"\n'
        )
        stage.start()
        asyncio.run(until_done(stage))
    finally:
        stage.stop()
        program.terminate()
        assert program.wait(10) == 0
    (line,) = stage.dossiers()
    assert [code_on(path) for path in out.glob("*.png")] == [line.dossier]
    assert not os.path.lexists(port)


async def until_done(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        await citizen.goes_on("done")
