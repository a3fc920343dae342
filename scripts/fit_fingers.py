"""Fit the weights of the finger measure: `python -m scripts.fit_fingers`, where nbis-python is installed.

The score is fitted on how well impressions of invented training people match the clean one of the same finger
(bozorth3), the names of the troubles on impressions whose damage is known. Each impression is also seen as other
sensors would show it. The people are the seed: 50000 to 50099 train; 80000 to 80059 are those that weights and policy
were chosen on; the report of the coach has 100000 and more, the tests have other numbers again. The same people give
the same weights on one version of NumPy, OpenCV and nbis-python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from kiosk.app.coach_citizen import likeness_to, template
from kiosk.biometrics.fingers import usual_area
from kiosk.biometrics.judgement import ACCEPTED_SCORE, SCORE_OF_ONE, SIGNS, WEIGHTS_FILE, Weights, signs_of
from kiosk.biometrics.matching import Matcher, NotMatched
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.biometrics.ridge_measure import Skin, measure
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, FingerTrouble, Impression
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.fingers.crowd import Case, case, nearly
from kiosk.hal.fingers.ridges import impression, master
from kiosk.hal.fingers.texture import Field, Grey
from kiosk.hal.world import FingerCondition

FIRST_PERSON, MOST_PEOPLE = 50_000, 5_000
PEOPLE = 100
"""So many take about eight minutes of processor time, shared by the workers."""

MOST = 300
"""Matcher scores above this are all as good as a match can be."""

ENOUGH = (ACCEPTED_SCORE / SCORE_OF_ONE) ** 2
"""A finger that nearly has a trouble has it when it matches worse than what is accepted; else nobody can say."""

BINARY_ONLY = {FingerTrouble.WORN, FingerTrouble.WET, FingerTrouble.PRESSED, FingerTrouble.MOVED}
"""What a sensor that sends nearly black and white cannot show as these figures describe it."""

Rows = NDArray[np.float64]
T = TypeVar("T")


class Sample(NamedTuple):
    """`trouble` is None where the right name is a matter of opinion: such an impression only trains the score."""

    skin: Skin
    usual_mm2: float
    trouble: FingerTrouble | None
    matched: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    people = range(FIRST_PERSON, FIRST_PERSON + min(given.people, MOST_PEOPLE))
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        samples = list(chain.from_iterable(pool.map(gathered, people)))
    WEIGHTS_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(fitted(samples)), indent=1) + b"\n")


def gathered(person: int) -> list[Sample]:
    """Of each finger two impressions, of each two samples: as the simulated reader sees it, and another sensor."""
    cv2.setNumThreads(1)
    matcher = WorkerMatcher()
    try:
        return [sample for position in SINGLE_FINGERS for sample in _of_finger(matcher, person, position)]
    finally:
        matcher.close()


def _of_finger(matcher: Matcher, person: int, position: FingerPosition) -> Iterator[Sample]:
    ridges = master(person, position)
    clean = _known(template(matcher, impression(ridges, FingerCondition(), False, 1)))
    drawn, less = case(person, position), nearly(person, position)
    for one in (drawn, less):
        seen = impression(ridges, one.condition, False, one.seed, one.traces)
        matched = _known(likeness_to(matcher, seen, clean))
        trouble = None if one is less and matched >= ENOUGH else one.trouble
        for picture in _pictures(one, seen):
            skin = measure(picture, ENROLMENT_PPI)
            if skin is not None:
                yield Sample(skin, usual_area(position, Impression.FLAT), trouble, matched)


def _known(found: T | NotMatched) -> T:
    if isinstance(found, NotMatched):
        raise SystemExit(f"this needs nbis-python: {found.reason.code}")
    return found


def _pictures(one: Case, seen: Grey) -> Iterator[Grey]:
    chance = np.random.default_rng(one.seed)
    kind = 1 + one.seed % 3
    yield looked(seen, 0, chance)
    if kind != 2 or one.trouble not in BINARY_ONLY:
        yield looked(seen, kind, chance)


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
    signs = np.array([signs_of(sample.skin, sample.usual_mm2) for sample in samples])
    roots = np.sqrt(np.minimum([sample.matched for sample in samples], MOST))
    score, without = _least_squares(signs, roots)
    named = [
        (row, sample.trouble)
        for row, sample in zip(signs, samples, strict=True)
        if sample.trouble is not None
    ]
    troubles = [trouble for trouble in FingerTrouble if any(one is trouble for _, one in named)]
    chosen = np.array([troubles.index(trouble) for _, trouble in named])
    rows = _soft_max(np.array([row for row, _ in named]), chosen, len(troubles))
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
