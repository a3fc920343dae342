"""Guiding a person before the camera, on pictures of invented, drawn people."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.biometrics.face import PORTRAIT_SIZE, Box, FaceFinder, FaceGuide, FaceTrouble, crop_portrait
from kiosk.biometrics.pictures import rgb_of
from kiosk.errors import ConfigError
from kiosk.hal.camera import Frame
from kiosk.hal.camera.sim import SimCamera
from kiosk.hal.world import World, WorldFile

PEOPLE = range(21, 25)


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def camera_seeing(folder: Path, world: World, now: float = 0.0) -> SimCamera:
    file = WorldFile(folder / "world.json")
    file.write(world)
    return SimCamera(file, lambda: now)


def troubles(finder: FaceFinder, folder: Path, **fields: object) -> Counter[FaceTrouble]:
    file, found = WorldFile(folder / "world.json"), Counter[FaceTrouble]()
    file.write(World())
    camera = SimCamera(file, lambda: 0.3)
    for person in PEOPLE:
        file.change(person=person, **fields)
        found[finder.guide(camera.preview(1)).trouble] += 1
    return found


@pytest.mark.parametrize(
    ("trouble", "fields"),
    [
        (FaceTrouble.NONE, {}),
        (FaceTrouble.NONE, {"distance": 0.9, "light": 0.45, "background": 0.9}),
        (FaceTrouble.NO_FACE, {"face_present": False}),
        (FaceTrouble.CLOSER, {"distance": 1.7}),
        (FaceTrouble.BACK, {"distance": 0.65}),
        (FaceTrouble.CENTRE, {"face_x": 0.45}),
        (FaceTrouble.CENTRE, {"face_y": -0.45}),
        (FaceTrouble.DARK, {"light": 0.1}),
        (FaceTrouble.BRIGHT, {"light": 0.95}),
        (FaceTrouble.BLURRED, {"moving": True}),
        (FaceTrouble.BACKGROUND, {"background": 0.3}),
    ],
)
def test_the_right_thing_is_asked_for(
    finder: FaceFinder, tmp_path: Path, trouble: FaceTrouble, fields: dict[str, object]
) -> None:
    """C1: a portrait that a card can be made from; X2: white wall, one face, straight ahead."""
    found = troubles(finder, tmp_path, **fields)
    assert found[trouble] >= len(PEOPLE) - 1, found


def test_two_people_are_one_too_many(finder: FaceFinder, tmp_path: Path) -> None:
    one = rgb_of(camera_seeing(tmp_path, World(person=4, face_x=-0.45)).preview(1))
    two = rgb_of(camera_seeing(tmp_path, World(person=3, face_x=0.45)).preview(1))
    both = np.hstack([one[:, :160], two[:, 160:]])
    assert finder.guide(Frame(320, 240, both.tobytes())).trouble is FaceTrouble.SEVERAL


def test_the_box_is_in_pixels_of_the_picture_judged(finder: FaceFinder, tmp_path: Path) -> None:
    camera = camera_seeing(tmp_path, World(person=21))
    small, large = finder.guide(camera.preview(1)), finder.guide(camera.still(1))
    assert small.trouble is large.trouble is FaceTrouble.NONE
    assert small.box is not None
    assert large.box is not None
    assert large.box.width / 1280 == pytest.approx(small.box.width / 240, abs=0.03)
    assert large.box.left + large.box.width / 2 == pytest.approx(480, abs=50)


def test_the_portrait_holds_the_whole_head(finder: FaceFinder, tmp_path: Path) -> None:
    still = camera_seeing(tmp_path, World(person=22)).still(1)
    guide = finder.guide(still)
    assert guide.box is not None
    picture = Image.open(BytesIO(crop_portrait(still, guide.box)))
    assert picture.format == "PNG"
    assert (picture.mode, picture.size) == ("RGB", PORTRAIT_SIZE)
    assert PORTRAIT_SIZE[0] * 4 == PORTRAIT_SIZE[1] * 3
    pixels = np.asarray(picture)
    assert pixels[:20].min() > 200, "wall above the hair"
    face = finder.guide(Frame(600, 800, pixels.tobytes())).box
    assert face is not None
    assert face.left + face.width / 2 == pytest.approx(300, abs=30)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 500, 500), Box(900, 1200, 300, 300), Box(0, 0, 960, 1280), Box(400, 500, 20, 20)]
)
def test_a_portrait_never_leaves_the_frame(box: Box) -> None:
    grey = np.full((1280, 960, 3), 128, np.uint8)
    picture = Image.open(BytesIO(crop_portrait(Frame(960, 1280, grey.tobytes()), box)))
    assert picture.size == PORTRAIT_SIZE
    assert np.asarray(picture).min() == np.asarray(picture).max() == 128


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_has_no_face(finder: FaceFinder, grey: int) -> None:
    expected = {0: FaceTrouble.DARK, 128: FaceTrouble.NO_FACE, 255: FaceTrouble.BRIGHT}[grey]
    even = Frame(200, 160, bytes([grey]) * (200 * 160 * 3))
    assert finder.guide(even) == FaceGuide(expected)


def test_slight_blur_passes_and_strong_blur_does_not(finder: FaceFinder, tmp_path: Path) -> None:
    sharp = rgb_of(camera_seeing(tmp_path, World(person=23)).still(1))
    found = [
        finder.guide(Frame(960, 1280, cv2.GaussianBlur(sharp, (0, 0), sigma).tobytes())).trouble
        for sigma in (1, 20)
    ]
    assert found == [FaceTrouble.NONE, FaceTrouble.BLURRED]


def test_a_missing_face_model_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        FaceFinder(tmp_path / "absent.xml")
    assert caught.value.code == "face.no_model"
