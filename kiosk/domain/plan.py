"""The prescribed procedure as dated data: which captures, in which order, which ages, days, exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from kiosk.domain.fingers import SINGLE_FINGERS, FingerExceptionCode, FingerPosition, Impression


class PlannedCapture(msgspec.Struct, frozen=True):
    """One placing of fingers on the reader."""

    position: FingerPosition
    impression: Impression

    @property
    def key(self) -> str:
        """`rolled-02`, `flat-13`: names the sample and its file."""
        return f"{self.impression}-{self.position:02d}"

    @classmethod
    def of_key(cls, key: str) -> PlannedCapture:
        """The capture that `key` names; ValueError for any other text."""
        impression, _, position = key.partition("-")
        return cls(FingerPosition(int(position)), Impression(impression))


class Modality(StrEnum):
    """What a regime has captured beside portrait and fingers. DNA and voice are voluntary by law and not offered."""

    IRIS = "iris"


class Rule(StrEnum):
    """What a regime lays down, and what each of its provisions vouches for."""

    VALIDITY = "validity"
    AGES = "ages"
    RETURN_DAYS = "return_days"
    FINGERS = "fingers"
    MODALITIES = "modalities"
    TEMPORARY = "temporary"
    TWO_PERSONS = "two_persons"


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rule comes from. `confirmed` once a person who can vouch for it has read the text itself."""

    rule: Rule
    source: str
    confirmed: bool


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One set of rules in force between two dates.

    `mandatory_age`: from here on the card is a duty. `on_demand_age`: from here on a child may have one, with a
    representative; None: nobody younger than the mandatory age. `modalities` beside portrait and fingers: each is
    taken, or the dossier records why not. `temporary`: reasons that pass, so that a day to come back is offered.
    `two_persons`: reasons that two officers have to give alike.
    """

    id: str
    valid_from: date
    mandatory_age: int
    return_working_days: int
    fingers: tuple[PlannedCapture, ...]
    provisions: tuple[Provision, ...]
    valid_to: date | None = None
    on_demand_age: int | None = None
    modalities: tuple[Modality, ...] = ()
    temporary: tuple[FingerExceptionCode, ...] = ()
    two_persons: tuple[FingerExceptionCode, ...] = ()

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def unconfirmed(self) -> tuple[Rule, ...]:
        """The rules nobody has vouched for yet."""
        return tuple(provision.rule for provision in self.provisions if not provision.confirmed)


def parse_regime(document: Mapping[str, object]) -> Regime:
    """A regime from its TOML document. Raises `ValueError` (`msgspec.ValidationError`) saying what is wrong."""
    regime = msgspec.convert(document, Regime)
    _check(regime)
    return regime


def _check(regime: Regime) -> None:
    """What types cannot say."""
    keys = [capture.key for capture in regime.fingers]
    covered = {finger for capture in regime.fingers for finger in capture.position.members}
    sourced = sorted(provision.rule for provision in regime.provisions)
    if len(set(keys)) != len(keys):
        raise ValueError("fingers: a capture is asked for twice")
    if covered != set(SINGLE_FINGERS):
        raise ValueError("fingers: not all ten are asked for")
    if sourced != sorted(Rule):
        raise ValueError("provisions: each rule needs exactly one")
    if regime.on_demand_age is not None and regime.on_demand_age >= regime.mandatory_age:
        raise ValueError("on_demand_age: not below mandatory_age")
    if regime.valid_to is not None and regime.valid_to < regime.valid_from:
        raise ValueError("valid_to: before valid_from")


def narrow(
    planned: Iterable[PlannedCapture], takes_slaps: bool, takes_rolled: bool
) -> tuple[PlannedCapture, ...]:
    """What of the plan a reader can do. One that takes neither slaps nor rolls gives ten flat fingers."""
    kept = tuple(
        capture
        for capture in planned
        if (takes_slaps or not capture.position.is_slap)
        and (takes_rolled or capture.impression is not Impression.ROLLED)
    )
    covered = {finger for capture in kept for finger in capture.position.members}
    gaps = [finger for finger in SINGLE_FINGERS if finger not in covered]
    return kept + tuple(PlannedCapture(finger, Impression.FLAT) for finger in gaps)
