"""The card's QR code from tilted, blurred and glaring pictures (C4); the pictures come from the simulated camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.biometrics.codes import CodeSight, look_for_qr, read_qr
from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame
from kiosk.hal.camera.scene import card_with, expose, show_card, wall
from kiosk.hal.camera.sim import SimCamera
from kiosk.hal.world import INVENTED_CARD, World, world_in

SIZE = (1280, 720)
CARD = card_with(INVENTED_CARD)
SIDE_AT_1 = 543
"""Pixels a side of the code at distance 1."""


def seen(world: World, frame: int = 1, size: tuple[int, int] = SIZE) -> Frame:
    return expose(show_card(wall(world, size), CARD, world, frame), world, frame)


def held(side: int, tilt: float = 0, blur: float = 0, glare: float = 0, light: float = 0.5) -> World:
    return World(distance=SIDE_AT_1 / side, card_tilt=tilt, card_blur=blur, card_glare=glare, light=light)


def bare(frame: Frame) -> str | None:
    grey = cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2GRAY)
    found = zxingcpp.read_barcode(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found.text if found else None


@pytest.mark.parametrize("tilt", [0, 15, 30])
@pytest.mark.parametrize("blur", [0, 0.8, 1.5])
def test_a_card_held_well_is_read_in_the_first_picture(tilt: float, blur: float) -> None:
    assert read_qr(seen(held(300, tilt, blur))) == INVENTED_CARD


@pytest.mark.parametrize("tilt", [0, 15, 30])
@pytest.mark.parametrize(("side", "blur"), [(130, 0.8), (150, 1.0), (150, 1.2), (200, 1.5)])
def test_a_small_or_soft_code_is_read(side: int, blur: float, tilt: float) -> None:
    assert any(read_qr(seen(held(side, tilt, blur), frame)) == INVENTED_CARD for frame in range(3))


@pytest.mark.parametrize("glare", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("side", [150, 200, 300])
def test_a_reflection_that_wanders_lets_some_picture_through(side: int, glare: float) -> None:
    pictures = [look_for_qr(seen(held(side, 10, 0.5, glare), frame)) for frame in range(6)]
    assert INVENTED_CARD in {sight.text for sight in pictures}
    assert {sight.text for sight in pictures} <= {None, INVENTED_CARD}


def test_more_is_read_than_without_help() -> None:
    """The same pictures, all of them hard."""
    hard = [seen(held(side, 15, blur, glare), i) for i, (side, blur, glare) in enumerate(_hard())]
    alone = sum(bare(frame) == INVENTED_CARD for frame in hard)
    helped = sum(read_qr(frame) == INVENTED_CARD for frame in hard)
    assert helped >= 1.3 * alone
    assert helped >= len(hard) * 0.5


def _hard() -> Iterator[tuple[int, float, float]]:
    for side in (130, 150, 200):
        for blur in (0.6, 1.0):
            for glare in (0.0, 0.4, 0.6):
                yield side, blur, glare


def test_a_code_that_cannot_be_read_is_noticed() -> None:
    assert look_for_qr(seen(held(150, blur=3))) == CodeSight(None, near=True)


def test_an_empty_wall_and_a_dark_room_are_no_code(tmp_path: Path) -> None:
    camera = SimCamera(world_in(tmp_path), lambda: 0.0)
    camera._world.change(face_present=False)
    assert look_for_qr(camera.preview(1)) == CodeSight(None)
    assert look_for_qr(seen(held(300, light=0))) == CodeSight(None)


def test_the_full_picture_reads_what_the_live_one_cannot(tmp_path: Path) -> None:
    """Which is why an unread code is looked at once in full resolution."""
    world = world_in(tmp_path)
    world.change(card=INVENTED_CARD, holding_card=True, distance=2.4, card_blur=1.0, card_tilt=20)
    camera = SimCamera(world)
    assert look_for_qr(camera.preview(1)) == CodeSight(None, near=True)
    assert look_for_qr(camera.still(1)).text == INVENTED_CARD


vietnamese = st.text(
    st.sampled_from(
        "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ|, 0123456789"
    ),
    min_size=1,
    max_size=60,
)


@given(vietnamese)
@settings(deadline=None, max_examples=40)
def test_vietnamese_comes_back_letter_by_letter(text: str) -> None:
    assert read_qr(_printed(text)) == text


@given(st.binary(min_size=1, max_size=200))
@example(b"\xff\xfe\x00|" * 20)
@example(b"\xed\xa0\x80" * 30)
@example("\u202e|\x00\x1b[31m|\ufeff".encode())
@settings(deadline=None, max_examples=40)
def test_no_bytes_in_a_code_break_the_reader(content: bytes) -> None:
    text = read_qr(_printed(content))
    assert text is not None
    text.encode()


def _printed(content: str | bytes) -> Frame:
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    grey = cv2.copyMakeBorder(
        np.array(code.to_image(scale=3)), 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255
    )
    return Frame(grey.shape[1], grey.shape[0], cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).tobytes())


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (64, 2), (57, 57), (640, 60), (1300, 900)])
def test_no_size_and_no_texture_break_the_reader(size: tuple[int, int]) -> None:
    width, height = size
    chance = np.random.default_rng(4)
    for pixels in (
        np.zeros((height, width, 3)),
        np.full((height, width, 3), 255),
        chance.integers(0, 256, (height, width, 3)),
        np.indices((height, width)).sum(axis=0)[..., None].repeat(3, axis=2) % 2 * 255,
    ):
        assert look_for_qr(Frame(width, height, pixels.astype(np.uint8).tobytes())).text is None
