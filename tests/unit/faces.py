"""Pictures for the tests of face guidance: invented people in every trouble, and things that are no face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.biometrics.face import FaceTrouble as T
from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame
from kiosk.hal.camera.sim import SimCamera
from kiosk.hal.world import World, WorldFile

Rgb = NDArray[np.uint8]

SCENES: tuple[tuple[T, dict[str, object]], ...] = (
    (T.NONE, {}),
    (T.NONE, {"distance": 0.92, "light": 0.45, "background": 0.9, "face_x": 0.06, "tilt": -3}),
    (T.NONE, {"distance": 1.15, "side_light": 0.3}),
    (T.NO_FACE, {"face_present": False}),
    (T.SEVERAL, {"company": True}),
    (T.DARK, {"light": 0.15}),
    (T.BRIGHT, {"light": 1.0}),
    (T.CLOSER, {"distance": 1.6}),
    (T.BACK, {"distance": 0.62}),
    (T.LEFT, {"face_x": -0.35}),
    (T.RIGHT, {"face_x": 0.35}),
    (T.UP, {"face_y": 0.4}),
    (T.DOWN, {"face_y": -0.36}),
    (T.LEAN_RIGHT, {"tilt": 14}),
    (T.LEAN_LEFT, {"tilt": -30}),
    (T.LIGHT_RIGHT, {"side_light": -0.8}),
    (T.LIGHT_LEFT, {"side_light": 0.8}),
    (T.BLURRED, {"moving": True}),
    (T.BACKGROUND, {"background": 0.3}),
    (T.GLASSES, {"glasses": True}),
    (T.HEAD_COVER, {"hat": True}),
)
"""What is before the camera, and what a person should be told of it."""


class Studio:
    """A simulated camera before which anybody can be placed."""

    def __init__(self, folder: Path, now: float = 0.3) -> None:
        self._file = WorldFile(folder / "world.json")
        self._camera = SimCamera(self._file, lambda: now)

    def preview(self, **fields: object) -> Frame:
        self._set(fields)
        return self._camera.preview(1)

    def still(self, **fields: object) -> Frame:
        self._set(fields)
        return self._camera.still(1)

    def _set(self, fields: dict[str, object]) -> None:
        self._file.write(World())
        self._file.change(**fields)


def frame_of(picture: NDArray[np.generic]) -> Frame:
    pixels = np.ascontiguousarray(picture, np.uint8)
    return Frame(pixels.shape[1], pixels.shape[0], pixels.tobytes())


def mirrored(frame: Frame) -> Frame:
    return frame_of(rgb_of(frame)[:, ::-1])


def drawn_cat(fur: tuple[int, int, int], side: int = 480, seed: int = 1) -> Rgb:
    """A cat's face before a white wall: ears, slit eyes, nose, mouth, whiskers, stripes of fur."""
    picture = np.full((side, side, 3), 242, np.uint8)
    s, middle = side / 480, side // 2
    dark = tuple(int(part * 0.45) for part in fur)

    def at(x: float, y: float) -> tuple[int, int]:
        return int(middle + x * s), int(middle + y * s)

    for ear in (-1, 1):
        cv2.fillPoly(picture, [np.array([at(ear * 130, -40), at(ear * 120, -190), at(ear * 30, -110)])], fur)
        cv2.fillPoly(picture, [np.array([at(ear * 110, -60), at(ear * 108, -150), at(ear * 55, -105)])], dark)
    cv2.ellipse(picture, at(0, 0), (int(150 * s), int(130 * s)), 0, 0, 360, fur, -1)
    for x, y, lean in ((0, -90, 0), (-40, -85, 15), (40, -85, -15), (-120, 20, 80), (120, 20, -80)):
        cv2.ellipse(picture, at(x, y), (int(8 * s), int(32 * s)), lean, 0, 360, dark, -1)
    for eye in (-1, 1):
        cv2.ellipse(picture, at(eye * 58, -20), (int(32 * s), int(26 * s)), 0, 0, 360, (196, 204, 90), -1)
        cv2.ellipse(picture, at(eye * 58, -20), (int(7 * s), int(24 * s)), 0, 0, 360, (16, 14, 12), -1)
        for hair in (-14, 0, 14):
            cv2.line(
                picture, at(eye * 40, 50), at(eye * 190, 40 + hair * 2), (90, 84, 80), max(1, int(2 * s))
            )
    cv2.fillPoly(picture, [np.array([at(-18, 28), at(18, 28), at(0, 46)])], (204, 130, 130))
    cv2.ellipse(picture, at(-20, 60), (int(20 * s), int(14 * s)), 0, 0, 180, dark, max(1, int(4 * s)))
    cv2.ellipse(picture, at(20, 60), (int(20 * s), int(14 * s)), 0, 0, 180, dark, max(1, int(4 * s)))
    fuzz = np.random.default_rng(seed).normal(0, 9, picture.shape)
    return np.clip(picture + fuzz, 0, 255).astype(np.uint8)
