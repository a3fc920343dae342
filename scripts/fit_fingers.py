"""Fit the weights of the finger measure: `python -m scripts.fit_fingers [--people 120]`, where nbis-python is installed.

The score is fitted on how well impressions of invented training people match the clean one of the same finger
(bozorth3), the names of the troubles on impressions whose damage is known. Each impression is also seen as other
sensors would show it. The people of the coach's report and of the tests have other numbers than these.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from kiosk.app.coach_citizen import likeness
from kiosk.biometrics.fingers import usual_area
from kiosk.biometrics.judgement import SIGNS, WEIGHTS_FILE, Weights, signs_of
from kiosk.biometrics.matching import NotMatched
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.biometrics.ridge_measure import measure
from kiosk.domain.fingers import SINGLE_FINGERS, FingerTrouble, Impression
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.fingers.crowd import Case, case
from kiosk.hal.fingers.ridges import impression, master
from kiosk.hal.fingers.texture import Field, Grey
from kiosk.hal.world import FingerCondition

FIRST_PERSON = 50_000
MOST = 300
"""Matcher scores above this are all as good as a match can be."""

BINARY_ONLY = {FingerTrouble.WORN, FingerTrouble.WET, FingerTrouble.PRESSED, FingerTrouble.MOVED}
"""What a sensor that sends nearly black and white cannot show as these figures describe it."""

Rows = NDArray[np.float64]


class Sample(NamedTuple):
    signs: Rows
    trouble: FingerTrouble
    matched: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=120)
    people = parser.parse_args().people
    samples = list(gathered(range(FIRST_PERSON, FIRST_PERSON + people)))
    WEIGHTS_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(fitted(samples)), indent=1) + b"\n")


def gathered(people: Sequence[int]) -> Iterator[Sample]:
    """Two samples an impression: as the simulated reader sees it, and as another sensor might."""
    matcher = WorkerMatcher()
    for person in people:
        for position in SINGLE_FINGERS:
            drawn = case(person, position)
            ridges = master(person, position)
            clean = impression(ridges, FingerCondition(), False, 1)
            seen = impression(ridges, drawn.condition, False, drawn.seed, drawn.traces)
            matched = likeness(matcher, seen, clean)
            if isinstance(matched, NotMatched):
                raise SystemExit(f"this needs nbis-python: {matched.reason.code}")
            yield from _samples(drawn, seen, matched)


def _samples(drawn: Case, seen: Grey, matched: int) -> Iterator[Sample]:
    chance = np.random.default_rng(drawn.seed)
    kind = 1 + drawn.seed % 3
    for look in (0, kind):
        if look == 2 and drawn.trouble in BINARY_ONLY:
            continue
        picture = looked(seen, look, chance)
        skin = measure(picture, ENROLMENT_PPI)
        if skin is not None:
            yield Sample(signs_of(skin, usual_area(drawn.position, Impression.FLAT)), drawn.trouble, matched)


def looked(seen: Grey, look: int, chance: np.random.Generator) -> Grey:
    """Another sensor's picture of the same impression: 1 stretched in contrast, 2 speckled and nearly binary, 3 pale."""
    grey: Field = seen.astype(np.float32)
    if look == 1:
        low, high = chance.uniform(45, 80), chance.uniform(215, 236)
        grey = (grey - low) / (high - low) * 255
    elif look == 2:
        grain = cv2.GaussianBlur(
            chance.standard_normal(seen.shape).astype(np.float32), (0, 0), chance.uniform(0.5, 0.8)
        )
        grain *= chance.uniform(25, 60) / grain.std() * (grey < 228)
        grey = 255 / (1 + np.exp(-(grey + grain - chance.uniform(130, 160)) / chance.uniform(12, 25)))
    elif look == 3:
        soft = cv2.GaussianBlur(grey, (0, 0), 0.8)
        grey = 238 - (238 - soft) * chance.uniform(0.5, 0.85) + chance.normal(0, 3, seen.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def fitted(samples: Sequence[Sample]) -> Weights:
    signs = np.array([sample.signs for sample in samples])
    roots = np.sqrt(np.minimum([sample.matched for sample in samples], MOST))
    score, without = _least_squares(signs, roots)
    troubles = [trouble for trouble in FingerTrouble if any(s.trouble is trouble for s in samples)]
    chosen = np.array([troubles.index(sample.trouble) for sample in samples])
    rows = _soft_max(signs, chosen, len(troubles))
    names = [sign.name for sign in SIGNS]
    return Weights(
        score=_named(names, score),
        score_without=round(float(without), 3),
        troubles={trouble: _named(names, rows[:-1, index]) for index, trouble in enumerate(troubles)},
        trouble_without={trouble: round(float(rows[-1, index]), 3) for index, trouble in enumerate(troubles)},
    )


def _named(names: Sequence[str], weights: Rows) -> dict[str, float]:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def _least_squares(signs: Rows, roots: Rows) -> tuple[Rows, float]:
    """Coordinate descent; what is good may only add to the score, what is bad only take from it."""
    middle, target = signs.mean(axis=0), roots.mean()
    centred = signs - middle
    gram = centred.T @ centred / len(signs) + 1e-4 * np.eye(len(SIGNS))
    pull = centred.T @ (roots - target) / len(signs)
    weights = np.zeros(len(SIGNS))
    for _ in range(400):
        for index, sign in enumerate(SIGNS):
            free = weights[index] + (pull[index] - gram[index] @ weights) / gram[index, index]
            weights[index] = sign.good * max(0.0, sign.good * free)
    return weights, float(target - middle @ weights)


def _soft_max(signs: Rows, chosen: NDArray[np.int_], kinds: int) -> Rows:
    """Rows: signs and the constant; columns: kinds. Multinomial logistic regression by gradient with momentum."""
    inputs = np.c_[signs, np.ones(len(signs))]
    wanted = np.eye(kinds)[chosen]
    weights, speed = np.zeros((inputs.shape[1], kinds)), np.zeros((inputs.shape[1], kinds))
    for _ in range(4000):
        scores = inputs @ weights
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        speed = 0.9 * speed - (inputs.T @ (likely - wanted) / len(inputs) + 1e-4 * weights)
        weights = weights + speed
    return weights


if __name__ == "__main__":
    main()
