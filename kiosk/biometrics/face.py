"""Guiding a person to a good portrait: one face, near enough, centred, upright, evenly lit, sharp, before a white wall.

Not measured, and left to the officer's eye: open eyes, gaze, expression, whether both ears are seen, a head turned
aside or bowed a little. Glasses and something on the head are suspected at most, and then an officer is asked.
Left and right in a hint are the person's own, which in a mirrored live picture are also those of the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import cv2
import msgspec
import numpy as np

from kiosk.biometrics.face_find import WORK_HEIGHT, Box, Cascades, Eyes, Picture, Sighting, face_chip, inner
from kiosk.biometrics.face_measure import FaceMeasures, measure
from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame

LEAST_SIDE, LONGEST_SHAPE = 48, 3.0
"""A picture with a shorter side, or a longer side to its shorter, is not looked at."""
NEAR_ENOUGH, TOO_NEAR = 0.40, 0.70
"""Height of a head to that of the picture: right from, right to."""
SECOND_FACE = 0.45
"""A second face counts when it is at least this part of the first."""
OFF_CENTRE = 0.13
LEANING_DEG = 8.0
DARK_FACE, DARK_FACE_WHITE_WALL, DARK_ROOM = 70, 40, 45
"""Least brightness of a face, and of one before a wall that is well lit: dark skin is not a dark room."""
LIT_WALL = 150
PALE_FACE = 208
GLARE_WALL, GLARE_FACE, GLARE_ROOM = 250, 0.25, 0.6
"""A grey that is burnt out, and the shares of a face and of a whole picture that may be."""
SIDE_STOPS = 0.4
SHARP = 0.045
GLASSES, HEAD_COVER = 0.13, 0.35
WALL_WHITE, WALL_EVEN, WALL_COLOURLESS = 165, 20, 40
EVEN_PICTURE, COLOURLESS_FACE = 8.0, 6.0
"""Deviation of a picture in which nobody leans; spread of the colours of a face in a picture without colour."""


class FaceTrouble(StrEnum):
    """The one thing to put right first. `left` and `right` are the person's: where to go, or where light comes from."""

    NONE = "none"
    NO_FACE = "no_face"
    SEVERAL = "several"
    DARK = "dark"
    BRIGHT = "bright"
    CLOSER = "closer"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    LEAN_LEFT = "lean_left"
    LEAN_RIGHT = "lean_right"
    LIGHT_LEFT = "light_left"
    LIGHT_RIGHT = "light_right"
    BLURRED = "blurred"
    GLASSES = "glasses"
    HEAD_COVER = "head_cover"
    BACKGROUND = "background"
    COLOURLESS = "colourless"
    COARSE = "coarse"


QUESTIONS = frozenset({FaceTrouble.GLASSES, FaceTrouble.HEAD_COVER})
"""Only suspected: the person is asked, and what they leave on is an officer's to judge."""


class Face(msgspec.Struct, frozen=True):
    """A face that is surely one, in pixels of the frame judged. `score` 0…100 is the kiosk's own."""

    box: Box
    eyes: Eyes
    measures: FaceMeasures
    score: int


class FaceGuide(msgspec.Struct, frozen=True):
    """What to say to the person; `face` is the first (largest), None without one."""

    trouble: FaceTrouble
    face: Face | None = None

    @property
    def ready(self) -> bool:
        return self.trouble is FaceTrouble.NONE and self.face is not None


class FaceFinder:
    """Holds the face models, which take a moment to load. `model`: a Haar cascade, OpenCV's frontal one by default."""

    def __init__(self, model: Path | None = None) -> None:
        self._cascades = Cascades(model)

    def guide(self, frame: Frame) -> FaceGuide:
        """Judge a picture of any size; it never raises over what the picture shows."""
        sides = sorted((frame.width, frame.height))
        if sides[0] < LEAST_SIDE or sides[1] > LONGEST_SHAPE * sides[0]:
            return FaceGuide(FaceTrouble.NO_FACE)
        scale = frame.height / WORK_HEIGHT
        size = max(1, round(frame.width / scale)), WORK_HEIGHT
        picture = np.asarray(cv2.resize(rgb_of(frame), size, interpolation=cv2.INTER_AREA), np.uint8)
        return self._judged(picture, scale)

    def _judged(self, picture: Picture, scale: float) -> FaceGuide:
        seen = self._cascades.upright(picture)
        if not any(sighting.sure for sighting in seen) and float(picture.std()) > EVEN_PICTURE:
            leaning = self._cascades.leaning(picture)
            seen = [leaning] if leaning else seen
        if not seen:
            return FaceGuide(_why_no_face(picture))
        first, measures = seen[0], measure(picture, seen[0])
        if not first.sure:
            return FaceGuide(_several(seen) or _why_unsure(picture, first, measures))
        face = Face(_scaled(first.box, scale), first.eyes.times(scale), measures, score(measures))
        return FaceGuide(_several(seen) or _first_of(CHECKS, measures) or FaceTrouble.NONE, face)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(part * scale) for part in msgspec.structs.astuple(box)))


def _why_no_face(picture: Picture) -> FaceTrouble:
    if np.median(picture) < DARK_ROOM:
        return FaceTrouble.DARK
    burnt = float((picture.min(axis=2) >= GLARE_WALL).mean())
    return FaceTrouble.BRIGHT if burnt > GLARE_ROOM else FaceTrouble.NO_FACE


def _why_unsure(picture: Picture, seen: Sighting, measures: FaceMeasures) -> FaceTrouble:
    """Why something that looks like a face is not seen to be one."""
    if not seen.agreed:
        return _why_no_face(picture)
    face = inner(face_chip(picture, seen.eyes)).astype(np.float32)
    if float(np.ptp(face, axis=2).mean()) < COLOURLESS_FACE and measures.brightness > DARK_FACE_WHITE_WALL:
        return FaceTrouble.COLOURLESS if measures.burnt < GLARE_FACE else FaceTrouble.BRIGHT
    return _first_of(UNSURE_CHECKS, measures) or FaceTrouble.NO_FACE


def _several(seen: list[Sighting]) -> FaceTrouble | None:
    agreed = [sighting.box.width for sighting in seen if sighting.agreed]
    several = len(agreed) > 1 and sorted(agreed)[-2] >= SECOND_FACE * max(agreed)
    return FaceTrouble.SEVERAL if several else None


class Check(NamedTuple):
    """One thing that may be wrong with a face."""

    trouble: FaceTrouble
    holds: Callable[[FaceMeasures], bool]


T = FaceTrouble
CHECKS: tuple[Check, ...] = (
    Check(
        T.DARK,
        lambda face: face.brightness < (DARK_FACE if face.wall < LIT_WALL else DARK_FACE_WHITE_WALL),
    ),
    Check(T.BRIGHT, lambda face: face.burnt > GLARE_FACE or face.brightness > PALE_FACE),
    Check(T.CLOSER, lambda face: face.head < NEAR_ENOUGH),
    Check(T.BACK, lambda face: face.head > TOO_NEAR),
    # Who stands left in the camera's picture stands at their own right.
    Check(T.LEFT, lambda face: face.off_x < -OFF_CENTRE),
    Check(T.RIGHT, lambda face: face.off_x > OFF_CENTRE),
    Check(T.UP, lambda face: face.off_y > OFF_CENTRE),
    Check(T.DOWN, lambda face: face.off_y < -OFF_CENTRE),
    Check(T.LEAN_LEFT, lambda face: face.roll_deg < -LEANING_DEG),
    Check(T.LEAN_RIGHT, lambda face: face.roll_deg > LEANING_DEG),
    Check(T.LIGHT_RIGHT, lambda face: face.side_stops > SIDE_STOPS),
    Check(T.LIGHT_LEFT, lambda face: face.side_stops < -SIDE_STOPS),
    Check(T.BLURRED, lambda face: face.sharpness < SHARP),
    Check(
        T.BACKGROUND,
        lambda face: (
            face.wall < WALL_WHITE or face.wall_uneven > WALL_EVEN or face.wall_tint > WALL_COLOURLESS
        ),
    ),
    Check(T.GLASSES, lambda face: face.glasses > GLASSES),
    Check(T.HEAD_COVER, lambda face: face.head_cover > HEAD_COVER),
)
"""In the order in which a person is told; questions last, so that they are asked of a picture that is else right."""

UNSURE_CHECKS = tuple(check for check in CHECKS if check.trouble in (T.DARK, T.BRIGHT, T.BLURRED))


def _first_of(checks: tuple[Check, ...], face: FaceMeasures) -> FaceTrouble | None:
    return next((check.trouble for check in checks if check.holds(face)), None)


def score(face: FaceMeasures) -> int:
    """0…100: half what a face is worth on average over all that is measured, half what its weakest point is."""
    parts = (
        _worth(abs(face.head - 0.55), 0.08, 0.17),
        _worth(float(np.hypot(face.off_x, face.off_y)), 0.04, 0.18),
        _worth(abs(face.roll_deg), 2, 10),
        _worth(abs(face.brightness - 135), 65, 110),
        _worth(face.burnt, 0.02, 0.3),
        _worth(abs(face.side_stops), 0.15, 0.5),
        _worth(-face.sharpness, -0.10, -0.02),
        _worth(-face.wall, -215, -150),
        _worth(face.wall_uneven, 6, 24),
    )
    return round(50 * (sum(parts) / len(parts) + min(parts)))


def _worth(value: float, good: float, bad: float) -> float:
    """1 up to `good`, 0 from `bad` on."""
    return min(1.0, max(0.0, (bad - value) / (bad - good)))
