"""`kiosk doctor`: every fault is found, has a remedy in words, and decides the exit status. M3, T1."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pyrage
import pytest

from kiosk.app.doctor import Finding, Place, State, examine, worst
from kiosk.app.process import only_core
from kiosk.app.sheet import print_sheet, readiness_sheet
from kiosk.cli.main import main
from kiosk.config import Config, DeviceConfig, DevicesConfig, Mode, SealConfig, StationConfig
from kiosk.domain.message import Message
from kiosk.domain.receipt import QrCode, Text
from kiosk.errors import StoreError
from kiosk.hal.printer import NotPrinted, Printed
from kiosk.hal.world import world_in
from kiosk.locale import Audience, Words
from kiosk.store.keys import KEY_FILES, DeviceKeys
from kiosk.store.roster import build
from tests.kit import MAU, HandClock

ROOMY = "[surroundings]\ndisk_warn = 99.8\ndisk_refuse = 99.9\n"


def roomy(**changed: object) -> Config:
    """A configuration whose disk limits this machine keeps to."""
    limits = msgspec.structs.replace(Config().surroundings, disk_warn=99.8, disk_refuse=99.9)
    return msgspec.structs.replace(Config(), surroundings=limits, **changed)


def found(data: Path, config: Config | None = None, root: Path | None = None) -> dict[str, Finding]:
    place = Place(config or roomy(), data, HandClock(), root or data / "no-root")
    return {finding.topic: finding for finding in examine(place)}


def whole(words: Words, finding: Finding) -> list[str]:
    messages = [Message(f"doctor.topic.{finding.topic}"), Message(f"doctor.state.{finding.state}")]
    messages += [finding.found, *([finding.remedy] if finding.remedy else [])]
    return [words.say(message, Audience.TECHNICIAN) for message in messages]


def assert_said(findings: dict[str, Finding]) -> None:
    """In both languages, every field filled; whatever is not well has a remedy."""
    for finding in findings.values():
        assert (finding.remedy is not None) == (finding.state is not State.OK), finding.topic
        for words in (Words("vi"), Words("en")):
            assert not [text for text in whole(words, finding) if "⟦" in text or "{" in text]


# -- a kiosk that is well ----------------------------------------------------------------------------------------


def test_a_new_demonstration_is_ready_and_nothing_is_made(tmp_path: Path) -> None:
    findings = found(tmp_path / "none")
    assert worst(tuple(findings.values())) is State.OK
    assert not (tmp_path / "none").exists()
    assert_said(findings)


def test_a_kiosk_in_service_names_its_key_and_its_roster(tmp_path: Path) -> None:
    key = DeviceKeys.open(tmp_path / "keys").key_id
    build(tmp_path / "roster.db", [MAU], "2026-11")
    findings = found(tmp_path)
    assert findings["keys"].found.values == {"key": key}
    assert findings["roster"].found.values == {"count": 1, "version": "2026-11"}
    assert worst(tuple(findings.values())) is State.OK
    assert_said(findings)


@pytest.mark.parametrize(
    ("committed", "verdict", "code"),
    [
        (2, "result=not-applied\nwanted=B\nwhy=core-silent\n", "doctor.image_not_applied"),
        (3, "", "doctor.image_on_trial"),
        (2, "result=applied\n", "doctor.image"),
    ],
)
def test_an_update_that_was_not_applied_is_told(
    committed: int, verdict: str, code: str, tmp_path: Path
) -> None:
    """T3: nobody believes in a release that does not run."""
    for name, text in (
        ("etc/kiosk-release", "VERSION=1.2.0\n"),
        ("proc/cmdline", "rauc.slot=A\n"),
        ("bootconfig/autoboot.txt", f"[all]\nboot_partition={committed}\n"),
        ("data/rauc/kiosk-verdict", verdict),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    findings = found(tmp_path, root=tmp_path)
    assert findings["image"].found.code == code
    assert_said(findings)


def test_the_image_is_named_by_its_release_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "kiosk-release").write_text("VERSION=1.2.0\nSLOT=A\n")
    release = found(tmp_path, root=tmp_path)["image"].found.values["release"]
    assert release == "VERSION=1.2.0 · SLOT=A"


# -- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "topic", "code", "state"),
    [
        ({"reader_connected": False}, "device.fingers", "device.gone", State.BAD),
        ({"camera_connected": False}, "device.camera", "device.gone", State.BAD),
        ({"printer_connected": False}, "device.printer", "printer.gone", State.BAD),
        ({"panel_connected": False}, "device.panel", "panel.gone", State.BAD),
        ({"paper_mm": 2000.0}, "device.printer", "printer.paper_low", State.WARN),
        ({"paper_mm": 0.0}, "device.printer", "printer.paper_out", State.BAD),
        ({"cover_open": True}, "device.printer", "printer.cover_open", State.BAD),
    ],
)
def test_a_device_in_trouble(
    tmp_path: Path, world: dict[str, object], topic: str, code: str, state: State
) -> None:
    world_in(tmp_path).change(**world)
    findings = found(tmp_path)
    assert (findings[topic].found.code, findings[topic].state) == (code, state)
    remedy = findings[topic].remedy
    assert remedy and remedy.values == {"kind": topic.partition(".")[2], "driver": "sim"}
    assert [name for name, finding in findings.items() if finding.state is not State.OK] == [topic]
    assert_said(findings)


def test_a_kiosk_without_a_voice_serves(tmp_path: Path) -> None:
    """A speaker is told of where one is configured; that it is silent keeps nobody from being served."""
    assert "device.speaker" not in found(tmp_path)
    for device, code in (
        (DeviceConfig("sim"), "doctor.device_ok"),
        (DeviceConfig("alsa", {"device": "no_such_card"}), "speaker.not_played"),
        (DeviceConfig("alsa", {"speed": 1}), "speaker.alsa_settings"),
    ):
        findings = found(tmp_path, roomy(devices=DevicesConfig(speaker=device)))
        state = State.OK if code == "doctor.device_ok" else State.WARN
        assert (findings["device.speaker"].found.code, findings["device.speaker"].state) == (code, state)
        assert_said(findings)


@pytest.mark.parametrize(
    ("device", "code"),
    [
        (DeviceConfig("nope"), "device.no_driver"),
        (DeviceConfig("gpio", {"button": 99}), "panel.gpio_settings"),
        (DeviceConfig("sim", {"pin": 4}), "panel.bad_settings"),
    ],
)
def test_a_driver_that_cannot_be_used(tmp_path: Path, device: DeviceConfig, code: str) -> None:
    findings = found(tmp_path, roomy(devices=DevicesConfig(panel=device)))
    assert (findings["device.panel"].found.code, findings["device.panel"].state) == (code, State.BAD)
    assert_said(findings)


def test_a_damaged_a_lost_and_an_open_key(tmp_path: Path) -> None:
    DeviceKeys.open(tmp_path / "keys")
    (tmp_path / "keys" / "tag.key").chmod(0o644)
    assert found(tmp_path)["keys"].found.code == "doctor.keys_open"
    (tmp_path / "keys" / "device.key").write_bytes(b"short")
    damaged = found(tmp_path)
    assert damaged["keys"].found == Message("store.key_damaged", {"place": "device.key"})
    (tmp_path / "kiosk.db").write_bytes(b"")
    for name in KEY_FILES:
        (tmp_path / "keys" / name).unlink()
    lost = found(tmp_path)
    assert (lost["keys"].found.code, lost["keys"].state) == ("doctor.keys_lost", State.BAD)
    assert not any((tmp_path / "keys").iterdir()), "a doctor makes no keys"
    assert_said(damaged)
    assert_said(lost)


def test_a_roster_that_is_damaged_or_missing_in_production(tmp_path: Path) -> None:
    (tmp_path / "roster.db").write_bytes(b"no roster at all")
    damaged = found(tmp_path)
    assert (damaged["roster"].found.code, damaged["roster"].state) == ("roster.damaged", State.BAD)
    assert_said(damaged)
    (tmp_path / "roster.db").unlink()
    missing = found(tmp_path, roomy(mode=Mode.PRODUCTION))
    assert (missing["roster"].found.code, missing["roster"].state) == ("doctor.roster_none", State.WARN)


def test_recipients_are_read_as_the_core_would(tmp_path: Path) -> None:
    keys = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    fine = found(tmp_path, roomy(seal=SealConfig(keys)))["recipients"]
    assert (fine.state, fine.found.values) == (State.OK, {"count": 2})
    for recipients in (("age1nonsense", keys[0]), keys[:1]):
        findings = found(tmp_path, roomy(seal=SealConfig(recipients)))
        assert findings["recipients"].state is State.BAD
        assert_said(findings)


def test_a_regime_that_is_not_there(tmp_path: Path) -> None:
    findings = found(tmp_path, roomy(station=StationConfig(regime="cccd1999")))
    assert (findings["config"].found.code, findings["config"].state) == ("config.regime", State.BAD)
    assert_said(findings)


def test_a_plan_out_of_force_is_only_for_a_demonstration(tmp_path: Path) -> None:
    """In production the technician reads it before the officers do."""
    earnest = roomy(mode=Mode.PRODUCTION)
    findings = found(tmp_path, earnest)
    assert (findings["plan"].found.code, findings["plan"].state) == ("doctor.plan_late", State.WARN)
    assert_said(findings)
    newer = msgspec.structs.replace(earnest, station=StationConfig(regime="cc2024"))
    fine = found(tmp_path, newer)["plan"]
    assert (fine.found.values["key"], fine.state) == ("development", State.OK)
    assert found(tmp_path)["plan"].state is State.OK


def test_surroundings_are_judged_by_whether_they_stop_the_kiosk(tmp_path: Path) -> None:
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("85000")
    production = Place(
        roomy(mode=Mode.PRODUCTION), tmp_path, HandClock("2020-01-01T00:00:00+00:00"), tmp_path
    )
    findings = {finding.topic: finding for finding in examine(production)}
    assert (findings["heat"].state, findings["clock"].state) == (State.WARN, State.BAD)
    assert_said(findings)


def test_a_core_that_holds_the_folder_but_does_not_answer(tmp_path: Path) -> None:
    with only_core(tmp_path):
        findings = found(tmp_path)
    assert (findings["core"].found.code, findings["core"].state) == ("doctor.core_silent", State.BAD)
    assert not [topic for topic in findings if topic.startswith("device.")], "the devices are the core's"
    assert_said(findings)


# -- the sheet ---------------------------------------------------------------------------------------------------


def test_the_sheet_says_what_was_found_and_is_printed(tmp_path: Path) -> None:
    world_in(tmp_path).change(camera_connected=False)
    place = Place(roomy(), tmp_path, HandClock(), tmp_path)
    words = Words("vi")
    slip = readiness_sheet(place, examine(place), lambda m: words.say(m, Audience.TECHNICIAN))
    texts = [part.text for part in slip.parts if isinstance(part, Text)]
    assert slip.number == "MAU01-READY-20261120-0830"
    assert {"PHIẾU KIỂM TRA MÁY", "CHƯA SẴN SÀNG", "Máy ảnh: hỏng", "Máy in: đạt"} <= set(texts)
    assert QrCode(slip.number) in slip.parts
    answer = print_sheet(place, slip)
    assert isinstance(answer, Printed) and answer.paper and Path(answer.paper).exists()
    world_in(tmp_path).change(paper_mm=0.0)
    assert isinstance(print_sheet(place, slip), NotPrinted)


def test_nothing_is_printed_behind_a_cores_back(tmp_path: Path) -> None:
    place = Place(roomy(), tmp_path, HandClock(), tmp_path)
    slip = readiness_sheet(place, examine(place), lambda message: message.code)
    with only_core(tmp_path), pytest.raises(StoreError, match=r"store\.in_use"):
        print_sheet(place, slip)


# -- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    file = tmp_path / "kiosk.toml"
    file.write_text(ROOMY)
    return file


@pytest.mark.parametrize(
    ("world", "status", "state"),
    [
        ({}, 0, "ok"),
        ({"paper_mm": 2000.0}, 0, "warn"),
        ({"paper_mm": 0.0}, 1, "bad"),
        ({"cover_open": True}, 1, "bad"),
        ({"camera_connected": False}, 1, "bad"),
        ({"panel_connected": False}, 1, "bad"),
    ],
)
def test_the_exit_status_says_whether_it_can_serve(
    tmp_path: Path,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    world: dict[str, object],
    status: int,
    state: str,
) -> None:
    world_in(tmp_path / "data").change(**world)
    assert main(["doctor", "--data", str(tmp_path / "data"), "--config", str(config), "--json"]) == status
    answer = json.loads(capsys.readouterr().out)
    assert answer["state"] == state
    assert {"topic", "state", "code", "found", "remedy"} == set(answer["findings"][0])


def test_what_a_technician_reads_and_prints(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    world_in(data).change(camera_connected=False)
    assert main(["doctor", "--data", str(data), "--config", str(config), "--print"]) == 1
    said = capsys.readouterr()
    assert "✗ Camera" in said.out and "→ Then try it alone" in said.out and "NOT READY" in said.out
    assert "readiness sheet is printed" in said.err
    assert len(list((data / "paper").glob("MAU01-READY-*.png"))) == 1


def test_a_sheet_that_does_not_come_out_is_said(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    world_in(data).change(paper_mm=0.0)
    assert main(["doctor", "--data", str(data), "--config", str(config), "--print"]) == 2
    assert "Paper out" in capsys.readouterr().err
