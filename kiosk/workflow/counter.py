"""The citizen's counter: one view, at most one open question, and everything that can interrupt it.

The workflow's thread asks and shows; the link's thread answers, calls, leaves and ticks. Interruptions end the
visit by an exception in the workflow's thread, whether it was waiting for an answer or busy with a device.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import msgspec

from kiosk.domain.dossier import Stopped
from kiosk.domain.visit import Outcome
from kiosk.workflow.view import Capture, Choice, Entry, Help, Pause, Review, Screen, Signature, View

NEXT = "next"
Question = Choice | Entry | Review | Signature


class VisitOver(Exception):  # noqa: N818 - an end, not an error
    """The visit ends here: the citizen left, nobody is there any more, or an officer ended it."""

    def __init__(self, outcome: Outcome, stopped: Stopped | None = None) -> None:
        """`stopped`: what an officer says of it, for the dossier."""
        super().__init__(outcome)
        self.outcome = outcome
        self.stopped = stopped


class CalledOff(Exception):  # noqa: N818 - an end, not an error
    """What was asked between two people is not asked any more."""


class ShuttingDown(Exception):  # noqa: N818 - an end, not an error
    """The kiosk stops; the visit stays open and goes on at the next start."""


class IdleTimes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds without a touch until the citizen is asked, and until the screen is cleared."""

    warn: float = 60.0
    clear: float = 90.0


class Counter:
    """Publishes every change of the view to `publish`, called with the newest view from whatever thread changed it."""

    def __init__(
        self, view: View, idle: IdleTimes, monotonic: Callable[[], float], publish: Callable[[View], None]
    ) -> None:
        self._lock = threading.RLock()
        self._view = view
        self._idle = idle
        self._monotonic = monotonic
        self._publish = publish
        self._waiting: Future[str] | None = None
        self._pressed: str | None = None
        self._over: Exception | None = None
        self._read: set[str] = set()
        self._touched = monotonic()
        self._closed = False

    @property
    def view(self) -> View:
        return self._view

    # -- the workflow's side -------------------------------------------------------------------------------

    def ask(self, question: Question) -> str:
        """Show a question and wait for its answer. Raises `VisitOver`, `ShuttingDown`, or between two people
        `CalledOff`."""
        with self._lock:
            self._raise_if_over()
            future = self._expect()
            self._change(screen=question)
        return _answer(future)

    def ask_next(self, question: Question, language: str) -> str:
        """Ask whoever comes next, of whom nothing is known: `reset` and `ask` in one, so that no touch comes too
        early. Raises `ShuttingDown` or `CalledOff`."""
        with self._lock:
            if self._closed:
                raise ShuttingDown
            future = self._expect()
            self.reset(question, language)
        return _answer(future)

    def show(self, screen: Capture | Pause) -> None:
        """Show something that ends by itself. Raises `VisitOver` or `ShuttingDown`."""
        with self._lock:
            self._raise_if_over()
            if screen.id != self._view.screen.id:
                self._pressed = None
            if screen != self._view.screen:
                self._change(screen=screen)

    def pressed(self) -> str | None:
        """The option pressed on the capture or pause shown, once. Raises `VisitOver` or `ShuttingDown`."""
        with self._lock:
            self._raise_if_over()
            pressed, self._pressed = self._pressed, None
            return pressed

    def was_read(self, question: str) -> bool:
        """Whether the question was read aloud to whoever is being served, as far as this start remembers."""
        with self._lock:
            return question in self._read

    def update(self, **fields: object) -> None:
        """Change parts of the view beside the screen: step, dossier, notice, …"""
        with self._lock:
            self._change(**fields)

    def reset(self, screen: Screen, language: str) -> None:
        """Between two people: nothing of the last one stays."""
        with self._lock:
            self._over = None
            self._pressed = None
            self._read.clear()
            self._touched = self._monotonic()
            self._change(
                screen=screen,
                language=language,
                step=0,
                steps=0,
                visit="",
                dossier="",
                kept=(),
                idle_left=None,
                help=Help.NONE,
                notice=None,
            )

    def renew(self, question: Question | None) -> None:
        """Between two people, while a question waits: it reads like this now; None calls it off."""
        with self._lock:
            if self._waiting is None or self._view.visit:
                return
            if question is None:
                waiting, self._waiting = self._waiting, None
                waiting.set_exception(CalledOff())
            elif question != self._view.screen:
                self._change(screen=question)

    def repeat(self) -> None:
        """Publish the view as it is: something beside it has changed."""
        with self._lock:
            self._publish(self._view)

    # -- the screens' side ---------------------------------------------------------------------------------

    def answer(self, question: str, value: str) -> bool:
        """Take an answer; False when it is to a question no longer asked or to none of its options."""
        with self._lock:
            self.touch()
            screen = self._view.screen
            if screen.id != question:
                return False
            if isinstance(screen, Capture | Pause):
                return self._press(screen, value)
            if self._waiting is None or not _fits(screen, value):
                return False
            waiting, self._waiting = self._waiting, None
            waiting.set_result(value)
            return True

    def read(self) -> View:
        """What is asked now, to be read aloud; somebody is there who wants it."""
        with self._lock:
            self.touch()
            self._read.add(self._view.screen.id)
            return self._view

    def touch(self) -> None:
        """Somebody is there."""
        with self._lock:
            self._touched = self._monotonic()
            if self._view.idle_left is not None:
                self._change(idle_left=None)

    def leave(self) -> None:
        """The citizen stops for today."""
        with self._lock:
            if self._view.visit:
                self._end(VisitOver(Outcome.LEFT))

    def end(self, stopped: Stopped) -> bool:
        """An officer ends the visit; False when nobody is being served."""
        with self._lock:
            if not self._view.visit:
                return False
            self._end(VisitOver(stopped.outcome, stopped))
            return True

    def set_language(self, language: str) -> None:
        with self._lock:
            self.touch()
            if language in self._view.languages:
                self._change(language=language)

    def tick(self) -> None:
        """Called a few times a second: warns, then clears. A kiosk that is itself busy or at rest never clears."""
        with self._lock:
            if not self._view.visit or isinstance(self._view.screen, Pause):
                self._touched = self._monotonic()
                return
            quiet = self._monotonic() - self._touched
            if quiet >= self._idle.clear:
                self._end(VisitOver(Outcome.IDLE))
            elif quiet >= self._idle.warn:
                left = int(self._idle.clear - quiet + 0.999)
                if left != self._view.idle_left:
                    self._change(idle_left=left)

    def close(self) -> None:
        """Let go of whoever waits; the visit stays open in the journal."""
        with self._lock:
            self._closed = True
            self._over = ShuttingDown()
            if self._waiting:
                self._waiting.cancel()
                self._waiting = None

    # ------------------------------------------------------------------------------------------------------

    def _press(self, screen: Capture | Pause, value: str) -> bool:
        hurries = value == NEXT and isinstance(screen, Capture)
        if not hurries and value not in {option.key for option in screen.options}:
            return False
        self._pressed = value
        return True

    def _end(self, over: VisitOver) -> None:
        self._over = over
        if self._waiting:
            waiting, self._waiting = self._waiting, None
            waiting.set_exception(over)

    def _expect(self) -> Future[str]:
        """From now on an answer to what is shown is taken."""
        self._waiting = Future()
        return self._waiting

    def _raise_if_over(self) -> None:
        if self._closed:
            raise ShuttingDown
        if self._over is not None:
            raise self._over

    def _change(self, **fields: object) -> None:
        self._view = msgspec.structs.replace(self._view, revision=self._view.revision + 1, **fields)
        self._publish(self._view)


def _answer(future: Future[str]) -> str:
    try:
        return future.result()
    except CancelledError:
        raise ShuttingDown from None


def _fits(screen: Screen, value: str) -> bool:
    """An entry and a signature take any text, everything else only one of its options."""
    if isinstance(screen, Entry | Signature):
        return True
    return isinstance(screen, Choice | Review) and value in {option.key for option in screen.options}
