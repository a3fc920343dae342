"""What a simulated camera sees: a wall, a drawn person or a card before it, light and noise."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.hal.camera import Frame
from kiosk.hal.camera.drawing import (
    BUST,
    BUST_HEIGHT,
    CARD_FRAME,
    HEAD,
    HEAD_HEIGHT,
    Bust,
    Picture,
    draw_card,
    draw_paper,
)
from kiosk.hal.world import World

HEAD_SHARE = 0.5
"""Part of the picture's height that a head takes at the right distance."""
SWAY = 0.006
"""How far a person who stands still moves, as part of the picture's height."""
NOISE = 2.5
CARD_TURN = 4.0
"""Degrees a card is turned in the hand."""
LEAN_AXIS = 1.0
"""Direction, in radians, of the axis a card leans about."""
EYE = 1.6
"""Distance of card and lens by the picture's width: how strong the perspective is."""
FOCUS_WIDTH = 1280
GLARE_LIGHT, GLARE_STEP = 320.0, 0.7
"""Grey levels a reflection adds in its middle; radians it wanders from one frame to the next."""
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


class Card(NamedTuple):
    """A drawn card and where its code is: centre and side, pixels of `picture`."""

    picture: Picture
    code: tuple[float, float]
    side: int


def show_card(scene: Picture, card: Card, world: World, frame: int) -> Picture:
    """The card before the camera: leaning, with a lamp's reflection that wanders from frame to frame, out of focus."""
    height, width = scene.shape[:2]
    rows, columns = card.picture.shape[:2]
    scale = min(0.95 * height / rows, 0.95 * width / columns) / world.distance
    size = max(1, int(columns * scale)), max(1, int(rows * scale))
    # Scaling down has to average, or the modules alias.
    small = cv2.resize(card.picture, size, interpolation=cv2.INTER_AREA)
    lie = _lie(size, (width, height), world.card_tilt)
    shown = np.asarray(
        cv2.warpPerspective(
            small, lie, (width, height), scene.copy(), cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
        ),
        np.uint8,
    )
    if world.card_glare:
        middle = np.array([[[card.code[0] * scale, card.code[1] * scale]]], np.float32)
        x, y = cv2.perspectiveTransform(middle, lie)[0, 0]
        _shine(shown, (float(x), float(y)), card.side * scale, world.card_glare, frame)
    sigma = world.card_blur * width / FOCUS_WIDTH
    return np.asarray(cv2.GaussianBlur(shown, (0, 0), sigma) if sigma else shown, np.uint8)


def show_paper(scene: Picture, world: World) -> Picture:
    """A paper that fills most of the picture's height at the right distance."""
    height, width = scene.shape[:2]
    paper = draw_paper()
    scale = min(0.94 * height / paper.shape[0], 0.94 * width / paper.shape[1]) / max(1.0, world.distance)
    size = max(1, int(paper.shape[1] * scale)), max(1, int(paper.shape[0] * scale))
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    laid = scene.copy()
    laid[top : top + size[1], left : left + size[0]] = cv2.resize(paper, size, interpolation=cv2.INTER_AREA)
    return laid


def _lie(card: tuple[int, int], view: tuple[int, int], tilt: float) -> NDArray[np.float64]:
    """Where the card's pixels are seen: turned a little in the hand, leaning by `tilt` degrees about a slanted axis."""
    width, height = card
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    flat = np.column_stack([corners - (width / 2, height / 2), np.zeros(4)])
    turn, _ = cv2.Rodrigues(np.array([0.0, 0.0, np.radians(-CARD_TURN)]))
    lean, _ = cv2.Rodrigues(np.radians(tilt) * np.array([np.cos(LEAN_AXIS), np.sin(LEAN_AXIS), 0.0]))
    held = flat @ turn.T @ lean.T
    depth = EYE * view[0]
    seen = held[:, :2] * (depth / (depth + held[:, 2:])) + (view[0] / 2, view[1] / 2)
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32)))


def _shine(scene: Picture, code: tuple[float, float], side: float, glare: float, frame: int) -> None:
    """Add a lamp's reflection: white in its middle, fading out, somewhere on the code."""
    angle = frame * GLARE_STEP
    x, y = code[0] + 0.4 * side * np.cos(angle), code[1] + 0.4 * side * np.sin(angle)
    rows, columns = np.ogrid[: scene.shape[0], : scene.shape[1]]
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (glare * side / 4) ** 2))
    scene[:] = np.minimum(scene + (GLARE_LIGHT * light)[..., None], 255).astype(np.uint8)


def card_with(text: str) -> Card:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = draw_card(np.array(code.to_image(scale=1)))
    side = picture.shape[0] - CARD_FRAME
    return Card(picture, (picture.shape[1] - 24 - side / 2, 76 + side / 2), side)


def expose(scene: Picture, world: World, frame: int) -> Frame:
    height, width = scene.shape[:2]
    if world.moving:
        reach = max(3, height // 24)
        scene = np.asarray(cv2.blur(scene, (reach, 1 + reach // 3)), np.uint8)
    noise = np.random.default_rng(frame).standard_normal((height, width, 1), dtype=np.float32) * NOISE
    seen = np.clip(scene * np.float32(2 * world.light) + noise, 0, 255).astype(np.uint8)
    return Frame(width, height, seen.tobytes())
