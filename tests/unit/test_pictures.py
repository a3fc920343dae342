"""Pictures as PNG and as small live views."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.biometrics.pictures import png_of_finger, png_of_frame, shrink_grey
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.camera import Frame
from kiosk.hal.fingers import FingerImage


def finger(width: int, height: int, ppi: int = 500) -> FingerImage:
    pixels = np.random.default_rng(1).integers(0, 256, width * height).astype(np.uint8).tobytes()
    return FingerImage(FingerPosition.RIGHT_THUMB, Impression.FLAT, width, height, ppi, pixels)


@pytest.mark.parametrize("ppi", [500, 508, 1000])
def test_a_finger_png_is_lossless_and_states_its_resolution(ppi: int) -> None:
    image = finger(32, 48, ppi)
    picture = Image.open(BytesIO(png_of_finger(image)))
    assert (picture.mode, picture.size, picture.tobytes()) == ("L", (32, 48), image.pixels)
    assert [round(value) for value in picture.info["dpi"]] == [ppi, ppi]


def test_a_frame_png_is_lossless() -> None:
    pixels = bytes(range(250)) * 3
    picture = Image.open(BytesIO(png_of_frame(Frame(25, 10, pixels))))
    assert (picture.mode, picture.size, picture.tobytes()) == ("RGB", (25, 10), pixels)


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 120), st.integers(1, 120))
def test_a_live_view_fits_and_keeps_its_proportions(
    width: int, height: int, max_width: int, max_height: int
) -> None:
    small_width, small_height, pixels = shrink_grey(finger(width, height), max_width, max_height)
    assert small_width <= max_width
    assert small_height <= max_height
    assert len(pixels) == small_width * small_height
    scale = min(max_width / width, max_height / height, 1)
    assert abs(small_width - width * scale) <= 1
    assert abs(small_height - height * scale) <= 1


def test_a_live_view_of_a_frame_is_grey() -> None:
    red = Frame(320, 240, bytes([200, 0, 0]) * (320 * 240))
    width, height, pixels = shrink_grey(red, 96, 72)
    assert (width, height) == (96, 72)
    assert set(pixels) == {60}  # 0.299 of 200
