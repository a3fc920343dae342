"""The voice of the core: it reads the citizen's view aloud when asked to, and is silent as soon as that view is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from kiosk.hal.speaker import Sentences, Speaker
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.workflow.attended import Attended
from kiosk.workflow.counter import Counter
from kiosk.workflow.speech import sentences
from kiosk.workflow.view import View


class Spoken(msgspec.Struct, frozen=True):
    """What was asked for, and in which visit."""

    visit: str
    sentences: Sentences


class Speaking:
    """One thread hands the newest wish to the speaker: nobody who asks, answers or leaves waits for it.

    `words` are the catalogues by language, `folders` those of the plugins. Without a speaker nothing happens.
    """

    def __init__(
        self, speaker: Attended[Speaker] | None, words: Mapping[str, Words], folders: Iterable[Path]
    ) -> None:
        self._speaker = speaker
        self._words = words
        self._source = Words(SOURCE_LANGUAGE, folders)
        self._wishes = threading.Condition()
        self._wish: Spoken | None = None
        self._new = False
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="speaking", daemon=True)

    @property
    def there(self) -> bool:
        """Whether anything can be heard."""
        return self._speaker is not None and not self._speaker.gone

    def start(self) -> None:
        if self._speaker is not None:
            self._thread.start()

    def close(self, within: float) -> None:
        with self._wishes:
            self._closed, self._wish = True, None
            self._wishes.notify()
        if self._thread.is_alive():
            self._thread.join(within)

    def offer(self, counter: Counter) -> None:
        """Tell the citizen's screen whether there is something to press for it."""
        if self.there != counter.view.read_aloud:
            counter.update(read_aloud=self.there)

    def read(self, counter: Counter) -> bool:
        """Say what is asked now, from the beginning if it is being said; False without a speaker."""
        if not self.there:
            return False
        self._wish_for(self._of(counter.read()))
        # The view may have changed since, when nothing was wished for yet.
        self.look(counter.view)
        return True

    def look(self, view: View) -> None:
        """The view has changed: whatever it does not say any more is not said on."""
        wish = self._wish
        if wish is not None and wish != self._of(view):
            self.hush()

    def hush(self) -> None:
        """Whoever was read to has answered or goes."""
        if self._wish is not None:
            self._wish_for(None)

    def _of(self, view: View) -> Spoken:
        return Spoken(view.visit, sentences(view, self._words.get(view.language, self._source), self._source))

    def _wish_for(self, wish: Spoken | None) -> None:
        with self._wishes:
            self._wish = wish
            self._new = True
            self._wishes.notify()

    def _serve(self) -> None:
        while not self._closed:
            with self._wishes:
                self._wishes.wait_for(lambda: self._closed or self._new)
                self._new, wish = False, self._wish
            self._hand_over(wish)

    def _hand_over(self, wish: Spoken | None) -> None:
        """A speaker that is gone is the supervisor's to tell of."""
        if self._speaker is not None:
            self._speaker.lend(_silence if wish is None else _saying(wish.sentences))


def _saying(said: Sentences) -> Callable[[Speaker], None]:
    return lambda speaker: speaker.say(said)


def _silence(speaker: Speaker) -> None:
    speaker.stop()
