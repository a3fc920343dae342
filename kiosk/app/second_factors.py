"""Second factors at this station: one officer at a time is waited for, in a thread, at the station's own devices."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from kiosk.domain.factors import Event, FactorKind
from kiosk.domain.message import Message, msg
from kiosk.errors import KioskError
from kiosk.link.messages import FactorWanted, FromCore, Refused, Settled
from kiosk.link.server import Screen
from kiosk.store.people import People
from kiosk.workflow.second_factor import SecondFactor, Shown, Wait
from kiosk.workflow.sessions import Half, Session, Sessions

log = logging.getLogger(__name__)

SIGN_IN_S: Final = 30.0
ENROL_S: Final = 60.0
ENDS_S: Final = 10.0
"""So long a wait that was stopped may take to end."""


class _Going(NamedTuple):
    """The wait that is going on, and the screen it is for."""

    screen: Screen
    wait: Wait
    thread: threading.Thread


class Enrolment(NamedTuple):
    """What two persons agreed to: `officer` is recognised by a finger or key from now on; `by` is there and sees it."""

    request: str
    officer: str
    kind: FactorKind
    by: str


class SecondFactors:
    """`ended(staff number)` signs somebody out everywhere."""

    def __init__(
        self,
        people: People,
        sessions: Sessions,
        devices: SecondFactor,
        monotonic: Callable[[], float],
        ended: Callable[[str], None],
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._devices = devices
        self._monotonic = monotonic
        self._ended = ended
        self._lock = threading.Lock()
        self._going: _Going | None = None

    @property
    def kinds(self) -> tuple[FactorKind, ...]:
        """What can be enrolled here."""
        return self._devices.kinds

    def ask(self, screen: Screen, half: Half, then: Callable[[Session], FromCore]) -> FromCore | None:
        """Wait for the second factor of whoever has given the PIN; what `then` makes of the session is sent later."""
        number = half.officer.id
        known = self._people.factors(number)

        def work(wait: Wait) -> FromCore | None:
            decided = self._decide(screen, half, self._devices.confirm(known, wait), wait)
            return then(decided) if isinstance(decided, Session) else decided

        wanted = FactorWanted(number, tuple(factor.kind for factor in known), int(SIGN_IN_S))
        busy = self._begin(screen, wanted, work)
        if busy is not None:
            self._people.factor_missed(number, half.tried)
            self._sessions.confirm(screen, half, Event.FACTOR_MISSED)
        return busy

    def enrol(
        self, screen: Screen, enrolment: Enrolment, came_of: Callable[[Message | None], None]
    ) -> FromCore | None:
        """Have a finger or key shown, at the screen of whoever agreed; `came_of` is told what came of it, None when it
        was enrolled."""

        def work(wait: Wait) -> FromCore:
            try:
                trouble = self._take(enrolment, wait)
            except KioskError as error:
                came_of(Message(error.code, dict(error.values)))
                raise
            came_of(trouble)
            return Refused(trouble) if trouble else Settled(enrolment.request)

        wanted = FactorWanted(enrolment.officer, (enrolment.kind,), int(ENROL_S), enrols=True)
        busy = self._begin(screen, wanted, work)
        if busy is not None:
            came_of(busy.message)
        return busy

    def stop(self, screen: Screen) -> None:
        """Whoever is waited for at this screen does not want to be any more."""
        going = self._going
        if going is not None and going.screen is screen:
            going.wait.stopped.set()

    def close(self) -> None:
        going = self._going
        if going is not None:
            going.wait.stopped.set()
            going.thread.join(ENDS_S)

    # ----------------------------------------------------------------------------------------------------------

    def _begin(
        self, screen: Screen, wanted: FactorWanted, work: Callable[[Wait], FromCore | None]
    ) -> Refused | None:
        """A thread of its own; the same screen's earlier wait is ended first, another screen's is not."""
        self._end_earlier(screen)

        def say(message: Message | None) -> None:
            screen.send(wanted.now(int(wait.left), message))

        def run() -> None:
            screen.send(wanted)
            try:
                answer = work(wait)
            except KioskError as error:
                log.error("second factor: %s", error)
                answer = Refused(Message(error.code, dict(error.values)))
            finally:
                with self._lock:
                    self._going = None
            if answer is not None:
                screen.send(answer)

        wait = Wait(wanted.seconds, self._monotonic, say)
        with self._lock:
            if self._going is not None:
                return Refused(msg("factor.busy"))
            thread = threading.Thread(target=run, name="second-factor", daemon=True)
            self._going = _Going(screen, wait, thread)
            thread.start()
        return None

    def _end_earlier(self, screen: Screen) -> None:
        going = self._going
        if going is not None and going.screen is screen:
            going.wait.stopped.set()
            going.thread.join(ENDS_S)

    def _decide(
        self, screen: Screen, half: Half, shown: Shown | None, wait: Wait
    ) -> Session | Refused | None:
        """The record first, then the session; None where nobody waits any more."""
        number = half.officer.id
        if shown is None:
            self._people.factor_missed(number, half.tried)
            trouble: Message | None = msg("factor.stopped" if wait.stopped.is_set() else "factor.late")
            event = Event.FACTOR_MISSED
        else:
            trouble = self._judge(number, shown)
            event = Event.FACTOR_WRONG if trouble else Event.FACTOR_RIGHT
        session = self._sessions.confirm(screen, half, event)
        return session if trouble is None else Refused(trouble)

    def _judge(self, number: str, shown: Shown) -> Message | None:
        if shown.right:
            return self._people.factor_right(number, shown.kind, shown.counter)
        return self._people.factor_wrong(number, shown.kind)

    def _take(self, enrolment: Enrolment, wait: Wait) -> Message | None:
        number = enrolment.officer
        made = self._devices.enrol(enrolment.kind, number, wait)
        if isinstance(made, Message):
            return made
        trouble = self._people.enrol(number, made, enrolment.by)
        if trouble is None:
            self._ended(number)
        return trouble
