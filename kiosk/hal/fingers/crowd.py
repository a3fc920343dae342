"""The hands that come to a kiosk: invented people, and the state each of their fingers is in when it is laid down.

Everything is a function of its seeds, so that a report can be made again and a rule be judged on people it never saw.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from kiosk.domain.fingers import FingerPosition, FingerTrouble
from kiosk.hal.world import FingerCondition

Chance = np.random.Generator

USUAL_SHARE, SLIGHT_SHARE = 0.3, 0.6
"""Share of the fingers with nothing wrong, and of these the share with something that is not worth a word."""

NEARLY = 0.3
"""How far below plain a trouble may lie that a remedy did not quite cure, as a share of the way from plain to extreme."""


class Case(msgspec.Struct, frozen=True):
    """One finger as it is laid down first: `trouble` is what is wrong with it, `traces` what lies on the glass."""

    person: int
    position: FingerPosition
    trouble: FingerTrouble
    condition: FingerCondition
    traces: float
    seed: int


DAMAGES: dict[FingerTrouble, Callable[[float], dict[str, float]]] = {
    FingerTrouble.WET: lambda much: {"moisture": 0.82 + 0.18 * much},
    FingerTrouble.SWEATY: lambda much: {"sweat": 0.55 + 0.45 * much},
    FingerTrouble.DRY: lambda much: {"moisture": 0.18 * (1 - much)},
    FingerTrouble.WORN: lambda much: {"wear": 0.6 + 0.4 * much},
    FingerTrouble.PARTIAL: lambda much: {"contact": 0.42 - 0.3 * much},
    FingerTrouble.MOVED: lambda much: {"moving": 0.35 + 0.65 * much},
    FingerTrouble.PRESSED: lambda much: {"pressure": 0.85 + 0.15 * much},
    FingerTrouble.DIRTY: lambda much: {"traces": 0.4 + 0.6 * much},
}
"""What each trouble is in figures of the skin, from plain (0) to extreme (1)."""

SLIGHT: tuple[Callable[[float], dict[str, float]], ...] = (
    lambda much: {"moisture": 0.62 + 0.09 * much},
    lambda much: {"sweat": 0.2 * much},
    lambda much: {"moisture": 0.38 - 0.09 * much},
    lambda much: {"wear": 0.1 + 0.26 * much},
    lambda much: {"contact": 0.85 - 0.2 * much},
    lambda much: {"moving": 0.05 + 0.1 * much},
    lambda much: {"pressure": 0.65 + 0.1 * much},
    lambda much: {"pressure": 0.35 - 0.2 * much},
    lambda much: {"traces": 0.06 + 0.14 * much},
)
"""What a good finger may have of each."""


def case(person: int, position: FingerPosition) -> Case:
    """The finger `position` of the invented `person`: nothing wrong with it, or one trouble."""
    chance = np.random.default_rng([person, int(position), 0xC0])
    trouble = FingerTrouble.NONE
    figures = _usual(chance)
    if chance.random() >= USUAL_SHARE:
        trouble = list(DAMAGES)[int(chance.integers(len(DAMAGES)))]
        figures |= DAMAGES[trouble](float(chance.random()))
    elif chance.random() < SLIGHT_SHARE:
        figures |= SLIGHT[int(chance.integers(len(SLIGHT)))](float(chance.random()))
    return _case(person, position, trouble, figures, chance)


def _case(
    person: int, position: FingerPosition, trouble: FingerTrouble, figures: dict[str, float], chance: Chance
) -> Case:
    condition = {name: figure for name, figure in figures.items() if name != "traces"}
    seed = int(chance.integers(2**31))
    return Case(
        person, position, trouble, msgspec.convert(condition, FingerCondition), figures["traces"], seed
    )


def nearly(person: int, position: FingerPosition) -> Case:
    """The same finger after a remedy that was not quite enough: a little less than a plain trouble, for training only."""
    chance = np.random.default_rng([person, int(position), 0xC2])
    trouble = list(DAMAGES)[int(chance.integers(len(DAMAGES)))]
    figures = _usual(chance) | DAMAGES[trouble](-NEARLY * float(chance.random()))
    return _case(person, position, trouble, figures, chance)


def _usual(chance: Chance) -> dict[str, float]:
    """A finger as most are: nothing in it is ideal, and nothing bad enough to be a trouble."""
    return {
        "moisture": chance.uniform(0.38, 0.62),
        "wear": chance.uniform(0, 0.2) ** 1.5,
        "contact": chance.uniform(0.85, 1),
        "pressure": chance.uniform(0.35, 0.65),
        "moving": chance.uniform(0, 0.05),
        "turn": float(np.clip(chance.normal(0, 0.12), -0.4, 0.4)),
        "aside": float(np.clip(chance.normal(0, 0.04), -0.12, 0.12)),
        "sweat": 0.0,
        "traces": chance.uniform(0, 0.06),
    }
