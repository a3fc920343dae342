"""The simulated camera and what is read from its pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from kiosk.biometrics.codes import read_qr
from kiosk.biometrics.pictures import rgb_of
from kiosk.domain.message import Message
from kiosk.errors import DeviceError
from kiosk.hal.camera import Camera, Frame
from kiosk.hal.camera.sim import PREVIEW_SIZE, STILL_SIZE, SimCamera, open_device
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.world import World, WorldFile, world_in

CARD = (
    "999085000001|171234567|Nguyễn Văn Mẫu|09031985|Nam|Thôn Ví Dụ, Hoằng Cát, Hoằng Hóa, Thanh Hóa|16032021"
)


@pytest.fixture
def world(tmp_path: Path) -> WorldFile:
    return world_in(tmp_path)


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return open_device({}, tmp_path)


def test_pictures_have_the_promised_size(camera: Camera) -> None:
    preview, still = camera.preview(1), camera.still(1)
    assert (preview.width, preview.height) == PREVIEW_SIZE == (320, 240)
    assert (still.width, still.height) == STILL_SIZE == (960, 1280)
    for frame in (preview, still):
        assert len(frame.pixels) == frame.width * frame.height * 3
    assert camera.simulated
    assert camera.model.startswith("sim")


def test_light_and_wall_are_seen(camera: Camera, world: WorldFile) -> None:
    def brightness(**fields: object) -> float:
        world.write(World())
        world.change(face_present=False, **fields)
        return float(rgb_of(camera.preview(1)).mean())

    by_light = [brightness(light=light) for light in (0, 0.1, 0.3, 0.5, 0.7)]
    by_wall = [brightness(background=wall) for wall in (0, 0.3, 0.6, 1)]
    assert by_light == sorted(by_light)
    assert by_light[0] < 5
    assert by_wall == sorted(by_wall)
    assert by_wall[-1] > 235


def test_a_person_sways_a_little_and_another_looks_different(tmp_path: Path, world: WorldFile) -> None:
    now = [0.0]
    camera = SimCamera(world, lambda: now[0])

    def seen() -> np.ndarray:
        return rgb_of(camera.preview(1)).astype(int)

    first = seen()
    now[0] = 0.8
    later = seen()
    world.change(person=2)
    other = seen()
    assert 0.2 < np.abs(later - first).mean() < np.abs(other - later).mean()


def test_nobody_there_is_a_bare_wall(camera: Camera, world: WorldFile) -> None:
    world.change(face_present=False)
    assert rgb_of(camera.preview(1)).std() < 5


@pytest.mark.parametrize("text", [CARD, "999085000001||Trần Thị Ví Dụ|09031985|Nữ|Xã Mẫu|16032021", "x"])
def test_a_card_held_up_is_read_exactly(camera: Camera, world: WorldFile, text: str) -> None:
    world.change(card=text, holding_card=True)
    assert read_qr(camera.preview(1)) == text
    assert read_qr(camera.still(1)) == text


def test_a_card_in_the_pocket_is_not_read(camera: Camera, world: WorldFile) -> None:
    world.change(card=CARD)
    assert read_qr(camera.preview(1)) is None


def test_a_card_in_the_dark_or_shaken_is_not_misread(camera: Camera, world: WorldFile) -> None:
    world.change(card=CARD, holding_card=True, light=0.01)
    assert read_qr(camera.preview(1)) is None
    world.change(light=0.5, moving=True)
    assert read_qr(camera.preview(1)) in (None, CARD)


@given(arrays.arrays(np.uint8, (40, 48, 3)))
@settings(max_examples=15, deadline=None)
def test_no_picture_breaks_the_code_reader(pixels: np.ndarray) -> None:
    assert read_qr(Frame(48, 40, pixels.tobytes())) is None


def test_a_pulled_cable_is_gone_and_comes_back(camera: Camera, world: WorldFile) -> None:
    assert camera.health() == HEALTHY
    world.change(camera_connected=False)
    assert camera.health().state is HealthState.GONE
    assert camera.health().message == Message("device.gone", {"device": Message("device.camera")})
    for picture in (camera.preview, camera.still):
        with pytest.raises(DeviceError) as caught:
            picture(1)
        assert caught.value.code == "camera.gone"
    world.change(camera_connected=True)
    assert camera.health() == HEALTHY
    camera.close()
    assert camera.preview(1).width == 320
