"""The machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kiosk.domain.clock_order import ClockOutcome
from kiosk.domain.time import Reading, wall_text

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
NTP_UNCERTAINTY_S = 1
OFFICER_UNCERTAINTY_S = 120
"""Two persons read a watch to the minute, and typed it."""
CLOCK_SET = Path("orders/clock.set")
"""In the data folder: the last time that officers set the clock."""


class SystemClock:
    """Linux: CLOCK_BOOTTIME for intervals, the realtime clock with what systemd-timesyncd says of it, or with what the
    officers of the kiosk that keeps its data in `data` made of it."""

    def __init__(self, data: Path | None = None) -> None:
        self._boot_id = BOOT_ID.read_text().strip()
        self._set = data / CLOCK_SET if data is not None else None

    def read(self) -> Reading:
        source, uncertainty_s = self._source()
        return Reading(
            boot_id=self._boot_id,
            boottime_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME),
            wall=wall_text(datetime.now(UTC)),
            source=source,
            uncertainty_s=uncertainty_s,
        )

    def _source(self) -> tuple[str, int]:
        """What officers set holds until the machine is switched off."""
        if SYNCHRONISED.exists():
            return "ntp", NTP_UNCERTAINTY_S
        if self._set is None or not self._set.exists():
            return "unknown", -1
        try:
            told = msgspec.json.decode(self._set.read_bytes(), type=ClockOutcome)
        except (OSError, msgspec.MsgspecError):
            return "unknown", -1
        return ("officer", OFFICER_UNCERTAINTY_S) if told.boot_id == self._boot_id else ("unknown", -1)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def set_wall_clock(moment: datetime) -> None:
    """Set the machine's clock (clock_settime(2)). Raises `PermissionError` without CAP_SYS_TIME."""
    time.clock_settime(time.CLOCK_REALTIME, moment.timestamp())
