"""Finger positions by their ISO/IEC 19794-2 codes, and the groups a capture plan asks for."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class FingerPosition(IntEnum):
    """ISO/IEC 19794-2 position codes: 1…10 single fingers, 13…15 slaps."""

    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10
    RIGHT_FOUR = 13
    LEFT_FOUR = 14
    TWO_THUMBS = 15

    @property
    def members(self) -> tuple[FingerPosition, ...]:
        """The single fingers of a slap, in the order they lie on the platen from left to right."""
        return SLAPS.get(self, (self,))

    @property
    def is_slap(self) -> bool:
        return self in SLAPS


SLAPS: dict[FingerPosition, tuple[FingerPosition, ...]] = {
    FingerPosition.RIGHT_FOUR: (
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.RIGHT_RING,
        FingerPosition.RIGHT_LITTLE,
    ),
    FingerPosition.LEFT_FOUR: (
        FingerPosition.LEFT_LITTLE,
        FingerPosition.LEFT_RING,
        FingerPosition.LEFT_MIDDLE,
        FingerPosition.LEFT_INDEX,
    ),
    FingerPosition.TWO_THUMBS: (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB),
}

SINGLE_FINGERS: tuple[FingerPosition, ...] = tuple(FingerPosition(code) for code in range(1, 11))


class Impression(StrEnum):
    """How a finger meets the platen."""

    FLAT = "flat"
    ROLLED = "rolled"


class FingerExceptionCode(StrEnum):
    """Why a finger was described instead of captured (wording of TT 07/2016: cụt, khèo, dị tật, không lấy được)."""

    MISSING = "missing"
    DEFORMED = "deformed"
    BANDAGED = "bandaged"
    WORN = "worn"
    CANNOT = "cannot"


class FingerTrouble(StrEnum):
    """The one thing that most keeps an impression from being good; each has one remedy in words.

    `COUNT`: too few or too many fingers of a slap. `PRESSED`: pressed so hard that the ridges are flat. `DIRTY`: the
    glass itself shows traces. `OTHER`: what is on the glass, or in the file, is no finger or cannot be used.
    """

    NONE = "none"
    WET = "wet"
    SWEATY = "sweaty"
    DRY = "dry"
    WORN = "worn"
    PARTIAL = "partial"
    MOVED = "moved"
    PRESSED = "pressed"
    DIRTY = "dirty"
    COUNT = "count"
    NOTHING = "nothing"
    OTHER = "other"
