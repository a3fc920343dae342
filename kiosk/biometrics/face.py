"""Guiding a person to a good portrait: one face, near enough, centred, lit, sharp, before a white wall.

Not measured, and left to the officer's eye: open eyes, gaze, expression, glasses, whether both ears are seen.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import cv2
import msgspec
import numpy as np
from cv2.data import haarcascades
from numpy.typing import NDArray

from kiosk.biometrics.pictures import png_of_frame, rgb_of
from kiosk.errors import ConfigError
from kiosk.hal.camera import Frame

Picture = NDArray[np.uint8]

WORK_HEIGHT = 240
"""Pictures are judged at this height: faster, and previews and stills are judged alike."""

SMALLEST_FACE, NEAR_ENOUGH, TOO_NEAR = 0.15, 0.32, 0.60
"""Face widths as parts of the picture's height: found from, right from, right to."""
SECOND_FACE = 0.5
"""A second face counts when it is at least this part of the first."""
OFF_CENTRE = 0.13
"""How far a face may be from the middle, as part of the picture's height."""
DARK_FACE, DARK_ROOM = 70, 45
GLARE, GLARE_FACE, GLARE_ROOM = 245, 0.25, 0.6
"""A grey that is burnt out, and the shares of a face and of a whole picture that may be."""
SHARP = 0.062
WALL_WHITE, WALL_EVEN, WALL_COLOURLESS = 165, 20, 40

PORTRAIT_SIZE = (600, 800)
PORTRAIT_FACES_HIGH = 1.75
"""Height of a portrait in heights of the face's box; its width follows from 3:4."""
PORTRAIT_MIDDLE = 0.52
"""Where in the portrait the middle of the face's box lies, from the top."""


class FaceTrouble(StrEnum):
    """The one thing to put right first."""

    NONE = "none"
    NO_FACE = "no_face"
    SEVERAL = "several"
    CLOSER = "closer"
    BACK = "back"
    CENTRE = "centre"
    DARK = "dark"
    BRIGHT = "bright"
    BLURRED = "blurred"
    BACKGROUND = "background"


class Box(msgspec.Struct, frozen=True):
    """Pixels of the frame that was judged."""

    left: int
    top: int
    width: int
    height: int


class FaceGuide(msgspec.Struct, frozen=True):
    """What to say to the person; `box` is the (largest) face, None without one."""

    trouble: FaceTrouble
    box: Box | None = None

    @property
    def ready(self) -> bool:
        return self.trouble is FaceTrouble.NONE and self.box is not None


class FaceFinder:
    """Holds the face model, which takes a moment to load. `model`: a Haar cascade, OpenCV's frontal one by default."""

    def __init__(self, model: Path | None = None) -> None:
        path = model or Path(haarcascades) / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier()
        if not path.is_file() or not self._cascade.load(str(path)):
            raise ConfigError("face.no_model", file=str(path))

    def guide(self, frame: Frame) -> FaceGuide:
        """Judge a picture of any size."""
        scale = frame.height / WORK_HEIGHT
        size = max(1, round(frame.width / scale)), WORK_HEIGHT
        picture = np.asarray(cv2.resize(rgb_of(frame), size, interpolation=cv2.INTER_AREA), np.uint8)
        faces = self._faces(picture)
        if not faces:
            return FaceGuide(_why_no_face(picture))
        return FaceGuide(_first_trouble(picture, faces), _scaled(faces[0], scale))

    def _faces(self, picture: Picture) -> list[Box]:
        """Largest first."""
        # Evened out locally: over the whole picture a white wall would take the contrast from a small face.
        grey = cv2.createCLAHE(2.0, (4, 4)).apply(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        smallest = int(SMALLEST_FACE * WORK_HEIGHT)
        found = self._cascade.detectMultiScale(grey, 1.1, 5, minSize=(smallest, smallest))
        boxes = [Box(*(int(part) for part in place)) for place in found]
        return sorted(boxes, key=lambda box: -box.width)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(part * scale) for part in msgspec.structs.astuple(box)))


def _why_no_face(picture: Picture) -> FaceTrouble:
    if np.median(picture) < DARK_ROOM:
        return FaceTrouble.DARK
    burnt = float((picture.min(axis=2) >= GLARE + 5).mean())
    return FaceTrouble.BRIGHT if burnt > GLARE_ROOM else FaceTrouble.NO_FACE


def _first_trouble(picture: Picture, faces: list[Box]) -> FaceTrouble:
    if len(faces) > 1 and faces[1].width >= SECOND_FACE * faces[0].width:
        return FaceTrouble.SEVERAL
    box = faces[0]
    return next((trouble for trouble, holds in CHECKS if holds(picture, box)), FaceTrouble.NONE)


def _too_far(picture: Picture, box: Box) -> bool:
    return box.width < NEAR_ENOUGH * len(picture)


def _too_near(picture: Picture, box: Box) -> bool:
    return box.width > TOO_NEAR * len(picture)


def _off_centre(picture: Picture, box: Box) -> bool:
    height, width = float(picture.shape[0]), float(picture.shape[1])
    off_x = abs(box.left + box.width / 2 - width / 2)
    off_y = abs(box.top + box.height / 2 - height / 2)
    return max(off_x, off_y) > OFF_CENTRE * height


def _face_grey(picture: Picture, box: Box) -> Picture:
    """The inner face, at one size whatever the distance."""
    edge = box.width // 8
    part = picture[
        box.top + edge : box.top + box.height - edge, box.left + edge : box.left + box.width - edge
    ]
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)


def _dark(picture: Picture, box: Box) -> bool:
    return float(_face_grey(picture, box).mean()) < DARK_FACE


def _glaring(picture: Picture, box: Box) -> bool:
    return float((_face_grey(picture, box) >= GLARE).mean()) > GLARE_FACE


def sharpness(picture: Picture, box: Box) -> float:
    """Strength of the finest detail of a face against its overall contrast; falls with any blur."""
    face = cv2.GaussianBlur(_face_grey(picture, box).astype(np.float32), (0, 0), 0.8)
    return float(cv2.Laplacian(face, cv2.CV_32F).var() / (face.var() + 1))


def _blurred(picture: Picture, box: Box) -> bool:
    return sharpness(picture, box) < SHARP


def _bad_wall(picture: Picture, box: Box) -> bool:
    """Beside the head, and above it, the wall is white and even, as far as it is in the picture."""
    reach = int(0.3 * box.width)
    beside = picture[: box.top + box.height // 2]
    left, right = beside[:, : max(0, box.left - reach)], beside[:, box.left + box.width + reach :]
    above = picture[: max(0, box.top - int(0.4 * box.height))]
    wall = np.concatenate([part.reshape(-1, 3) for part in (left, right, above)]).astype(np.float32)
    if len(wall) == 0:
        return False
    brightness = wall.mean(axis=1)
    tinged = float(np.ptp(wall.mean(axis=0)))
    return bool(brightness.mean() < WALL_WHITE or brightness.std() > WALL_EVEN or tinged > WALL_COLOURLESS)


CHECKS: tuple[tuple[FaceTrouble, Callable[[Picture, Box], bool]], ...] = (
    (FaceTrouble.DARK, _dark),
    (FaceTrouble.BRIGHT, _glaring),
    (FaceTrouble.CLOSER, _too_far),
    (FaceTrouble.BACK, _too_near),
    (FaceTrouble.CENTRE, _off_centre),
    (FaceTrouble.BLURRED, _blurred),
    (FaceTrouble.BACKGROUND, _bad_wall),
)
"""In the order in which a person is told."""


def crop_portrait(frame: Frame, box: Box) -> bytes:
    """A 3:4 colour PNG of `PORTRAIT_SIZE` with the face of `box` where a portrait has it, kept inside the frame."""
    height = min(PORTRAIT_FACES_HIGH * box.height, frame.height, frame.width * 4 / 3)
    width = height * 3 / 4
    left = _inside(box.left + box.width / 2 - width / 2, width, frame.width)
    top = _inside(box.top + box.height / 2 - height * PORTRAIT_MIDDLE, height, frame.height)
    part = rgb_of(frame)[top : top + int(height), left : left + int(width)]
    portrait = cv2.resize(np.ascontiguousarray(part), PORTRAIT_SIZE, interpolation=cv2.INTER_AREA)
    return png_of_frame(Frame(*PORTRAIT_SIZE, portrait.tobytes()))


def _inside(start: float, length: float, whole: int) -> int:
    return int(max(0, min(start, whole - length)))
