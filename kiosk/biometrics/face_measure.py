"""What is measured of a face, in physical terms, and the kiosk's own score of it."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np

from kiosk.biometrics import face_worn
from kiosk.biometrics.face_find import Box, Eyes, Picture, Sighting, face_chip, inner

HEAD_EYES = 3.5
"""Height of a head, crown to chin, in distances between the eyes (about 225 to 64 mm, adults)."""
GLARE = 245
FINE = 120
"""Pixels between the eyes when the fine detail of a still is measured."""


class FaceMeasures(msgspec.Struct, frozen=True):
    """One face. Shares are of 1; right and down, left and right are those of the picture, not the person's.

    `head`: height of the head to that of the picture. `roll_deg`: clockwise. `off_x`, `off_y`: the face's middle off
    the picture's, to its height. `brightness` 0…255 and `burnt` (share) of the inner face. `side_stops`: how much
    lighter its left half is than its right, in photographic stops. `sharpness`: finest detail to contrast.
    `wall`, `wall_uneven`, `wall_tint`: brightness, deviation and colour of what is behind, 0…255. `glasses`,
    `head_cover`: see `kiosk.biometrics.face_worn`.
    """

    head: float
    roll_deg: float
    off_x: float
    off_y: float
    brightness: float
    burnt: float
    side_stops: float
    sharpness: float
    wall: float
    wall_uneven: float
    wall_tint: float
    glasses: float
    head_cover: float

    def vector(self) -> dict[str, float]:
        """Names and figures, rounded, for a record."""
        return {name: round(float(value), 3) for name, value in msgspec.structs.asdict(self).items()}


def measure(picture: Picture, seen: Sighting) -> FaceMeasures:
    """Everything of one face. `picture` has the height at which faces are looked for."""
    height, width = picture.shape[:2]
    face = face_chip(picture, seen.eyes)
    grey = np.asarray(cv2.cvtColor(inner(face), cv2.COLOR_RGB2GRAY), np.uint8)
    x, y = seen.eyes.middle
    wall, uneven, tint = _wall(picture, seen.box)
    return FaceMeasures(
        head=HEAD_EYES * seen.eyes.apart / height,
        roll_deg=seen.eyes.roll,
        off_x=(x - width / 2) / height,
        off_y=(y + 0.1 * seen.eyes.apart - height / 2) / height,
        brightness=float(grey.mean()),
        burnt=float((grey >= GLARE).mean()),
        side_stops=_side_stops(grey),
        sharpness=sharpness(face),
        wall=wall,
        wall_uneven=uneven,
        wall_tint=tint,
        glasses=face_worn.glasses(picture, seen.eyes),
        head_cover=face_worn.head_cover(picture, seen.eyes),
    )


def sharpness(face: Picture) -> float:
    """Strength of the finest detail of a face chip against its overall contrast; falls with any blur."""
    grey = cv2.cvtColor(np.ascontiguousarray(inner(face)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var() / (smooth.var() + 1))


def fine_detail(picture: Picture, eyes: Eyes) -> float:
    """Sharpness at the full resolution of a still: which of several is the sharpest, not how sharp."""
    return sharpness(face_chip(picture, eyes, FINE))


def _side_stops(face: Picture) -> float:
    """From cheeks and forehead: medians, so that an eye or a lock of hair does not count."""
    half = face.shape[1] // 2
    left, right = np.median(face[:, : half - 4]), np.median(face[:, half + 4 :])
    return float(np.log2((left + 1) / (right + 1)))


def _wall(picture: Picture, box: Box) -> tuple[float, float, float]:
    """Brightness, deviation and colour of what is beside the head and above it; 255, 0, 0 when nothing is seen of it."""
    reach = int(0.3 * box.width)
    beside = picture[: box.top + box.height // 2]
    left, right = beside[:, : max(0, box.left - reach)], beside[:, box.left + box.width + reach :]
    above = picture[: max(0, box.top - int(0.4 * box.height))]
    wall = np.concatenate([part.reshape(-1, 3) for part in (left, right, above)]).astype(np.float32)
    if len(wall) == 0:
        return 255.0, 0.0, 0.0
    return float(wall.mean()), float(wall.mean(axis=1).std()), float(np.ptp(wall.mean(axis=0)))
