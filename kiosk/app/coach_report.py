"""How well the coach does on invented people it was never tuned on: figures, and the same as a page to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context

import msgspec

from kiosk.app.coach_trial import Finger, Person, try_person
from kiosk.biometrics.matching import ALIKE
from kiosk.domain.fingers import FingerTrouble

FIRST_PERSON = 100_000
PEOPLE_A_SEED = 10_000
"""Training people have numbers below the first (see `scripts/fit_fingers.py`); seeds share none."""

TRIES = 3
"""Within so many, the first that failed included, a failure counts as recovered."""

Table = dict[FingerTrouble, dict[FingerTrouble, int]]


class Share(msgspec.Struct, frozen=True):
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        return self.part / self.whole if self.whole else 0.0


class Recovery(msgspec.Struct, frozen=True):
    """Of first tries that were refused: good by the third, with the coach and without."""

    failures: int
    coached: int
    alone: int


class Matching(msgspec.Struct, frozen=True):
    """Held against a minutiae matcher. `unmatched_kept`: accepted, in any try, though it fails to match."""

    engine: str
    threshold: int
    compared: int
    unmatched: int
    kept: int
    unmatched_kept: int
    least_kept: int
    spearman: float


class CoachReport(msgspec.Struct, frozen=True):
    """`named`: the trouble a finger has → the one named → how many. `matching` is None where it could not be measured."""

    people: int
    seed: int
    impressions: int
    named: Table
    right: Share
    clean_accepted: Share
    troubled_accepted: Share
    recovery: dict[FingerTrouble, Recovery]
    kept: Share
    missed: Share
    hopeless: int
    matching: Matching | None
    not_measured: str


def make_report(people: int, seed: int, workers: int) -> CoachReport:
    """Try `people` invented people, ten fingers each; takes about half a second of one core a finger."""
    first = FIRST_PERSON + seed * PEOPLE_A_SEED
    # Forked, OpenCV's threads would be missing and waited for.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tried = list(pool.map(try_person, range(first, first + people), chunksize=2))
    return summed_up(tried, seed)


def summed_up(tried: Sequence[Person], seed: int) -> CoachReport:
    fingers = list(chain.from_iterable(person.fingers for person in tried))
    clean = [finger for finger in fingers if finger.trouble is FingerTrouble.NONE]
    troubled = [finger for finger in fingers if finger.trouble is not FingerTrouble.NONE]
    kept = [finger for finger in fingers if finger.kept_at is not None]
    hopeless = sum(finger.hopeless for finger in fingers)
    return CoachReport(
        people=len(tried),
        seed=seed,
        impressions=len(fingers),
        named=_named(fingers),
        right=_share(fingers, lambda finger: finger.named is finger.trouble),
        clean_accepted=_share(clean, _accepted),
        troubled_accepted=_share(troubled, _accepted),
        recovery={trouble: _recovery(fingers, trouble) for trouble in _troubles(troubled)},
        kept=Share(len(kept), len(fingers)),
        missed=Share(len(fingers) - len(kept) - hopeless, len(fingers) - hopeless),
        hopeless=hopeless,
        matching=_matching(tried, fingers),
        not_measured=next((person.why for person in tried if person.why), ""),
    )


def _accepted(finger: Finger) -> bool:
    return finger.named is FingerTrouble.NONE


def _share(fingers: Sequence[Finger], holds: Callable[[Finger], bool]) -> Share:
    return Share(sum(map(holds, fingers)), len(fingers))


def _troubles(fingers: Iterable[Finger]) -> list[FingerTrouble]:
    seen = {finger.trouble for finger in fingers}
    return [trouble for trouble in FingerTrouble if trouble in seen]


def _named(fingers: Sequence[Finger]) -> Table:
    counted = Counter((finger.trouble, finger.named) for finger in fingers)
    columns = [trouble for trouble in FingerTrouble if any(named is trouble for _, named in counted)]
    return {trouble: {named: counted[trouble, named] for named in columns} for trouble in _troubles(fingers)}


def _recovery(fingers: Sequence[Finger], trouble: FingerTrouble) -> Recovery:
    failed = [finger for finger in fingers if finger.trouble is trouble and not _accepted(finger)]
    return Recovery(
        failures=len(failed),
        coached=sum(finger.kept_at is not None and finger.kept_at <= TRIES for finger in failed),
        alone=sum(finger.alone_at is not None and finger.alone_at <= TRIES for finger in failed),
    )


def _matching(tried: Sequence[Person], fingers: Sequence[Finger]) -> Matching | None:
    engines = {person.engine for person in tried}
    known = [(finger.score, finger.matched) for finger in fingers if finger.matched is not None]
    engine = next(iter(engines), None)
    if len(engines) != 1 or engine is None or len(known) < len(fingers):
        return None
    kept = [
        matched
        for finger in fingers
        for matched in (finger.kept_matched, finger.alone_matched)
        if matched is not None
    ]
    return Matching(
        engine=engine,
        threshold=ALIKE,
        compared=len(known),
        unmatched=sum(matched < ALIKE for _, matched in known),
        kept=len(kept),
        unmatched_kept=sum(matched < ALIKE for matched in kept),
        least_kept=min(kept, default=0),
        spearman=round(spearman(known), 3),
    )


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """Correlation of ranks, equals sharing their mean rank; 0 where one side does not vary."""
    one, other = (_ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middle = (len(pairs) - 1) / 2
    together = sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True))
    spread = sum((a - middle) ** 2 for a in one) * sum((b - middle) ** 2 for b in other)
    return together / spread**0.5 if spread else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]
