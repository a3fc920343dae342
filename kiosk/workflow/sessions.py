"""Who is signed in at which screen. A screen nobody touches locks itself; a colleague signs in over whoever is there.

What comes after what is the table `kiosk.domain.factors.NEXT`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol

import msgspec

from kiosk.domain.factors import Event, Stage, after
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right


class Checked(Protocol):
    """Whose PIN it is; `fresh`: it has to be changed before anything else; `event`: whether it is enough."""

    @property
    def officer(self) -> Officer: ...

    @property
    def fresh(self) -> bool: ...

    @property
    def event(self) -> Event: ...

    @property
    def tried(self) -> tuple[str, int]: ...


class Session(msgspec.Struct, frozen=True):
    """Somebody at a screen. `used` is the monotonic time of the last key. `stage`: SIGNED_IN, or ENROLMENT_WANTED for
    whoever may do nothing but have a second factor enrolled."""

    officer: Officer
    fresh: bool
    used: float
    stage: Stage = Stage.SIGNED_IN


class Half(msgspec.Struct, frozen=True):
    """Somebody whose PIN was right and whose second factor is waited for; whoever is signed in there still is."""

    officer: Officer
    fresh: bool
    tried: tuple[str, int]


class Sessions:
    """Screens are told apart by whatever the link gives; safe from any thread."""

    def __init__(
        self,
        check: Callable[[str, str], Checked | Message],
        monotonic: Callable[[], float],
        lock_after_s: float,
        note: Callable[[str, str], None],
    ) -> None:
        """`note(event, staff number)` records who comes and goes."""
        self._check = check
        self._monotonic = monotonic
        self._lock_after_s = lock_after_s
        self._note = note
        self._lock = threading.Lock()
        self._sessions: dict[Hashable, Session] = {}
        self._halves: dict[Hashable, Half] = {}

    def sign_in(self, screen: Hashable, number: str, pin: str) -> Session | Half | Message:
        """Slow by design (Argon2). Whoever was signed in at this screen is signed out only if all is right."""
        checked = self._check(number, pin)
        if isinstance(checked, Message):
            self._note("desk.refused", number)
            return checked
        stage = after(Stage.PIN_WANTED, checked.event)
        if stage is not Stage.FACTOR_WANTED:
            return self._begin(screen, checked.officer, checked.fresh, stage)
        half = Half(checked.officer, checked.fresh, checked.tried)
        with self._lock:
            self._halves[screen] = half
        return half

    def confirm(self, screen: Hashable, half: Half, event: Event) -> Session | None:
        """What came of the second factor. None when that is no sign-in, or when nobody waits for it there any more."""
        with self._lock:
            if self._halves.get(screen) is not half:
                return None
            del self._halves[screen]
        stage = after(Stage.FACTOR_WANTED, event)
        if stage is Stage.SIGNED_IN:
            return self._begin(screen, half.officer, half.fresh, stage)
        self._note("desk.refused", half.officer.id)
        return None

    def _begin(self, screen: Hashable, officer: Officer, fresh: bool, stage: Stage) -> Session:
        session = Session(officer, fresh, self._monotonic(), stage)
        self.sign_out(screen)
        with self._lock:
            self._sessions[screen] = session
        self._note("desk.signed_in", officer.id)
        return session

    def sign_out(self, screen: Hashable) -> None:
        with self._lock:
            self._halves.pop(screen, None)
            session = self._sessions.pop(screen, None)
        if session:
            self._note("desk.signed_out", session.officer.id)

    def at(self, screen: Hashable) -> Session | None:
        """Who is signed in there; reading it is no use of the screen."""
        with self._lock:
            return self._sessions.get(screen)

    def allowed(self, screen: Hashable, right: Right | None, enrols: bool = False) -> Officer | Message:
        """Who does it, or why it is not done. Counts as a use of the screen.

        `right` None: anybody signed in. `enrols`: it is what whoever has no second factor yet may do.
        """
        with self._lock:
            session = self._sessions.get(screen)
            if session is None:
                return msg("people.sign_in")
            if session.fresh:
                return msg("people.change_first")
            if session.stage is Stage.ENROLMENT_WANTED and not enrols:
                return msg("people.enrol_first")
            if right is not None and not session.officer.may(right):
                return msg("people.not_yours", role=msg(f"role.{session.officer.role}"))
            self._sessions[screen] = msgspec.structs.replace(session, used=self._monotonic())
            return session.officer

    def used(self, screen: Hashable) -> None:
        """Somebody touched a key there."""
        with self._lock:
            if session := self._sessions.get(screen):
                self._sessions[screen] = msgspec.structs.replace(session, used=self._monotonic())

    def refreshed(self, screen: Hashable) -> None:
        """The PIN was changed; everything else is open now."""
        with self._lock:
            if session := self._sessions.get(screen):
                self._sessions[screen] = msgspec.structs.replace(session, fresh=False)

    def lock_idle(self) -> list[Hashable]:
        """Sign out where nobody has touched a key for long; those screens."""
        now = self._monotonic()
        with self._lock:
            idle = [screen for screen, s in self._sessions.items() if now - s.used >= self._lock_after_s]
        for screen in idle:
            self.sign_out(screen)
        return idle

    def end(self, number: str) -> list[Hashable]:
        """An account ended or lost its PIN: nobody stays signed in with it."""
        with self._lock:
            for screen in [screen for screen, half in self._halves.items() if half.officer.id == number]:
                del self._halves[screen]
            theirs = [screen for screen, s in self._sessions.items() if s.officer.id == number]
        for screen in theirs:
            self.sign_out(screen)
        return theirs
