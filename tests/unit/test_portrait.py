"""The portrait itself: proportions of the card, and the best of a burst."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from PIL import Image

from kiosk.biometrics import best_portrait
from kiosk.biometrics.face import FaceFinder, FaceTrouble
from kiosk.biometrics.face_find import Eyes
from kiosk.biometrics.pictures import rgb_of
from kiosk.biometrics.portrait import EYE_LINE, LEAST_EYES_PX, PORTRAIT_SIZE, crop_portrait, judge
from kiosk.hal.camera import Frame
from tests.unit.faces import Studio, frame_of

FINDER = FaceFinder()


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def pixels(png: bytes) -> np.ndarray:
    picture = Image.open(BytesIO(png))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", PORTRAIT_SIZE)
    return np.asarray(picture)


@pytest.mark.parametrize("person", [321, 322, 323])
@pytest.mark.parametrize("fields", [{}, {"distance": 0.9, "face_x": -0.1}, {"distance": 1.2, "face_y": 0.1}])
def test_a_portrait_has_the_proportions_of_the_card(
    studio: Studio, person: int, fields: dict[str, object]
) -> None:
    """C1: 2:3, the whole head with wall above it, eyes on one line and in the middle, whatever the distance."""
    portrait = judge(FINDER, studio.still(person=person, **fields))
    assert portrait.ready
    found = pixels(portrait.png())
    assert PORTRAIT_SIZE[0] * 3 == PORTRAIT_SIZE[1] * 2
    assert found[:20].min() > 200, "wall above the hair"
    again = FINDER.guide(frame_of(found)).face
    assert again is not None
    assert again.eyes.middle[0] / 600 == pytest.approx(0.5, abs=0.03)
    assert again.eyes.middle[1] / 900 == pytest.approx(EYE_LINE, abs=0.03)
    assert 0.5 <= again.measures.head <= 0.72


@pytest.mark.parametrize(
    "eyes", [Eyes(5, 5, 300, 5), Eyes(940, 1270, 959, 1279), Eyes(0, 0, 959, 1279), Eyes(4, 4, 4, 4)]
)
def test_a_portrait_never_leaves_the_frame(eyes: Eyes) -> None:
    found = pixels(crop_portrait(frame_of(np.full((1280, 960, 3), 128)), eyes))
    assert found.min() == found.max() == 128


def test_without_a_face_the_whole_still_is_kept(studio: Studio) -> None:
    portrait = judge(FINDER, studio.still(face_present=False))
    assert not portrait.ready
    assert portrait.quality == {}
    assert Image.open(BytesIO(portrait.png())).size == (960, 1280)


def blurred(still: Frame, sigma: float) -> Frame:
    return frame_of(cv2.GaussianBlur(rgb_of(still), (0, 0), sigma))


def test_the_best_of_a_burst_is_kept(studio: Studio) -> None:
    good, tilted = studio.still(person=324), studio.still(person=324, tilt=7)
    soft, worst = blurred(good, 2.5), studio.still(person=324, moving=True)
    assert best_portrait(FINDER, [worst, soft, good]).still is good
    assert best_portrait(FINDER, [good, soft]).still is good
    assert best_portrait(FINDER, [tilted, good]).still is good
    assert best_portrait(FINDER, [worst, soft]).still is soft
    nobody = studio.still(face_present=False)
    assert best_portrait(FINDER, [nobody, worst]).still is worst
    assert best_portrait(FINDER, [nobody]).still is nobody


def test_one_that_is_ready_comes_before_a_sharper_one_that_is_not(studio: Studio) -> None:
    crooked = studio.still(person=325, tilt=20)
    soft = blurred(studio.still(person=325), 2)
    best = best_portrait(FINDER, [crooked, soft])
    assert best.still is soft
    assert best.ready


def test_the_figures_of_a_portrait_go_with_it(studio: Studio) -> None:
    quality = judge(FINDER, studio.still(person=326, tilt=4)).quality
    assert {
        "head",
        "roll_deg",
        "sharpness",
        "side_stops",
        "wall",
        "glasses",
        "eyes_px",
        "detail",
        "score",
    } <= set(quality)
    assert quality["roll_deg"] == pytest.approx(4, abs=3)
    assert quality["eyes_px"] > 150
    assert msgspec.json.decode(msgspec.json.encode(quality)) == quality


def test_a_still_with_too_few_pixels_is_too_coarse(studio: Studio) -> None:
    still = rgb_of(studio.still(person=327))
    small = cv2.resize(still, (240, 320), interpolation=cv2.INTER_AREA)
    portrait = judge(FINDER, frame_of(small))
    assert portrait.guide.trouble is FaceTrouble.COARSE
    assert portrait.quality["eyes_px"] < LEAST_EYES_PX
    assert FINDER.guide(frame_of(small)).ready, "a preview may be small"
