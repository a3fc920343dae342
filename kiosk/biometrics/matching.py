"""Comparing fingers: what a matcher answers, and from which score on two prints are one finger.

Scores are those of bozorth3 (NIST Biometric Image Software). 40 is its customary threshold; decisions about access
ask for more. On the kiosk's simulated hands genuine pairs score 135 and more, impostors at most 34.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from kiosk.domain.message import Message

ALIKE = 40
"""From this score on two prints are taken for the same finger."""

ACCESS = 48
"""What a decision about access (handing over a card) asks for."""


class Template(msgspec.Struct, frozen=True):
    """`data` is an ISO/IEC 19794-2:2011 record; `nfiq2` 0…100, -1 where it was not asked for or cannot be told;
    `engine` names what made it, with its version."""

    data: bytes
    nfiq2: int
    engine: str


class NotMatched(msgspec.Struct, frozen=True):
    """Why there is no answer. `lasting`: asking again is useless until the kiosk starts anew."""

    reason: Message
    lasting: bool = False


class Matcher(Protocol):
    """Every call returns within a bounded time, whatever happens to the engine behind it."""

    def engine(self) -> str | NotMatched:
        """The engine and its version."""
        ...

    def template(self, png: bytes, ppi: int, *, graded: bool) -> Template | NotMatched:
        """The minutiae of one finger; with its NFIQ 2 score where `graded` and the resolution allows it."""
        ...

    def compare(self, probe: bytes, gallery: Sequence[bytes]) -> tuple[int, ...] | NotMatched:
        """The score of the template `probe` against each of `gallery`, in their order."""
        ...

    def close(self) -> None:
        """End what runs beside the kiosk; the next call starts it again."""
        ...


class Verified(msgspec.Struct, frozen=True):
    """Whether a finger is the one on record: `score` against `threshold`."""

    score: int
    threshold: int

    @property
    def same(self) -> bool:
        return self.score >= self.threshold


class Probe(msgspec.Struct, frozen=True):
    """A picture of one finger as PNG and its pixels an inch."""

    png: bytes
    ppi: int


def verify(
    matcher: Matcher, probe: Probe, reference: Probe | bytes, threshold: int = ACCESS
) -> Verified | NotMatched:
    """1:1, for handing over: the finger now on the reader against a picture or a template on record."""
    asked = matcher.template(probe.png, probe.ppi, graded=False)
    if isinstance(asked, NotMatched):
        return asked
    known = reference if isinstance(reference, bytes) else _data(matcher, reference)
    if isinstance(known, NotMatched):
        return known
    scores = matcher.compare(asked.data, (known,))
    return scores if isinstance(scores, NotMatched) else Verified(scores[0], threshold)


def _data(matcher: Matcher, picture: Probe) -> bytes | NotMatched:
    found = matcher.template(picture.png, picture.ppi, graded=False)
    return found if isinstance(found, NotMatched) else found.data
