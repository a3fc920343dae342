"""One suite for every speaker: whatever makes the sound, the kiosk meets the same contract (C7)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from kiosk.hal.device import HealthState
from kiosk.hal.speaker import Speaker
from kiosk.hal.speaker.alsa import open_device as open_alsa
from kiosk.hal.speaker.sim import SimSpeaker
from tests.speaker_kit import Deaf, deaf_output, say

LONG = say("Mời ông bà bấm số định danh cá nhân, mười hai số. " * 3)


class Room(Protocol):
    """A speaker and whoever listens."""

    speaker: Speaker

    def hear_out(self) -> None:
        """Listen until nothing more is said."""
        ...


class SimRoom:
    def __init__(self, data: Path) -> None:
        self._now = 0.0
        self.speaker: Speaker = SimSpeaker(data, lambda: self._now)

    def hear_out(self) -> None:
        while self.speaker.speaking:
            self._now += 0.5


class AlsaRoom:
    def __init__(self, deaf: Deaf) -> None:
        self._deaf = deaf
        self.speaker: Speaker = open_alsa({}, Path())

    def hear_out(self) -> None:
        while self.speaker.speaking:
            self._deaf.listen()


@contextmanager
def sim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield SimRoom(tmp_path)


@contextmanager
def alsa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with deaf_output(tmp_path, monkeypatch) as deaf:
        yield AlsaRoom(deaf)


@pytest.fixture(params=[sim, alsa])
def room(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    make: Callable[[Path, pytest.MonkeyPatch], AbstractContextManager[Room]] = request.param
    with make(tmp_path, monkeypatch) as made:
        yield made
        made.speaker.close()


def test_it_speaks_until_all_is_said(room: Room) -> None:
    assert not room.speaker.speaking
    room.speaker.say(LONG)
    assert room.speaker.speaking
    room.hear_out()
    assert not room.speaker.speaking
    assert room.speaker.health().state is HealthState.OK


def test_it_is_silent_at_once_when_stopped(room: Room) -> None:
    room.speaker.say(LONG)
    room.speaker.stop()
    assert not room.speaker.speaking
    room.speaker.stop()
    assert room.speaker.health().state is HealthState.OK, "being cut short is no trouble"


def test_something_newer_takes_the_place_of_what_is_said(room: Room) -> None:
    room.speaker.say(LONG)
    room.speaker.say(LONG)
    assert room.speaker.speaking
    room.speaker.say(())
    assert not room.speaker.speaking, "nothing to say is silence"


def test_it_says_what_it_is_and_is_well(room: Room) -> None:
    assert room.speaker.model.startswith("sim") is room.speaker.simulated
    assert room.speaker.health().state is HealthState.OK


def test_closing_ends_the_speech_and_leaves_no_thread(room: Room) -> None:
    before = set(threading.enumerate())
    room.speaker.say(LONG)
    room.speaker.close()
    assert not room.speaker.speaking
    assert set(threading.enumerate()) <= before
