"""What every reader of fingers keeps to, whatever it is; a new one is a line in `READERS`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from kiosk.biometrics import assess, finger_png, live_picture
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, Impression
from kiosk.errors import DeviceError
from kiosk.hal.device import HealthState
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage, FingerReader, FingerRefused, sim, zfm
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.hal.world import FingerCondition, WorldFile, world_in
from tests.sbi_kit import bench
from tests.zfm_kit import hands

Opened = AbstractContextManager[FingerReader]
INDEX, FLAT, ROLLED = FingerPosition.RIGHT_INDEX, Impression.FLAT, Impression.ROLLED


def simulated(kind: str) -> Callable[[Path], Opened]:
    @contextmanager
    def opened(data: Path) -> Iterator[FingerReader]:
        reader = sim.open_device({"reader": kind}, data)
        yield reader
        reader.close()

    return opened


def on_wire(model: str) -> Callable[[Path], Opened]:
    @contextmanager
    def opened(data: Path) -> Iterator[FingerReader]:
        port = data / "port"
        with ZfmWire(module_in(data, model, time.monotonic), port, world=world_in(data), paced=False):
            reader = zfm.open_device({"port": str(port)}, data)
            yield reader
            reader.close()

    return opened


def behind_service(kind: str, **settings: int) -> Callable[[Path], Opened]:
    @contextmanager
    def opened(data: Path) -> Iterator[FingerReader]:
        with bench(data, kind=kind) as service, service.opened(**settings) as reader:
            yield reader

    return opened


READERS: dict[str, Callable[[Path], Opened]] = {
    "sim ten-print": simulated("tenprint"),
    "sim single": simulated("single"),
    "zfm r307": on_wire("r307"),
    "zfm r503": on_wire("r503"),
    "zfm clone": on_wire("clone"),
    "sbi slap": behind_service("slap"),
    "sbi with rolls": behind_service("rolls", rolled_sub_id=4),
    "sbi single": behind_service("single"),
}
"""Opens a reader before the person of the world file in the given data folder."""


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


@pytest.fixture
def world(data: Path) -> WorldFile:
    return world_in(data)


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, data: Path) -> Iterator[FingerReader]:
    with READERS[request.param](data) as opened:
        yield opened


def take(
    reader: FingerReader, world: WorldFile, position: FingerPosition, how: Impression = FLAT
) -> FingerImage:
    """The person lays down what is asked, as they read it on the screen."""
    if not position.is_slap:
        world.change(laying=str(int(position)))
    image = reader.capture(position, how, 5)
    assert isinstance(image, FingerImage)
    return image


def test_it_says_what_it_is(reader: FingerReader) -> None:
    assert reader.model
    assert reader.simulated is reader.model.startswith("sim")
    assert reader.health().state is HealthState.OK


def test_an_image_is_what_it_says(reader: FingerReader, world: WorldFile) -> None:
    """C1: whole, with its size and resolution, and fit to be judged, shown and kept."""
    image = take(reader, world, INDEX)
    assert (image.position, image.impression) == (INDEX, FLAT)
    assert len(image.pixels) == image.width * image.height
    assert image.ppi >= ENROLMENT_PPI
    assert assess(image).accepted
    assert finger_png(image).startswith(b"\x89PNG")
    width, height, grey = live_picture(image, 64, 64)
    assert len(grey) == width * height


@pytest.mark.system
def test_every_finger_can_be_taken_and_is_another(reader: FingerReader, world: WorldFile) -> None:
    images = [take(reader, world, position) for position in SINGLE_FINGERS]
    assert [image.position for image in images] == list(SINGLE_FINGERS)
    assert len({image.pixels for image in images}) == len(images)
    assert all(assess(image).accepted for image in images)


def test_what_it_takes_is_what_it_states(reader: FingerReader, world: WorldFile) -> None:
    """X2: the plan is narrowed to what the reader states, so it must state the truth."""
    wishes = {
        (FingerPosition.RIGHT_FOUR, FLAT): reader.takes_slaps,
        (FingerPosition.TWO_THUMBS, FLAT): reader.takes_slaps,
        (INDEX, ROLLED): reader.takes_rolled,
        (FingerPosition.LEFT_FOUR, ROLLED): False,
    }
    for (position, how), able in wishes.items():
        if able:
            take(reader, world, position, how)
        else:
            with pytest.raises(DeviceError) as caught:
                reader.capture(position, how, 1)
            assert caught.value.code == "fingers.cannot_take"


def test_nobody_comes(reader: FingerReader, world: WorldFile) -> None:
    world.change(pace=60)
    begun = time.monotonic()
    assert reader.capture(INDEX, FLAT, 0.2) == FingerRefused(INDEX)
    assert time.monotonic() - begun < 5
    world.change(pace=0)
    take(reader, world, INDEX)


def test_who_lacks_the_finger_is_refused(reader: FingerReader, world: WorldFile) -> None:
    """C3."""
    world.change(fingers={"2": FingerCondition(missing=True)}, laying="2")
    assert reader.capture(INDEX, FLAT, 0.2) == FingerRefused(INDEX)


def test_a_wet_finger_gets_better(reader: FingerReader, world: WorldFile) -> None:
    """C2: seen and judged, or refused by the reader itself with the trouble; trying again helps."""
    world.change(fingers={"2": FingerCondition(moisture=0.95)}, laying="2")
    good = False
    for _ in range(4):
        answer = reader.capture(INDEX, FLAT, 0.5)
        good = good or (isinstance(answer, FingerImage) and assess(answer).accepted)
    assert good


def test_a_pulled_cable_is_a_device_error_and_gone(reader: FingerReader, world: WorldFile) -> None:
    """T2."""
    take(reader, world, INDEX)
    world.change(reader_connected=False)
    with pytest.raises(DeviceError):
        for _ in range(100):
            reader.capture(INDEX, FLAT, 0.05)
    for _ in range(60):
        if reader.health().state is HealthState.GONE:
            break
        time.sleep(0.05)
    health = reader.health()
    assert health.state is HealthState.GONE
    assert health.message is not None


def test_closing_twice_is_harmless(reader: FingerReader) -> None:
    reader.close()
    reader.close()
