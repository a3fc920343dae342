"""The driver `sbi` against a simulated service with its faults: what is believed, what is refused, and in which words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.app.resources import open_driver
from kiosk.config import DeviceConfig, Mode
from kiosk.domain.fingers import FingerPosition, FingerTrouble
from kiosk.errors import DeviceError
from kiosk.hal.device import HealthState
from kiosk.hal.fingers import FingerRefused, sbi
from kiosk.hal.fingers.sbi_faults import Fault
from kiosk.hal.fingers.sbi_keys import new_keys
from tests.sbi_kit import FLAT, INDEX, Bench, bench, taken
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
