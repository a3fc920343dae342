"""Whether somebody seems to wear glasses, or something on the head: reasons to ask, never to refuse.

Classical picture processing sees rims and colours, not glasses and hats: rimless glasses, and a black, white or grey
cloth, are not noticed. An officer looks at every portrait of which either is suspected.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.biometrics.face_find import Eyes, Picture, chip, face_chip, inner

EYE = 40
"""Pixels between the eyes in the parts looked at."""
Shares = NDArray[np.bool_]


def glasses(picture: Picture, eyes: Eyes) -> float:
    """How strong the edges of a bridge and of lower rims are against the brightness of the face; bare: below 0.1."""
    face = cv2.cvtColor(face_chip(picture, eyes, EYE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    bright = max(1.0, float(np.median(inner(face.astype(np.uint8)))))
    bridge = _edge(face[round(0.7 * EYE) : round(1.25 * EYE), round(1.1 * EYE) : round(1.3 * EYE)])
    rims = [_edge(face[round(1.3 * EYE) : round(1.65 * EYE), left : left + EYE // 3]) for left in (21, 61)]
    return (bridge + min(rims)) / 2 / bright


def _edge(part: NDArray[np.float32]) -> float:
    """The strongest change of brightness from one row to the one three below, the columns taken together."""
    rows = part.mean(axis=1)
    return float(np.abs(rows[3:] - rows[:-3]).max())


def head_cover(picture: Picture, eyes: Eyes) -> float:
    """The larger of two shares: of the crown in no colour of hair or skin, and of a brim beyond the head's sides."""
    part = chip(picture, eyes, EYE, (2.4 * EYE, 2.4 * EYE), (round(4.8 * EYE), round(2.4 * EYE)))
    face = inner(face_chip(picture, eyes, EYE)).reshape(-1, 3)
    crown = part[round(0.5 * EYE) : round(1.6 * EYE), round(1.8 * EYE) : round(3.0 * EYE)]
    strange = float(_strange(crown.astype(np.float32), np.median(face, axis=0)).mean())
    return max(strange, _brim(part))


def _strange(part: NDArray[np.float32], skin: NDArray[np.float64]) -> Shares:
    """Neither grey nor brown nor black like hair, nor in the colour of this face's skin."""
    most, least = part.max(axis=2), part.min(axis=2)
    coloured = (most > 40) & (most - least > 0.25 * most)
    red, green, blue = (part[..., n] for n in range(3))
    brown = (red >= green) & (green >= blue) & (most < 130) & (most - least < 0.5 * most)
    chroma = part[..., :2] / np.maximum(1, part.sum(axis=2))[..., None]
    own = (skin[:2] / max(1.0, float(skin.sum()))).astype(np.float32)
    return np.asarray(coloured & ~brown & (np.hypot(*np.moveaxis(chroma - own, 2, 0)) > 0.045))


def _brim(part: Picture) -> float:
    """How much of both places beside the forehead is neither wall nor dark hair."""
    wall = np.median(part[: EYE // 4].reshape(-1, 3), axis=0)
    beside = part[round(1.45 * EYE) : round(1.75 * EYE)].astype(np.float32)
    differs = (np.abs(beside - wall).max(axis=2) > 30) & (beside.max(axis=2) > 110)
    return float(min(differs[:, : round(0.7 * EYE)].mean(), differs[:, -round(0.7 * EYE) :].mean()))
