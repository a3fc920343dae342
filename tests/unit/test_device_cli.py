"""`kiosk device list|try|record`: one device alone from the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk.app import trial
from kiosk.cli.device import value_of
from kiosk.cli.main import main
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.device import HEALTHY, Health, Transfer
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.zfm import open_device
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.hal.serial_log import ReplayPort
from kiosk.hal.world import FingerCondition, world_in
from tests.speaker_kit import samples, sound_into
from tests.zfm_kit import hands


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON answered, what was said."""
    status = main(["device", *arguments, "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out), said.err


# -- list --------------------------------------------------------------------------------------------------------


def test_drivers_are_listed_with_those_configured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text('[devices.panel]\ndriver = "gpio"\nsettings = { button = 17 }\n')
    assert main(["device", "list", "--config", str(config), "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    panels = [
        (line["driver"], line["configured"], line["settings"]) for line in lines if line["kind"] == "panel"
    ]
    assert panels == [("gpio", True, {"button": 17}), ("sim", False, {})]
    assert {line["kind"] for line in lines} == {"fingers", "camera", "printer", "panel", "speaker"}
    assert [line["driver"] for line in lines if line["kind"] == "speaker"] == ["alsa", "sim"]


def test_a_configured_driver_that_is_not_there_is_listed_with_its_trouble(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text('[devices.camera]\ndriver = "nope"\n')
    assert main(["device", "list", "--config", str(config)]) == 1
    assert "There is no driver “nope” for camera" in capsys.readouterr().out


# -- try ---------------------------------------------------------------------------------------------------------


def test_a_finger_becomes_a_picture_with_its_numbers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, grown: Path
) -> None:
    """T1: a reader is checked without a visit."""
    world_in(tmp_path).change(person=85)
    (tmp_path / "sim" / "masters").symlink_to(grown / "masters")
    out = tmp_path / "finger.png"
    arguments = ("try", "fingers", "--driver", "sim", "--set", "reader=single")
    status, facts, _ = run(capsys, *arguments, "--data", str(tmp_path), "--out", str(out))
    assert status == 0
    assert (facts["enrolment_grade"], facts["ppi"], facts["out"]) == (False, 500, str(out))
    assert facts["bytes"] == facts["width"] * facts["height"]
    with Image.open(out) as picture:
        assert (picture.size, picture.mode) == ((facts["width"], facts["height"]), "L")


class PacedReader:
    """A reader whose driver counts the bytes of its line."""

    model, simulated, enrolment_grade = "paced", True, False
    takes_slaps = takes_rolled = False
    last_transfer = Transfer(bytes=40_032, seconds=7.0, baud=57_600)

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> FingerImage:
        return FingerImage(position, impression, 8, 8, 500, bytes(64))

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None:
        """Nothing is held open."""


def test_a_driver_that_counts_tells_its_share_of_the_line() -> None:
    facts = trial.try_device("fingers", PacedReader(), None, 1.0).facts
    assert (facts["baud"], facts["line_bytes"], facts["line_share"]) == (57_600, 40_032, 0.9929)
    assert Transfer(1, 0.0, 9600).share == 0.0


def test_no_finger_is_an_answer_not_a_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    world_in(tmp_path).change(fingers={"2": FingerCondition(missing=True)})
    status, facts, said = run(
        capsys, "try", "fingers", "--driver", "sim", "--data", str(tmp_path), "--timeout", "0.1"
    )
    assert (status, facts["trouble"]) == (1, "device.no_finger")
    assert "Wipe the glass" in said


def test_a_camera_becomes_a_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "face.png"
    status, facts, _ = run(capsys, "try", "camera", "--driver", "sim", "--out", str(out))
    with Image.open(out) as picture:
        assert picture.size == (facts["width"], facts["height"])
    assert status == 0


def test_a_printer_prints_every_mark(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "slip.png"
    status, facts, _ = run(capsys, "try", "printer", "--driver", "sim", "--out", str(out))
    assert (status, facts["status"]) == (0, "ok")
    with Image.open(out) as picture:
        assert picture.width == 576


def test_a_printer_without_paper_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    world_in(tmp_path).change(paper_mm=0.0)
    status, facts, said = run(capsys, "try", "printer", "--driver", "sim", "--data", str(tmp_path))
    assert (status, facts["trouble"]) == (1, "printer.paper_out")
    assert "Fit an 80 mm thermal roll" in said


def test_a_panel_shows_its_lamps_and_waits_for_the_button(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world_in(tmp_path).change(present=True, housing_open=True)
    status, facts, _ = run(
        capsys, "try", "panel", "--driver", "sim", "--data", str(tmp_path), "--timeout", "0.05"
    )
    assert status == 0
    assert (facts["pressed"], facts["present"], facts["tampered"]) == (False, True, True)
    assert (tmp_path / "sim" / "lamp").read_text() == "fault\n"


def test_a_speaker_says_a_test_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its number spelled out; the real driver into a file, and without a card in ALSA's own words."""
    sound_into(tmp_path / "played.raw", monkeypatch)
    status, facts, _ = run(capsys, "try", "speaker", "--driver", "alsa")
    assert (status, facts["ended"], facts["simulated"]) == (0, True, False)
    assert facts["said"] == "Loa nghe rõ. Số không không không bốn một bảy."
    assert abs(samples(tmp_path / "played.raw").astype(int)).max() > 1000
    status, facts, said = run(capsys, "try", "speaker", "--driver", "alsa", "--set", "device=no_such_card")
    assert (status, facts["error"]) == (2, "speaker.not_played")
    assert "List the sound cards with aplay -l" in said


def test_a_dead_cable_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    world_in(tmp_path).change(camera_connected=False)
    status, facts, said = run(capsys, "try", "camera", "--driver", "sim", "--data", str(tmp_path))
    assert (status, facts) == (2, {"error": "camera.gone"})
    assert said.strip().count("\n") == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("try", "camera", "--driver", "nope"), "device.no_driver"),
        (("try", "camera", "--driver", "drawing"), "device.no_driver"),
        (("try", "panel", "--driver", "gpio", "--port", "/dev/x"), "panel.gpio_settings"),
        (("try", "panel", "--driver", "sim", "--set", "pin"), "device.bad_setting"),
        (("try", "camera", "--driver", "sim", "--out", "/nowhere/x.png"), "device.no_folder"),
        (("record", "--driver", "sim", "--out", "/nowhere/x"), "device.not_serial"),
    ],
)
def test_what_cannot_be_tried_is_said_in_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
) -> None:
    status, answer, said = run(capsys, *arguments)
    assert (status, answer["error"]) == (2, code)
    assert "⟦" not in said and "{" not in said


# -- over the wire -----------------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path, grown: Path) -> Iterator[str]:
    """The port of a simulated ZFM module at line speed."""
    data = hands(tmp_path / "hands", grown / "masters")
    port = tmp_path / "port"
    with ZfmWire(module_in(data, "r503", time.monotonic), port):
        yield str(port)


def test_a_finger_over_a_serial_line_tells_its_share_of_the_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, module: str
) -> None:
    """T1: size, bytes, seconds, share of the line rate."""
    out = tmp_path / "finger.png"
    status, facts, _ = run(capsys, "try", "fingers", "--driver", "zfm", "--port", module, "--out", str(out))
    assert status == 0
    assert (facts["width"], facts["height"], facts["bytes"]) == (192, 192, 192 * 192)
    assert facts["seconds"] > facts["line_seconds"] > 0
    assert 0.5 < facts["line_share"] <= 1.0
    with Image.open(out) as picture:
        assert picture.size == (192, 192)


def test_what_was_recorded_on_the_line_plays_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, module: str
) -> None:
    """A far-away fault on a developer's desk: the driver finds the same module and the same finger in the record."""
    record = tmp_path / "line.jsonl"
    status, facts, said = run(capsys, "record", "--driver", "zfm", "--port", module, "--out", str(record))
    assert (status, facts["bytes"]) == (0, 192 * 192)
    assert f"Recorded to {record}" in said
    replay = ReplayPort(record.read_text().splitlines(), sleep=lambda _: None)
    reader = open_device({"port": module}, tmp_path, dial=lambda name, baud: replay)
    again = reader.capture(FingerPosition.RIGHT_INDEX, Impression.FLAT, 5)
    assert isinstance(again, FingerImage) and len(again.pixels) == facts["bytes"]
    reader.close()
    assert replay.finished


def test_a_record_that_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str], module: str) -> None:
    arguments = ("record", "--driver", "zfm", "--port", module, "--out", "/nowhere/line.jsonl")
    status, answer, said = run(capsys, *arguments)
    assert (status, answer["error"]) == (2, "serial_log.unwritable")
    assert said.strip().count("\n") == 0


def test_a_busy_port_is_one_sentence_with_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, module: str
) -> None:
    holder = open_device({"port": module}, tmp_path)
    status, answer, said = run(capsys, "try", "fingers", "--driver", "zfm", "--port", module)
    holder.close()
    assert (status, answer["error"]) == (2, "serial.busy")
    assert said.strip().count("\n") == 0 and "Stop it" in said


@pytest.mark.parametrize(
    ("text", "value"),
    [("57600", 57600), ("0.5", 0.5), ("true", True), ("single", "single"), ('"7"', "7"), ("[1]", "[1]")],
)
def test_settings_are_read_as_toml_else_as_text(text: str, value: object) -> None:
    assert value_of(text) == value
