"""An invented, drawn face, and a card held to the camera. Nobody is depicted: colours and shapes come from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Rows × columns × RGB."""
Mask = NDArray[np.floating]
Colour = tuple[int, int, int]

BUST, BUST_HEIGHT = 1000, 1800
"""Pixels: a square is drawn, its last row goes on downwards for a person who stands far away."""
HEAD = (500, 430)
HEAD_HEIGHT = 560
"""Middle and height of the head on the canvas."""

SKINS: Sequence[Colour] = (
    (228, 190, 158), (214, 172, 138), (198, 154, 120), (184, 140, 108), (150, 108, 82), (118, 82, 62),
)  # fmt: skip
"""From pale to burnt dark by a life in the fields: guidance has to be right for all of them."""
SHIRTS: Sequence[Colour] = ((70, 88, 120), (94, 110, 92), (120, 78, 74), (96, 96, 104), (64, 104, 112))
BLACK_HAIR, GREY_HAIR = (38, 32, 32), (128, 124, 122)


class Look(NamedTuple):
    """What makes one invented face differ from another; sizes are factors about 1."""

    skin: Colour
    hair: Colour
    shirt: Colour
    wide: float
    eyes_apart: float
    nose: float
    mouth: float
    brow: float
    long_hair: bool


class Bust(NamedTuple):
    """A bust to be laid on any background: `picture` where `cover` (0…1) is 1."""

    picture: Picture
    cover: Mask


Thing = Callable[["Easel", int], None]
"""Draws on a finished head something the person with that seed wears."""


def look(person: int) -> Look:
    """The face of a person's seed."""
    chance = np.random.default_rng([person, 5])
    return Look(
        skin=SKINS[int(chance.integers(len(SKINS)))],
        hair=BLACK_HAIR if chance.random() < 0.7 else GREY_HAIR,
        shirt=SHIRTS[int(chance.integers(len(SHIRTS)))],
        wide=float(chance.uniform(0.94, 1.06)),
        eyes_apart=float(chance.uniform(0.95, 1.05)),
        nose=float(chance.uniform(0.9, 1.12)),
        mouth=float(chance.uniform(0.9, 1.12)),
        brow=float(chance.uniform(0.8, 1.25)),
        long_hair=bool(chance.random() < 0.5),
    )


class Shape(NamedTuple):
    """A soft-edged shape: its mask, 0…1, and where on the easel the mask's corner lies."""

    top: int
    left: int
    mask: Mask

    @property
    def place(self) -> tuple[slice, slice]:
        rows, columns = self.mask.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)


class Easel:
    """A canvas on which soft-edged shapes are laid one over the other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.paint = np.zeros((size, size, 3), np.float32)
        self.cover: Mask = np.zeros((size, size), np.float32)

    def lay(self, colour: Colour, shape: Shape, within: Mask | None = None) -> None:
        """Paint `colour` over what is there; the picture then covers what lies behind."""
        mask = self._mask(shape, within)
        below = self.cover[shape.place]
        whole = mask + below * (1 - mask)
        share = np.divide(mask, whole, out=np.zeros_like(whole), where=whole > 0)
        paint = self.paint[shape.place]
        paint += (np.array(colour, np.float32) - paint) * share[..., None]
        self.cover[shape.place] = whole

    def tint(self, shape: Shape, factor: float, within: Mask | None = None) -> None:
        """Darken (below 1) or lighten what is painted already."""
        self.paint[shape.place] *= 1 + (factor - 1) * self._mask(shape, within)[..., None]

    def oval(
        self, x: float, y: float, half_width: float, half_height: float, soft: float = 2, turn: float = 0
    ) -> Shape:
        """A filled ellipse, turned by degrees, its edge blurred by `soft` pixels."""
        outline = cv2.ellipse2Poly(
            (int(x), int(y)), (int(half_width), int(half_height)), int(turn), 0, 360, 3
        )
        return self.shape([(x, y) for x, y in outline], soft)

    def shape(self, points: Sequence[tuple[float, float]], soft: float = 2) -> Shape:
        """A filled polygon, its edge blurred by `soft` pixels."""
        corners, edge = np.array(points, np.int32), int(3 * soft) + 2
        left, top = (max(0, int(low) - edge) for low in corners.min(axis=0))
        right, bottom = (min(self.size, int(high) + edge) for high in corners.max(axis=0))
        # A very soft edge needs no fine drawing: it is drawn small and enlarged.
        step = max(1, int(soft // 4))
        drawn = np.zeros(((bottom - top) // step + 1, (right - left) // step + 1), np.uint8)
        cv2.fillPoly(drawn, [(corners - np.array((left, top), np.int32)) // step], 255, cv2.LINE_AA)
        blurred = cv2.GaussianBlur(drawn, (0, 0), soft / step)
        mask = cv2.resize(blurred, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        return Shape(top, left, mask.astype(np.float32) / 255)

    def spread(self, *shapes: Shape) -> Mask:
        """The union of `shapes` over the whole canvas, to paint within."""
        whole: Mask = np.zeros_like(self.cover)
        for shape in shapes:
            whole[shape.place] = np.maximum(whole[shape.place], shape.mask)
        return whole

    def _mask(self, shape: Shape, within: Mask | None) -> Mask:
        return shape.mask if within is None else shape.mask * within[shape.place]


def draw_bust(person: int, *things: Thing) -> Bust:
    """Head and shoulders of an invented person, looking straight ahead, both ears seen, `things` put on in order."""
    face, easel = look(person), Easel(BUST)
    _hair_behind(easel, face)
    _shoulders(easel, face)
    _head(easel, face)
    for side in (-1, 1):
        _eye(easel, face, side)
    _nose(easel, face)
    _mouth(easel, face)
    _hair(easel, face)
    for put_on in things:
        put_on(easel, person)
    picture = np.clip(easel.paint, 0, 255).astype(np.uint8)
    below = BUST_HEIGHT - BUST
    return Bust(
        np.pad(picture, ((0, below), (0, 0), (0, 0)), mode="edge"),
        np.pad(easel.cover, ((0, below), (0, 0)), mode="edge"),
    )


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue


def _hair_behind(easel: Easel, face: Look) -> None:
    x, y = HEAD
    easel.lay(face.hair, easel.oval(x, y - 62, 222 * face.wide, 258, 3))
    if face.long_hair:
        easel.lay(face.hair, easel.oval(x, y + 210, 205 * face.wide, 210, 6))


def _shoulders(easel: Easel, face: Look) -> None:
    x, y = HEAD
    body = [(x - 420, 1000), (x - 400, 880), (x - 300, 800), (x - 105, 745), (x + 105, 745), (x + 300, 800),
            (x + 400, 880), (x + 420, 1000)]  # fmt: skip
    easel.lay(face.shirt, easel.shape(body, 8))
    easel.tint(easel.oval(x - 330, 960, 150, 160, 60), 0.75)
    easel.tint(easel.oval(x + 330, 960, 150, 160, 60), 0.75)
    neck = [(x - 92, y + 180), (x + 92, y + 180), (x + 100, 752), (x, 800), (x - 100, 752)]
    easel.lay(_shade(face.skin, 0.86), easel.shape(neck, 4))
    easel.tint(easel.oval(x, y + 262, 112, 60, 22), 0.72)
    for side in (-1, 1):
        collar = [(x, 806), (x + side * 108, 738), (x + side * 140, 782), (x + side * 40, 862)]
        easel.lay(_shade(face.shirt, 1.25), easel.shape(collar, 2))


def _head(easel: Easel, face: Look) -> None:
    x, y = HEAD
    for side in (-1, 1):
        ear = (x + side * 206 * face.wide, y + 14)
        easel.lay(_shade(face.skin, 0.92), easel.oval(*ear, 30, 58, 2, turn=side * 8))
        easel.tint(easel.oval(ear[0] + side * 2, ear[1], 13, 34, 5), 0.75)
    upper = easel.oval(x, y - 30, 200 * face.wide, 240)
    lower = easel.oval(x, y + 60, 178 * face.wide, 220)
    easel.lay(face.skin, upper)
    easel.lay(face.skin, lower)
    skin = easel.spread(upper, lower)
    for side in (-1, 1):
        easel.tint(easel.oval(x + side * 215 * face.wide, y + 40, 70, 240, 45), 0.72, within=skin)
        easel.tint(easel.oval(x + side * 98, y + 92, 62, 44, 26), 1.06, within=skin)
    easel.tint(easel.oval(x, y + 285, 150, 40, 28), 0.8, within=skin)
    easel.tint(easel.oval(x, y - 130, 120, 60, 40), 1.07, within=skin)


def _eye(easel: Easel, face: Look, side: int) -> None:
    x, y = HEAD[0] + side * 86 * face.eyes_apart, HEAD[1] - 4
    easel.tint(easel.oval(x, y - 6, 66, 42, 18), 0.70)
    brow = [(x - side * 58, y - 54), (x - side * 10, y - 74), (x + side * 62, y - 58), (x + side * 60, y - 48),
            (x - side * 10, y - 74 + 18 * face.brow), (x - side * 56, y - 42)]  # fmt: skip
    easel.lay(_shade(BLACK_HAIR, 1.1), easel.shape(brow, 3))
    eyeball = easel.oval(x, y, 44, 19)
    red, green, blue = (int(150 + 0.35 * part) for part in face.skin)
    easel.lay((red, green, blue), eyeball)
    white = easel.spread(eyeball)
    easel.lay((46, 30, 24), easel.oval(x, y, 20, 20, 1.5), within=white)
    easel.lay((12, 10, 10), easel.oval(x, y, 9, 9, 1.5), within=white)
    easel.lay((250, 250, 250), easel.oval(x - 7, y - 7, 4, 4, 1))
    lid = [(x - 48, y + 2), (x - 26, y - 19), (x, y - 25), (x + 26, y - 19), (x + 48, y + 2), (x + 26, y - 12),
           (x, y - 17), (x - 26, y - 12)]  # fmt: skip
    easel.lay((40, 28, 26), easel.shape(lid, 1.5))
    easel.tint(easel.oval(x, y + 32, 40, 8, 6), 0.88)


def _nose(easel: Easel, face: Look) -> None:
    x, y = HEAD[0], HEAD[1] + 92
    for side in (-1, 1):
        easel.tint(easel.oval(x + side * 27 * face.nose, y - 52, 12, 62, 10, turn=side * -6), 0.86)
        easel.tint(easel.oval(x + side * 40 * face.nose, y + 8, 14, 16, 6), 0.82)
        easel.lay((112, 74, 62), easel.oval(x + side * 18 * face.nose, y + 20, 11, 6, 3))
    easel.tint(easel.oval(x, y - 40, 11, 66, 9), 1.10)
    easel.tint(easel.oval(x, y + 4, 20, 14, 8), 1.08)
    easel.tint(easel.oval(x, y + 36, 44, 10, 8), 0.85)


def _mouth(easel: Easel, face: Look) -> None:
    x, y, half = HEAD[0], HEAD[1] + 176, 68 * face.mouth
    upper = [(x - half, y), (x - 22, y - 17), (x, y - 11), (x + 22, y - 17), (x + half, y), (x, y + 5)]
    lower = [(x - half, y), (x, y + 3), (x + half, y), (x + 34, y + 23), (x, y + 29), (x - 34, y + 23)]
    red, green, blue = face.skin
    easel.lay((int(0.79 * red), int(0.57 * green), int(0.67 * blue)), easel.shape(upper, 2))
    easel.lay((int(0.87 * red), int(0.67 * green), int(0.78 * blue)), easel.shape(lower, 2))
    easel.lay((int(0.41 * red), int(0.26 * green), int(0.3 * blue)), easel.oval(x, y + 1, half - 4, 3, 1.5))
    easel.tint(easel.oval(x, y + 44, 44, 9, 8), 0.86)


def _hair(easel: Easel, face: Look) -> None:
    """The hair seen from the front: its outline less the face below the hairline."""
    x, y = HEAD
    whole = easel.oval(x, y - 62, 222 * face.wide, 258, 3)
    bare = easel.spread(
        easel.oval(x, y + 60, 190 * face.wide, 262, 5),
        easel.shape([(0, y - 40), (BUST, y - 40), (BUST, BUST), (0, BUST)], 5),
    )
    hair = easel.spread(whole) * (1 - bare)
    easel.lay(face.hair, whole, within=hair)
    easel.tint(easel.oval(x - 60, y - 240, 95, 22, 18, turn=-14), 1.45, within=hair)


CARD_FRAME = 112
"""Pixels a card is higher than its code."""


def draw_card(code: NDArray[np.uint8]) -> Picture:
    """A card with `code` (a square of black and white modules) on it, 860 × 542 pixels plus what the code needs."""
    side = max(430, code.shape[0] * 6)
    square = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
    height, width = side + CARD_FRAME, side + 430
    card = np.full((height, width, 3), (206, 226, 222), np.uint8)
    card[:56] = (150, 186, 190)
    card[76 : 76 + side, width - side - 24 : width - 24] = square[..., None]
    for row in range(5):
        top = 130 + row * 70
        cv2.rectangle(card, (36, top), (300 - 30 * (row % 3), top + 18), (120, 140, 146), -1)
    return card


PAPER, PAPER_HEIGHT = 900, 1200
WRITTEN = (
    "Ho ten: NGUYEN VAN MAU",
    "Ngay sinh: 09/03/1958",
    "Gioi tinh: Nam",
    "Que quan: Xa Mau",
    "So: 00/0000",
)
"""Of nobody; the picture library's letters have no marks."""


def draw_paper() -> Picture:
    """A certificate of somebody who does not exist, 900 x 1200 pixels."""
    paper = np.full((PAPER_HEIGHT, PAPER, 3), (250, 246, 236), np.uint8)
    cv2.rectangle(paper, (24, 24), (PAPER - 24, PAPER_HEIGHT - 24), (170, 120, 110), 4)
    font, ink = cv2.FONT_HERSHEY_SIMPLEX, (40, 40, 60)
    cv2.putText(paper, "GIAY KHAI SINH", (150, 170), font, 2.4, ink, 6, cv2.LINE_AA)
    cv2.putText(paper, "(MAU - KHONG CO GIA TRI)", (160, 240), font, 1.3, ink, 3, cv2.LINE_AA)
    for row, line in enumerate(WRITTEN):
        cv2.putText(paper, line, (80, 400 + row * 130), font, 1.7, ink, 4, cv2.LINE_AA)
    cv2.circle(paper, (PAPER - 220, PAPER_HEIGHT - 190), 110, (190, 60, 60), 8)
    return paper
