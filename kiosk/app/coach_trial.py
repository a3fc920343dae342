"""Every finger of an invented person before the coach, and once more with nobody to coach."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import cv2
import msgspec

from kiosk.app.coach_citizen import BACK_S, Citizen, likeness
from kiosk.biometrics.matching import Matcher, NotMatched
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, FingerTrouble
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers.crowd import Case, case
from kiosk.hal.fingers.ridges import impression, master
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.world import FingerCondition
from kiosk.workflow.coach import LADDERS, Again, Coach, Keep

ALONE_TRIES = 3
"""How often a person who is told nothing but "again" lays the finger down."""

CLEAN_SEED = 1

HOPES: tuple[tuple[Remedy, ...], ...] = (
    *((remedy,) for remedy in dict.fromkeys(remedy for ladder in LADDERS.values() for remedy in ladder)),
    (Remedy.WIPE, Remedy.COOL, Remedy.WASH),
    (Remedy.MOISTEN, Remedy.MOISTEN),
    (Remedy.PART, Remedy.PART),
    (Remedy.LIGHTER, Remedy.PART, Remedy.ROLL),
    (Remedy.CENTRE, Remedy.STILL, Remedy.CLEAN),
)
"""What is tried, done perfectly, before a finger counts as one that no remedy helps."""

Seen = tuple[Grey, FingerQuality]
"""One impression and what the kiosk thinks of it."""


class Finger(msgspec.Struct, frozen=True):
    """What became of one finger. Scores of the matcher are None where there is none.

    `kept_at`: the try that was kept with the coach, 1 the first; None: it ended with an exception offered, and
    `hopeless` says whether any remedy could have worked. `alone_at`: the same without the coach.
    """

    trouble: FingerTrouble
    named: FingerTrouble
    score: int
    matched: int | None
    kept_at: int | None
    kept_matched: int | None
    hopeless: bool
    alone_at: int | None
    alone_matched: int | None


class Person(msgspec.Struct, frozen=True):
    """`engine` is the matcher, None without one; `why` then says what is missing."""

    fingers: tuple[Finger, ...]
    engine: str | None
    why: str


def try_person(person: int) -> Person:
    """All ten fingers. Made for a process of its own: OpenCV keeps to one core."""
    cv2.setNumThreads(1)
    matcher = WorkerMatcher()
    try:
        engine = matcher.engine()
        usable = None if isinstance(engine, NotMatched) else matcher
        fingers = tuple(_try_finger(case(person, position), usable) for position in SINGLE_FINGERS)
    finally:
        matcher.close()
    if isinstance(engine, NotMatched):
        return Person(fingers, None, engine.reason.code)
    return Person(fingers, engine, "")


def _try_finger(drawn: Case, matcher: Matcher | None) -> Finger:
    ridges = master(drawn.person, FingerPosition(drawn.position))
    clean = impression(ridges, FingerCondition(), False, CLEAN_SEED)
    citizen = Citizen(drawn, ridges)
    first, quality = seen = citizen.judged()
    alone_at, alone = _alone(deepcopy(citizen), seen)
    kept_at, kept = coached(citizen, seen)
    matched = _matched(matcher, first, clean)
    return Finger(
        trouble=drawn.trouble,
        named=quality.trouble,
        score=quality.score,
        matched=matched,
        kept_at=kept_at,
        kept_matched=matched if kept_at == 1 else _matched(matcher, kept, clean),
        hopeless=kept is None and not _any_remedy_works(drawn, ridges),
        alone_at=alone_at,
        alone_matched=matched if alone_at == 1 else _matched(matcher, alone, clean),
    )


def coached(citizen: Citizen, seen: Seen) -> tuple[int | None, Grey | None]:
    """The number of the try that the coach kept, 1 the first, and its picture; `seen` is the first."""
    coach, pictures = Coach(), []
    while True:
        pixels, quality = seen
        pictures.append(pixels)
        decision = coach.see(quality)
        if isinstance(decision, Keep):
            return decision.tried + 1, pictures[decision.tried]
        if not isinstance(decision, Again):
            return None, None
        citizen.follow(decision.advice.remedy, decision.advice.seconds)
        seen = citizen.judged()


def _alone(citizen: Citizen, seen: Seen) -> tuple[int | None, Grey | None]:
    for number in range(1, ALONE_TRIES + 1):
        pixels, quality = seen
        if quality.accepted:
            return number, pixels
        citizen.wait(BACK_S)
        seen = citizen.judged()
    return None, None


def _any_remedy_works(drawn: Case, ridges: Grey) -> bool:
    return any(_works(Citizen(drawn, ridges), remedies) for remedies in HOPES)


def _works(citizen: Citizen, remedies: Sequence[Remedy]) -> bool:
    citizen.judged()
    for remedy in remedies:
        citizen.do(remedy, 1.0)
    return any(citizen.judged()[1].accepted for _ in range(3))


def _matched(matcher: Matcher | None, pixels: Grey | None, clean: Grey) -> int | None:
    if matcher is None or pixels is None:
        return None
    found = likeness(matcher, pixels, clean)
    return None if isinstance(found, NotMatched) else found
