"""Is every finger the one it was given for? Read from the scores of prints compared with one another.

Each finger is seen twice by a reader that takes slaps: in its slap and by itself. A print that is like the one of
another finger, or like none of its own, raises a doubt; which capture to take again follows from what the others say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from kiosk.domain.fingers import FingerPosition

THUMBS = (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)


class Placed(msgspec.Struct, frozen=True):
    """One finger as it was given: in the capture `key`, for the finger `finger`."""

    key: str
    finger: FingerPosition


class Compared(msgspec.Struct, frozen=True):
    """Two of them and the score of their comparison."""

    a: Placed
    b: Placed
    score: int


class DoubtKind(StrEnum):
    """SAME: like another finger of that hand. HAND: like a finger of the other hand. UNLIKE: not like itself."""

    SAME = "same"
    HAND = "hand"
    UNLIKE = "unlike"


class Doubt(msgspec.Struct, frozen=True):
    """The capture `key` should be taken again: what was given there for `finger` looks like `other`."""

    kind: DoubtKind
    key: str
    finger: FingerPosition
    other: FingerPosition


class FingersGraded(msgspec.Struct, frozen=True, tag="fingers_graded"):
    """NFIQ 2 of samples, by their ids, as `how` told it."""

    how: str
    nfiq2: dict[str, int]


class CheckResult(StrEnum):
    """CLEAR: every finger is its own. AGAIN: those in doubt are asked for anew. ACCEPTED: an officer keeps them."""

    CLEAR = "clear"
    AGAIN = "again"
    ACCEPTED = "accepted"


class FingersChecked(msgspec.Struct, frozen=True, tag="fingers_checked", omit_defaults=True):
    """The prints were compared with one another by `how`: `pairs` comparisons, `unread` captures left out because
    nothing to compare was found in them."""

    how: str
    pairs: int
    result: CheckResult
    doubts: tuple[Doubt, ...] = ()
    unread: tuple[str, ...] = ()
    officer: str = ""
    reason: str = ""


class FingersNotChecked(msgspec.Struct, frozen=True, tag="fingers_not_checked"):
    """They were not; `reason` is the code of why."""

    reason: str


def doubts(pairs: Sequence[Compared], alike: int) -> tuple[Doubt, ...]:
    """At most one a capture, in the order of the captures' keys; empty when all is as it should be."""
    own = [pair for pair in pairs if pair.a.finger == pair.b.finger]
    supported = {placed.key for pair in own if pair.score >= alike for placed in (pair.a, pair.b)}
    found: dict[str, Doubt] = {}
    for pair in pairs:
        if pair.a.finger != pair.b.finger and pair.score >= alike:
            for placed, other in _to_blame(pair, supported):
                found.setdefault(placed.key, _doubt(placed, other))
    for placed in _unlike(own, alike, found):
        found.setdefault(placed.key, Doubt(DoubtKind.UNLIKE, placed.key, placed.finger, placed.finger))
    return tuple(found[key] for key in sorted(found))


def is_slap(placed: Placed) -> bool:
    """Whether the finger was seen in a slap."""
    return FingerPosition(int(placed.key.rpartition("-")[2])).is_slap


def hand_of(finger: FingerPosition) -> str:
    return "right" if finger <= FingerPosition.RIGHT_LITTLE else "left"


def _doubt(placed: Placed, other: Placed) -> Doubt:
    same_hand = hand_of(placed.finger) == hand_of(other.finger)
    kind = DoubtKind.SAME if same_hand else DoubtKind.HAND
    return Doubt(kind, placed.key, placed.finger, other.finger)


def _to_blame(pair: Compared, supported: set[str]) -> Iterator[tuple[Placed, Placed]]:
    """Each capture to take again, with the one it is like. A capture that is like its own elsewhere stands."""
    a, b = pair.a, pair.b
    stands_a, stands_b = a.key in supported, b.key in supported
    if stands_a != stands_b:
        yield (b, a) if stands_a else (a, b)
    elif is_slap(a) != is_slap(b) and a.finger not in THUMBS:
        slap, single = (a, b) if is_slap(a) else (b, a)
        yield (slap, single) if _hand_laid_for_the_other(slap.finger, single.finger) else (single, slap)
    else:
        yield from ((a, b), (b, a))


def _hand_laid_for_the_other(member: FingerPosition, finger: FingerPosition) -> bool:
    """Four fingers of the wrong hand lie the other way round: its index where the little finger is expected. A single
    finger of the wrong hand is the same finger there, index for index."""
    mirrored = (member - finger) % 5 == 0
    return hand_of(member) != hand_of(finger) and not mirrored


def _unlike(own: Iterable[Compared], alike: int, blamed: dict[str, Doubt]) -> Iterator[Placed]:
    """Single fingers that are not like themselves in a slap that stands."""
    for pair in own:
        single, slap = (pair.b, pair.a) if is_slap(pair.a) else (pair.a, pair.b)
        if pair.score < alike and not is_slap(single) and slap.key not in blamed:
            yield single
