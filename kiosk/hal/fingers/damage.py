"""What skin and glass do to an impression: moisture, wear, sweat, movement, traces of earlier fingers.

Ink is how dark the reader sees a place, 0 bare glass … 1 a ridge that touches fully.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.hal.fingers.texture import Field, Grey, clouds, soft_step

SMEAR_PX = 26
"""How far a finger that moves as much as it can slides while the picture is taken."""


def moist(rng: np.random.Generator, skin: Field, moisture: float, pressure: float) -> Field:
    """Wetness fills the valleys until ridges merge, dryness thins the ridges and breaks them, pressing flattens them.

    Water in a valley is a grey film; a ridge that is pressed flat is wide, and the valley beside it thin but clear.
    """
    wet, dry = max(0.0, 2 * moisture - 1), max(0.0, 1 - 2 * moisture)
    uneven = clouds(rng, skin.shape, 60)
    level = 0.12 * uneven - 1.7 * wet**1.4 * (1 + 0.25 * np.tanh(uneven)) + 0.45 * dry**1.5
    ink = soft_step((skin - level - _flattened(skin.shape, pressure)) / 0.28)
    pores = soft_step((clouds(rng, skin.shape, 4) - 2.0) / 0.15)
    ink = ink * (1 - 0.6 * (1 - wet) * pores)
    grains = clouds(rng, skin.shape, 5) + 0.5 * clouds(rng, skin.shape, 14)
    broken: Field = ink * soft_step((grains + 2.9 - 3.6 * dry**1.2) / 0.2)
    return broken


def _flattened(shape: tuple[int, ...], pressure: float) -> Field:
    """How much lower the skin may lie and still touch: most in the middle of the finger, where it is pressed most."""
    y, x = (steps.astype(np.float32) for steps in np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j])
    dome: Field = 0.55 + 0.45 * np.exp(-(x**2 + y**2) * 1.6)
    hard, light = max(0.0, 2 * pressure - 1), max(0.0, 1 - 2 * pressure)
    return dome * np.float32(0.35 * light - 1.12 * hard**1.3)


def worn(rng: np.random.Generator, ink: Field, wear: float) -> Field:
    """Flattened ridges: less difference between ridge and valley, fainter overall, crossed by pale cracks."""
    if wear == 0:
        return ink
    flat = cv2.GaussianBlur(ink, (0, 0), 7)
    faint = (ink + (flat - ink) * 0.88 * wear) * (1 - 0.45 * wear)
    cracks = np.zeros(ink.shape, np.uint8)
    for _ in range(30):
        start = rng.uniform((0, 0), ink.shape[::-1])
        end = start + rng.normal(0, (32, 14))
        cv2.line(cracks, _pixel(start), _pixel(end), 255, int(rng.integers(1, 3)), cv2.LINE_AA)
    pale: Field = faint * (1 - 0.8 * wear * cv2.GaussianBlur(cracks, (0, 0), 0.8).astype(np.float32) / 255)
    return pale


def _pixel(point: NDArray[np.floating]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def sweaty(rng: np.random.Generator, ink: Field, skin: Field, sweat: float) -> Field:
    """Drops of sweat: patches where ridges drown in a dark smear; more sweat, more and larger patches."""
    if sweat == 0:
        return ink
    drops = soft_step((clouds(rng, ink.shape, 30) - 1.7 + 1.55 * sweat) / 0.12)
    smear = 0.86 + 0.08 * cv2.GaussianBlur(skin, (0, 0), 1.5)
    drowned: Field = np.maximum(ink, drops * smear)
    return drowned


def moved(rng: np.random.Generator, ink: Field, moving: float) -> Field:
    """A finger that slides while the picture is taken: ridges across its way are smeared, those along it stay."""
    angle = rng.uniform(0, np.pi)
    length = SMEAR_PX * moving
    if length < 1:
        return ink
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for part in np.linspace(-0.5, 0.5, 65):
        x, y = reach + part * length * np.cos(angle), reach + part * length * np.sin(angle)
        left, top = int(x), int(y)
        for column, row in ((0, 0), (1, 0), (0, 1), (1, 1)):
            weight = (1 - abs(x - left - column)) * (1 - abs(y - top - row))
            kernel[top + row, left + column] += weight
    return np.asarray(cv2.filter2D(ink, cv2.CV_32F, kernel / kernel.sum()), np.float32)


def dirtied(rng: np.random.Generator, ink: Field, ridges: Grey, traces: float) -> Field:
    """Traces on the glass: the pale, patchy print of an earlier finger, smudges and specks of dust."""
    if traces == 0:
        return ink
    patchy = soft_step((clouds(rng, ink.shape, 40) + 0.4) / 0.3)
    grease = 0.5 * soft_step((clouds(rng, ink.shape, 50) - 0.9) / 0.3)
    dust = soft_step((clouds(rng, ink.shape, 4) - 3.1) / 0.1)
    left = traces * np.maximum(dust, 0.55 * np.maximum(_ghost(rng, ridges, ink.shape) * patchy, grease))
    covered: Field = 1 - (1 - ink) * (1 - left)
    return covered


def _ghost(rng: np.random.Generator, ridges: Grey, window: tuple[int, ...]) -> Field:
    """The ridges that another finger left, somewhere in the window, upside down or nearly so."""
    turn = cv2.getRotationMatrix2D((ridges.shape[1] / 2, ridges.shape[0] / 2), rng.uniform(100, 260), 1.0)
    turn[:, 2] = turn[:, 2] + rng.uniform(-0.2, 0.2, 2) * window[::-1]
    y, x = np.mgrid[-1 : 1 : ridges.shape[0] * 1j, -1 : 1 : ridges.shape[1] * 1j]
    touching = soft_step((0.8 - np.abs(x) ** 2.3 - np.abs(y) ** 2.3) / 0.07)
    print_ = (1 - ridges.astype(np.float32) / 255) * touching
    return np.asarray(cv2.warpAffine(print_, turn, window[::-1], flags=cv2.INTER_LINEAR), np.float32)
