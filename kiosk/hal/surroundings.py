"""Power and surroundings as Linux tells them in sysfs: supply, heat, battery, disk, clock. Reads only, never waits.

Where the facts come from: `rpi_volt` of hwmon or the firmware's `get_throttled` (Raspberry Pi; bit 0 of the hex number
is undervoltage now), `/sys/class/thermal` (thousandths of °C), `/sys/class/power_supply` (per cent), statvfs(3) of the
data folder, and `/sys/class/rtc/*/hctosys` (1 when the clock was set from that battery-backed clock at the start).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from kiosk.config import SurroundingsConfig
from kiosk.domain.message import msg
from kiosk.domain.time import Clock, Reading
from kiosk.hal.device import HEALTHY, Health, HealthState

HWMON = Path("sys/class/hwmon")
THROTTLED = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
THERMAL = Path("sys/class/thermal")
SUPPLIES = Path("sys/class/power_supply")
CLOCKS = Path("sys/class/rtc")
UNDERVOLTAGE_NOW = 1
STORES_POWER = ("Battery", "UPS")
SENSES = ("power", "heat", "battery", "disk", "clock")
EARLIEST = date(2026, 11, 1)
"""No kiosk of this release can have lived earlier."""


class DiskUse(msgspec.Struct, frozen=True):
    """Shares of the file system in per cent, and what is left in MB (10⁶ bytes)."""

    used: float
    free_mb: int


class Surroundings:
    """What lies around the devices of the kiosk that keeps its data in `data`.

    `root` stands for `/`, so that tests can use a tree of their own. Without a `clock` the clock is left out: a
    demonstration runs on a machine whose clock is not its business.
    """

    def __init__(
        self,
        data: Path,
        limits: SurroundingsConfig,
        clock: Clock | None,
        root: Path = Path("/"),
        disk_use: Callable[[Path], DiskUse] | None = None,
    ) -> None:
        self._data = data
        self._limits = limits
        self._clock = clock
        self._root = root
        self._disk_use = disk_use or disk_use_of

    def look(self) -> dict[str, Health]:
        """The health of each of `SENSES`. What this machine has no sensor for is left out."""
        senses = (self._power, self._heat, self._battery, self._disk, self._time)
        found = {name: sense() for name, sense in zip(SENSES, senses, strict=True)}
        return {name: health for name, health in found.items() if health is not None}

    @property
    def disk_full(self) -> DiskUse | None:
        """The disk's use when it is so full that nobody new may be served; None otherwise."""
        use = self._use()
        return use if use is not None and use.used >= self._limits.disk_refuse else None

    def _disk(self) -> Health | None:
        """None when the data folder cannot be asked about: the store says so louder."""
        use = self._use()
        if use is None:
            return None
        values = {"used": int(use.used), "free": use.free_mb, "refuse": int(self._limits.disk_refuse)}
        if use.used >= self._limits.disk_refuse:
            return Health(HealthState.DEGRADED, msg("surroundings.disk_full", **values))
        if use.used >= self._limits.disk_warn:
            return Health(HealthState.DEGRADED, msg("surroundings.disk_filling", **values))
        return HEALTHY

    def _use(self) -> DiskUse | None:
        try:
            return self._disk_use(self._data)
        except OSError:
            return None

    def _power(self) -> Health | None:
        low = self._undervoltage()
        if low is None:
            return None
        return Health(HealthState.DEGRADED, msg("surroundings.undervoltage")) if low else HEALTHY

    def _undervoltage(self) -> bool | None:
        """hwmon first: the kernel calls the firmware's file deprecated and logs a warning for each reader."""
        for sensor in _folders(self._root / HWMON):
            if _text(sensor / "name") == "rpi_volt":
                alarm = _number(sensor / "in0_lcrit_alarm")
                return None if alarm is None else bool(alarm)
        bits = _number(self._root / THROTTLED, base=16)
        return None if bits is None else bool(bits & UNDERVOLTAGE_NOW)

    def _heat(self) -> Health | None:
        readings = [_number(zone / "temp") for zone in _folders(self._root / THERMAL)]
        known = [reading for reading in readings if reading is not None]
        if not known:
            return None
        degrees = max(known) // 1000
        if degrees < self._limits.hot:
            return HEALTHY
        return Health(HealthState.DEGRADED, msg("surroundings.hot", degrees=degrees))

    def _battery(self) -> Health | None:
        """The emptiest battery or UPS that feeds this machine, while it feeds it."""
        levels = []
        for supply in _folders(self._root / SUPPLIES):
            percent = _number(supply / "capacity")
            # `Device` is the battery of a mouse or keyboard.
            own = _text(supply / "type") in STORES_POWER and _text(supply / "scope") != "Device"
            if own and percent is not None:
                levels.append((percent, _text(supply / "status") == "Discharging"))
        if not levels:
            return None
        percent, discharging = min(levels)
        if not discharging:
            return HEALTHY
        code = "battery_low" if percent <= self._limits.battery_low else "on_battery"
        return Health(HealthState.DEGRADED, msg(f"surroundings.{code}", percent=percent))

    def _time(self) -> Health | None:
        if self._clock is None:
            return None
        reading = self._clock.read()
        shown = reading.local
        if shown.date() < EARLIEST:
            return Health(HealthState.DEGRADED, msg("surroundings.clock_wrong", shown=f"{shown:%d/%m/%Y}"))
        if self._kept(reading):
            return HEALTHY
        return Health(
            HealthState.DEGRADED, msg("surroundings.clock_unknown", shown=f"{shown:%d/%m/%Y %H:%M}")
        )

    def _kept(self, reading: Reading) -> bool:
        """Whether somebody keeps the clock: the network, or a battery-backed clock it was set from."""
        if reading.source != "unknown":
            return True
        return any(_number(clock / "hctosys") == 1 for clock in _folders(self._root / CLOCKS))


def disk_use_of(folder: Path) -> DiskUse:
    """As `df` counts it: what only root may use counts as used. Raises `OSError`."""
    system = os.statvfs(folder)
    usable = system.f_blocks - system.f_bfree + system.f_bavail
    used = 100 * (1 - system.f_bavail / usable) if usable else 100.0
    return DiskUse(used, system.f_bavail * system.f_frsize // 1_000_000)


def _folders(place: Path) -> Iterator[Path]:
    try:
        yield from sorted(place.iterdir())
    except OSError:
        return


def _text(file: Path) -> str:
    """The file's one line; "" when it cannot be read: a sensor may vanish between two looks."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path, base: int = 10) -> int | None:
    try:
        return int(_text(file), base)
    except ValueError:
        return None
