"""What the workflow needs to be durable. `kiosk.store` implements it; every method has committed when it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from kiosk.domain.dossier import Dossier, DossierEvent, Fact, Sample, SampleKind
from kiosk.domain.person import Person
from kiosk.domain.receipt import Slip


class Visit(msgspec.Struct, frozen=True):
    """One person before the kiosk, from choosing an activity to leaving."""

    id: str
    activity: str
    language: str | None = None
    notice_seen: bool = False
    dossier: str | None = None


class Sealed(msgspec.Struct, frozen=True):
    """A sealed dossier. `id` is the SHA-256 of the file `<id>.age` in the spool."""

    number: str
    id: str
    file: str


class Known(msgspec.Struct, frozen=True):
    """A dossier this person already has here."""

    number: str
    draft: bool


class Ledger(Protocol):
    """Raises `StoreError` when the disk cannot take it; then nothing has changed."""

    def open_visit(self) -> Visit | None:
        """The visit that was going on when the kiosk last stopped."""
        ...

    def begin_visit(self, activity: str) -> Visit: ...

    def change_visit(
        self,
        visit: Visit,
        *,
        language: str | None = None,
        notice_seen: bool | None = None,
        dossier: str | None = None,
    ) -> Visit: ...

    def end_visit(self, visit: Visit, outcome: str) -> None: ...

    def journal(self, visit: Visit, step: str, event: str) -> None:
        """`event` is `begin` or `end`; for those who ask later what the kiosk was doing."""
        ...

    def find_dossier(self, person: Person) -> Known | None:
        """The newest dossier of this person that is a draft or was sealed here in the last days."""
        ...

    def open_dossier(self, activity: str, regime: str, facts: tuple[Fact, ...]) -> Dossier: ...

    def dossier(self, number: str) -> Dossier:
        """The dossier as its facts tell it. Raises `KeyError` when there is none."""
        ...

    def record(self, dossier: Dossier, fact: Fact) -> Dossier: ...

    def keep(
        self,
        dossier: Dossier,
        kind: SampleKind,
        key: str,
        media: str,
        data: bytes,
        *,
        score: int = -1,
        position: int = 0,
        attempts: int = 0,
        quality: Mapping[str, float] | None = None,
    ) -> tuple[Dossier, Sample]: ...

    def sample_bytes(self, number: str, sample: Sample) -> bytes:
        """A kept capture of a draft, read back from the disk."""
        ...

    def move(self, dossier: Dossier, event: DossierEvent, by: str) -> Dossier: ...

    def seal(self, dossier: Dossier, slip: Slip) -> Sealed:
        """Seal an approved dossier and hold its slip until `slip_done`."""
        ...

    def pending_slip(self, number: str) -> Slip | None: ...

    def slip_done(self, number: str, paper: str | None) -> None:
        """The slip came out. Its text, the last readable trace of the person, goes with the end of the visit."""
        ...

    def slip_paper(self, number: str) -> str | None:
        """Where a simulated printer laid the slip."""
        ...

    def sealed(self, number: str) -> Sealed | None: ...

    def check_room(self) -> None:
        """Raises `StoreError` unless another whole dossier can be written."""
        ...

    def audit(self, event: str, subject: str, **detail: str | int) -> None:
        """Note an event that belongs to no dossier's facts (a call for help, an answered approval)."""
        ...
