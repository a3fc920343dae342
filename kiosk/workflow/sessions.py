"""Who is signed in at which screen. A screen nobody touches locks itself; a colleague signs in over whoever is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right


class Checked(Protocol):
    """Whose PIN it is; `fresh`: it has to be changed before anything else."""

    @property
    def officer(self) -> Officer: ...

    @property
    def fresh(self) -> bool: ...


class Session(msgspec.Struct, frozen=True):
    """Somebody at a screen. `used` is the monotonic time of the last key."""

    officer: Officer
    fresh: bool
    used: float


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

    def sign_in(self, screen: Hashable, number: str, pin: str) -> Session | Message:
        """Slow by design (Argon2). Whoever was signed in at this screen is signed out only if the PIN is right."""
        checked = self._check(number, pin)
        if isinstance(checked, Message):
            self._note("desk.refused", number)
            return checked
        session = Session(checked.officer, checked.fresh, self._monotonic())
        self.sign_out(screen)
        with self._lock:
            self._sessions[screen] = session
        self._note("desk.signed_in", session.officer.id)
        return session

    def sign_out(self, screen: Hashable) -> None:
        with self._lock:
            session = self._sessions.pop(screen, None)
        if session:
            self._note("desk.signed_out", session.officer.id)

    def at(self, screen: Hashable) -> Session | None:
        """Who is signed in there; reading it is no use of the screen."""
        with self._lock:
            return self._sessions.get(screen)

    def allowed(self, screen: Hashable, right: Right) -> Officer | Message:
        """Who does it, or why it is not done. Counts as a use of the screen."""
        with self._lock:
            session = self._sessions.get(screen)
            if session is None:
                return msg("people.sign_in")
            if session.fresh:
                return msg("people.change_first")
            if not session.officer.may(right):
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
            theirs = [screen for screen, s in self._sessions.items() if s.officer.id == number]
        for screen in theirs:
            self.sign_out(screen)
        return theirs
