"""What can be measured of one finger on the glass, block by block, in physical terms. No judgement here."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Blocks = NDArray[np.floating]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

MM_PER_INCH = 25.4
BLOCK_MM = 0.8
"""Side of the square blocks that are judged: not quite two ridges."""

RIDGE_MM = 0.47
"""From ridge to ridge in most adults; children's lie nearer, those of large hands further apart."""

SKIN = 12
"""Grey levels below the bare glass from which a place counts as touched."""

NOTHING_MM2 = 15
LITTERED = 7.0
"""Grey levels by which clean glass and a sensor's noise do not reach, averaged over a block."""
PERIOD_SHAPE = 1.41
"""How much steeper the flanks of printed ridges are than those of a sine of the same height."""


class Skin(NamedTuple):
    """Shares are of the skin on the glass, 0…1, unless said otherwise.

    `ink`, `contrast`: grey levels from glass to ridge, and from valley to ridge. `valley`: how dark valleys are, as
    part of `ink`. `dark`: as dark as a ridge. `merged`: no valley within reach. `drowned`: blocks where all ridges are
    merged. `clear`: blocks with most of the contrast there can be. `broken`: no ridge within reach. `pieces`: ridges
    too short to be followed, per mm². `grey`: blocks neither ridge nor valley. `smear` 0…1: how much contrast depends
    on the direction of ridges. `litter`: share of the bare glass that is not bare. `ridged` 0…1: how much of what
    varies does so as finely as ridges. `straight` 0…1: how far all ridges run the same way. `edge`: share of the
    window's edge that is evenly dark. `shaded`: share of the pixels between ridge and valley that are neither as dark
    nor as light as can be: a burnt-out picture has none.
    """

    area_mm2: float
    usable_mm2: float
    ink: float
    clarity: float
    contrast: float
    valley: float
    dark: float
    merged: float
    drowned: float
    clear: float
    broken: float
    pieces: float
    grey: float
    smear: float
    litter: float
    ridged: float
    straight: float
    edge: float
    shaded: float
    period_mm: float
    offset_mm: tuple[float, float]


class Grid(NamedTuple):
    """The picture and its blocks; `step` is a block's side in pixels and `mm` in millimetres."""

    depth: Blocks
    mean: Blocks
    spread: Blocks
    step: int
    mm: float


def measure(pixels: Picture, ppi: int) -> Skin | None:
    """None when (next to) nothing touches the glass. `pixels`: rows × columns, ridges dark."""
    grid = _grid(pixels, ppi)
    ink = _ink(grid.depth[::2, ::2])
    skin = _skin(grid, ink)
    if np.count_nonzero(skin) * grid.mm**2 < NOTHING_MM2:
        return None
    directions = _directions(pixels, grid.step)
    return _figures(grid, ink, skin, directions)._replace(shaded=_shaded(pixels, skin, grid.step))


def glass_of(pixels: Picture) -> float:
    """Grey of the untouched glass; a window filled by the finger still shows it in the valleys."""
    return max(float(np.percentile(shrink(pixels, 4), 97)), 160.0)


def shrink(values: NDArray[Any], step: int) -> Blocks:
    """Mean of each block of `step` × `step` pixels; what does not fill a block is left out."""
    rows, columns = max(1, values.shape[0] // step), max(1, values.shape[1] // step)
    whole = values[: rows * step, : columns * step]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _grid(pixels: Picture, ppi: int) -> Grid:
    step = max(4, round(BLOCK_MM * ppi / MM_PER_INCH))
    depth: Blocks = np.float32(glass_of(pixels)) - pixels.astype(np.float32)
    mean = shrink(depth, step)
    spread = np.sqrt(np.maximum(shrink(depth * depth, step) - mean**2, 0))
    return Grid(depth, mean, spread, step, step * MM_PER_INCH / ppi)


def _ink(depth: Blocks) -> float:
    """How much darker than the glass a ridge is; 1 when nothing is clearly darker."""
    dark = depth[depth > 2 * SKIN]
    return max(float(np.percentile(dark, 90)), 1.0) if dark.size else 1.0


def _skin(grid: Grid, ink: float) -> Mask:
    """The blocks of the one finger: traces on the glass are paler than its ridges, specks are smaller."""
    touched = (grid.mean + 1.3 * grid.spread > 0.45 * ink) & (grid.mean > SKIN / 2)
    whole = cv2.morphologyEx(touched.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    if count < 2:
        return np.zeros(touched.shape, bool)
    mask: Mask = labels == 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    return mask


class Directions(NamedTuple):
    """Of each block: gradient energy, coherence 0…1, and the doubled angle of its gradients as a unit vector."""

    energy: Blocks
    clarity: Blocks
    cosine: Blocks
    sine: Blocks


def _directions(pixels: Picture, step: int) -> Directions:
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    across, down = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    xx, yy, xy = (shrink(product, step) for product in (across * across, down * down, across * down))
    energy = xx + yy + 1.0
    length = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    unit = np.maximum(length, 1e-6)
    # Scharr's kernel weighs 32: its answer to a slope of one grey level a pixel.
    return Directions(energy / 32**2, length / energy, (xx - yy) / unit, 2 * xy / unit)


def _figures(grid: Grid, ink: float, skin: Mask, directions: Directions) -> Skin:
    # A sine of amplitude 1 deviates by 0.707 from its mean: 2.8 deviations are its height from crest to bottom.
    contrast = 2.8 * grid.spread
    ridges = (cv2.GaussianBlur(grid.depth, (0, 0), 0.9) > ink / 2).astype(np.uint8)
    dark = shrink(ridges * np.float32(1), grid.step)
    reach = _disc(round(RIDGE_MM * 0.62 * grid.step / grid.mm))
    merged = shrink(cv2.erode(ridges, reach) * np.float32(1), grid.step)
    broken = 1 - shrink(cv2.dilate(ridges, reach) * np.float32(1), grid.step)
    usable = skin & (directions.clarity > 0.5) & (contrast > 40) & (dark < 0.85) & (broken < 0.3)
    inner = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    inner = inner if inner.any() else skin
    block_mm2 = grid.mm**2
    return Skin(
        area_mm2=float(np.count_nonzero(skin) * block_mm2),
        usable_mm2=float(np.count_nonzero(usable) * block_mm2),
        ink=ink,
        clarity=float(directions.clarity[skin].mean()),
        contrast=float(contrast[inner].mean()),
        valley=_valley(grid, skin) / ink,
        dark=float(dark[inner].mean()),
        merged=float(merged[inner].mean()),
        drowned=float((merged[inner] > 0.6).mean()),
        clear=float((contrast[inner] > 0.65 * ink).mean()),
        broken=float(broken[inner].mean()),
        pieces=_pieces(ridges, skin, grid),
        grey=float(
            ((contrast < 0.55 * ink) & (grid.mean > 0.25 * ink) & (grid.mean < 0.8 * ink))[inner].mean()
        ),
        smear=_smear(contrast, directions, inner),
        litter=_litter(grid, skin),
        ridged=_ridged(grid, inner),
        straight=_straight(directions, inner),
        edge=_edge(merged),
        shaded=1.0,
        period_mm=_period(grid, directions, inner),
        offset_mm=_offset(skin, grid.mm),
    )


def _disc(radius: int) -> Picture:
    side = 2 * max(1, radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _valley(grid: Grid, skin: Mask) -> float:
    """Grey levels from the glass to the palest tenth of the skin."""
    whole = np.repeat(np.repeat(skin, grid.step, 0), grid.step, 1)
    inside = grid.depth[: whole.shape[0] : 2, : whole.shape[1] : 2][whole[::2, ::2]]
    return float(np.partition(inside, inside.size // 10)[inside.size // 10])


def _pieces(ridges: Picture, skin: Mask, grid: Grid) -> float:
    """Ridges shorter than about four times their width, per mm² of skin."""
    pixel = grid.mm / grid.step
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ridges, connectivity=8)
    short = np.count_nonzero(boxes[1:, cv2.CC_STAT_AREA] * pixel**2 < RIDGE_MM**2)
    return float(short / (np.count_nonzero(skin) * grid.mm**2))


def _smear(contrast: Blocks, directions: Directions, skin: Mask) -> float:
    """Length of the difference between the mean direction weighted by contrast and the plain one."""
    weight = contrast[skin] / max(float(contrast[skin].mean()), 1.0) - 1
    x, y = float((weight * directions.cosine[skin]).mean()), float((weight * directions.sine[skin]).mean())
    return float(np.hypot(x, y))


def _straight(directions: Directions, skin: Mask) -> float:
    weight = directions.clarity[skin]
    x, y = float((weight * directions.cosine[skin]).sum()), float((weight * directions.sine[skin]).sum())
    return float(np.hypot(x, y)) / max(float(weight.sum()), 1e-6)


def _shaded(pixels: Picture, skin: Mask, step: int) -> float:
    whole = np.repeat(np.repeat(skin, step, 0), step, 1)
    inside = pixels[: whole.shape[0] : 2, : whole.shape[1] : 2][whole[::2, ::2]]
    return float(((inside > 3) & (inside < 252)).mean())


def _edge(merged: Blocks) -> float:
    rim = np.concatenate([merged[0], merged[-1], merged[:, 0], merged[:, -1]])
    return float((rim > 0.8).mean())


def _ridged(grid: Grid, skin: Mask) -> float:
    """Two bands of detail, as fine as ridges and coarser: photographs and stains vary mostly in the second."""
    half = shrink(grid.depth, 2)
    pixel = 2 * grid.mm / grid.step
    fine, coarse, wide = (cv2.GaussianBlur(half, (0, 0), mm / pixel) for mm in (0.06, 0.3, 0.9))
    block = grid.step // 2
    ridges, shades = shrink((fine - coarse) ** 2, block), shrink((coarse - wide) ** 2, block)
    inside = skin[: ridges.shape[0], : ridges.shape[1]]
    strength = float(ridges[: skin.shape[0], : skin.shape[1]][inside].mean())
    return strength / (strength + float(shades[: skin.shape[0], : skin.shape[1]][inside].mean()) + 1.0)


def _litter(grid: Grid, skin: Mask) -> float:
    """0 where the finger leaves too little glass to tell."""
    near = cv2.dilate(skin.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    bare = ~near
    if np.count_nonzero(bare) < 12:
        return 0.0
    return float((np.maximum(grid.mean, grid.spread)[bare] > LITTERED).mean())


def _period(grid: Grid, directions: Directions, skin: Mask) -> float:
    """Of a wave, height against slope; of the blocks whose ridges are clear. 0 when there are none."""
    clear = skin & (directions.clarity > 0.6) & (2.8 * grid.spread > 50)
    if not clear.any():
        return 0.0
    pixels = 2 * np.pi * grid.spread[clear] / np.sqrt(directions.energy[clear])
    return float(np.median(pixels)) * grid.mm / grid.step / PERIOD_SHAPE


def _offset(skin: Mask, mm: float) -> tuple[float, float]:
    rows, columns = np.nonzero(skin)
    height, width = skin.shape
    return (float(columns.mean()) + 0.5 - width / 2) * mm, (float(rows.mean()) + 0.5 - height / 2) * mm
