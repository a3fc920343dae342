"""The light behind the panel, as the kernel offers it: `/sys/class/backlight/*/bl_power`.

Switched there it stays off the compositor's business: outputs, windows and touch go on as if the panel were lit. The
figures are those of the kernel's ABI (sysfs-class-backlight): 0 on, 4 off.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

CLASS = Path("/sys/class/backlight")
ON = b"0\n"
OFF = b"4\n"

log = logging.getLogger(__name__)


class Backlight:
    """Every panel's light at once. What cannot be switched is told to the log once: a black page is dark enough."""

    def __init__(self, folder: Path = CLASS) -> None:
        self._folder = folder
        self._told: set[str] = set()

    def shine(self, on: bool) -> None:
        lights = sorted(self._folder.glob("*/bl_power"))
        if not lights:
            self._tell(f"no light to switch in {self._folder}")
        for light in lights:
            try:
                _write(light, ON if on else OFF)
            except OSError as error:
                self._tell(f"{light} cannot be switched: {error.strerror}")

    def _tell(self, trouble: str) -> None:
        if trouble not in self._told:
            self._told.add(trouble)
            log.warning("%s", trouble)


def _write(light: Path, value: bytes) -> None:
    """An attribute of sysfs is written whole, and never made."""
    handle = os.open(light, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, value)
    finally:
        os.close(handle)
