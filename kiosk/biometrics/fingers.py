"""The kiosk's own measure of a fingerprint image: how much of it is usable, and what one remedy would help most.

Measured block by block (`ridge_measure`), judged by fitted weights (`judgement`). It is not NFIQ and not comparable to
it; figures of two readers are comparable only as far as their sensors are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import cv2
import msgspec
import numpy as np

from kiosk.biometrics.judgement import ACCEPTED_SCORE, judge
from kiosk.biometrics.quality import FingerQuality
from kiosk.biometrics.ridge_measure import BLOCK_MM, MM_PER_INCH, SKIN, Picture, glass_of, measure, shrink
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage

__all__ = ["ACCEPTED_SCORE", "FingerQuality", "assess", "segment"]

SMALLEST_PX, LARGEST_PX = 48, 4096
"""Sides of a picture that may show a finger, or a hand."""

USUAL_MM2 = {1: 285, 2: 235, 3: 245, 4: 225, 5: 185}
"""Area a finger laid flat covers, by finger of the hand (1 thumb … 5 little)."""
ROLLED_AREA = 1.38
WINDOW_SHARE = 0.8
"""A small reader cannot show more than this share of its window."""

SMALLEST_FINGER_MM2 = 25
SMALLEST_MM = 4.0

NEAR_PPI = 60
"""Pictures of other resolutions than 500 ppi, give or take this, are brought to it first: the weights are for it."""


def assess(image: FingerImage, absent: Collection[FingerPosition] = ()) -> FingerQuality:
    """Judge one impression. A slap is as good as the worst of the fingers asked for: all but `absent`.

    An absent finger may be laid down all the same (bandaged, worn): it neither counts nor spoils the slap.
    """
    if not _fits(image):
        return FingerQuality(0, FingerTrouble.OTHER)
    if not image.position.is_slap:
        return _assess_one(image)
    found = segment(image, absent)
    wanted = len(set(image.position.members) - set(absent))
    if not 0 < wanted <= len(found) <= len(image.position.members):
        return FingerQuality(0, FingerTrouble.COUNT if found else FingerTrouble.NOTHING)
    asked = [finger for finger in found if finger.position not in absent]
    qualities = sorted(map(_assess_one, asked), key=lambda quality: (quality.accepted, quality.score))
    return qualities[-wanted]


def _assess_one(image: FingerImage) -> FingerQuality:
    pixels, ppi = pixels_of(image), image.ppi
    if abs(ppi - ENROLMENT_PPI) > NEAR_PPI:
        scale = ENROLMENT_PPI / ppi
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        ppi = ENROLMENT_PPI
    usual = usual_area(image.position, image.impression)
    window = pixels.size * (MM_PER_INCH / ppi) ** 2
    return judge(measure(pixels, ppi), usual, min(1.0, WINDOW_SHARE * window / usual))


def _fits(image: FingerImage) -> bool:
    """Whether there are as many pixels as it says, neither too few nor too many."""
    sides = (image.width, image.height)
    return (
        len(image.pixels) == image.width * image.height
        and min(sides) >= SMALLEST_PX
        and max(sides) <= LARGEST_PX
        and min(sides) * MM_PER_INCH >= SMALLEST_MM * image.ppi
    )


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
    touched = (shrink(glass_of(pixels) - pixels.astype(np.float32), step) > SKIN).astype(np.uint8)
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


def usual_area(position: FingerPosition, impression: Impression) -> float:
    """Square millimetres that such a finger usually covers."""
    usual = USUAL_MM2[(int(position) - 1) % 5 + 1]
    return usual * (ROLLED_AREA if impression is Impression.ROLLED else 1.0)
