"""What is no usable face: a remedy or a refusal, never an exception, never accepted."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kiosk.biometrics.face import FaceFinder, FaceGuide, FaceTrouble
from kiosk.biometrics.pictures import rgb_of
from kiosk.biometrics.portrait import judge
from kiosk.hal.camera import Frame
from tests.unit.faces import Studio, drawn_cat, frame_of

FINDER = FaceFinder()
GENTLE = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.mark.parametrize(
    ("grey", "told"), [(0, FaceTrouble.DARK), (128, FaceTrouble.NO_FACE), (255, FaceTrouble.BRIGHT)]
)
def test_an_even_picture_has_no_face(grey: int, told: FaceTrouble) -> None:
    assert FINDER.guide(frame_of(np.full((160, 200, 3), grey))) == FaceGuide(told)


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (3, 400), (400, 3), (20_000, 1), (1, 20_000), (47, 47), (2000, 600)]
)
def test_tiny_and_long_pictures_are_refused(width: int, height: int) -> None:
    """A strip of one row is not blown up to the working height first."""
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3))
    assert FINDER.guide(frame_of(noise)) == FaceGuide(FaceTrouble.NO_FACE)


def test_a_huge_picture_is_judged_small(studio: Studio) -> None:
    huge = cv2.resize(rgb_of(studio.still(person=311)), (4500, 6000), interpolation=cv2.INTER_LINEAR)
    guide = FINDER.guide(frame_of(huge))
    assert guide.ready
    assert guide.face is not None
    assert guide.face.eyes.apart > 600


@given(st.integers(0, 2**32 - 1), st.sampled_from(["white", "colour", "coarse", "rows"]))
@GENTLE
def test_noise_is_never_a_face(seed: int, kind: str) -> None:
    chance = np.random.default_rng(seed)
    size = {"white": (240, 320, 1), "colour": (240, 320, 3), "coarse": (24, 32, 3), "rows": (240, 1, 3)}[kind]
    noise = cv2.resize(chance.integers(0, 256, size).astype(np.uint8), (320, 240))
    noise = noise if noise.ndim == 3 else np.repeat(noise[..., None], 3, axis=2)
    assert not FINDER.guide(frame_of(noise)).ready


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3))))
@GENTLE
def test_no_picture_raises_and_none_of_these_is_accepted(pixels: np.ndarray) -> None:
    portrait = judge(FINDER, frame_of(pixels))
    assert not portrait.ready
    assert portrait.png().startswith(b"\x89PNG")


@pytest.mark.parametrize("person", [311, 312, 313])
def test_a_negative_is_no_person(studio: Studio, person: int) -> None:
    still = rgb_of(studio.still(person=person))
    assert FINDER.guide(frame_of(still)).ready
    assert not FINDER.guide(frame_of(255 - still)).ready
    assert not FINDER.guide(frame_of(still[::-1])).ready, "upside down"
    assert not FINDER.guide(frame_of(still[..., ::-1])).ready, "red and blue changed over"


@pytest.mark.parametrize("gain", [0.0, 0.05, 3.0, 20.0])
def test_saturated_pictures_are_refused(studio: Studio, gain: float) -> None:
    still = rgb_of(studio.still(person=312)).astype(np.float32)
    told = FINDER.guide(frame_of(np.clip(still * gain, 0, 255))).trouble
    assert told in ((FaceTrouble.DARK,) if gain < 1 else (FaceTrouble.BRIGHT, FaceTrouble.NO_FACE))


def test_a_picture_without_colour_says_so(studio: Studio) -> None:
    grey = cv2.cvtColor(rgb_of(studio.still(person=313)), cv2.COLOR_RGB2GRAY)
    guide = FINDER.guide(frame_of(np.repeat(grey[..., None], 3, axis=2)))
    assert guide == FaceGuide(FaceTrouble.COLOURLESS)


@pytest.mark.parametrize(
    "fur", [(206, 142, 84), (150, 120, 96), (120, 120, 124), (40, 36, 36), (236, 226, 214)]
)
@pytest.mark.parametrize("side", [260, 480, 900])
def test_a_cat_gets_no_card(fur: tuple[int, int, int], side: int) -> None:
    guide = FINDER.guide(frame_of(drawn_cat(fur, side)))
    assert guide.face is None
    assert not guide.ready


@pytest.mark.parametrize("apart", [0.34, 0.45])
def test_two_people_are_one_too_many(studio: Studio, apart: float) -> None:
    one = rgb_of(studio.preview(person=4, face_x=-apart))
    two = rgb_of(studio.preview(person=3, face_x=apart))
    both = np.hstack([one[:, :160], two[:, 160:]])
    assert FINDER.guide(frame_of(both)).trouble is FaceTrouble.SEVERAL
    assert FINDER.guide(studio.preview(person=315, company=True)).trouble is FaceTrouble.SEVERAL


def test_a_face_on_a_patterned_cloth_is_not_made_two(studio: Studio) -> None:
    """A pattern of ovals with two dots each, the kind of thing one cascade alone takes for faces now and then."""
    cloth = np.full((480, 640, 3), 205, np.uint8)
    for y in range(60, 480, 120):
        for x in range(60, 640, 110):
            cv2.ellipse(cloth, (x, y), (38, 50), 0, 0, 360, (214, 172, 138), -1)
            for dot in (-15, 15):
                cv2.circle(cloth, (x + dot, y - 8), 6, (40, 30, 26), -1)
            cv2.line(cloth, (x - 14, y + 26), (x + 14, y + 26), (150, 90, 84), 4)
    guide = FINDER.guide(frame_of(cloth))
    assert guide.face is None
    assert not guide.ready


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_damage_to_a_good_picture_never_raises(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Blocks overwritten, rows rolled, brightness pulled: the answer is one of the known troubles."""
    picture = rgb_of(BASE).copy()
    chance = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    for _ in range(data.draw(st.integers(0, 4))):
        top, left = int(chance.integers(0, 200)), int(chance.integers(0, 280))
        picture[top : top + 60, left : left + 80] = chance.integers(0, 256, 3)
    picture = np.roll(picture, data.draw(st.integers(-160, 160)), axis=1)
    gain = data.draw(st.floats(0.02, 4))
    told = FINDER.guide(frame_of(np.clip(picture * gain, 0, 255))).trouble
    assert told in set(FaceTrouble)


def _base() -> Frame:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return Studio(Path(folder)).preview(person=316)


BASE = _base()
