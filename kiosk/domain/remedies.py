"""What a person can do so that the next impression of a finger is better."""

from __future__ import annotations

from enum import StrEnum


class Remedy(StrEnum):
    """One thing to do, said and drawn as one.

    `COOL`: hold the fingers in ice water or a cold cloth, the officers' own remedy for hands that sweat. `PART`: lay
    another part of the same finger down. `ALL`: all fingers of the slap together. `PLACE`: lift and lay down again.
    """

    WIPE = "wipe"
    COOL = "cool"
    WASH = "wash"
    MOISTEN = "moisten"
    LIGHTER = "lighter"
    FIRMER = "firmer"
    ROLL = "roll"
    PART = "part"
    CENTRE = "centre"
    STILL = "still"
    CLEAN = "clean"
    ALL = "all"
    PLACE = "place"
