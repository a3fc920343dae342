"""The contract of the panel: lamps, the call-the-officer button, the presence sensor, the switch in the housing."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from kiosk.hal.device import Device


class Lamp(StrEnum):
    """What the status lamp tells from across the room."""

    READY = "ready"
    BUSY = "busy"
    CALL = "call"
    FAULT = "fault"


class Panel(Device, Protocol):
    """The few electric parts around the screen."""

    def show(self, lamp: Lamp) -> None: ...

    def call_pressed(self) -> bool:
        """True once for each press since the last question."""
        ...

    def present(self) -> bool | None:
        """Whether a person stands before the kiosk; None without a sensor."""
        ...

    def tampered(self) -> bool:
        """Whether the housing is open, or was opened since the last question; False without a switch."""
        ...
