"""From what is measured of a finger to one score and one trouble, by weights fitted on training people only.

`kiosk/data/finger-weights.json` is written by `scripts/fit_fingers.py`: the score on whether impressions match their own
finger's clean one, the names of the troubles on impressions whose damage is known. Neither is NFIQ 2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from kiosk.biometrics.quality import FingerQuality
from kiosk.biometrics.ridge_measure import Skin
from kiosk.data import HERE
from kiosk.domain.fingers import FingerTrouble

WEIGHTS_FILE = HERE / "finger-weights.json"

ACCEPTED_SCORE = 75
"""From this score on an impression is kept without another try, when nothing else speaks against it."""

ALMOST = 1.0
"""A finger that scores enough is good when it looks like one but for so little (a difference of log odds)."""

SCORE_OF_ONE = 100 / 16
"""The fitted figure is the square root of a matcher's score; 16 of it is as good as a finger gets."""


class Sign(NamedTuple):
    """A figure as 0…1: 0 at `none`, 1 at `full`, straight between.

    `good`: more of it can only help a match (1), only harm it (-1), or tells nothing but the kind of trouble (0).
    """

    name: str
    of: Callable[[Skin, float], float]
    none: float
    full: float
    good: int


def _relative(skin: Skin) -> float:
    return skin.contrast / max(skin.ink, 20.0)


SIGNS: tuple[Sign, ...] = (
    Sign("some area", lambda skin, _: skin.area_mm2, 15, 120, 1),
    Sign("full area", lambda skin, _: skin.area_mm2, 60, 250, 1),
    Sign("area as usual", lambda skin, usual: skin.area_mm2 / usual, 0.1, 1.0, 0),
    Sign("area above usual", lambda skin, usual: skin.area_mm2 / usual, 0.9, 1.4, 0),
    Sign("some ink", lambda skin, _: skin.ink, 60, 90, 1),
    Sign("full ink", lambda skin, _: skin.ink, 60, 140, 0),
    Sign("clarity", lambda skin, _: skin.clarity, 0.4, 0.95, 1),
    Sign("full clarity", lambda skin, _: skin.clarity, 0.85, 0.95, 1),
    Sign("some contrast", lambda skin, _: skin.contrast, 10, 60, 1),
    Sign("full contrast", lambda skin, _: skin.contrast, 10, 120, 0),
    Sign("some contrast of the ink", lambda skin, _: _relative(skin), 0.15, 0.4, 1),
    Sign("full contrast of the ink", lambda skin, _: _relative(skin), 0.1, 0.9, 1),
    Sign("dark valleys", lambda skin, _: skin.valley, 0, 0.35, 0),
    Sign("some dark", lambda skin, _: skin.dark, 0.1, 0.35, 1),
    Sign("half dark", lambda skin, _: skin.dark, 0.1, 0.5, 0),
    Sign("mostly dark", lambda skin, _: skin.dark, 0.5, 0.95, 0),
    Sign("merged", lambda skin, _: skin.merged, 0, 1, -1),
    Sign("drowned", lambda skin, _: skin.drowned, 0, 0.3, -1),
    Sign("clear", lambda skin, _: skin.clear, 0, 1, 0),
    Sign("broken", lambda skin, _: skin.broken, 0.02, 0.25, -1),
    Sign("pieces", lambda skin, _: skin.pieces, 0.1, 2, -1),
    Sign("grey", lambda skin, _: skin.grey, 0, 0.5, -1),
    Sign("smear", lambda skin, _: skin.smear, 0.03, 0.35, -1),
    Sign("litter", lambda skin, _: skin.litter, 0.03, 0.5, -1),
)


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of each sign, by name: what it adds to the score, and what it speaks for among the troubles and "none"."""

    score: dict[str, float]
    score_without: float
    troubles: dict[FingerTrouble, dict[str, float]]
    trouble_without: dict[FingerTrouble, float]


def signs_of(skin: Skin, usual_mm2: float) -> NDArray[np.float64]:
    """One figure 0…1 for each of `SIGNS`; `usual_mm2` is the area such a finger usually covers."""
    return np.array(
        [
            min(1.0, max(0.0, (sign.of(skin, usual_mm2) - sign.none) / (sign.full - sign.none)))
            for sign in SIGNS
        ]
    )


@cache
def _fitted() -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[FingerTrouble, ...]]:
    """Weights of the score, weights of the troubles (rows: troubles), the constant last in both, and the troubles."""
    weights = msgspec.json.decode(WEIGHTS_FILE.read_bytes(), type=Weights)
    names = [sign.name for sign in SIGNS]
    score = [weights.score[name] for name in names] + [weights.score_without]
    troubles = tuple(weights.troubles)
    rows = [
        [weights.troubles[trouble][name] for name in names] + [weights.trouble_without[trouble]]
        for trouble in troubles
    ]
    return np.array(score), np.array(rows), troubles


def judge(skin: Skin | None, usual_mm2: float, shown: float = 1.0) -> FingerQuality:
    """Accepted is what scores enough, looks like nothing else than a good finger, and is a finger.

    `shown` is the share of a usual finger for which the reader's window has room: a small window is not held against
    the person.
    """
    if skin is None:
        return FingerQuality(0, FingerTrouble.NOTHING)
    signs = np.append(signs_of(skin._replace(area_mm2=skin.area_mm2 / shown), usual_mm2), 1.0)
    score_weights, trouble_weights, troubles = _fitted()
    score = round(min(100.0, max(0.0, float(signs @ score_weights) * SCORE_OF_ONE)))
    if _no_finger(skin):
        return _quality(skin, 0, FingerTrouble.OTHER, usual_mm2 * shown)
    likely = trouble_weights @ signs
    good = troubles.index(FingerTrouble.NONE)
    likely[good] += ALMOST if score >= ACCEPTED_SCORE else -np.inf
    return _quality(skin, score, troubles[int(np.argmax(likely))], usual_mm2 * shown)


LARGEST_MM2 = 700
"""A thumb rolled from nail to nail covers less."""
UNCLEAR, STRAIGHT, RIMMED, COARSE, BURNT = 0.35, 0.95, 0.5, 0.6, 0.08
RIDGES_MM = (0.3, 0.8)
SHARP = 90
"""Contrast from which a picture shows what it is: below it, a wet or worn finger may look like anything."""


def _no_finger(skin: Skin) -> bool:
    """Noise, stripes, a picture in negative or burnt out, or something that does not vary as finely as ridges do."""
    strange = skin.ridged < COARSE or not RIDGES_MM[0] < skin.period_mm < RIDGES_MM[1]
    return (
        skin.clarity < UNCLEAR
        or skin.straight > STRAIGHT
        or skin.edge > RIMMED
        or skin.area_mm2 > LARGEST_MM2
        or skin.shaded < BURNT
        or (skin.contrast > SHARP and strange)
    )


def _quality(skin: Skin, score: int, trouble: FingerTrouble, usual_mm2: float) -> FingerQuality:
    return FingerQuality(
        score=score,
        trouble=trouble,
        usable_area_mm2=round(skin.usable_mm2, 1),
        clarity=round(skin.clarity, 3),
        contrast=round(skin.contrast, 1),
        dark=round(skin.dark, 3),
        ridge_period_mm=round(skin.period_mm, 3),
        merged=round(skin.merged, 3),
        broken=round(skin.broken, 3),
        offset_mm=(round(skin.offset_mm[0], 1), round(skin.offset_mm[1], 1)),
        pressure=round(_pressure(skin, usual_mm2), 2),
    )


def _pressure(skin: Skin, usual_mm2: float) -> float:
    """Flat skin covers more glass and shows less valley; water does the second alone."""
    wide, dark = skin.area_mm2 / usual_mm2 - 1.0, skin.dark - 0.54
    return min(1.0, max(0.0, 0.5 + 0.8 * wide + 0.5 * dark))
