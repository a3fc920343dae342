"""What becomes of every fault on the line of a ZFM module: recovered or reported, never a corrupted image."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import DeviceError
from kiosk.hal.device import HealthState
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.zfm import ZfmReader
from kiosk.hal.fingers.zfm_faults import Fault
from tests.zfm_kit import FLAT, INDEX, Desk, hands, taken

THUMB = FingerPosition.RIGHT_THUMB


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


FAULTS = {
    "noise in an image": Fault("noise", image=1, count=3),
    "a lost byte": Fault("drop", image=1),
    "lost bytes": Fault("drop", image=1, count=30),
    "a turned bit": Fault("flip", image=1),
    "turned bits": Fault("flip", image=1, count=40),
    "the answer lost": Fault("drop", answer=6, count=12),
    "the answer damaged": Fault("flip", answer=6),
    "a slow answer": Fault("slow", answer=6, seconds=1.5),
    "a very slow answer": Fault("slow", answer=6, seconds=2.5),
    "a pause in the image": Fault("slow", image=1, seconds=1.5),
    "a dip of the supply": Fault("restart", image=1, seconds=0.3),
    "a dip before the image": Fault("restart", answer=6, seconds=0.3),
    "commands damaged": Fault("flip", chance=0.1, to="module"),
    "commands lost": Fault("drop", chance=0.1, to="module"),
    "noise on commands": Fault("noise", chance=0.1, to="module"),
}


@pytest.mark.parametrize("kind", ["r307", "r503", "clone"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_recovered(data: Path, name: str, kind: str) -> None:
    desk = Desk(data, kind, FAULTS[name])
    reader = desk.open()
    image = taken(reader, 10)
    assert image.pixels == desk.truth()
    desk.port.sleep(2)
    assert reader.health().state is not HealthState.GONE
    assert desk.exchange.mischief.played


def test_a_lost_supply_with_a_password_is_told_it_again(data: Path) -> None:
    desk = Desk(data, "r307", Fault("restart", image=1, seconds=0.2), password=77)
    assert taken(desk.open(password=77)).pixels == desk.truth()


@pytest.mark.parametrize(
    "fault", [Fault("unplug", image=1, seconds=5), Fault("baud", image=1, baud=9600, seconds=0.2)]
)
def test_a_fault_that_ends_the_line_is_reported_and_a_new_start_helps(data: Path, fault: Fault) -> None:
    desk = Desk(data, "r307", fault)
    reader = desk.open()
    with pytest.raises(DeviceError) as caught:
        reader.capture(INDEX, FLAT, 5)
    assert caught.value.code in ("zfm.gone", "zfm.silent", "zfm.garbled")
    desk.port.sleep(2)
    assert reader.health().state is HealthState.GONE
    reader.close()
    desk.port.sleep(10)
    assert taken(desk.open()).pixels == desk.truth()


def fetched(desk: Desk, reader: ZfmReader) -> int:
    """Transfers that one more image takes."""
    before = desk.exchange.mischief.images
    taken(reader)
    return desk.exchange.mischief.images - before


def test_a_line_earns_that_one_transfer_is_enough(data: Path) -> None:
    """The sum of a packet misses some damage: at first, and after trouble, two transfers must agree."""
    desk = Desk(data, "r307", Fault("flip", image=12))
    reader = desk.open()
    assert [fetched(desk, reader) for _ in range(8)] == [2, 2, 2, 2, 2, 1, 3, 2]


def test_trouble_on_the_line_is_told(data: Path) -> None:
    desk = Desk(data, "r307", Fault("flip", image=1))
    reader = desk.open()
    taken(reader)
    desk.port.sleep(2)
    health = reader.health()
    assert health.state is HealthState.DEGRADED
    assert health.message
    assert (health.message.code, health.message.values["port"]) == ("zfm.noisy", "loop")


def test_damage_the_sum_does_not_see_is_seen_on_a_line_with_trouble(data: Path) -> None:
    """Two turned bits that cancel out in the sum, in one of two transfers."""
    desk = Desk(data, "r307", Fault("flip", image=1))
    spoiled: list[int] = []
    reader = desk.open()
    obey = desk.module.obey

    def cheat(payload: bytes) -> list[object]:
        sent = obey(payload)
        if len(sent) > 10 and desk.exchange.mischief.images == 1 and not spoiled:
            body = bytearray(sent[30].data)
            place = next(at for at in range(9, 130) if body[at] & 1 and not body[at + 1] & 1)
            body[place] ^= 1
            body[place + 1] ^= 1
            sent[30] = sent[30]._replace(data=bytes(body))
            spoiled.append(place)
        return list(sent)

    desk.module.obey = cheat  # type: ignore[method-assign,assignment]
    image = taken(reader)
    assert spoiled
    assert image.pixels == desk.truth()


def test_a_hopeless_line_is_slowed_down_then_given_up(data: Path) -> None:
    desk = Desk(data, "r307", Fault("flip", chance=0.3))
    with pytest.raises(DeviceError) as caught:
        reader = desk.open()
        reader.capture(INDEX, FLAT, 5)
    assert caught.value.code in ("zfm.garbled", "zfm.silent", "zfm.other_device")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(
        st.builds(
            Fault,
            kind=st.sampled_from(["noise", "drop", "flip", "slow", "unplug", "restart", "baud"]),
            chance=st.floats(0, 0.01),
            count=st.integers(1, 20),
            seconds=st.floats(0, 3),
            baud=st.sampled_from([9600, 57_600, 230_400]),
            to=st.sampled_from(["kiosk", "kiosk", "module"]),
        ),
        max_size=3,
    ),
    seed=st.integers(0, 1000),
)
def test_whatever_happens_no_corrupted_image_is_accepted(data: Path, faults: list[Fault], seed: int) -> None:
    """Numbers: every fault is recovered or reported, in bounded time."""
    desk = Desk(data, "r503", *faults, seed=seed)
    begun = desk.port.now()
    for _ in range(3):
        try:
            reader = desk.open()
            image = reader.capture(INDEX, FLAT, 3)
            if isinstance(image, FingerImage):
                assert image.pixels == desk.truth()
            reader.close()
        except DeviceError as error:
            assert error.code.startswith("zfm.")
            desk.port.sleep(5)
    assert desk.port.now() - begun < 600
