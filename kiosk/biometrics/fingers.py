"""The kiosk's own measure of a fingerprint image: how much of it is usable, and what one remedy would help most.

Measured on the pixels block by block: direction of the ridges, their depth, how much of the skin is dark. It is not
NFIQ and not comparable to it; figures of two readers are comparable only as far as their sensors are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.hal.fingers import FingerImage

Blocks = NDArray[np.floating]
Picture = NDArray[np.uint8]

ACCEPTED_SCORE = 55
"""From this score on an impression is kept without another try."""

MM_PER_INCH = 25.4
BLOCK_MM = 0.8
"""Side of the square blocks that are judged: not quite two ridges."""

SKIN = 12
"""Grey levels below the bare glass from which a block counts as touched."""

USUAL_MM2 = {1: 285, 2: 235, 3: 245, 4: 225, 5: 185}
"""Area a finger laid flat covers, by finger of the hand (1 thumb … 5 little)."""
ROLLED_AREA = 1.38
NOTHING_MM2 = 15
WINDOW_SHARE = 0.8
"""A small reader cannot show more than this share of its window."""

SMALLEST_FINGER_MM2 = 25


class Skin(NamedTuple):
    """What is measured of the touched blocks; shares are of those blocks."""

    area_mm2: float
    usable_mm2: float
    ink: float
    clarity: float
    contrast: float
    dark: float
    drowned: float
    clear: float


def assess(image: FingerImage, absent: Collection[FingerPosition] = ()) -> FingerQuality:
    """Judge one impression. A slap is as good as the worst of the fingers asked for: all but `absent`.

    An absent finger may be laid down all the same (bandaged, worn): it neither counts nor spoils the slap.
    """
    if not image.position.is_slap:
        return _assess_one(image)
    found = segment(image, absent)
    wanted = len(set(image.position.members) - set(absent))
    if not 0 < wanted <= len(found) <= len(image.position.members):
        return FingerQuality(0, FingerTrouble.COUNT if found else FingerTrouble.NOTHING)
    asked = [finger for finger in found if finger.position not in absent]
    return sorted((_assess_one(finger) for finger in asked), key=lambda quality: quality.score)[-wanted]


def _assess_one(image: FingerImage) -> FingerQuality:
    return _judge(_measure(image), _usual_area(image))


def segment(image: FingerImage, absent: Collection[FingerPosition] = ()) -> list[FingerImage]:
    """The fingers seen in a slap, from left to right.

    They are named when all members are found, or all that are not `absent`; otherwise nobody can tell which is which
    and they keep the position of the slap.
    """
    pixels = pixels_of(image)
    boxes = sorted(_finger_boxes(pixels, image.ppi))
    present = [member for member in image.position.members if member not in absent]
    namings = {len(present): present, len(image.position.members): list(image.position.members)}
    names = namings.get(len(boxes), [image.position] * len(boxes))
    return [_cut(image, pixels, box, name) for box, name in zip(boxes, names, strict=True)]


def pixels_of(image: FingerImage) -> Picture:
    """The image as rows × columns."""
    return np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)


def _finger_boxes(pixels: Picture, ppi: int) -> Iterator[tuple[int, int, int, int]]:
    step = max(2, round(BLOCK_MM / 2 * ppi / MM_PER_INCH))
    touched = (_shrink(_glass(pixels) - pixels.astype(np.float32), step) > SKIN).astype(np.uint8)
    whole = cv2.morphologyEx(touched, cv2.MORPH_CLOSE, np.ones((7, 1), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    smallest = SMALLEST_FINGER_MM2 / (step * MM_PER_INCH / ppi) ** 2
    for left, top, width, height, area in boxes[1:].tolist():
        if area >= smallest:
            yield left * step, top * step, width * step, height * step


def _cut(
    image: FingerImage, pixels: Picture, box: tuple[int, int, int, int], name: FingerPosition
) -> FingerImage:
    left, top, width, height = box
    edge = round(0.4 * image.ppi / MM_PER_INCH)
    part = pixels[max(0, top - edge) : top + height + edge, max(0, left - edge) : left + width + edge]
    rows, columns = part.shape
    return msgspec.structs.replace(
        image, position=name, width=columns, height=rows, pixels=np.ascontiguousarray(part).tobytes()
    )


def _usual_area(image: FingerImage) -> float:
    usual = USUAL_MM2[(int(image.position) - 1) % 5 + 1]
    rolled = ROLLED_AREA if image.impression is Impression.ROLLED else 1.0
    window = image.width * image.height * (MM_PER_INCH / image.ppi) ** 2
    return min(usual * rolled, WINDOW_SHARE * window)


def _measure(image: FingerImage) -> Skin | None:
    """None when (next to) nothing touches the glass."""
    pixels = pixels_of(image)
    step = max(4, round(BLOCK_MM * image.ppi / MM_PER_INCH))
    depth: Blocks = _glass(pixels) - pixels.astype(np.float32)
    mean = _shrink(depth, step)
    skin = mean > SKIN
    block_mm2 = (step * MM_PER_INCH / image.ppi) ** 2
    if np.count_nonzero(skin) * block_mm2 < NOTHING_MM2:
        return None
    ink = _ink(depth[::2, ::2])
    # A sine of amplitude 1 deviates by 0.707 from its mean: 2.8 deviations are its height from crest to bottom.
    contrast = 2.8 * np.sqrt(np.maximum(_shrink(np.square(depth), step) - mean**2, 0))
    clarity, dark = _clarity(pixels, step), _shrink((depth > ink / 2).astype(np.float32), step)
    drowned = skin & (dark > 0.9) & (contrast < 0.45 * ink) & (mean > 110)
    usable = skin & (clarity > 0.5) & (contrast > 40) & (dark < 0.85)
    return Skin(
        area_mm2=np.count_nonzero(skin) * block_mm2,
        usable_mm2=np.count_nonzero(usable) * block_mm2,
        ink=ink,
        clarity=float(clarity[skin].mean()),
        contrast=float(contrast[skin].mean()),
        dark=float(dark[skin].mean()),
        drowned=float(drowned[skin].mean()),
        clear=float((contrast[skin] > 0.65 * ink).mean()),
    )


def _ink(depth: Blocks) -> float:
    """How much darker than the glass a ridge is; 1 when nothing is clearly darker."""
    dark = depth[depth > 2 * SKIN]
    return max(float(np.percentile(dark, 90)), 1.0) if dark.size else 1.0


def _glass(pixels: Picture) -> float:
    """Grey of the untouched glass; a window filled by the finger still shows it in the valleys."""
    return max(float(np.percentile(pixels[::4, ::4], 97)), 160.0)


def _shrink(values: NDArray[Any], step: int) -> Blocks:
    """Mean of each block of `step` × `step` pixels."""
    rows, columns = values.shape[0] // step, values.shape[1] // step
    whole = values[: rows * step, : columns * step]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _clarity(pixels: Picture, step: int) -> Blocks:
    """Coherence of the gradients of each block, 0 any direction … 1 a single one."""
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    across, down = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    xx, yy, xy = (_shrink(product, step) for product in (across**2, down**2, across * down))
    coherence: Blocks = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1.0)
    return coherence


def _judge(skin: Skin | None, usual_mm2: float) -> FingerQuality:
    if skin is None:
        return FingerQuality(0, FingerTrouble.NOTHING)
    parts = _parts(skin, usual_mm2)
    score = round(100 * float(np.prod([share for _, share in parts])))
    worst = min(parts, key=lambda part: part[1])[0]
    return FingerQuality(
        score=score,
        usable_area_mm2=round(skin.usable_mm2, 1),
        clarity=round(skin.clarity, 3),
        contrast=round(skin.contrast, 1),
        dark=round(skin.dark, 3),
        trouble=FingerTrouble.NONE if score >= ACCEPTED_SCORE else worst,
    )


def _parts(skin: Skin, usual_mm2: float) -> list[tuple[FingerTrouble, float]]:
    """What the score is the product of, 0…1 each, with the trouble to name when it is the lowest.

    The ends of the ramps were set on simulated impressions (see tests/unit/test_finger_quality.py).
    """
    patchy = skin.clear > 0.2
    flooded = (
        (FingerTrouble.SWEATY, _ramp(skin.drowned, 0.28, 0.03))
        if patchy
        else (FingerTrouble.WET, _ramp(skin.drowned, 1.0, 0.05))
    )
    unclear = FingerTrouble.DRY if skin.dark < 0.4 else FingerTrouble.WORN
    parts = [
        (FingerTrouble.PARTIAL, _ramp(skin.area_mm2 / usual_mm2, 0.15, 0.9)),
        (FingerTrouble.WORN, _ramp(skin.ink, 70, 112)),
        (FingerTrouble.DRY, _ramp(skin.dark, 0.12, 0.32)),
        flooded,
        (unclear, _ramp(skin.clarity, 0.5, 0.95)),
    ]
    if skin.ink > 140:  # only a dark finger can be too wet
        parts.append((FingerTrouble.WET, _ramp(skin.contrast / skin.ink, 0.1, 0.55)))
    return parts


def _ramp(value: float, none: float, full: float) -> float:
    """0 at `none`, 1 at `full`, straight between, whichever of the two is greater."""
    return min(1.0, max(0.0, (value - none) / (full - none)))
