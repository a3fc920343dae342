"""When a dossier may be completed: all that the plan asks for is there, or the dossier says why not (X2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from kiosk.domain.dates import reached
from kiosk.domain.dossier import Dossier, DossierEvent, DossierState, SampleKind, move
from kiosk.domain.message import Message
from kiosk.domain.plan import PlannedCapture, Regime


class Lack(NamedTuple):
    """One thing a dossier still lacks: `capture rolled-02`, `modality iris`, `signature`."""

    what: str
    which: str = ""


def completed(dossier: Dossier, regime: Regime, day: date) -> DossierState | Message | tuple[Lack, ...]:
    """The state after `complete`; what is lacking, or why the event is not allowed now."""
    return lacks(dossier, regime, day) or move(dossier.state, DossierEvent.COMPLETE)


def lacks(dossier: Dossier, regime: Regime, day: date) -> tuple[Lack, ...]:
    """Everything still lacking, in the order of the procedure. `day` is today, for the person's age."""
    return (*_of_person(dossier, regime, day), *_of_captures(dossier, regime), *_of_closing(dossier))


def planned(dossier: Dossier, regime: Regime) -> tuple[PlannedCapture, ...]:
    """The captures asked of this dossier: the regime's, less what its reader could not do, and what stands for that."""
    narrowed = dossier.narrowed
    if narrowed is None:
        return regime.fingers
    left_out = set(narrowed.left_out)
    kept = tuple(capture for capture in regime.fingers if capture.key not in left_out)
    return kept + tuple(PlannedCapture.of_key(key) for key in narrowed.instead)


def of_age(dossier: Dossier, regime: Regime, day: date) -> bool | None:
    """Whether the card is a duty for this person; None when the birth date cannot tell and no officer has said."""
    person = dossier.person
    known = None if person is None else reached(person.birth_date, regime.mandatory_age, day)
    decided = dossier.age_decided
    return decided.of_age if known is None and decided is not None else known


def _of_person(dossier: Dossier, regime: Regime, day: date) -> Iterator[Lack]:
    if dossier.person is None:
        yield Lack("person")
        return
    grown = of_age(dossier, regime, day)
    if grown is None:
        yield Lack("age")
    if grown is False and dossier.represented is None:
        yield Lack("representative")


def _of_captures(dossier: Dossier, regime: Regime) -> Iterator[Lack]:
    if not any(sample.kind is SampleKind.PORTRAIT for sample in dossier.samples):
        yield Lack("portrait")
    yield from (Lack("capture", capture.key) for capture in dossier.missing(_due(dossier, regime)))
    yield from (Lack("finger", str(finger.value)) for finger in dossier.undescribed_gaps())
    if dossier.described and not any(sample.kind is SampleKind.HANDS for sample in dossier.samples):
        yield Lack("hands")
    yield from (Lack("modality", m) for m in regime.modalities if m not in dossier.not_taken)


def _due(dossier: Dossier, regime: Regime) -> tuple[PlannedCapture, ...]:
    """A note of an earlier release does not say what was left out: then each finger has to be there, however placed."""
    narrowed = dossier.narrowed
    unnamed = narrowed is not None and not narrowed.left_out
    return () if unnamed else planned(dossier, regime)


def _of_closing(dossier: Dossier) -> Iterator[Lack]:
    if not dossier.reviewed:
        yield Lack("review")
    if not dossier.signed:
        yield Lack("signature")
