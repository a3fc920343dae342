"""The hand of a simulated person: which finger is pressed, in what state, and that following the coach helps.

Shared by the readers that are simulated whole and by those simulated on the wire.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.world import FingerCondition, World

if TYPE_CHECKING:
    from kiosk.hal.fingers.texture import Grey

REMEDY = 0.6
"""Share of what is wrong with a finger that one more try, done as the coach says, puts right."""

WRONG_GROUPS = {
    FingerPosition.RIGHT_FOUR: FingerPosition.LEFT_FOUR.members,
    FingerPosition.LEFT_FOUR: FingerPosition.RIGHT_FOUR.members,
    FingerPosition.TWO_THUMBS: (FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_INDEX),
}
LITTLE_FINGERS = (FingerPosition.RIGHT_LITTLE, FingerPosition.LEFT_LITTLE)

MASTERS_FOLDER = Path("sim") / "masters"
"""Where invented fingers are kept between starts, in the data folder."""


class Tries(msgspec.Struct):
    """How often one capture was asked for while the fingers were in these conditions."""

    conditions: tuple[FingerCondition, ...]
    count: int = 0


class Hand:
    """Presses the fingers of the world's person; `masters` is the folder where invented fingers are kept."""

    def __init__(self, masters: Path) -> None:
        self._masters = masters
        self._person: int | None = None
        self._tries: dict[tuple[FingerPosition, Impression], Tries] = {}
        self._master = lru_cache(maxsize=10)(self._find_master)

    def forget_masters(self) -> None:
        """Free their memory; they are still in the folder."""
        self._master.cache_clear()

    def count_try(self, world: World, position: FingerPosition, impression: Impression) -> int:
        """Earlier tries of this capture; a new person, or skin changed from outside, begins at 0."""
        if world.person != self._person:
            self._person = world.person
            self._tries.clear()
        conditions = tuple(world.finger(finger) for finger in laid(world, position))
        tries = self._tries.get((position, impression))
        if tries is None or tries.conditions != conditions:
            tries = self._tries[position, impression] = Tries(conditions)
        tries.count += 1
        return tries.count - 1

    def press(self, world: World, finger: FingerPosition, how: Impression, tries: int) -> Grey:
        """One finger on 500 ppi glass, after so many tries."""
        from kiosk.hal.fingers.ridges import impression

        given = world.given(finger)
        condition = coached(world.finger(given), tries)
        seed = zlib.crc32(f"{world.person}/{int(finger)}/{how}/{tries}".encode())
        traces = world.traces * (1 - REMEDY) ** tries
        return impression(
            self._master(world.person, given), condition, how is Impression.ROLLED, seed, traces
        )

    def _find_master(self, person: int, position: FingerPosition) -> Grey:
        from kiosk.hal.fingers.ridges import cached_master

        return cached_master(self._masters, person, position)


def laid(world: World, position: FingerPosition) -> tuple[FingerPosition, ...]:
    """The single fingers a person lays when asked for `position`, missing ones too.

    Who mistakes the finger lays the one beside it; of a slap the other hand, for the thumbs the index fingers.
    """
    if not world.wrong_finger:
        return position.members
    if position.is_slap:
        return WRONG_GROUPS[position]
    return (FingerPosition(position - 1 if position in LITTLE_FINGERS else position + 1),)


def coached(condition: FingerCondition, tries: int) -> FingerCondition:
    """The finger after `tries` rounds of the coach's advice: drier or moister, flatter, wiped, pressed more lightly."""
    if tries == 0:
        return condition
    left = (1 - REMEDY) ** tries
    return msgspec.structs.replace(
        condition,
        moisture=0.5 + (condition.moisture - 0.5) * left,
        contact=1 - (1 - condition.contact) * left,
        wear=condition.wear / 2,
        sweat=0.0,
        pressure=0.5 + (condition.pressure - 0.5) * left,
        moving=condition.moving * left,
        aside=condition.aside * left,
    )
