"""A release that takes another's place on the machine, and what the audit chain says of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Version = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[ -~]*$")]
Digest = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[0-9a-f]*$")]


class ChangeKind(StrEnum):
    """STICK lets a USB stick in, before anybody knows what is on it; UPDATE writes the other slot; ROLLBACK tries what
    is in it."""

    STICK = "stick"
    UPDATE = "update"
    ROLLBACK = "rollback"


class Change(msgspec.Struct, frozen=True):
    """What an officer is asked to agree to. `was` is the version that runs, `to` the one to be tried, `digest` that of
    its bundle; both are "" where there is none yet."""

    kind: ChangeKind
    was: Version
    to: Version = ""
    digest: Digest = ""


class Unasked(msgspec.Struct, frozen=True):
    """A change that nobody was asked about because no core answered. `at` is the machine's wall time, ISO 8601."""

    id: str
    at: str
    change: Change


class ReleaseEvent(StrEnum):
    """The audit chain's names."""

    STICK_AGREED = "update.stick_agreed"
    AGREED = "update.agreed"
    ROLLBACK_AGREED = "update.rollback_agreed"
    WITHOUT_OFFICER = "update.without_officer"
    NOT_APPLIED = "update.not_applied"
    STARTED = "release.started"


AGREED: dict[ChangeKind, ReleaseEvent] = {
    ChangeKind.STICK: ReleaseEvent.STICK_AGREED,
    ChangeKind.UPDATE: ReleaseEvent.AGREED,
    ChangeKind.ROLLBACK: ReleaseEvent.ROLLBACK_AGREED,
}
