"""Whole programs only: the wire simulators, a doctor, a core with the real drivers, a scripted person."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest
from PIL import Image

from kiosk.biometrics.codes import read_qr
from kiosk.biometrics.pictures import rgb_of
from kiosk.domain.dossier import DossierState
from kiosk.hal.camera import Frame
from kiosk.hal.camera.sim import open_device as open_sim_camera
from kiosk.hal.fingers.zfm_rate import RATES_FILE
from kiosk.hal.world import world_in
from tests.journeys.stage import Stage, run_kiosk

pytestmark = pytest.mark.system

SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
COMES_UP_S = 20.0
ALL_TEN = [f"flat-{code:02d}" for code in range(1, 11)]
FAULTS = '[[fault]]\nkind = "flip"\nimage = 2\n[[fault]]\nkind = "unplug"\nimage = 9\nseconds = 1.5\n'
HANDS = """
[world]
person = 85
[world.fingers.2]
sweat = 0.7
[world.fingers.5]
missing = true
"""


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A simulator until the block ends, which it has to do in good order."""
    running = subprocess.Popen([sys.executable, "-m", "kiosk.cli.main", "sim", *arguments])
    try:
        yield running
    finally:
        running.terminate()
        assert running.wait(10) == 0


@contextmanager
def wired(stage: Stage, out: Path, *zfm: str) -> Iterator[None]:
    """A configuration that names the real drivers, and at the other ends of their cables the simulators."""
    reader, printer = stage.data.parent / "reader", stage.data.parent / "printer"
    stage.configure(
        f'[devices.fingers]\ndriver = "zfm"\nsettings = {{ port = "{reader}" }}\n'
        f'[devices.printer]\ndriver = "escpos"\nsettings = {{ port = "{printer}" }}\n'
        '[devices.camera]\ndriver = "files"\nsettings = { path = "pictures" }\n'
    )
    take_pictures(stage)
    world = ("--data", str(stage.data))
    with (
        program("zfm", "--pty", str(reader), *world, *zfm),
        program("escpos", "--pty", str(printer), "--out", str(out), *world),
    ):
        until = time.monotonic() + COMES_UP_S
        while not (reader.exists() and printer.exists()):
            assert time.monotonic() < until, "the simulators did not come up"
            time.sleep(0.05)
        yield


def take_pictures(stage: Stage) -> None:
    """Of the invented person, for the bench camera."""
    folder = stage.data / "pictures"
    folder.mkdir()
    camera = open_sim_camera({}, stage.data)
    for number in range(3):
        still = rgb_of(camera.still(1))
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(still, cv2.COLOR_RGB2BGR))


def examined(stage: Stage) -> tuple[int, dict[str, str]]:
    """The doctor's exit status, and the state of each topic."""
    files = ("--data", str(stage.data), "--config", str(stage.data / "kiosk.toml"))
    ran = run_kiosk("doctor", *files, "--json")
    found = json.loads(ran.stdout)["findings"]
    return ran.returncode, {finding["topic"]: finding["state"] for finding in found}


def played(stage: Stage, script: Path) -> tuple[int, dict[str, object], set[str]]:
    """Exit status of the scripted visit, its last line, the questions asked."""
    ran = run_kiosk("visit", "--data", str(stage.data), "--script", str(script), "--json")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return ran.returncode, lines[-1], {line["question"] for line in lines if "question" in line}


def codes_in(out: Path) -> list[str | None]:
    slips = [Image.open(path).convert("RGB") for path in sorted(out.glob("*.png"))]
    return [read_qr(Frame(slip.width, slip.height, slip.tobytes())) for slip in slips]


def test_the_scripted_visit_completes_over_real_drivers(stage: Stage, tmp_path: Path) -> None:
    """M3, T1, C1: green before and while it serves; ten fingers, a portrait, the slip as it left the printer."""
    out = tmp_path / "slips"
    with wired(stage, out):
        assert examined(stage) == (0, dict.fromkeys(examined(stage)[1], "ok"))
        stage.start()
        status, last, asked = played(stage, SCRIPT)
        assert (status, last["samples"]) == (0, 12)
        assert {f"fingers.{key}" for key in ALL_TEN} <= asked
        assert examined(stage) == (0, dict.fromkeys(examined(stage)[1], "ok"))
        stage.stop()
    (line,) = stage.dossiers()
    assert (line.state, line.dossier) == (DossierState.SEALED, last["dossier"])
    assert codes_in(out) == [line.dossier]
    assert not (stage.data / RATES_FILE).exists(), "the module has its own rate back"


def test_a_difficult_hand_on_a_spoiled_line(stage: Stage, tmp_path: Path) -> None:
    """C2, C3, T2: one finger sweats, one is missing, a bit turns, the cable is pulled; the visit goes on by itself."""
    out, faults, script = tmp_path / "slips", tmp_path / "faults.toml", tmp_path / "visit.toml"
    faults.write_text(FAULTS)
    plain = SCRIPT.read_text(encoding="utf-8").partition("[officer]")[0]
    officer = '"fingers.flat-05" = "cannot"\n"fingers.which" = "5"\n[officer]\nfinger = "missing"\ndossier = "approve"\n'
    script.write_text(plain + officer + HANDS, encoding="utf-8")
    with wired(stage, out, "--model", "r503", "--faults", str(faults)):
        stage.start()
        status, _, asked = played(stage, script)
        stage.stop()
    assert status == 0
    assert {"paused.fingers", "approval.finger", "approval.dossier"} <= asked
    (line,) = stage.dossiers()
    assert (line.state, line.described) == (DossierState.SEALED, 1)
    taken = [name.removesuffix(".png") for name in stage.opened(line) if name.startswith("flat")]
    assert taken == [key for key in ALL_TEN if key != "flat-05"]
    assert codes_in(out) == [line.dossier]
    assert world_in(stage.data).read().laying is None, "who comes next lays their own fingers"
