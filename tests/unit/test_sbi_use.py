"""The driver `sbi` in use: slaps, who lacks a finger, rolled fingers, settings, the command line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.biometrics import assess
from kiosk.biometrics.fingers import segment
from kiosk.cli.main import main
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.fingers import FingerImage, FingerRefused, sbi
from kiosk.hal.fingers.sbi_faults import Fault, read_faults
from kiosk.hal.fingers.sbi_keys import new_keys
from kiosk.hal.fingers.sbi_service import PORTS
from kiosk.hal.fingers.sbi_wire import SbiWire
from kiosk.hal.world import FingerCondition
from tests.sbi_kit import FLAT, FOUR, INDEX, Bench, bench, taken
from tests.zfm_kit import hands


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


@pytest.fixture
def service(data: Path) -> Iterator[Bench]:
    with bench(data) as made:
        yield made


# -- slaps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [FOUR, FingerPosition.LEFT_FOUR, FingerPosition.TWO_THUMBS])
def test_a_slap_is_its_fingers_side_by_side(service: Bench, position: FingerPosition) -> None:
    """C1: in their order on the glass, each as the service sent it."""
    with service.opened() as reader:
        slap = taken(reader, position)
        assert assess(slap).accepted
        found = segment(slap)
        assert [finger.position for finger in found] == list(position.members)
        singles = [taken(reader, finger) for finger in position.members]
    rows = [slap.pixels[at : at + slap.width] for at in range(0, len(slap.pixels), slap.width)]
    gap = 24
    for index, single in enumerate(singles):
        left = gap + index * (single.width + gap)
        cut = b"".join(row[left : left + single.width] for row in rows)
        assert closeness(cut, single.pixels) < 40, "the same finger, in its place"


def closeness(one: bytes, other: bytes) -> float:
    """Mean difference of grey: two impressions of one finger differ by some pixels of movement and noise."""
    pairs = list(zip(one[::97], other[::97], strict=True))
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def test_a_finger_that_is_not_there_is_told_to_the_scanner(service: Bench) -> None:
    """C3: it would wait for it otherwise."""
    service.world.change(fingers={"5": FingerCondition(missing=True)})
    with service.opened() as reader:
        assert reader.capture(FOUR, FLAT, 20) == FingerRefused(FOUR, FingerTrouble.COUNT)
        image = reader.capture(FOUR, FLAT, 20, absent=(FingerPosition.RIGHT_LITTLE,))
    assert isinstance(image, FingerImage)
    assert assess(image, absent=(FingerPosition.RIGHT_LITTLE,)).accepted


def test_nobody_has_these_fingers(service: Bench) -> None:
    with service.opened() as reader:
        assert reader.capture(FOUR, FLAT, 20, absent=FOUR.members) == FingerRefused(FOUR)


def test_three_fingers_where_four_were_asked(data: Path) -> None:
    with bench(data, Fault("fewer")) as made, made.opened() as reader:
        assert reader.capture(FOUR, FLAT, 20) == FingerRefused(FOUR, FingerTrouble.COUNT)
        taken(reader, FOUR)


def test_the_chain_goes_on_from_capture_to_capture(data: Path) -> None:
    """And a refused answer is no link of it."""
    with bench(data, Fault("hash", nth=2)) as made, made.opened() as reader:
        taken(reader)
        with pytest.raises(DeviceError):
            reader.capture(INDEX, FLAT, 20)
        taken(reader, FingerPosition.TWO_THUMBS)
        taken(reader)


def test_rolled_fingers_only_where_the_vendor_has_a_part_for_them(data: Path) -> None:
    """X2: the specification has none."""
    with bench(data, kind="rolls") as made:
        with made.opened() as reader:
            assert not reader.takes_rolled
        with made.opened(rolled_sub_id=5) as reader:
            assert not reader.takes_rolled
        with made.opened(rolled_sub_id=4) as reader:
            assert reader.takes_rolled
            assert taken(reader, INDEX, Impression.ROLLED).impression is Impression.ROLLED


def test_enrolment_grade_can_be_denied(service: Bench) -> None:
    with service.opened(enrolment_grade=False) as reader:
        assert not reader.enrolment_grade


# -- settings and finding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["192.0.2.1", "0.0.0.0", "localhost", "kiosk.example", "::", ""])  # noqa: S104
def test_only_this_machine(service: Bench, address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sbi.open_device(service.settings | {"address": address}, service.data)
    assert caught.value.code == "sbi.setting_address"


@pytest.mark.parametrize(
    "wrong",
    [{"trust": 1}, {"port": 0}, {"port": "abc"}, {"env": "Lab"}, {"rolled_sub_id": 2}, {"colour": "red"}],
)
def test_settings_that_cannot_be(service: Bench, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        sbi.open_device(service.settings | wrong, service.data)
    assert caught.value.code == "sbi.setting"


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_trust_is_a_file_of_certificates(service: Bench, content: bytes | None) -> None:
    path = service.data / "other.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        sbi.open_device(service.settings | {"trust": str(path)}, service.data)
    assert caught.value.code == "sbi.setting_trust"


def test_a_service_is_found_in_the_range(data: Path) -> None:
    """Past a port that another program holds, and one where nobody speaks the language."""
    with socket.create_server(("127.0.0.1", 0)) as silent, bench(data) as made:
        own = [silent.getsockname()[1], made.wire.port]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kiosk.hal.fingers.sbi_service.PORTS", own)
            settings = {key: value for key, value in made.settings.items() if key != "port"}
            reader = sbi.open_device(settings, data)
            assert str(made.wire.port) in reader.model
            reader.close()


def test_nothing_in_the_range(data: Path) -> None:
    settings = {"trust": str(data / "trust.pem"), "env": "Developer"}
    (data / "trust.pem").write_bytes(new_keys().trust_pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.hal.fingers.sbi_service.is_open", lambda *_: False)
        with pytest.raises(DeviceError) as caught:
            sbi.open_device(settings, data)
    assert caught.value.code == "sbi.none"
    assert (caught.value.values["first"], caught.value.values["last"]) == (4501, 4600)
    assert len(PORTS) == 100


# -- from the command line --------------------------------------------------------------------------------------------


def test_device_try_over_a_service(service: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """`kiosk device try fingers --driver sbi`: a finger, and how fast the live picture is."""
    chosen = [f"--set={key}={value}" for key, value in service.settings.items() if key != "port"]
    out = service.data / "finger.png"
    port = str(service.wire.port)
    status = main(
        ["device", "try", "fingers", "--driver", "sbi", "--port", port, *chosen, "--out", str(out), "--json"]
    )
    facts = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (facts["width"], facts["height"], facts["ppi"], facts["enrolment_grade"]) == (320, 480, 500, True)
    assert facts["stream_fps"] >= 3
    assert out.read_bytes().startswith(b"\x89PNG")


def test_the_simulation_as_a_program(data: Path) -> None:
    """`kiosk sim sbi --port N --trust FILE --faults FILE`, until a signal."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    trust, faults = data / "written.pem", data / "faults.toml"
    faults.write_text('[[fault]]\nkind = "error"\ncode = 103\n')
    command = [sys.executable, "-m", "kiosk.cli.main", "sim", "sbi", "--port", str(port), "--data", str(data)]
    program = subprocess.Popen([*command, "--trust", str(trust), "--faults", str(faults)])
    try:
        settings = {"trust": str(trust), "port": port, "env": "Developer"}
        reader = _once_there(settings, data)
        with pytest.raises(DeviceError) as caught:
            reader.capture(INDEX, FLAT, 20)
        assert caught.value.code == "sbi.tampered"
        taken(reader)
        reader.close()
    finally:
        program.terminate()
    assert program.wait(20) == 0


def _once_there(settings: dict[str, Any], data: Path) -> sbi.SbiReader:
    for _ in range(400):
        try:
            return sbi.open_device(settings, data)
        except (ConfigError, DeviceError):
            time.sleep(0.05)
    raise AssertionError("the program did not come up")


def test_a_live_picture_that_is_none(data: Path) -> None:
    with bench(data, Fault("error", verb="STREAM")) as made, made.opened() as reader:
        with pytest.raises(DeviceError) as caught:
            reader.stream_rate(1.0)
        assert caught.value.code == "sbi.garbled"


def test_fault_scripts(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\nkind = "hash"\nnth = 2\n')
    assert read_faults(path).fault == (Fault("hash", nth=2),)
    path.write_text('[[fault]]\nkind = "earthquake"\n')
    with pytest.raises(BadInputError):
        read_faults(path)


def test_a_port_that_is_taken(service: Bench) -> None:
    with pytest.raises(BadInputError) as caught:
        SbiWire(service.wire.scanner, service.wire.port)
    assert caught.value.code == "sim.no_cable"
