"""The driver `sbi` against a simulated service with its faults: what is believed, what is refused, and in which words."""

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

from kiosk.app.resources import open_driver
from kiosk.biometrics import assess
from kiosk.cli.main import main
from kiosk.config import DeviceConfig, Mode
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.device import HealthState
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


def refused_capture(
    data: Path, fault: Fault, position: FingerPosition = INDEX, **settings: Any
) -> DeviceError:
    """What a capture ends with under the fault."""
    with bench(data, fault) as made, made.opened(**settings) as reader:
        with pytest.raises(DeviceError) as caught:
            reader.capture(position, FLAT, 20)
        assert made.wire.mischief.played == [fault.kind]
        return caught.value


# -- what a service says, and whether it is believed ------------------------------------------------------------------

DOCUMENTS = {
    "signature": "sbi.signature",
    "foreign": "sbi.foreign",
    "expired": "sbi.expired",
    "unsigned": "sbi.unsigned",
    "other_device": "sbi.replay",
    "transaction": "sbi.replay",
    "old": "sbi.clock",
    "env": "sbi.purpose",
    "hash": "sbi.hash",
    "names": "sbi.fingers",
    "twice": "sbi.fingers",
    "record": "finger_record.damaged",
    "wsq": "finger_record.lossy",
    "coarse": "sbi.resolution",
    "rolled": "sbi.impression",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_that_is_not_right_is_no_finger(data: Path, kind: str) -> None:
    """T2: nothing unsigned, foreign, replayed or damaged becomes an image, and the words say which it was."""
    assert refused_capture(data, Fault(kind)).code == DOCUMENTS[kind]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["signature", "foreign", "expired", "callback", "unregistered", "unsigned", "not_ready"]
)
def test_a_device_that_cannot_be_believed_is_not_opened(data: Path, kind: str) -> None:
    fault = Fault(kind, verb="MOSIPDINFO", nth=0)  # type: ignore[arg-type]
    expected = "sbi.unregistered" if kind == "unsigned" else f"sbi.{kind}"
    with bench(data, fault) as made, pytest.raises(DeviceError) as caught, made.opened():
        raise AssertionError("opened")
    assert caught.value.code == expected


ERRORS = {
    100: "sbi.unregistered",
    102: "sbi.error",
    103: "sbi.tampered",
    104: "sbi.error",
    106: "sbi.unplugged",
    107: "sbi.key_expired",
    108: "sbi.error",
    109: "sbi.error",
    202: "sbi.unplugged",
    555: "sbi.error",
}


@pytest.mark.parametrize("code", ERRORS)
def test_the_errors_of_the_specification(data: Path, code: int) -> None:
    caught = refused_capture(data, Fault("error", code=code))
    assert caught.code == ERRORS[code]
    assert caught.values.get("number", code) == code


def test_no_finger_and_a_crooked_one_are_no_errors(data: Path) -> None:
    """C2: 101 is nobody there, 105 a finger to be laid down again."""
    faults = Fault("error", code=101, nth=1), Fault("error", code=105, nth=2)
    with bench(data, *faults) as made, made.opened() as reader:
        assert reader.capture(INDEX, FLAT, 0.1) == FingerRefused(INDEX)
        assert reader.capture(INDEX, FLAT, 20) == FingerRefused(INDEX, FingerTrouble.PARTIAL)
        taken(reader)


def test_a_trust_file_may_hold_the_provider_only(service: Bench) -> None:
    """As the specification has it: a service need send its own certificate only."""
    from cryptography.hazmat.primitives.serialization import Encoding

    service.trust.write_bytes(new_keys().device.chain[1].public_bytes(Encoding.PEM))
    with service.opened() as reader:
        taken(reader)


def test_a_pinned_serial_number(service: Bench) -> None:
    with service.opened(serial="999000000001") as reader:
        assert "999000000001" in reader.model
    with pytest.raises(DeviceError) as caught, service.opened(serial="999000000002"):
        raise AssertionError("opened")
    assert caught.value.code == "sbi.other_device"


def test_a_clock_beyond_the_tolerance(service: Bench) -> None:
    with service.opened(ahead=90) as reader:
        taken(reader)
    with service.opened(ahead=-180) as reader, pytest.raises(DeviceError) as caught:
        reader.capture(INDEX, FLAT, 20)
    assert (caught.value.code, caught.value.values["most"]) == ("sbi.clock", 120)


def test_a_clock_of_another_year_makes_certificates_invalid(service: Bench) -> None:
    with pytest.raises(DeviceError) as caught, service.opened(ahead=400 * 86_400.0):
        raise AssertionError("opened")
    assert caught.value.code == "sbi.expired"


# -- the line ---------------------------------------------------------------------------------------------------------

LINES = {
    "cut": "sbi.broken",
    "chunk": "sbi.broken",
    "huge": "sbi.too_large",
    "not_json": "sbi.garbled",
    "status": "sbi.status",
    "refuse": "sbi.broken",
}


@pytest.mark.parametrize("kind", LINES)
def test_a_broken_line(data: Path, kind: str) -> None:
    assert refused_capture(data, Fault(kind)).code == LINES[kind]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["hang", "drip", "slow"])
def test_a_service_that_hangs_is_given_up(data: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it drags on: no call lasts longer than the capture's own time and a little."""
    monkeypatch.setattr("kiosk.hal.fingers.sbi_service.LATE_S", 0.2)
    begun = time.monotonic()
    assert refused_capture(data, Fault(kind, seconds=60), capture_s=1).code == "sbi.silent"  # type: ignore[arg-type]
    assert time.monotonic() - begun < 10


def test_a_slow_answer_is_waited_for_by_several_calls(data: Path) -> None:
    """The workflow asks every half second; the capture goes on meanwhile and is asked for once only."""
    with bench(data, Fault("slow", seconds=1.0)) as made, made.opened() as reader:
        answers = [reader.capture(INDEX, FLAT, 0.2) for _ in range(3)]
        assert answers == [FingerRefused(INDEX)] * 3
        assert reader.health().state is HealthState.OK
        taken(reader)
        assert made.wire.mischief.played == ["slow"]


def test_nobody_listens(data: Path) -> None:
    with bench(data) as made:
        settings = made.settings
    with pytest.raises(DeviceError) as caught:
        sbi.open_device(settings, data)
    assert caught.value.code == "sbi.refused"


def test_the_service_dies_and_comes_back(service: Bench) -> None:
    """T2."""
    with service.opened() as reader:
        service.wire.refuse(1.5)
        with pytest.raises(DeviceError):
            for _ in range(50):
                reader.capture(INDEX, FLAT, 0.2)
    for _ in range(100):
        try:
            with service.opened() as reader:
                taken(reader)
                return
        except DeviceError:
            time.sleep(0.05)
    raise AssertionError("it did not come back")


# -- states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [
        ("busy", HealthState.DEGRADED, "sbi.busy"),
        ("not_ready", HealthState.GONE, "sbi.not_ready"),
        ("unregistered", HealthState.GONE, "sbi.unregistered"),
        ("gone", HealthState.GONE, "sbi.unplugged"),
    ],
)
def test_the_states_of_a_device(
    service: Bench, kind: str, state: HealthState, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sbi, "ASK_HEALTH_EVERY_S", 0.0)
    with service.opened() as reader:
        service.wire.scanner.enter(Fault(kind, seconds=60))  # type: ignore[arg-type]
        health = reader.health()
        for _ in range(200):
            if health.message is not None:
                break
            time.sleep(0.02)
            health = reader.health()
        assert health.message is not None
        assert (health.state, health.message.code) == (state, code)


def test_health_never_waits_for_the_service(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last answer stands until there is a new one."""
    monkeypatch.setattr(sbi, "ASK_HEALTH_EVERY_S", 0.0)
    with bench(data, Fault("slow", verb="MOSIPDINFO", nth=2, seconds=1.0)) as made, made.opened() as reader:
        assert reader.health().state is HealthState.OK
        asking = reader._asking
        assert asking is not None
        assert not asking.done.is_set()
        assert asking.done.wait(20)
        assert reader.health().state is HealthState.OK


def test_production_refuses_the_simulation(service: Bench) -> None:
    """Whatever certificate it is given to trust."""
    config = DeviceConfig("sbi", service.settings)
    with pytest.raises(DeviceError) as caught:
        open_driver("fingers", config, service.data, Mode.PRODUCTION)()
    assert caught.value.code == "device.simulated"
    open_driver("fingers", config, service.data)().close()


def test_a_busy_scanner_is_waited_for_and_then_given_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench(data, Fault("busy", seconds=0.5)) as made, made.opened() as reader:
        taken(reader)
    monkeypatch.setattr(sbi, "BUSY_S", 0.3)
    assert refused_capture(data, Fault("busy", seconds=60)).code == "sbi.busy"


def test_another_placing_gives_the_first_one_up(service: Bench) -> None:
    """The scanner may be busy with the first for a moment; nobody gets the other finger's image."""
    with service.opened() as reader:
        service.world.change(pace=60)
        assert reader.capture(INDEX, FLAT, 0.2) == FingerRefused(INDEX)
        service.world.change(pace=0)
        image = taken(reader, FingerPosition.LEFT_FOUR)
        assert image.position is FingerPosition.LEFT_FOUR


def test_an_old_capture_is_thrown_away(service: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another person may stand there by then."""
    with service.opened() as reader:
        service.world.change(pace=0.4)
        assert reader.capture(INDEX, FLAT, 0.1) == FingerRefused(INDEX)
        running = reader._running
        assert running is not None
        assert running.errand.done.wait(20)
        service.world.change(pace=60)
        monkeypatch.setattr(sbi, "FRESH_S", 0.001)
        time.sleep(0.01)
        assert reader.capture(INDEX, FLAT, 0.2) == FingerRefused(INDEX)


# -- slaps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [FOUR, FingerPosition.LEFT_FOUR, FingerPosition.TWO_THUMBS])
def test_a_slap_is_its_fingers_side_by_side(service: Bench, position: FingerPosition) -> None:
    """C1: in their order on the glass, each as the service sent it."""
    from kiosk.biometrics.fingers import segment

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
