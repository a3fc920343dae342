"""How skin changes with time and with what a person does to it, so that a remedy helps as it would and as long as it would.

The figures are the project's own reading of what officers tell: sweat that is wiped off is back within half a minute,
hands from ice water stay dry for a minute or two, moistened skin is dry again after some minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from kiosk.domain.remedies import Remedy
from kiosk.hal.world import FingerCondition

IDEAL = 0.5
"""Moisture of skin that prints best."""

SWEAT_BACK_S, MOISTURE_BACK_S = 12.0, 90.0
"""In this time two thirds of the way back to the usual sweat, and to the usual moisture, are gone."""

COOLED_S, WASHED_S = 110.0, 45.0
"""How long skin does not sweat after ice water, and after cool water from the tap."""


class Skin(msgspec.Struct, frozen=True):
    """`now` is the finger's state; `usual` what it returns to by itself; it does not sweat for `cool_s` seconds."""

    usual: FingerCondition
    now: FingerCondition
    cool_s: float = 0.0

    def after(self, seconds: float) -> Skin:
        """The skin when so many seconds have gone by and nothing was done."""
        cooled = min(self.cool_s, seconds)
        calm = replace(self.usual, moisture=min(self.usual.moisture, IDEAL), sweat=0.0)
        now = _drifted(_drifted(self.now, calm, cooled), self.usual, seconds - cooled)
        return replace(self, now=now, cool_s=self.cool_s - cooled)

    def treated(self, remedy: Remedy, well: float) -> Skin:
        """The skin right after `remedy`, done `well` or badly: 1…0."""
        change = CHANGES.get(remedy)
        now = replace(self.now, **change(self.now, well)) if change else self.now
        return replace(self, now=now, cool_s=max(self.cool_s, COOLS.get(remedy, 0.0) * well))


def skin_of(condition: FingerCondition) -> Skin:
    """Skin that is as it usually is."""
    return Skin(condition, condition)


def _drifted(now: FingerCondition, to: FingerCondition, seconds: float) -> FingerCondition:
    """Moisture and sweat on their way; the manner of laying a finger down does not change by itself."""
    sweat, moisture = math.exp(-seconds / SWEAT_BACK_S), math.exp(-seconds / MOISTURE_BACK_S)
    return replace(
        now,
        sweat=to.sweat + (now.sweat - to.sweat) * sweat,
        moisture=to.moisture + (now.moisture - to.moisture) * moisture,
    )


Change = Callable[[FingerCondition, float], dict[str, float]]


def _dried(water: float, sweat: float) -> Change:
    """So much of the water and of the sweat goes when it is done well; dry skin stays as it is."""

    def change(now: FingerCondition, well: float) -> dict[str, float]:
        above = max(0.0, now.moisture - IDEAL)
        return {"moisture": now.moisture - above * water * well, "sweat": now.sweat * (1 - sweat * well)}

    return change


def _moistened(now: FingerCondition, well: float) -> dict[str, float]:
    """Dry skin takes up most of it."""
    return {"moisture": now.moisture + (0.25 + 0.2 * well) * (1 - now.moisture)}


def _pressed(to: float) -> Change:
    return lambda now, well: {"pressure": now.pressure + (to - now.pressure) * well}


def _firmer(now: FingerCondition, well: float) -> dict[str, float]:
    return _pressed(0.62)(now, well) | {"contact": now.contact + (1 - now.contact) * 0.5 * well}


def _other_part(now: FingerCondition, well: float) -> dict[str, float]:
    """Work wears the tip most: beside it ridges are better kept, and there is less of them to lay down."""
    return {"wear": now.wear * (1 - 0.35 * well), "contact": now.contact * (1 - 0.1 * well)}


def _rolled(now: FingerCondition, well: float) -> dict[str, float]:
    return {"wear": now.wear * (1 - 0.15 * well), "contact": now.contact + (1 - now.contact) * 0.5 * well}


def _centred(now: FingerCondition, well: float) -> dict[str, float]:
    left = 1 - 0.9 * well
    return {"contact": 1 - (1 - now.contact) * left, "aside": now.aside * left}


def _stilled(now: FingerCondition, well: float) -> dict[str, float]:
    return {"moving": now.moving * (1 - 0.9 * well)}


CHANGES: dict[Remedy, Change] = {
    Remedy.WIPE: _dried(water=0.75, sweat=0.85),
    Remedy.COOL: _dried(water=0.7, sweat=0.95),
    Remedy.WASH: _dried(water=0.85, sweat=0.97),
    Remedy.MOISTEN: _moistened,
    Remedy.LIGHTER: _pressed(0.38),
    Remedy.FIRMER: _firmer,
    Remedy.ROLL: _rolled,
    Remedy.PART: _other_part,
    Remedy.CENTRE: _centred,
    Remedy.STILL: _stilled,
}
"""What a remedy does at once; one not named here does nothing to a finger."""

COOLS: dict[Remedy, float] = {Remedy.COOL: COOLED_S, Remedy.WASH: WASHED_S}
