"""The dossier: its states, the facts that make it, and what it still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

import msgspec

from kiosk.domain.card import CardData
from kiosk.domain.correction import Confirmed as Confirmed
from kiosk.domain.correction import Corrected as Corrected
from kiosk.domain.correction import CorrectionDecided, EvidenceAsked, EvidenceShown
from kiosk.domain.fingers import SINGLE_FINGERS, FingerExceptionCode, FingerPosition
from kiosk.domain.message import Message
from kiosk.domain.person import Person
from kiosk.domain.plan import Modality, PlannedCapture
from kiosk.domain.sequence import CheckResult, FingersChecked, FingersGraded, FingersNotChecked
from kiosk.domain.states import DossierEvent as DossierEvent
from kiosk.domain.states import DossierState as DossierState
from kiosk.domain.states import move as move
from kiosk.domain.visit import Outcome


class SampleKind(StrEnum):
    """What was captured."""

    PORTRAIT = "portrait"
    FINGER = "finger"
    SIGNATURE = "signature"
    MARK = "mark"
    HANDS = "hands"
    EVIDENCE = "evidence"


class Sample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One accepted capture, already on disk. `id` is the SHA-256 of the file; `key` names it in the dossier.

    `score` is the kiosk's own quality measure, 0…100, -1 where none applies; it is not NFIQ 2. `nfiq2` is, -1 where
    nothing on this kiosk can tell it. `attempts` is how often it was tried, this one included, 0 where that was not
    counted. `quality` holds what was measured, by name.
    """

    id: str
    kind: SampleKind
    key: str
    media: str
    size: int
    score: int = -1
    position: int = 0
    attempts: int = 0
    quality: dict[str, float] = {}
    nfiq2: int = -1


class Source(StrEnum):
    """Where the person's data came from. `CARD`: only read from the card's code, which proves nothing."""

    ROSTER = "roster"
    CARD = "card"
    ENTERED = "entered"


class NoticeShown(msgspec.Struct, frozen=True, tag="notice_shown"):
    """The information notice of the personal-data law was shown (and read aloud, where there was a voice)."""

    language: str
    read_aloud: bool


class Identified(msgspec.Struct, frozen=True, tag="identified"):
    """Who this is, and the data known so far."""

    person: Person
    source: Source
    card: CardData | None = None
    doubts: tuple[Message, ...] = ()


class SampleKept(msgspec.Struct, frozen=True, tag="sample_kept"):
    """A capture was accepted."""

    sample: Sample


class SampleRetracted(msgspec.Struct, frozen=True, tag="sample_retracted"):
    """A kept capture is missing again: `sample` (its id) is not sealed, and `key` is asked for anew."""

    key: str
    sample: str
    reason: str


class FingerDescribed(msgspec.Struct, frozen=True, tag="finger_described"):
    """A finger that cannot be captured is described instead, by an officer (TT 60/2021 art. 5).

    `second_officer` where two have to say so; `back_on` the day to come back when the reason passes.
    """

    position: FingerPosition
    code: FingerExceptionCode
    officer: str
    reason: str = ""
    second_officer: str = ""
    back_on: date | None = None


class PlanNarrowed(msgspec.Struct, frozen=True, tag="plan_narrowed"):
    """The reader could not do the whole plan: the keys of the captures left out, and of those taken instead."""

    reader: str
    enrolment_grade: bool
    left_out: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


class NotTakenReason(StrEnum):
    """Why something the plan asks for beside portrait and fingers was not taken."""

    NO_DEVICE = "no_device"


class ModalityNotTaken(msgspec.Struct, frozen=True, tag="modality_not_taken"):
    """The dossier says openly what of the plan it lacks. `by` is an officer, or the rule that decided."""

    modality: Modality
    reason: NotTakenReason
    by: str


class Relation(StrEnum):
    """What makes somebody a child's representative."""

    FATHER = "father"
    MOTHER = "mother"
    GUARDIAN = "guardian"


class Represented(msgspec.Struct, frozen=True, tag="represented"):
    """A child's representative, who is there and signs. An officer looks at the papers before it is sealed."""

    number: str
    full_name: str
    relation: Relation
    source: Source


class AgeDecided(msgspec.Struct, frozen=True, tag="age_decided"):
    """Where the known part of the birth date cannot tell: the officer has seen whether the person is of age."""

    of_age: bool
    officer: str
    reason: str = ""


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """An officer ended a visit before the dossier was complete (O3); the draft waits for the next one."""

    outcome: Outcome
    officer: str
    reason: str


class Reviewed(msgspec.Struct, frozen=True, tag="reviewed"):
    """The citizen looked everything over and found it right."""


class Approved(msgspec.Struct, frozen=True, tag="approved"):
    """An officer, or the rule for dossiers without a flag, let it pass."""

    officer: str
    flags: tuple[str, ...]
    reason: str = ""


Fact = (
    NoticeShown
    | Identified
    | Confirmed
    | Corrected
    | EvidenceShown
    | EvidenceAsked
    | CorrectionDecided
    | SampleKept
    | SampleRetracted
    | FingersGraded
    | FingersChecked
    | FingersNotChecked
    | FingerDescribed
    | PlanNarrowed
    | ModalityNotTaken
    | Represented
    | AgeDecided
    | Stopped
    | Reviewed
    | Approved
)

_F = TypeVar("_F")

ITEMS: tuple[str, ...] = ("full_name", "birth_date", "sex", "commune", "hamlet", "phone")


class Dossier(msgspec.Struct, frozen=True):
    """A dossier as its facts tell it. The facts are the record; this is their sum."""

    number: str
    activity: str
    regime: str
    state: DossierState = DossierState.DRAFT
    facts: tuple[Fact, ...] = ()

    @property
    def person(self) -> Person | None:
        found = _last(self.facts, Identified)
        return found.person if found else None

    @property
    def identified(self) -> Identified | None:
        return _last(self.facts, Identified)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The newest sample of each key that was not retracted, in the order they were kept."""
        kept: dict[str, Sample] = {}
        nfiq2: dict[str, int] = {}
        for fact in self.facts:
            if isinstance(fact, SampleKept):
                kept[fact.sample.key] = fact.sample
            elif isinstance(fact, SampleRetracted):
                kept.pop(fact.key, None)
            elif isinstance(fact, FingersGraded):
                nfiq2 |= fact.nfiq2
        return tuple(msgspec.structs.replace(s, nfiq2=nfiq2.get(s.id, s.nfiq2)) for s in kept.values())

    @property
    def described(self) -> dict[FingerPosition, FingerDescribed]:
        return {f.position: f for f in self.facts if isinstance(f, FingerDescribed)}

    @property
    def narrowed(self) -> PlanNarrowed | None:
        return _last(self.facts, PlanNarrowed)

    @property
    def not_taken(self) -> dict[Modality, ModalityNotTaken]:
        return {f.modality: f for f in self.facts if isinstance(f, ModalityNotTaken)}

    @property
    def represented(self) -> Represented | None:
        return _last(self.facts, Represented)

    @property
    def age_decided(self) -> AgeDecided | None:
        return _last(self.facts, AgeDecided)

    @property
    def corrections(self) -> dict[str, Corrected]:
        return {f.field: f for f in self.facts if isinstance(f, Corrected)}

    @property
    def decisions(self) -> dict[str, CorrectionDecided]:
        """An officer's decision on each field; what is corrected once more waits for another."""
        found: dict[str, CorrectionDecided] = {}
        for fact in self.facts:
            if isinstance(fact, Corrected):
                found.pop(fact.field, None)
            elif isinstance(fact, CorrectionDecided):
                found[fact.field] = fact
        return found

    @property
    def undecided(self) -> tuple[Corrected, ...]:
        """The corrections no officer has decided on, in the order of the record."""
        decided = self.decisions
        return tuple(f for item in ITEMS if (f := self.corrections.get(item)) and item not in decided)

    @property
    def papers(self) -> tuple[Sample, ...]:
        """The photographs of papers shown for the corrections."""
        return tuple(sample for sample in self.samples if sample.kind is SampleKind.EVIDENCE)

    @property
    def papers_settled(self) -> bool:
        """Asked for their papers since the last correction, and since an officer last wanted them; or nothing to show."""
        told = [f for f in self.facts if isinstance(f, Corrected | EvidenceShown | EvidenceAsked)]
        return not told or isinstance(told[-1], EvidenceShown)

    def effective(self, item: str) -> str:
        """What the record says once officers have decided: known data, unless a correction of them was accepted."""
        decided = self.decisions.get(item)
        return decided.value if decided else self.value(item)

    @property
    def reviewed(self) -> bool:
        """Looked over since the last correction."""
        judged = [f for f in self.facts if isinstance(f, Reviewed | Corrected)]
        return bool(judged) and isinstance(judged[-1], Reviewed)

    @property
    def approval(self) -> Approved | None:
        return _last(self.facts, Approved)

    @property
    def fingers_settled(self) -> bool:
        """Compared with one another since the last finger came or went, or recorded why not."""
        told = [
            f for f in self.facts if isinstance(f, FingersChecked | FingersNotChecked) or _about_fingers(f)
        ]
        last = told[-1] if told else None
        if isinstance(last, FingersChecked):
            return last.result is not CheckResult.AGAIN
        return isinstance(last, FingersNotChecked)

    @property
    def fingers_checked(self) -> FingersChecked | None:
        return _last(self.facts, FingersChecked)

    @property
    def signed(self) -> bool:
        return any(s.kind in (SampleKind.SIGNATURE, SampleKind.MARK) for s in self.samples)

    def has(self, key: str) -> bool:
        return any(sample.key == key for sample in self.samples)

    def value(self, item: str) -> str:
        """What the record says of `item`; a birth date as people write it, a sex by its code."""
        return item_text(self.person, item) if self.person else ""

    def unconfirmed(self) -> tuple[str, ...]:
        """The known items the citizen has not judged yet; what is empty needs no confirming."""
        judged = {f.field for f in self.facts if isinstance(f, Confirmed | Corrected)}
        return tuple(item for item in ITEMS if item not in judged and self.value(item))

    def missing(self, planned: Iterable[PlannedCapture]) -> tuple[PlannedCapture, ...]:
        """The captures of the plan neither taken nor wholly described, in the plan's order."""
        described = set(self.described)
        return tuple(
            capture
            for capture in planned
            if not self.has(capture.key) and not set(capture.position.members) <= described
        )

    def undescribed_gaps(self) -> tuple[FingerPosition, ...]:
        """Fingers with neither an image nor a description. A dossier with any cannot be completed."""
        seen = {
            finger
            for sample in self.samples
            if sample.kind is SampleKind.FINGER
            for finger in FingerPosition(sample.position).members
        }
        return tuple(f for f in SINGLE_FINGERS if f not in seen and f not in self.described)

    def flags(self) -> tuple[str, ...]:
        """Why an officer should look before this is sealed; empty for a plain dossier."""
        identified = self.identified
        person = self.person
        found = {
            "correction": bool(self.corrections),
            "exception": bool(self.described),
            "fingers_alike": self.fingers_checked is not None
            and self.fingers_checked.result is CheckResult.ACCEPTED,
            "entered": identified is not None and identified.source is Source.ENTERED,
            "card": identified is not None and identified.source is Source.CARD,
            "doubt": identified is not None and bool(identified.doubts),
            "birth_year_only": person is not None and person.birth_date.precision != "YMD",
            "represented": self.represented is not None,
        }
        return tuple(flag for flag, raised in found.items() if raised)


def _about_fingers(fact: Fact) -> bool:
    return isinstance(fact, SampleRetracted) or (
        isinstance(fact, SampleKept) and fact.sample.kind is SampleKind.FINGER
    )


def item_text(person: Person, item: str) -> str:
    """One item of a person as text."""
    if item == "birth_date":
        return person.birth_date.text()
    value = getattr(person, item)
    return "" if value is None else str(value)


def masked_name(name: str) -> str:
    """Initials only, for screens that others can see: `N. V. M.`"""
    return " ".join(f"{word[0]}." for word in name.split())


def _last(facts: Iterable[Fact], kind: type[_F]) -> _F | None:
    found = None
    for fact in facts:
        if isinstance(fact, kind):
            found = fact
    return found
