"""Invented fingerprints: a seeded master of each finger, and what a reader sees of it.

A master is grown from noise by a bank of oriented Gabor filters that follow a field of ridge directions (see
`patterns`). An impression is the master pressed on glass: turned, bent and inked according to the finger's condition
(see `damage`). Everything is a function of its seeds.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np

from kiosk.domain.fingers import FingerPosition
from kiosk.hal.files import replace_file
from kiosk.hal.fingers import ENROLMENT_PPI, damage
from kiosk.hal.fingers.patterns import chosen_pattern, directions_of
from kiosk.hal.fingers.texture import Field, Grey, clouds, places, soft_step, to_grey
from kiosk.hal.world import FingerCondition

PPI = ENROLMENT_PPI
FLAT_SIZE = (320, 480)
"""Width and height in pixels of the window for one flat finger: 16.3 × 24.4 mm."""
ROLLED_SIZE = (416, 512)
"""Width and height in pixels of the window for one rolled finger: 21.1 × 26.0 mm."""

MASTER_FORMAT = 2
"""Part of a cached master's file name; raised when the generator draws other fingers."""

MM_PER_INCH = 25.4
DIRECTIONS = 16
COARSE_PPI = 250
COARSE_ROUNDS = 6
FINE_ROUNDS = 2

WIDTHS_MM = {1: 20.5, 2: 18.5, 3: 19.0, 4: 18.0, 5: 16.5}
"""Skin from side to side that a rolled finger shows, by finger of the hand (1 thumb … 5 little)."""
HEIGHT_TO_WIDTH = 1.26

GLASS, DEPTH, NOISE = 236, 188, 3.5
"""Grey of bare glass, how much darker a ridge is, and the deviation of the sensor's noise."""

TURN_DEGREES = 45
BEND_PX = 3.5
SPREAD, FLATTEN = 0.06, 0.26
"""How much further apart ridges lie, and how much wider a finger covers the glass, pressed fully instead of not at all."""


def master(seed: int, position: FingerPosition) -> Grey:
    """The whole skin of one finger at 500 ppi, ridges dark, without contact or noise; rows × columns.

    The same seed and position give the same finger on every machine of one NumPy and OpenCV version.
    """
    rng = np.random.default_rng([seed, int(position)])
    width_mm = WIDTHS_MM[(int(position) - 1) % 5 + 1] * rng.uniform(0.97, 1.03)
    period_mm = rng.uniform(0.44, 0.50)
    pattern = chosen_pattern(rng, right_hand=position <= FingerPosition.RIGHT_LITTLE)
    x, y = _millimetres(width_mm, COARSE_PPI)
    directions = directions_of(rng, pattern, x, y) + 0.12 * clouds(rng, x.shape, 36)
    start = rng.standard_normal(x.shape).astype(np.float32)
    ridges = _grow(start, directions, period_mm / MM_PER_INCH * COARSE_PPI, COARSE_ROUNDS)
    # Directions are averaged as doubled angles: 179° and 1° are neighbours.
    fine = np.arctan2(_double(np.sin(2 * directions)), _double(np.cos(2 * directions))) / 2
    ridges = _grow(_double(ridges), fine, period_mm / MM_PER_INCH * PPI, FINE_ROUNDS)
    height = np.sqrt(cv2.GaussianBlur(ridges**2, (0, 0), period_mm / MM_PER_INCH * PPI / 2)) + 0.15
    return to_grey(128 - 127 * np.clip(ridges / (1.5 * height), -1, 1))


def cached_master(folder: Path, seed: int, position: FingerPosition) -> Grey:
    """`master` kept in `folder`; a missing or damaged file is drawn and written again."""
    path = folder / f"master-{MASTER_FORMAT}-{seed}-{int(position)}.npz"
    try:
        with path.open("rb") as file, np.load(file) as kept:
            ridges: Grey = kept["ridges"]
            return ridges
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        ridges = master(seed, position)
        _keep(path, ridges)
        return ridges


def _keep(path: Path, ridges: Grey) -> None:
    """Where the disk has no room the finger is grown again next time."""
    packed = io.BytesIO()
    np.savez_compressed(packed, ridges=ridges)
    with contextlib.suppress(OSError):
        replace_file(path, packed.getvalue())


def _millimetres(width_mm: float, ppi: int) -> tuple[Field, Field]:
    columns = round(width_mm / MM_PER_INCH * ppi)
    rows = round(width_mm * HEIGHT_TO_WIDTH / MM_PER_INCH * ppi)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    scale = MM_PER_INCH / ppi
    return (x - columns / 2) * scale, (rows * 0.47 - y) * scale


def _double(field: Field) -> Field:
    return np.asarray(cv2.resize(field, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.float32)


def _grow(ridges: Field, directions: Field, period: float, rounds: int) -> Field:
    """Sharpen `ridges` along `directions` (radians, counter-clockwise); the last round is left unclipped."""
    chosen = np.round(np.mod(directions, np.pi) / np.pi * DIRECTIONS).astype(np.int8) % DIRECTIONS
    bank = [_gabor(period, index * np.pi / DIRECTIONS) for index in range(DIRECTIONS)]
    for _ in range(rounds):
        clipped, grown = np.tanh(ridges), np.empty_like(ridges)
        for index, kernel in enumerate(bank):
            here = chosen == index
            grown[here] = cv2.filter2D(clipped, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)[here]
        ridges = grown * np.float32(1.8 / (grown.std() + 1e-6))
    return ridges


def _gabor(period: float, angle: float) -> Field:
    reach = int(period * 1.6)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along = x * np.cos(angle) - y * np.sin(angle)
    across = x * np.sin(angle) + y * np.cos(angle)
    window = np.exp(-(along**2) / (2 * (0.75 * period) ** 2) - across**2 / (2 * (0.5 * period) ** 2))
    wave = window * np.cos(2 * np.pi * across / period)
    wave -= window * (wave.sum() / window.sum())
    kernel: Field = (wave / np.abs(wave).sum()).astype(np.float32)
    return kernel


def impression(
    ridges: Grey, condition: FingerCondition, rolled: bool, seed: int, traces: float = 0.0
) -> Grey:
    """What a 500 ppi reader sees of a `master`, in a window of `FLAT_SIZE` or `ROLLED_SIZE`.

    `traces` 0…1 is what earlier fingers left on the glass. With one seed the picture changes monotonically with each
    figure of the condition: more moisture or pressure more ink, more wear less contrast, less contact less area.
    """
    columns, rows = ROLLED_SIZE if rolled else FLAT_SIZE
    # One stream of chance for each effect: what is drawn for one does not depend on the strength of another.
    laying, moistening, wearing, sweating, touching, moving, leaving, sensing = np.random.default_rng(
        seed
    ).spawn(8)
    skin = _lay_down(laying, ridges, (columns, rows), condition)
    ink = damage.moist(moistening, skin, condition.moisture, condition.pressure)
    ink = damage.worn(wearing, ink, condition.wear)
    ink = damage.sweaty(sweating, ink, skin, condition.sweat)
    ink = ink * _touching(touching, ridges.shape, (rows, columns), condition, rolled)
    ink = damage.moved(moving, ink, condition.moving)
    ink = damage.dirtied(leaving, ink, ridges, traces)
    ground = GLASS + 1.2 * clouds(sensing, ink.shape, 120)
    noise = sensing.standard_normal(ink.shape, dtype=np.float32) * NOISE
    return to_grey(ground - DEPTH * cv2.GaussianBlur(ink, (0, 0), 0.7) + noise)


def bare_glass(width: int, height: int) -> Grey:
    """What a reader sees of nothing."""
    noise = np.random.default_rng(0).standard_normal((height, width), dtype=np.float32)
    return to_grey(GLASS + NOISE * noise)


def _lay_down(
    rng: np.random.Generator, ridges: Grey, size: tuple[int, int], condition: FingerCondition
) -> Field:
    """The skin under the window, -1 valley … 1 ridge: turned, shifted, bent as skin bends, spread by pressing."""
    rows, columns = ridges.shape
    spread = 1 + SPREAD * (condition.pressure - 0.5)
    angle = float(rng.normal(0, 5)) + TURN_DEGREES * condition.turn
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, spread)
    middle = (size[0] - columns) / 2 + condition.aside * size[0] / 2, (size[1] - rows) / 2
    turn[:, 2] = turn[:, 2] + middle + rng.normal(0, 7, 2)
    inverse = cv2.invertAffineTransform(turn)
    y, x = places(size[1], size[0])
    bend_x, bend_y = (BEND_PX * clouds(rng, size[::-1], 150) for _ in range(2))
    source_x = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2] + bend_x).astype(np.float32)
    source_y = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2] + bend_y).astype(np.float32)
    laid = cv2.remap(ridges, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    skin: Field = (128 - laid.astype(np.float32)) / 127
    return skin


def _touching(
    rng: np.random.Generator,
    skin: tuple[int, ...],
    window: tuple[int, int],
    condition: FingerCondition,
    rolled: bool,
) -> Field:
    """Where skin touches glass, 0…1: an oval that shrinks towards the tip; rolling widens and squares it."""
    half_width, half_height, power = (0.47, 0.45, 3.2) if rolled else (0.375, 0.42, 2.3)
    share = float(np.sqrt(max(condition.contact, 0.02)))
    flat = share * (1 + FLATTEN * (condition.pressure - 0.5))
    reach_y = half_height * skin[0]
    y, x = places(*window)
    middle = window[1] / 2 * (1 + condition.aside) + rng.normal(0, 5)
    across = (x - middle) / (half_width * skin[1] * flat)
    down = (y - window[0] / 2 + rng.normal(0, 5) + (1 - share) * reach_y) / (reach_y * flat)
    edge = 1 - np.abs(across) ** power - np.abs(down) ** power + 0.05 * clouds(rng, window, 16)
    return soft_step(edge / 0.07)
