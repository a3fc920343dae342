"""What an officer who asked is shown of the records: a draft, a page of the audit chain."""

from __future__ import annotations

import msgspec

from kiosk.domain.correction import CorrectionDecided
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message


class FieldShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One datum: what was `known`, what the citizen `said` instead, and what an officer has decided on that."""

    item: str
    known: str
    said: str | None = None
    decided: CorrectionDecided | None = None


class PictureShown(msgspec.Struct, frozen=True):
    """A capture as a small grey PNG, empty when it cannot be drawn; `score` and `position` as in the dossier."""

    key: str
    kind: SampleKind
    position: int
    score: int
    png: bytes


class DossierShown(msgspec.Struct, frozen=True, tag_field="type", tag="dossier_shown"):
    """A draft for the officer who asked. `described`: fingers by position with the code of their exception."""

    dossier: str
    flags: tuple[str, ...]
    fields: tuple[FieldShown, ...]
    source: str
    doubts: tuple[Message, ...]
    described: tuple[tuple[int, str], ...]
    pictures: tuple[PictureShown, ...]

    def __repr__(self) -> str:
        return f"DossierShown(dossier={self.dossier!r})"


class AuditLine(msgspec.Struct, frozen=True):
    """One event without its hashes. `wall` is ISO 8601; `detail` is JSON and holds no personal data."""

    seq: int
    wall: str
    kind: str
    subject: str
    detail: str


class AuditPage(msgspec.Struct, frozen=True, tag_field="type", tag="audit"):
    """Events, the newest first; `more` when there are older ones."""

    events: tuple[AuditLine, ...] = ()
    more: bool = False
