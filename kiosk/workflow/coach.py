"""The coach of one finger or slap: which single remedy next, which try to keep, when to leave the person in peace.

A pure policy over two tables, `LADDERS` and `SECONDS`: no clock, no device, no chance. The step in
`kiosk.workflow.coaching` carries it out; anything else may drive it with measured or invented qualities:

    coach = Coach(Impression.ROLLED)
    while isinstance(decision := coach.see(assess(next_image())), Again):
        person.follows(decision.advice.remedy)
"""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.fingers import FingerTrouble, Impression
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers import FingerRefused

MOST_TRIES: Final = 7
"""After so many an officer looks, whatever there may still be to do."""

STALE_TRIES: Final = 3
"""So many in a row that were no clearer than the best before: more of the same would only tire the person."""

GAIN: Final = 6
"""Points of the score by which a try must be clearer to count as such: less differs from placing to placing."""

MOST_OF_ONE: Final = 2
"""How often a remedy is asked for while it helps, before the next of its ladder."""

Ladder = tuple[Remedy, ...]

_DRAIN: Final = (Remedy.WIPE, Remedy.COOL, Remedy.WASH)

LADDERS: Final[dict[FingerTrouble, Ladder]] = {
    FingerTrouble.WET: _DRAIN,
    FingerTrouble.SWEATY: _DRAIN,
    FingerTrouble.DRY: (Remedy.MOISTEN, Remedy.MOISTEN, Remedy.FIRMER),
    FingerTrouble.WORN: (Remedy.PART, Remedy.LIGHTER, Remedy.PART, Remedy.MOISTEN),
    FingerTrouble.PARTIAL: (Remedy.CENTRE, Remedy.CENTRE, Remedy.FIRMER),
    FingerTrouble.MOVED: (Remedy.STILL, Remedy.STILL, Remedy.STILL),
    FingerTrouble.PRESSED: (Remedy.LIGHTER, Remedy.LIGHTER, Remedy.WIPE),
    FingerTrouble.DIRTY: (Remedy.CLEAN, Remedy.CLEAN, Remedy.CLEAN),
    FingerTrouble.COUNT: (Remedy.ALL, Remedy.ALL),
    FingerTrouble.NOTHING: (Remedy.PLACE, Remedy.PLACE),
    FingerTrouble.OTHER: (Remedy.PLACE, Remedy.CLEAN, Remedy.PLACE),
}
"""What is asked for against each trouble, the next when the one before did not help.

Troubles with one ladder climb it together: who was asked to wipe off sweat is not asked to wipe off water. The order
was chosen on invented people 80000 to 80059, whom neither the weights nor the report of the coach ever see. A worn finger
lays another part down twice: the second lies further from where work wears most.
"""

ROLLED_LADDERS: Final = {FingerTrouble.WORN: (Remedy.ROLL, Remedy.LIGHTER, Remedy.ROLL, Remedy.MOISTEN)}
"""Where a rolled finger needs something else than one laid flat."""

SECONDS: Final[dict[Remedy, int]] = {
    Remedy.WIPE: 8,
    Remedy.COOL: 20,
    Remedy.WASH: 30,
    Remedy.MOISTEN: 8,
    Remedy.CLEAN: 8,
}
"""How long doing it takes, with a timer to see; a remedy not named here is done while placing the finger.

The project's own estimates, to be set right in the field.
"""

LEFT_OF_WATER: Final = frozenset({FingerTrouble.WORN, FingerTrouble.PRESSED})
"""So looks a film of water that wiping left: where a finger was wet before, it is dried on."""

INCOMPARABLE: Final = frozenset({FingerTrouble.COUNT, FingerTrouble.NOTHING, FingerTrouble.OTHER})
"""Not the same finger, or none: such a try is no gain over another, nor another over it."""


class Advice(msgspec.Struct, frozen=True):
    """`remedy` against `trouble`; it takes `seconds` (0: none to wait for).

    `better`: this try was clearer than the best before it, though not yet good.
    """

    trouble: FingerTrouble
    remedy: Remedy
    seconds: int = 0
    better: bool = False


class Keep(msgspec.Struct, frozen=True, tag=True):
    """Keep the try with this index, 0 the first: the best of those that are accepted."""

    tried: int


class Again(msgspec.Struct, frozen=True, tag=True):
    """Another try, after this remedy."""

    advice: Advice


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Offer an exception. `tried` is the index of the best try, none of which is accepted; None: not one to compare."""

    tried: int | None


Decision = Keep | Again | Stop


class Coach:
    """Coaches one placing. Ends after `MOST_TRIES` at the latest; the same tries lead to the same decisions."""

    def __init__(self, impression: Impression = Impression.FLAT) -> None:
        self._ladders = LADDERS | (ROLLED_LADDERS if impression is Impression.ROLLED else {})
        self._best = _Best()
        self._accepted = _Best()
        self._tries = self._gained_at = 0
        self._clearest: int | None = None
        self._steps: dict[Ladder, int] = {}
        self._asked: Ladder = ()
        self._repeated = 0

    @property
    def tries(self) -> int:
        """How many were seen."""
        return self._tries

    def see(self, tried: FingerQuality | FingerRefused) -> Decision:
        """What to do after this try. A refusal is a try of which only the trouble is known."""
        better = isinstance(tried, FingerQuality) and self._note(tried)
        stale = self._tries - self._gained_at
        self._tries += 1
        if self._accepted.tried is not None:
            return Keep(self._accepted.tried)
        if self._tries >= MOST_TRIES or stale >= STALE_TRIES:
            return Stop(self._best.tried)
        trouble = self._cause(tried.trouble)
        remedy = self._remedy(trouble, better)
        if remedy is None:
            return Stop(self._best.tried)
        return Again(Advice(trouble, remedy, SECONDS.get(remedy, 0), better))

    def _note(self, quality: FingerQuality) -> bool:
        """Remember a measured try; whether it is clearer than those before."""
        if quality.accepted:
            self._accepted.offer(self._tries, quality.score)
        if quality.trouble in INCOMPARABLE:
            return False
        self._best.offer(self._tries, quality.score)
        first, before = self._clearest is None, self._clearest or 0
        if not first and quality.score < before + GAIN:
            return False
        self._clearest, self._gained_at = quality.score, self._tries
        return not first

    def _cause(self, seen: FingerTrouble) -> FingerTrouble:
        drying = self._asked == _DRAIN and self._steps[_DRAIN] < len(_DRAIN)
        return FingerTrouble.WET if drying and seen in LEFT_OF_WATER else seen

    def _remedy(self, trouble: FingerTrouble, better: bool) -> Remedy | None:
        """The same again while it helps, else the next of the ladder; None at its end."""
        ladder = self._ladders[trouble]
        step = self._steps.get(ladder, 0)
        if better and self._asked == ladder and self._repeated < MOST_OF_ONE:
            self._repeated += 1
            return ladder[step - 1]
        if step >= len(ladder):
            return None
        self._asked, self._repeated, self._steps[ladder] = ladder, 1, step + 1
        return ladder[step]


class _Best:
    """The index of the highest score offered, the first of equals; None before any."""

    def __init__(self) -> None:
        self.tried: int | None = None
        self._score = -1

    def offer(self, tried: int, score: int) -> None:
        if score > self._score:
            self.tried, self._score = tried, score
