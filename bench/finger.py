"""The quality vector of one finger on one core, against a plain Gaussian blur of the same picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import cv2
import numpy as np

from bench.table import Row
from kiosk.biometrics.fingers import assess
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage
from kiosk.hal.fingers.ridges import FLAT_SIZE, impression, master
from kiosk.hal.world import FingerCondition

ROUNDS = 60
BLURS = 10
CONDITIONS = (
    FingerCondition(),
    FingerCondition(moisture=0.95),
    FingerCondition(moisture=0.05),
    FingerCondition(sweat=1),
)


def rows() -> list[Row]:
    cv2.setNumThreads(1)
    ridges = master(1, FingerPosition.RIGHT_INDEX)
    pictures = [impression(ridges, condition, False, 1) for condition in CONDITIONS]
    width, height = FLAT_SIZE
    images = [
        FingerImage(
            FingerPosition.RIGHT_INDEX, Impression.FLAT, width, height, ENROLMENT_PPI, picture.tobytes()
        )
        for picture in pictures
    ]
    grey = pictures[0].astype(np.float32)
    vector = _cpu(lambda number: assess(images[number % len(images)]))
    blur = BLURS * _cpu(lambda _: cv2.GaussianBlur(grey, (0, 0), 2.0))
    note = f"{width}×{height}, CPU time of one core, median of {ROUNDS}; floor: {BLURS} blurs of the same picture"
    return [
        Row("finger quality vector", vector, "ms", 30, note=note),
        Row("finger quality vector in blurs", vector, "ms", 6, floor=blur),
    ]


def _cpu(call: Callable[[int], object]) -> float:
    call(0)
    taken = []
    for number in range(ROUNDS):
        begun = time.process_time()
        call(number)
        taken.append(time.process_time() - begun)
    return median(taken) * 1000
