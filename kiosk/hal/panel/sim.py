"""A panel of files: the lamp is written to `sim/lamp`, the button and the sensor are those of the world file."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from kiosk.errors import ConfigError
from kiosk.hal.device import HEALTHY, Health
from kiosk.hal.files import replace_file
from kiosk.hal.panel import Lamp
from kiosk.hal.world import world_in


def open_device(settings: Mapping[str, object], data: Path) -> SimPanel:
    """The simulated panel of the data folder `data`. Raises `ConfigError`: it takes no settings."""
    if settings:
        raise ConfigError("panel.bad_settings", names=", ".join(sorted(settings)))
    return SimPanel(data)


class SimPanel:
    """Lamp, call button and presence sensor."""

    model = "sim panel"
    simulated = True

    def __init__(self, data: Path) -> None:
        self._world = world_in(data)
        self._lamp = data / "sim" / "lamp"
        self._shown: Lamp | None = None
        # Presses from before the kiosk started call nobody.
        self._answered = self._world.read().call_pressed

    def show(self, lamp: Lamp) -> None:
        """Light `lamp`; the file is touched only on a change, and tried again when the disk would not take it."""
        if lamp is not self._shown:
            with contextlib.suppress(OSError):
                replace_file(self._lamp, lamp.encode() + b"\n")
                self._shown = lamp

    def call_pressed(self) -> bool:
        presses = self._world.read().call_pressed
        if presses <= self._answered:
            # A world begun anew counts from 0.
            self._answered = presses
            return False
        self._answered += 1
        return True

    def present(self) -> bool | None:
        return self._world.read().present

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None:
        """Nothing is held open."""
