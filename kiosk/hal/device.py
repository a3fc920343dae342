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


class Transfer(msgspec.Struct, frozen=True):
    """What one image took on a serial line. A driver that counts offers the newest as `last_transfer`.

    `bytes` with all the protocol adds; ten bits a byte on the line.
    """

    bytes: int
    seconds: float
    baud: int

    @property
    def share(self) -> float:
        """Of what the line can carry, 0…1."""
        return self.bytes * 10 / self.baud / self.seconds if self.seconds > 0 and self.baud > 0 else 0.0


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
