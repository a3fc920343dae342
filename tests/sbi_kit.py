"""A simulated Secure Biometric Interface service on a free port of this machine, and the real driver on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.sbi import SbiReader, open_device
from kiosk.hal.fingers.sbi_faults import Fault, FaultScript
from kiosk.hal.fingers.sbi_keys import new_keys
from kiosk.hal.fingers.sbi_scanner import scanner_in
from kiosk.hal.fingers.sbi_wire import SbiWire
from kiosk.hal.world import WorldFile, world_in

INDEX = FingerPosition.RIGHT_INDEX
FOUR = FingerPosition.RIGHT_FOUR
FLAT = Impression.FLAT


class Bench:
    """One service, its world, and what a driver has to be told."""

    def __init__(self, data: Path, wire: SbiWire) -> None:
        self.data, self.wire = data, wire
        self.trust = data / "trust.pem"
        self.trust.write_bytes(new_keys().trust_pem)

    @property
    def world(self) -> WorldFile:
        return world_in(self.data)

    @property
    def settings(self) -> dict[str, Any]:
        return {"trust": str(self.trust), "port": self.wire.port, "env": "Developer"}

    @contextmanager
    def opened(self, ahead: float = 0.0, **settings: Any) -> Iterator[SbiReader]:
        """The driver; its clock is `ahead` seconds fast."""

        def wall() -> datetime:
            return datetime.fromtimestamp(datetime.now(UTC).timestamp() + ahead, UTC)

        reader = open_device(self.settings | settings, self.data, wall)
        yield reader
        reader.close()


@contextmanager
def bench(data: Path, *faults: Fault, kind: str = "slap", port: int = 0) -> Iterator[Bench]:
    """A service until the block ends."""
    with SbiWire(scanner_in(data, kind, new_keys()), port, FaultScript(faults)) as wire:
        yield Bench(data, wire)


def taken(reader: SbiReader, position: FingerPosition = INDEX, how: Impression = FLAT) -> FingerImage:
    image = reader.capture(position, how, 20)
    assert isinstance(image, FingerImage)
    return image
