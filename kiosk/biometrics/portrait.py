"""From stills to the portrait: the best of a few, cut to the card's proportions at full resolution."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np

from kiosk.biometrics.face import FaceFinder, FaceGuide, FaceTrouble
from kiosk.biometrics.face_find import Eyes
from kiosk.biometrics.face_measure import HEAD_EYES, fine_detail
from kiosk.biometrics.pictures import png_of_frame, rgb_of
from kiosk.hal.camera import Frame

PORTRAIT_SIZE = (600, 900)
"""2:3, as the portrait is printed on the card (20 × 30 mm) and on the older form (4 × 6 cm)."""
HEAD_SHARE, MOST_HEAD_SHARE = 0.62, 0.70
"""Height of the head, crown to chin, to that of the portrait: wanted, and at most to keep the eyes on their line."""
EYE_LINE = 0.42
"""Where the eyes lie, from the top."""
LEAST_EYES_PX = 60
"""Pixels between the eyes below which a still is too coarse: what 20 mm at 300 dots an inch hold."""


class Portrait(msgspec.Struct, frozen=True):
    """A still and what was found on it. `quality`: figures for the record, empty without a face."""

    still: Frame
    guide: FaceGuide
    quality: dict[str, float] = {}

    @property
    def ready(self) -> bool:
        return self.guide.ready

    def png(self) -> bytes:
        """Cut to the card's proportions; the whole still when no face was found."""
        face = self.guide.face
        return crop_portrait(self.still, face.eyes) if face else png_of_frame(self.still)


def judge(finder: FaceFinder, still: Frame) -> Portrait:
    """A still at full resolution: what `FaceFinder.guide` says, and that the face has pixels enough."""
    guide = finder.guide(still)
    face = guide.face
    if face is None:
        return Portrait(still, guide)
    if guide.ready and face.eyes.apart < LEAST_EYES_PX:
        guide = msgspec.structs.replace(guide, trouble=FaceTrouble.COARSE)
    quality = {
        **face.measures.vector(),
        "eyes_px": round(face.eyes.apart, 1),
        "detail": round(fine_detail(rgb_of(still), face.eyes), 4),
        "score": float(face.score),
    }
    return Portrait(still, guide, quality)


def best(portraits: Sequence[Portrait]) -> Portrait:
    """A portrait that is ready before one that is not; then by score and sharpness, in equal parts."""
    sharpest = max(_detail(portrait) for portrait in portraits) or 1.0

    def worth(portrait: Portrait) -> tuple[bool, float]:
        score = portrait.quality.get("score", -100.0)
        return portrait.ready, score / 100 + _detail(portrait) / sharpest

    return max(portraits, key=worth)


def _detail(portrait: Portrait) -> float:
    return portrait.quality.get("detail", 0.0)


def crop_portrait(frame: Frame, eyes: Eyes) -> bytes:
    """A colour PNG of `PORTRAIT_SIZE` with the head where a portrait has it, kept inside the frame."""
    ratio = PORTRAIT_SIZE[0] / PORTRAIT_SIZE[1]
    x, y = eyes.middle
    head = HEAD_EYES * eyes.apart
    # A little less air is better than eyes off their line, where the frame ends too soon.
    level = min(y / EYE_LINE, (frame.height - y) / (1 - EYE_LINE))
    height = min(head / HEAD_SHARE, max(head / MOST_HEAD_SHARE, level), frame.height, frame.width / ratio)
    height = max(height, 3.0)
    width = height * ratio
    left = _inside(x - width / 2, width, frame.width)
    top = _inside(y - EYE_LINE * height, height, frame.height)
    part = rgb_of(frame)[top : top + int(height), left : left + int(width)]
    shrinks = part.shape[0] >= PORTRAIT_SIZE[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    portrait = cv2.resize(np.ascontiguousarray(part), PORTRAIT_SIZE, interpolation=how)
    return png_of_frame(Frame(*PORTRAIT_SIZE, portrait.tobytes()))


def _inside(start: float, length: float, whole: int) -> int:
    return int(max(0, min(start, whole - length)))
