"""The voice of the core: the newest wish counts, and what is left is not said on (C7)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from kiosk.app.speaking import Speaking
from kiosk.domain.message import msg
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health
from kiosk.hal.speaker import Sentences, Speaker
from kiosk.locale import Words
from kiosk.workflow.attended import Attended
from kiosk.workflow.counter import Counter, IdleTimes
from kiosk.workflow.view import Pause, Screen, View
from tests.kit import HandClock

FIRST = Pause("first", msg("starting"))
SECOND = Pause("second", msg("out_of_service"))


class Mouth:
    """A speaker that says on for as long as nobody stops it; `broken` makes it fail."""

    model, simulated = "mouth", True

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.broken = False
        self._speaking = False
        self.changed = threading.Condition()

    def say(self, sentences: Sentences) -> None:
        self._note(" ".join(sentence.text for sentence in sentences), speaking=True)
        if self.broken:
            raise DeviceError("speaker.gone")

    def stop(self) -> None:
        self._note("", speaking=False)

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None:
        self._speaking = False

    @property
    def speaking(self) -> bool:
        return self._speaking

    def _note(self, said: str, *, speaking: bool) -> None:
        with self.changed:
            self.heard.append(said)
            self._speaking = speaking
            self.changed.notify_all()

    def is_heard(self, true: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(true, 10)


class Hall:
    def __init__(self) -> None:
        self.mouth = Mouth()
        clock = HandClock()
        self.speaker: Attended[Speaker] = Attended("speaker", lambda: self.mouth, clock, lambda: None)
        self.speaking = Speaking(self.speaker, {language: Words(language) for language in ("vi", "en")}, ())
        self.counter = Counter(View(0, FIRST), IdleTimes(), clock.monotonic, self.speaking.look)

    def show(self, screen: Screen) -> None:
        self.counter.update(screen=screen)


@pytest.fixture
def hall() -> Iterator[Hall]:
    made = Hall()
    made.speaking.start()
    yield made
    made.speaking.close(5)
    made.speaker.close()


def test_nothing_is_offered_without_a_speaker_that_answers(hall: Hall) -> None:
    hall.speaking.offer(hall.counter)
    assert not hall.counter.view.read_aloud
    assert not hall.speaking.read(hall.counter)
    hall.speaker.look()
    hall.speaking.offer(hall.counter)
    assert hall.counter.view.read_aloud
    none = Speaking(None, {}, ())
    none.start()
    assert not none.there and not none.read(hall.counter)
    none.close(1)


@pytest.mark.parametrize(
    "leave",
    [
        lambda hall: hall.show(SECOND),
        lambda hall: hall.counter.set_language("en"),
        lambda hall: hall.counter.update(visit="V2"),
        lambda hall: hall.speaking.hush(),
    ],
    ids=["question", "language", "visit", "answer"],
)
def test_what_is_left_is_not_said_on(hall: Hall, leave: Callable[[Hall], None]) -> None:
    hall.speaker.look()
    assert hall.speaking.read(hall.counter)
    assert hall.mouth.is_heard(lambda: hall.mouth.speaking)
    leave(hall)
    assert hall.mouth.is_heard(lambda: not hall.mouth.speaking)
    assert hall.mouth.heard[-1] == ""


def test_what_changes_nothing_that_is_said_cuts_nothing_short(hall: Hall) -> None:
    hall.speaker.look()
    assert hall.speaking.read(hall.counter)
    assert hall.mouth.is_heard(lambda: hall.mouth.speaking)
    hall.counter.update(kept=("1",), step=2)
    hall.show(SECOND)
    assert hall.mouth.is_heard(lambda: not hall.mouth.speaking)
    assert len(hall.mouth.heard) == 2, "said once, stopped once"


def test_it_begins_anew_when_asked_again(hall: Hall) -> None:
    hall.speaker.look()
    for times in (1, 2):
        assert hall.speaking.read(hall.counter)
        assert hall.mouth.is_heard(lambda times=times: len(hall.mouth.heard) == times)  # type: ignore[misc]
    assert len(set(hall.mouth.heard)) == 1


def test_a_speaker_that_fails_is_gone_and_nothing_else(hall: Hall) -> None:
    hall.speaker.look()
    hall.mouth.broken = True
    assert hall.speaking.read(hall.counter)
    assert hall.mouth.is_heard(lambda: len(hall.mouth.heard) == 1)
    hall.speaking.close(5)
    assert hall.speaker.gone


def test_closing_is_the_end_of_the_speech(hall: Hall) -> None:
    hall.speaker.look()
    assert hall.speaking.read(hall.counter)
    assert hall.mouth.is_heard(lambda: hall.mouth.speaking)
    hall.speaking.close(5)
    assert not hall.mouth.speaking
