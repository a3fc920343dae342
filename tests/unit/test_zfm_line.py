"""The driver of the ZFM family on a real pty; records, fault scripts, and the simulated module as a program."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.domain.fingers import FingerPosition
from kiosk.errors import BadInputError, DeviceError
from kiosk.hal.device import HEALTHY
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.zfm import ZfmReader, open_device
from kiosk.hal.fingers.zfm_faults import read_faults
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.hal.serial_log import ReplayPort, recording
from kiosk.hal.world import world_in
from tests.zfm_kit import FLAT, INDEX, Desk, hands, taken

THUMB = FingerPosition.RIGHT_THUMB


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


@pytest.fixture
def wire(data: Path, tmp_path: Path) -> Iterator[ZfmWire]:
    """A module on a real pty, as fast as the pty goes."""
    module = module_in(data, "r307", time.monotonic)
    with ZfmWire(module, tmp_path / "port", world=world_in(data), paced=False) as made:
        yield made


def test_on_a_pty_with_a_cable_pulled_and_plugged(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    """T2: gone is said at once, and a new start finds the module again."""
    port = {"port": str(tmp_path / "port")}
    reader = open_device(port, data)
    assert isinstance(reader.capture(THUMB, FLAT, 5), FingerImage)
    world_in(data).change(reader_connected=False)
    with pytest.raises(DeviceError, match=r"zfm\.gone"):
        _until_gone(reader)
    reader.close()
    with pytest.raises(DeviceError, match=r"serial\.absent"):
        open_device(port, data)
    world_in(data).change(reader_connected=True)
    _until(lambda: (tmp_path / "port").exists())
    again = open_device(port, data)
    assert isinstance(again.capture(INDEX, FLAT, 5), FingerImage)
    again.close()
    assert wire.exchange.module.baud == 57_600, "put back, though the cable was out when it should have been"


def _until_gone(reader: ZfmReader) -> None:
    for _ in range(200):
        reader.capture(INDEX, FLAT, 0.05)


def _until(true: Callable[[], bool], patience: int = 200) -> None:
    for _ in range(patience):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def test_health_does_not_disturb_a_capture(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    world_in(data).change(pace=0.4)
    reader = open_device({"port": str(tmp_path / "port")}, data)
    images: list[object] = []
    thread = threading.Thread(target=lambda: images.append(reader.capture(THUMB, FLAT, 5)))
    thread.start()
    while thread.is_alive():
        assert reader.health() == HEALTHY
        thread.join(0.01)
    assert isinstance(images[0], FingerImage)
    reader.close()


def test_a_port_in_use_is_said(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    port = {"port": str(tmp_path / "port")}
    reader = open_device(port, data)
    with pytest.raises(DeviceError) as caught:
        open_device(port, data)
    assert caught.value.code == "serial.busy"
    reader.close()


def test_another_device_and_no_device_are_told_apart(data: Path, tmp_path: Path) -> None:
    """Bad input: a port that is not there, is no port, is silent, or is another device."""
    (tmp_path / "file").write_text("not a port")
    codes = {}
    for name in ("absent", "file"):
        with pytest.raises(DeviceError) as caught:
            open_device({"port": str(tmp_path / name)}, data)
        codes[name] = caught.value.code
    assert codes == {"absent": "serial.absent", "file": "serial.unusable"}
    assert _says_of({"silent": b"", "modem": b"OK\r\nRING\r\n" * 40}, data) == {
        "silent": "zfm.silent",
        "modem": "zfm.other_device",
    }


def _says_of(devices: dict[str, bytes], data: Path) -> dict[str, str]:
    said = {}
    for name, talk in devices.items():
        end, port = pty.openpty()
        stop = threading.Event()
        thread = threading.Thread(target=_talk, args=(end, talk, stop))
        thread.start()
        with pytest.raises(DeviceError) as caught:
            open_device({"port": os.ttyname(port)}, data)
        said[name] = caught.value.code
        stop.set()
        thread.join()
        os.close(end)
        os.close(port)
    return said


def _talk(end: int, talk: bytes, stop: threading.Event) -> None:
    os.set_blocking(end, False)
    while not stop.wait(0.02):
        try:
            os.write(end, talk)
            os.read(end, 4096)
        except BlockingIOError:
            pass


def test_a_record_plays_again(data: Path, tmp_path: Path) -> None:
    """The driver cannot tell a record from the device."""
    desk, log = Desk(data, "r503"), tmp_path / "log.jsonl"
    reader = desk.open(dial=recording(desk.dial, log))
    first = taken(reader)
    reader.close()
    replay = ReplayPort(log.read_text().splitlines(), sleep=desk.port.sleep)
    again = Desk(data).open(dial=lambda name, baud: replay)
    assert taken(again) == first
    again.close()
    assert replay.finished


def test_a_record_of_something_else_is_refused(data: Path, tmp_path: Path) -> None:
    desk, log = Desk(data, "r503"), tmp_path / "log.jsonl"
    desk.open(dial=recording(desk.dial, log)).close()
    lines = log.read_text().splitlines()
    with pytest.raises(BadInputError, match=r"serial_log\.differs"):
        Desk(data).open(dial=lambda name, baud: ReplayPort(lines, lambda _: None), password=5)
    for damaged in ('{"t": 1, "out": "xyz"}', "[]", "\x00"):
        with pytest.raises(BadInputError, match=r"serial_log\.unreadable"):
            ReplayPort([*lines, damaged])


def test_a_fault_script_is_read_from_either_format(tmp_path: Path) -> None:
    toml, json = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text('seed = 3\n[[fault]]\nkind = "unplug"\nimage = 4\nseconds = 2.0\n')
    json.write_text('{"seed": 3, "fault": [{"kind": "unplug", "image": 4, "seconds": 2.0}]}')
    assert read_faults(toml) == read_faults(json)
    for text in ('[[fault]]\nkind = "fire"', "not = [toml", '[[fault]]\nkind="flip"\nchance=7'):
        toml.write_text(text)
        with pytest.raises(BadInputError, match=r"sim\.bad_script"):
            read_faults(toml)
    with pytest.raises(BadInputError):
        read_faults(tmp_path / "absent.toml")


def test_the_program_plays_the_module_until_a_signal(data: Path, tmp_path: Path) -> None:
    """T1: `kiosk sim zfm --pty PATH`, for any program that opens a serial port."""
    port = tmp_path / "port"
    command = [sys.executable, "-m", "kiosk.cli.main", "sim", "zfm", "--pty", str(port), "--data", str(data)]
    program = subprocess.Popen([*command, "--model", "r503"])
    try:
        _until(port.exists, patience=1000)
        reader = open_device({"port": str(port)}, data)
        assert isinstance(reader.capture(THUMB, FLAT, 20), FingerImage)
        reader.close()
    finally:
        program.terminate()
    assert program.wait(10) == 0
    assert not port.is_symlink()


def test_the_program_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text("fault = 5")
    assert main(["sim", "zfm", "--pty", str(tmp_path / "port"), "--faults", str(script)]) == 2
    assert main(["sim", "zfm", "--pty", str(tmp_path / "no" / "folder")]) == 2
