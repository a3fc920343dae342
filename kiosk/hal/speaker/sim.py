"""A loudspeaker on paper: a line in `sim/speaker/said` for each sentence, and one where somebody was cut short."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.speaker import Sentences
from kiosk.hal.world import world_in

SAID = Path("sim") / "speaker" / "said"
LETTER_S = 1 / 14
"""A letter of slow and clear speech, 140 words a minute."""
STOPPED = "(stopped)"


def open_device(settings: Mapping[str, object], data: Path) -> SimSpeaker:
    """The simulated speaker of the data folder `data`. Raises `ConfigError`: it takes no settings."""
    if settings:
        raise ConfigError("speaker.bad_settings", names=", ".join(sorted(settings)))
    return SimSpeaker(data)


class SimSpeaker:
    """Speaks Vietnamese and English as a real one would, and takes as long."""

    model = "sim speaker"
    simulated = True
    voices = frozenset({"vi", "en"})

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._world = world_in(data)
        self._said = data / SAID
        self._clock = clock
        self._until = float("-inf")

    def say(self, sentences: Sentences) -> None:
        self._connected()
        self.stop()
        heard = [
            (one.language, one.text) if one.language in self.voices else ("vi", one.source)
            for one in sentences
        ]
        self._write("".join(f"{language}: {text}\n" for language, text in heard))
        self._until = self._clock() + LETTER_S * sum(len(text) for _, text in heard)

    def stop(self) -> None:
        if self.speaking:
            self._until = float("-inf")
            self._write(f"{STOPPED}\n")

    @property
    def speaking(self) -> bool:
        return self._clock() < self._until

    def health(self) -> Health:
        try:
            self._connected()
        except DeviceError as error:
            return Health(HealthState.GONE, Message(error.code, dict(error.values)))
        return HEALTHY

    def close(self) -> None:
        self.stop()

    def _connected(self) -> None:
        if not self._world.read().speaker_connected:
            raise DeviceError("speaker.gone")

    def _write(self, lines: str) -> None:
        try:
            self._said.parent.mkdir(parents=True, exist_ok=True)
            with self._said.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise DeviceError("speaker.failed", program=str(SAID), why=str(error)) from error
