"""What every device has in common."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from kiosk.domain.message import Message


class HealthState(StrEnum):
    """OK: works. DEGRADED: works, a person should look soon. GONE: does not answer."""

    OK = "ok"
    DEGRADED = "degraded"
    GONE = "gone"


class Health(msgspec.Struct, frozen=True):
    """A device's state, and what a technician is told when it is not OK."""

    state: HealthState
    message: Message | None = None


HEALTHY = Health(HealthState.OK)


class Device(Protocol):
    """Implementers must answer `health()` within a second and may raise `DeviceError` from any other call."""

    @property
    def model(self) -> str:
        """Maker and model as a technician would say it; simulations begin with "sim"."""
        ...

    @property
    def simulated(self) -> bool:
        """True for simulations, which a production configuration refuses."""
        ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
