"""Which way the ridges of an invented finger run: loops, whorls and arches.

The field of directions turns around cores and deltas (zero-pole model: Sherlock and Monro, 1993).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kiosk.hal.fingers.texture import Field

OPENS = {"right": 1, "left": -1}
"""The side to which a loop opens, as a sign of x."""


class Point(NamedTuple):
    """Millimetres from the middle of the finger, right and up."""

    x: float
    y: float


def chosen_pattern(rng: np.random.Generator, right_hand: bool) -> str:
    """Loops open towards the little finger in most people; about a third of fingers are whorls, few are arches."""
    towards_little, away = ("right", "left") if right_hand else ("left", "right")
    return str(rng.choice([towards_little, away, "whorl", "arch"], p=[0.58, 0.05, 0.31, 0.06]))


def directions_of(rng: np.random.Generator, pattern: str, x: Field, y: Field) -> Field:
    if pattern == "arch":
        return _arch(rng, x, y)
    cores, deltas = _singularities(rng, pattern)
    turn = sum(_bearing(core, x, y) for core in cores) - sum(_bearing(delta, x, y) for delta in deltas)
    # The plain model is too level far from its singularities: ridges follow the outline of the fingertip.
    dome = 0.38 * np.tanh(x / 5) / (1 + np.exp(-(y - 1) / 2.5))
    if pattern in OPENS:
        # Ridges run steeply down the open side of a loop before they leave the finger.
        out = np.maximum(0, OPENS[pattern] * x - 0.3)
        dome = dome + OPENS[pattern] * 0.48 * np.tanh(out / 2.5) * np.exp(-(((y + 1) / 6) ** 2))
    field: Field = (turn / 2 - dome).astype(np.float32)
    return field


def _bearing(point: Point, x: Field, y: Field) -> Field:
    bearing: Field = np.arctan2(y - point.y, x - point.x)
    return bearing


def _singularities(rng: np.random.Generator, pattern: str) -> tuple[list[Point], list[Point]]:
    def near(x: float, y: float, spread: float = 0.5) -> Point:
        return Point(x + rng.normal(0, spread), y + rng.normal(0, spread))

    if pattern == "whorl":
        gap, lean = rng.uniform(0.8, 2.4), rng.uniform(-0.8, 0.8)
        cores = [near(lean, 1.8 + gap / 2, 0.2), near(-lean, 1.8 - gap / 2, 0.2)]
        return cores, [near(-6.3, -6.3), near(6.3, -6.3)]
    side = OPENS[pattern]
    return [near(-0.3 * side, 1.8)], [near(-5.2 * side, -7.2)]


def _arch(rng: np.random.Generator, x: Field, y: Field) -> Field:
    height = rng.uniform(0.8, 1.5)
    hill = height * np.exp(-(((y + 1) / 6.5) ** 2)) + 0.5 / (1 + np.exp(-(y - 3) / 1.5))
    slope: Field = -np.arctan(hill * np.sin(np.clip(x / 9, -1, 1) * np.pi * 0.95))
    return slope
