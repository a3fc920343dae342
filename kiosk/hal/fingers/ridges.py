"""Invented fingerprints: a seeded master of each finger, and what a reader sees of it.

A master is grown from noise by a bank of oriented Gabor filters that follow a field of ridge directions; the field
turns around cores and deltas (zero-pole model: Sherlock and Monro, 1993). An impression is the master pressed on
glass: moved, bent and inked according to the finger's condition. Everything is a function of its seeds.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.fingers import FingerPosition
from kiosk.hal.files import replace_file
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.world import FingerCondition

Grey = NDArray[np.uint8]
Field = NDArray[np.floating]

PPI = ENROLMENT_PPI
FLAT_SIZE = (320, 480)
"""Width and height in pixels of the window for one flat finger: 16.3 × 24.4 mm."""
ROLLED_SIZE = (416, 512)
"""Width and height in pixels of the window for one rolled finger: 21.1 × 26.0 mm."""

MASTER_FORMAT = 1
"""Part of a cached master's file name; raised when the generator draws other fingers."""

MM_PER_INCH = 25.4
DIRECTIONS = 16
COARSE_PPI = 250
COARSE_ROUNDS = 6
FINE_ROUNDS = 2

WIDTHS_MM = {1: 20.5, 2: 18.5, 3: 19.0, 4: 18.0, 5: 16.5}
"""Skin from side to side that a rolled finger shows, by finger of the hand (1 thumb … 5 little)."""
HEIGHT_TO_WIDTH = 1.26

GLASS, NOISE = 236, 3.5
"""Grey of bare glass, and the deviation of the sensor's noise."""


class Point(NamedTuple):
    """Millimetres from the middle of the finger, right and up."""

    x: float
    y: float


def master(seed: int, position: FingerPosition) -> Grey:
    """The whole skin of one finger at 500 ppi, ridges dark, without contact or noise; rows × columns.

    The same seed and position give the same finger on every machine of one NumPy and OpenCV version.
    """
    rng = np.random.default_rng([seed, int(position)])
    width_mm = WIDTHS_MM[(int(position) - 1) % 5 + 1] * rng.uniform(0.97, 1.03)
    period_mm = rng.uniform(0.44, 0.50)
    pattern = _pattern(rng, right_hand=position <= FingerPosition.RIGHT_LITTLE)
    x, y = _millimetres(width_mm, COARSE_PPI)
    directions = _directions(rng, pattern, x, y) + 0.12 * _clouds(rng, x.shape, 36)
    start = rng.standard_normal(x.shape).astype(np.float32)
    ridges = _grow(start, directions, period_mm / MM_PER_INCH * COARSE_PPI, COARSE_ROUNDS)
    # Directions are averaged as doubled angles: 179° and 1° are neighbours.
    fine = np.arctan2(_double(np.sin(2 * directions)), _double(np.cos(2 * directions))) / 2
    ridges = _grow(_double(ridges), fine, period_mm / MM_PER_INCH * PPI, FINE_ROUNDS)
    height = np.sqrt(cv2.GaussianBlur(ridges**2, (0, 0), period_mm / MM_PER_INCH * PPI / 2)) + 0.15
    return _to_grey(128 - 127 * np.clip(ridges / (1.5 * height), -1, 1))


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


def _pattern(rng: np.random.Generator, right_hand: bool) -> str:
    """Loops open towards the little finger in most people; about a third of fingers are whorls, few are arches."""
    towards_little, away = ("right", "left") if right_hand else ("left", "right")
    return str(rng.choice([towards_little, away, "whorl", "arch"], p=[0.58, 0.05, 0.31, 0.06]))


def _millimetres(width_mm: float, ppi: int) -> tuple[Field, Field]:
    columns = round(width_mm / MM_PER_INCH * ppi)
    rows = round(width_mm * HEIGHT_TO_WIDTH / MM_PER_INCH * ppi)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    scale = MM_PER_INCH / ppi
    return (x - columns / 2) * scale, (rows * 0.47 - y) * scale


def _directions(rng: np.random.Generator, pattern: str, x: Field, y: Field) -> Field:
    if pattern == "arch":
        return _arch(rng, x, y)
    cores, deltas = _singularities(rng, pattern)
    turn = sum(_bearing(core, x, y) for core in cores) - sum(_bearing(delta, x, y) for delta in deltas)
    # The plain model is too level far from its singularities: ridges follow the outline of the fingertip.
    dome = 0.38 * np.tanh(x / 5) / (1 + np.exp(-(y - 1) / 2.5))
    field: Field = (turn / 2 - dome).astype(np.float32)
    return field


def _bearing(point: Point, x: Field, y: Field) -> Field:
    bearing: Field = np.arctan2(y - point.y, x - point.x)
    return bearing


def _singularities(rng: np.random.Generator, pattern: str) -> tuple[list[Point], list[Point]]:
    def near(x: float, y: float, spread: float = 0.5) -> Point:
        return Point(x + rng.normal(0, spread), y + rng.normal(0, spread))

    if pattern == "whorl":
        gap, lean = rng.uniform(0.8, 2.4), rng.uniform(-0.8, 0.8)
        cores = [near(lean, 1.8 + gap / 2, 0.2), near(-lean, 1.8 - gap / 2, 0.2)]
        return cores, [near(-6.3, -6.3), near(6.3, -6.3)]
    side = 1 if pattern == "right" else -1
    return [near(-0.3 * side, 1.8)], [near(-5.2 * side, -7.2)]


def _arch(rng: np.random.Generator, x: Field, y: Field) -> Field:
    height = rng.uniform(0.8, 1.5)
    hill = height * np.exp(-(((y + 1) / 6.5) ** 2)) + 0.5 / (1 + np.exp(-(y - 3) / 1.5))
    slope: Field = -np.arctan(hill * np.sin(np.clip(x / 9, -1, 1) * np.pi * 0.95))
    return slope


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


def _clouds(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Field:
    """Smooth noise of mean 0 and deviation 1 whose blobs are about `size` pixels wide."""
    step = max(1, int(size // 3))
    seeds = rng.standard_normal((shape[0] // step + 8, shape[1] // step + 8)).astype(np.float32)
    soft = cv2.GaussianBlur(seeds, (0, 0), max(0.5, size / step / 2))
    large = cv2.resize(soft, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
    large = large[: shape[0], : shape[1]]
    clouds: Field = (large - large.mean()) / large.std()
    return clouds


def _to_grey(values: NDArray[np.floating]) -> Grey:
    grey: Grey = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return grey


def impression(ridges: Grey, condition: FingerCondition, rolled: bool, seed: int) -> Grey:
    """What a 500 ppi reader sees of a `master`, in a window of `FLAT_SIZE` or `ROLLED_SIZE`.

    With one seed the picture changes monotonically with each figure of the condition: more moisture more ink, more
    wear less contrast, less contact less area.
    """
    rng = np.random.default_rng(seed)
    columns, rows = ROLLED_SIZE if rolled else FLAT_SIZE
    skin = _lay_down(rng, ridges, (columns, rows))
    ink = _worn(rng, _moist(rng, skin, condition.moisture), condition.wear)
    ink = _sweaty(rng, ink, skin, condition.sweat)
    ink = ink * _touching(rng, ridges.shape, (rows, columns), condition.contact, rolled)
    ground = GLASS + 1.2 * _clouds(rng, ink.shape, 120)
    noise = rng.standard_normal(ink.shape, dtype=np.float32) * NOISE
    return _to_grey(ground - 188 * cv2.GaussianBlur(ink, (0, 0), 0.7) + noise)


def bare_glass(width: int, height: int) -> Grey:
    """What a reader sees of nothing."""
    noise = np.random.default_rng(0).standard_normal((height, width), dtype=np.float32)
    return _to_grey(GLASS + NOISE * noise)


def _lay_down(rng: np.random.Generator, ridges: Grey, size: tuple[int, int]) -> Field:
    """The skin under the window, -1 valley … 1 ridge: turned a little, shifted, and bent as skin bends."""
    rows, columns = ridges.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(rng.normal(0, 4)), 1.0)
    middle = (size[0] - columns) / 2, (size[1] - rows) / 2
    turn[:, 2] = turn[:, 2] + middle + rng.normal(0, 6, 2)
    inverse = cv2.invertAffineTransform(turn)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    bend_x, bend_y = (2.5 * _clouds(rng, x.shape, 150) for _ in range(2))
    source_x = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2] + bend_x).astype(np.float32)
    source_y = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2] + bend_y).astype(np.float32)
    laid = cv2.remap(ridges, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    skin: Field = (128 - laid.astype(np.float32)) / 127
    return skin


def _moist(rng: np.random.Generator, skin: Field, moisture: float) -> Field:
    """Ink 0…1: wetness fills the valleys until ridges merge, dryness thins the ridges and breaks them."""
    wet, dry = max(0.0, 2 * moisture - 1), max(0.0, 1 - 2 * moisture)
    uneven = _clouds(rng, skin.shape, 60)
    level = 0.12 * uneven - 1.7 * wet**1.4 * (1 + 0.25 * np.tanh(uneven)) + 0.45 * dry**1.5
    ink = _step((skin - level) / 0.28)
    pores = _step((_clouds(rng, skin.shape, 4) - 2.0) / 0.15)
    ink = ink * (1 - 0.6 * (1 - wet) * pores)
    grains = _clouds(rng, skin.shape, 5) + 0.5 * _clouds(rng, skin.shape, 14)
    broken: Field = ink * _step((grains + 2.9 - 3.6 * dry**1.2) / 0.2)
    return broken


def _worn(rng: np.random.Generator, ink: Field, wear: float) -> Field:
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


def _sweaty(rng: np.random.Generator, ink: Field, skin: Field, sweat: bool) -> Field:
    """Drops of sweat: patches where ridges drown in a dark smear."""
    if not sweat:
        return ink
    drops = _step((_clouds(rng, ink.shape, 30) - 0.15) / 0.12)
    smear = 0.86 + 0.08 * cv2.GaussianBlur(skin, (0, 0), 1.5)
    drowned: Field = np.maximum(ink, drops * smear)
    return drowned


def _touching(
    rng: np.random.Generator, skin: tuple[int, ...], window: tuple[int, int], contact: float, rolled: bool
) -> Field:
    """Where skin touches glass, 0…1: an oval that shrinks towards the tip; rolling widens and squares it."""
    half_width, half_height, power = (0.47, 0.45, 3.2) if rolled else (0.375, 0.42, 2.3)
    share = float(np.sqrt(max(contact, 0.02)))
    reach_y = half_height * skin[0]
    y, x = np.mgrid[0 : window[0], 0 : window[1]].astype(np.float32)
    across = (x - window[1] / 2 + rng.normal(0, 5)) / (half_width * skin[1] * share)
    down = (y - window[0] / 2 + rng.normal(0, 5) + (1 - share) * reach_y) / (reach_y * share)
    edge = 1 - np.abs(across) ** power - np.abs(down) ** power + 0.05 * _clouds(rng, window, 16)
    return _step(edge / 0.07)


def _step(values: NDArray[np.floating]) -> Field:
    """A soft step from 0 to 1."""
    soft: Field = (0.5 + 0.5 * np.tanh(values / 2)).astype(np.float32)
    return soft
