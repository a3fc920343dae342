"""Guiding a person before the camera, on pictures of invented, drawn people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.biometrics.face import CHECKS, QUESTIONS, FaceFinder, FaceTrouble
from kiosk.biometrics.pictures import rgb_of, shrink_grey
from kiosk.errors import ConfigError
from kiosk.hal.camera.drawing import SKINS, look
from tests.unit.faces import SCENES, Studio, frame_of, mirrored

PEOPLE = range(301, 307)
ROOM_FOR_ERROR = 0.07


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


Table = dict[FaceTrouble, Counter[FaceTrouble]]


def confusion(finder: FaceFinder, studio: Studio) -> Table:
    """What was told of what was shown."""
    found: Table = {trouble: Counter() for trouble, _ in SCENES}
    for person in PEOPLE:
        for trouble, fields in SCENES:
            found[trouble][finder.guide(studio.preview(person=person, **fields)).trouble] += 1
    return found


@pytest.mark.system
def test_the_right_thing_is_asked_for(finder: FaceFinder, studio: Studio) -> None:
    """C1: a portrait that a card can be made from; X2: white wall, one face, straight ahead. The confusion table."""
    table = confusion(finder, studio)
    shown = "\n".join(f"{trouble}: {dict(row)}" for trouble, row in table.items())
    told = sum(row.total() for row in table.values())
    right = sum(row[trouble] for trouble, row in table.items())
    assert right >= (1 - ROOM_FOR_ERROR) * told, shown
    assert all(2 * row[trouble] >= row.total() for trouble, row in table.items()), shown
    # In glaring light a dark face is well lit, and only the white wall burns out.
    harmless = {FaceTrouble.NONE, FaceTrouble.BRIGHT}
    assert sum(row[FaceTrouble.NONE] for trouble, row in table.items() if trouble not in harmless) == 0, shown


@pytest.mark.parametrize("skin", range(len(SKINS)))
def test_every_skin_is_seen_in_every_light(finder: FaceFinder, studio: Studio, skin: int) -> None:
    """Nobody is sent away for the colour of their skin, or of the lamp."""
    person = next(number for number in range(340, 500) if look(number).skin == SKINS[skin])
    good = rgb_of(studio.preview(person=person)).astype(np.float32)
    assert finder.guide(frame_of(good)).ready
    for lamp in ((0.8, 1, 1.2), (0.9, 1, 1.1), (1.1, 1, 0.85), (0.95, 1.06, 0.97)):
        lit = np.clip(good * np.array(lamp, np.float32), 0, 255)
        assert finder.guide(frame_of(lit)).face is not None, lamp


def test_every_trouble_that_can_be_played_is_in_the_table() -> None:
    """Without colour and too coarse are a camera's faults, not a person's."""
    played = {trouble for trouble, _ in SCENES}
    assert set(FaceTrouble) - played == {FaceTrouble.COLOURLESS, FaceTrouble.COARSE}
    assert [check.trouble for check in CHECKS][-2:] == [FaceTrouble.GLASSES, FaceTrouble.HEAD_COVER]
    assert set(QUESTIONS) == {FaceTrouble.GLASSES, FaceTrouble.HEAD_COVER}


OPPOSITE = {
    FaceTrouble.LEFT: FaceTrouble.RIGHT,
    FaceTrouble.LEAN_LEFT: FaceTrouble.LEAN_RIGHT,
    FaceTrouble.LIGHT_LEFT: FaceTrouble.LIGHT_RIGHT,
}
OPPOSITE |= {right: left for left, right in OPPOSITE.items()}


@pytest.mark.parametrize(
    "fields", [{"face_x": -0.35}, {"face_x": 0.35}, {"tilt": 14}, {"side_light": 0.8}, {"face_y": 0.4}, {}]
)
def test_a_mirrored_world_is_told_the_other_way_round(
    finder: FaceFinder, studio: Studio, fields: dict[str, object]
) -> None:
    frame = studio.preview(person=302, **fields)
    here, there = finder.guide(frame).trouble, finder.guide(mirrored(frame)).trouble
    assert there == OPPOSITE.get(here, here)


@pytest.mark.parametrize(("face_x", "told", "towards"), [(-0.4, "left", -1), (0.4, "right", 1)])
def test_who_follows_the_words_moves_to_the_middle_of_the_mirror(
    finder: FaceFinder, studio: Studio, face_x: float, told: str, towards: int
) -> None:
    """A person's own left is the left of the mirror on the screen, and the right of the camera's picture."""

    def middle_of_mirror(**fields: object) -> float:
        """Where the dark of hair and shirt lies in the picture on the screen, from its middle."""
        width, height, grey = shrink_grey(studio.preview(person=302, **fields), 96, 72, mirrored=True)
        dark = np.frombuffer(grey, np.uint8).reshape(height, width) < 120
        return float(np.nonzero(dark)[1].mean() - width / 2)

    assert finder.guide(studio.preview(person=302, face_x=face_x)).trouble == told
    # In the camera's picture a step to one's own left leads to the right.
    step = 0.3 * (1 if told == "left" else -1)
    before, after = middle_of_mirror(face_x=face_x), middle_of_mirror(face_x=face_x + step)
    assert np.sign(after - before) == towards, "on the screen the person moves the way the words say"
    assert abs(after) < abs(before)


def test_two_things_wrong_are_told_one_at_a_time(finder: FaceFinder, studio: Studio) -> None:
    def told(**fields: object) -> FaceTrouble:
        return finder.guide(studio.preview(person=303, **fields)).trouble

    assert told(light=0.15, distance=1.6, background=0.3) is FaceTrouble.DARK
    assert told(distance=1.6, background=0.3) is FaceTrouble.CLOSER
    assert told(background=0.3, glasses=True) is FaceTrouble.BACKGROUND
    assert told(glasses=True) is FaceTrouble.GLASSES


def test_the_face_is_in_pixels_of_the_picture_judged(finder: FaceFinder, studio: Studio) -> None:
    small = finder.guide(studio.preview(person=304)).face
    large = finder.guide(studio.still(person=304)).face
    assert small is not None
    assert large is not None
    assert large.box.width / 1280 == pytest.approx(small.box.width / 240, abs=0.05)
    assert large.eyes.middle[0] == pytest.approx(480, abs=30)
    assert large.eyes.apart / 1280 == pytest.approx(small.eyes.apart / 240, abs=0.02)


@pytest.mark.parametrize("tilt", [-30, -18, -6, 0, 6, 18, 30])
def test_the_lean_of_a_head_is_measured(finder: FaceFinder, studio: Studio, tilt: float) -> None:
    face = finder.guide(studio.preview(person=305, tilt=tilt)).face
    assert face is not None
    assert face.measures.roll_deg == pytest.approx(tilt, abs=3)


def test_slight_blur_passes_and_strong_blur_does_not(finder: FaceFinder, studio: Studio) -> None:
    sharp = rgb_of(studio.still(person=306))
    found = [
        finder.guide(frame_of(cv2.GaussianBlur(sharp, (0, 0), sigma))).trouble for sigma in (1, 3, 14, 24)
    ]
    assert found == [FaceTrouble.NONE, FaceTrouble.NONE, FaceTrouble.BLURRED, FaceTrouble.BLURRED]


def test_the_score_falls_with_everything_that_is_not_right(finder: FaceFinder, studio: Studio) -> None:
    def score(**fields: object) -> int:
        face = finder.guide(studio.preview(person=301, **fields)).face
        assert face is not None
        return face.score

    good = score()
    assert good >= 85
    for fields in ({"distance": 1.3}, {"tilt": 7}, {"side_light": 0.5}, {"light": 0.3}, {"background": 0.6}):
        assert score(**fields) < good - 5, fields


def test_a_missing_face_model_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        FaceFinder(tmp_path / "absent.xml")
    assert caught.value.code == "face.no_model"
