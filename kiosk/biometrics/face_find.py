"""Finding faces: a Haar cascade proposes, a second cascade, a pair of eyes and the colour of skin have to agree.

One cascade alone takes patterns, stains and animals for faces now and then; what the others do not confirm is never
called a face. Sizes are pixels of the picture given, which is `WORK_HEIGHT` high.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
from cv2.data import haarcascades
from numpy.typing import NDArray

from kiosk.errors import ConfigError

Picture = NDArray[np.uint8]

WORK_HEIGHT = 240
"""Pictures are judged at this height: faster, and previews and stills are judged alike."""
SMALLEST_FACE, SMALLEST_LEANING = 0.15, 0.3
"""Width of the smallest face looked for upright, and leaning, as part of the picture's height."""
TURNS_DEG = (25.0, -25.0)
"""The picture is turned so far to look for a leaning head; upright cascades find heads up to some 20°."""

EYES_TOP, EYES_BOTTOM, EYE_SIDE = 0.15, 0.62, 128
"""The part of a face's box in which eyes are looked for, and the width to which it is enlarged."""
EYES_APART = (0.22, 0.58)
"""Least and most distance between the eyes as part of the box's width."""
STEEPEST_PAIR = 0.7
"""Most slope of the line through the eyes."""
SKIN_SHARE = 0.5
USUAL_EYES = (0.31, 0.69, 0.4)
"""Where eyes are in a box when they cannot be found: from the left, from the left, from the top."""


class Box(msgspec.Struct, frozen=True):
    """Pixels of the frame that was judged."""

    left: int
    top: int
    width: int
    height: int


class Eyes(msgspec.Struct, frozen=True):
    """Middles of the eyes in pixels of the frame that was judged; left and right as in the picture."""

    left_x: float
    left_y: float
    right_x: float
    right_y: float

    @property
    def apart(self) -> float:
        return float(np.hypot(self.right_x - self.left_x, self.right_y - self.left_y))

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left_x + self.right_x) / 2, (self.left_y + self.right_y) / 2

    @property
    def roll(self) -> float:
        """Degrees the head leans, clockwise in the picture."""
        return float(np.degrees(np.arctan2(self.right_y - self.left_y, self.right_x - self.left_x)))

    def times(self, scale: float) -> Eyes:
        return Eyes(*(float(part * scale) for part in msgspec.structs.astuple(self)))


class Sighting(msgspec.Struct, frozen=True):
    """Something that may be a face. `sure`: everything agrees that it is one; else `eyes` may be a guess."""

    box: Box
    eyes: Eyes
    agreed: bool
    sure: bool


class Cascades:
    """The models, which take a moment to load. `model`: the first of them, OpenCV's frontal one by default."""

    def __init__(self, model: Path | None = None) -> None:
        folder = Path(haarcascades)
        self._first = _loaded(model or folder / "haarcascade_frontalface_default.xml")
        self._second = _loaded(folder / "haarcascade_frontalface_alt2.xml")
        self._eye = _loaded(folder / "haarcascade_eye.xml")

    def upright(self, picture: Picture, smallest: float = SMALLEST_FACE) -> list[Sighting]:
        """Sure faces first, then what two cascades agree on, then the rest; largest first."""
        grey = _evened(picture)
        side = int(smallest * len(picture))
        found = self._first.detectMultiScale(grey, 1.1, 5, minSize=(side, side))
        seen = [self._sighting(picture, grey, Box(*(int(part) for part in place))) for place in found]
        return sorted(seen, key=lambda one: (not one.sure, not one.agreed, -one.box.width))

    def leaning(self, picture: Picture) -> Sighting | None:
        """A sure face of a head that leans too far to be found upright; its box is that of the turned picture."""
        height, width = picture.shape[:2]
        for degrees in TURNS_DEG:
            turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
            turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
            for sighting in self.upright(np.asarray(turned, np.uint8), SMALLEST_LEANING):
                if sighting.sure:
                    return _turned_back(sighting, turn)
        return None

    def _sighting(self, picture: Picture, grey: Picture, box: Box) -> Sighting:
        agreed = self._agrees(grey, box)
        eyes = self._eyes(grey, box) if agreed else None
        where = eyes or _usual_eyes(box)
        sure = eyes is not None and skin_share(face_chip(picture, where), white_of(picture)) >= SKIN_SHARE
        return Sighting(box, where, agreed, sure)

    def _agrees(self, grey: Picture, box: Box) -> bool:
        edge, least = box.width // 5, int(0.6 * box.width)
        near = grey[max(0, box.top - edge) : box.top + box.height + edge, max(0, box.left - edge) :]
        near = np.ascontiguousarray(near[:, : box.width + 2 * edge])
        return len(self._second.detectMultiScale(near, 1.1, 3, minSize=(least, least))) > 0

    def _eyes(self, grey: Picture, box: Box) -> Eyes | None:
        top = box.top + int(EYES_TOP * box.height)
        part = grey[top : box.top + int(EYES_BOTTOM * box.height), box.left : box.left + box.width]
        scale = EYE_SIDE / box.width
        large = cv2.resize(
            np.ascontiguousarray(part), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
        )
        found = self._eye.detectMultiScale(large, 1.1, 3, minSize=(20, 20), maxSize=(56, 56))
        spots = [(x + w / 2, y + h / 2, float(w)) for x, y, w, h in found]
        pair = _best_pair(spots)
        return pair and Eyes(
            box.left + pair[0][0] / scale, top + pair[0][1] / scale,
            box.left + pair[1][0] / scale, top + pair[1][1] / scale,
        )  # fmt: skip


def _evened(picture: Picture) -> Picture:
    """Grey, evened out locally: over the whole picture a white wall would take the contrast from a small face."""
    return np.asarray(cv2.createCLAHE(2.0, (4, 4)).apply(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)), np.uint8)


Spot = tuple[float, float, float]


def _best_pair(spots: list[Spot]) -> tuple[Spot, Spot] | None:
    """A left and a right eye of like size, level enough, at about the same distance from the middle of the box."""
    pairs = [(one, two) for one in spots for two in spots if _may_be_pair(one, two)]
    return min(pairs, key=_unlikeness, default=None)


def _may_be_pair(one: Spot, two: Spot) -> bool:
    across, down = two[0] - one[0], two[1] - one[1]
    fits = EYES_APART[0] * EYE_SIDE <= across <= EYES_APART[1] * EYE_SIDE
    return fits and one[0] < EYE_SIDE / 2 < two[0] and abs(down) <= STEEPEST_PAIR * across


def _unlikeness(pair: tuple[Spot, Spot]) -> float:
    (x1, y1, w1), (x2, y2, w2) = pair
    return abs((x1 + x2) / 2 - EYE_SIDE / 2) + abs(y1 - y2) + abs(w1 - w2) - (w1 + w2) / 4


def _usual_eyes(box: Box) -> Eyes:
    left, right, down = USUAL_EYES
    y = box.top + down * box.height
    return Eyes(box.left + left * box.width, y, box.left + right * box.width, y)


def _turned_back(sighting: Sighting, turn: NDArray[np.float64]) -> Sighting:
    back = cv2.invertAffineTransform(turn)
    eyes = sighting.eyes
    points = back[:, :2] @ np.array([[eyes.left_x, eyes.right_x], [eyes.left_y, eyes.right_y]]) + back[:, 2:]
    return msgspec.structs.replace(
        sighting,
        eyes=Eyes(*(float(part) for part in (points[0, 0], points[1, 0], points[0, 1], points[1, 1]))),
    )


def _loaded(path: Path) -> cv2.CascadeClassifier:
    cascade = cv2.CascadeClassifier()
    if not path.is_file() or not cascade.load(str(path)):
        raise ConfigError("face.no_model", file=str(path))
    return cascade


def face_chip(picture: Picture, eyes: Eyes, apart: int = 40, above: float = 1.0) -> Picture:
    """The face turned upright, the eyes `apart` pixels from each other.

    2.4 eye distances wide, from `above` of them over the eyes to 2 below.
    """
    size = round(2.4 * apart), round((above + 2.0) * apart)
    return chip(picture, eyes, apart, (1.2 * apart, above * apart), size)


def chip(
    picture: Picture, eyes: Eyes, apart: int, middle: tuple[float, float], size: tuple[int, int]
) -> Picture:
    """A part of `size` turned upright and scaled, the point between the eyes at `middle`."""
    x, y = eyes.middle
    turn = cv2.getRotationMatrix2D((x, y), eyes.roll, apart / max(1.0, eyes.apart))
    turn[:, 2] = turn[:, 2] + (middle[0] - x, middle[1] - y)
    return np.asarray(
        cv2.warpAffine(picture, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def inner(face: Picture) -> Picture:
    """The middle of a face chip, without hair, ears and wall."""
    height, width = face.shape[:2]
    return face[round(0.2 * height) : round(0.82 * height), round(0.17 * width) : round(0.83 * width)]


def white_of(picture: Picture) -> NDArray[np.float32]:
    """What is white in this light: the mean of the brightest tenth of the picture, which a white wall fills."""
    pixels = picture[::4, ::4].reshape(-1, 3).astype(np.float32)
    bright = pixels.sum(axis=1)
    return np.asarray(pixels[bright >= np.quantile(bright, 0.9)].mean(axis=0) + 1, np.float32)


def skin_share(face: Picture, white: NDArray[np.float32]) -> float:
    """Part of the inner face that is redder than blue and not greener than red, as every human skin is.

    Against what is `white` in this light, so that a cool lamp hides nobody; or as it stands, before a coloured wall.
    """
    plain = inner(face).astype(np.float32)
    return max(_reddish(plain), _reddish(plain * (white.mean() / white)))


def _reddish(pixels: NDArray[np.float32]) -> float:
    red, green, blue = (pixels[..., n] for n in range(3))
    return float(((red > 1.06 * blue + 2) & (red > 0.97 * green)).mean())
