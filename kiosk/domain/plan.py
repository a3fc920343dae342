"""The prescribed procedure as dated data: which captures, in which order, which ages, days and forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, Impression


class PlannedCapture(msgspec.Struct, frozen=True):
    """One placing of fingers on the reader."""

    position: FingerPosition
    impression: Impression

    @property
    def key(self) -> str:
        """`rolled-02`, `flat-13`: names the sample and its file."""
        return f"{self.impression}-{self.position:02d}"


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One set of rules in force between two dates. `source` names the text it was read from."""

    id: str
    valid_from: date
    valid_to: date | None
    source: str
    mandatory_age: int
    return_working_days: int
    fingers: tuple[PlannedCapture, ...]


def parse_regime(document: Mapping[str, object]) -> Regime:
    """A regime from its TOML document. Raises `msgspec.ValidationError` naming the place of a fault."""
    return msgspec.convert(document, Regime)


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
