"""What a simulated camera sees: a wall, a drawn person or a card before it, light and noise."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.hal.camera import Frame
from kiosk.hal.camera.drawing import BUST, BUST_HEIGHT, HEAD, HEAD_HEIGHT, Bust, Picture, draw_card
from kiosk.hal.world import World

HEAD_SHARE = 0.5
"""Part of the picture's height that a head takes at the right distance."""
SWAY = 0.006
"""How far a person who stands still moves, as part of the picture's height."""
NOISE = 2.5
WALL = (205, 200, 192)
"""Colour of a wall that is not white (`background` 0 is half as bright)."""


COMPANY_AWAY = 0.36
"""How far a second person stands beside the first, as part of the picture's height."""


class Place(NamedTuple):
    """Where a head is drawn: its middle in pixels, degrees it leans anticlockwise, distance (1 is right)."""

    x: float
    y: float
    lean: float
    distance: float


def wall(world: World, size: tuple[int, int]) -> Picture:
    """White, or darker and uneven: what hangs on a wall shows the more, the less it is hidden by a white sheet."""
    width, height = size
    white, bare = np.array((243, 244, 245), np.float32), np.array(WALL, np.float32)
    wall = np.empty((height, width, 3), np.float32)
    wall[:] = bare * 0.5 + (white - bare * 0.5) * world.background
    clutter = 1 - world.background
    for left in range(0, width, max(8, width // 6)):
        wall[:, left : left + max(2, width // 24)] *= 1 - 0.45 * clutter
    return wall.astype(np.uint8)


def show_face(scene: Picture, bust: Bust, world: World, now: float) -> Picture:
    """The person before the camera, as near, as far off the middle and as lit from a side as the world says."""
    height, width = scene.shape[:2]
    sway = SWAY * height * (6 if world.moving else 1)
    x = width / 2 + world.face_x * width / 2 + sway * np.sin(now * 1.7)
    y = height * 0.47 + world.face_y * height / 2 + sway * np.sin(now * 1.1 + 1) / 2
    lean = float(1.2 * np.sin(now * 0.9)) - world.tilt
    return _lay(scene, bust, Place(x, y, lean, world.distance), world.side_light)


def show_company(scene: Picture, bust: Bust, world: World) -> Picture:
    """Somebody who stands a little behind the first person, looking at the camera as well."""
    height, width = scene.shape[:2]
    away = (1 if world.face_x <= 0 else -1) * COMPANY_AWAY * height
    place = Place(width / 2 + world.face_x * width / 2 + away, height * 0.44, 0.0, 1.15 * world.distance)
    return _lay(scene, bust, place, world.side_light)


def _lay(scene: Picture, bust: Bust, place: Place, side_light: float) -> Picture:
    height, width = scene.shape[:2]
    scale = HEAD_SHARE * height / HEAD_HEIGHT / place.distance
    turn = cv2.getRotationMatrix2D(HEAD, place.lean, scale)
    turn[:, 2] = turn[:, 2] + (place.x - HEAD[0], place.y - HEAD[1])
    # Scaling down by more than two has to average, or the drawing's lines sparkle.
    halvings = max(0, int(np.floor(-np.log2(scale))))
    small = 2**halvings
    turn[:, :2] *= small
    side = (BUST // small, BUST_HEIGHT // small)
    cover = cv2.resize(bust.cover, side, interpolation=cv2.INTER_AREA)
    person = cv2.resize(bust.picture, side, interpolation=cv2.INTER_AREA)
    laid = cv2.warpAffine(person, turn, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    laid *= _shadow(width, place.x, HEAD_SHARE * height / place.distance, side_light)[None, :, None]
    share = cv2.warpAffine(cover, turn, (width, height), borderMode=cv2.BORDER_CONSTANT)[..., None]
    mixed: Picture = (scene + (laid - scene) * share).astype(np.uint8)
    return mixed


def _shadow(width: int, middle: float, head: float, side_light: float) -> NDArray[np.float32]:
    """What is left of the light in each column of a head: full on the lit side, little on the other."""
    away = (np.arange(width, dtype=np.float32) - middle) / head * (-1 if side_light > 0 else 1)
    share = 1 / (1 + np.exp(-away * 10))
    return np.asarray(1 - 0.65 * abs(side_light) * share, np.float32)


def show_card(scene: Picture, card: Picture) -> Picture:
    height, width = scene.shape[:2]
    rows, columns = card.shape[:2]
    scale = min(0.95 * height / rows, 0.95 * width / columns)
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), 4, scale)
    turn[:, 2] = turn[:, 2] + ((width - columns) / 2, (height - rows) / 2)
    shown = cv2.warpAffine(card, turn, (width, height), scene.copy(), cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return np.asarray(shown, np.uint8)


def card_with(text: str) -> Picture:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return draw_card(np.array(code.to_image(scale=1)))


def expose(scene: Picture, world: World, frame: int) -> Frame:
    height, width = scene.shape[:2]
    if world.moving:
        reach = max(3, height // 24)
        scene = np.asarray(cv2.blur(scene, (reach, 1 + reach // 3)), np.uint8)
    noise = np.random.default_rng(frame).standard_normal((height, width, 1), dtype=np.float32) * NOISE
    seen = np.clip(scene * np.float32(2 * world.light) + noise, 0, 255).astype(np.uint8)
    return Frame(width, height, seen.tobytes())
