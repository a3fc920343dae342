"""The contract of a fingerprint reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.hal.device import Device

ENROLMENT_PPI = 500
"""Resolution of prints for enrolment (ISO/IEC 19794-4, level 31)."""


class FingerImage(msgspec.Struct, frozen=True):
    """8-bit grey, row-major, `width × height` bytes, ridges dark on a light ground; `ppi` pixels an inch."""

    position: FingerPosition
    impression: Impression
    width: int
    height: int
    ppi: int
    pixels: bytes


class FingerRefused(msgspec.Struct, frozen=True):
    """The reader saw no finger within the timeout, or, with another `trouble`, none that it could read itself."""

    position: FingerPosition
    trouble: FingerTrouble = FingerTrouble.NOTHING


class FingerReader(Device, Protocol):
    """A reader states openly what it can take; the capture plan is narrowed to that."""

    @property
    def enrolment_grade(self) -> bool:
        """False for readers below 500 ppi or without a certificate; stated on the officer's screen."""
        ...

    @property
    def takes_slaps(self) -> bool: ...

    @property
    def takes_rolled(self) -> bool: ...

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> FingerImage | FingerRefused:
        """Wait up to `timeout` seconds for the finger or slap `position`. Raises `DeviceError` when the reader is dead.

        `absent`: fingers the person cannot lay down; a reader that counts the fingers of a slap waits for the others.
        """
        ...


class Verdict(StrEnum):
    """What came of a finger laid for a template."""

    SAME = "same"
    DIFFERENT = "different"
    NO_FINGER = "no_finger"
    UNREADABLE = "unreadable"


@runtime_checkable
class TemplateReader(Protocol):
    """A reader that compares fingers itself: one to one, for whoever works here. It keeps nothing; whoever asks does."""

    @property
    def template_format(self) -> str:
        """Which templates it can compare; one of another format is of no use to it."""
        ...

    def enrol_template(self, timeout: float, again: Callable[[], None]) -> bytes | Verdict:
        """The template of a finger that is laid twice, or what was wrong. `again` is called in between; `timeout`
        seconds count for each of the two. Raises `DeviceError` when the reader is dead."""
        ...

    def match_template(self, template: bytes, timeout: float) -> Verdict:
        """Whether the finger laid within `timeout` seconds is the template's. Asking again soon goes on with the same
        wait. Raises `DeviceError` when the reader is dead."""
        ...
