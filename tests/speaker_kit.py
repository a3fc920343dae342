"""ALSA without a sound card: what is played goes into a file, or into a pipe that nobody empties."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from kiosk.hal.speaker import Sentence

RATE = 22050
"""Samples a second of espeak-ng."""
CONFIG = """</usr/share/alsa/alsa.conf>
pcm.!default {{ type file slave.pcm "null" file "{file}" format "raw" }}
"""


def sound_into(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on ALSA's own choice of output writes raw samples to `file`."""
    config = file.with_suffix(".conf")
    config.write_text(CONFIG.format(file=file), encoding="utf-8")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))


def samples(file: Path) -> npt.NDArray[np.int16]:
    return np.frombuffer(file.read_bytes(), np.int16)


def say(text: str, language: str = "vi", code: str = "", source: str = "") -> tuple[Sentence, ...]:
    return (Sentence(code, language, text, source or text),)


class Deaf:
    """A pipe as output: as long as nobody listens, nothing more is played than fits into it."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self._end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def listen(self) -> bytes:
        """What has been played since."""
        heard = b""
        while part := self._some():
            heard += part
        return heard

    def _some(self) -> bytes:
        try:
            return os.read(self._end, 1 << 16)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._end)


@contextmanager
def deaf_output(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deaf]:
    pipe = folder / "output.raw"
    deaf = Deaf(pipe)
    sound_into(pipe, monkeypatch)
    try:
        yield deaf
    finally:
        deaf.close()
