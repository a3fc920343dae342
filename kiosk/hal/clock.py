"""The machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.time import Reading, wall_text

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
NTP_UNCERTAINTY_S = 1


class SystemClock:
    """Linux: CLOCK_BOOTTIME for intervals, the realtime clock with what systemd-timesyncd says of it."""

    def __init__(self) -> None:
        self._boot_id = BOOT_ID.read_text().strip()

    def read(self) -> Reading:
        synchronised = SYNCHRONISED.exists()
        return Reading(
            boot_id=self._boot_id,
            boottime_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME),
            wall=wall_text(datetime.now(UTC)),
            source="ntp" if synchronised else "unknown",
            uncertainty_s=NTP_UNCERTAINTY_S if synchronised else -1,
        )

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
