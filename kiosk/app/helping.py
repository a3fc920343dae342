"""An officer beside a citizen: seeing the same screen, answering one question for them, ending the visit (O3)."""

from __future__ import annotations

import threading
from typing import Protocol

from kiosk.domain.dossier import Stopped
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.domain.visit import BY_OFFICER, Outcome
from kiosk.link.messages import ViewChanged
from kiosk.link.server import Screen
from kiosk.workflow.counter import Counter
from kiosk.workflow.sessions import Sessions
from kiosk.workflow.view import View


class Note(Protocol):
    """Puts what somebody did into the audit chain, about the visit that is going on."""

    def __call__(self, event: str, **detail: str | int) -> None: ...


class Helping:
    """Everything here is noted with who did it; what was seen or answered is not."""

    def __init__(self, counter: Counter, sessions: Sessions, note: Note) -> None:
        self._counter = counter
        self._sessions = sessions
        self._note = note
        self._lock = threading.Lock()
        self._watching: set[Screen] = set()

    def watch(self, screen: Screen, officer: str, on: bool) -> None:
        with self._lock:
            if on:
                self._watching.add(screen)
            else:
                self._watching.discard(screen)
        self._note("desk.watches" if on else "desk.looks_away", officer=officer)
        if on:
            screen.send(ViewChanged(self._counter.view))

    def show(self, view: View) -> None:
        """To the screens whose officer is still there and may see it."""
        with self._lock:
            watching = list(self._watching)
        for screen in watching:
            session = self._sessions.at(screen)
            if session and session.officer.may(Right.SEE_DATA):
                screen.send(ViewChanged(view))
            else:
                self.forget(screen)

    def forget(self, screen: Screen) -> None:
        with self._lock:
            self._watching.discard(screen)

    def answer(self, officer: str, question: str, value: str) -> Message | None:
        if not self._counter.answer(question, value):
            return msg("link.not_asked", question=question)
        self._note("desk.answered", officer=officer, question=question)
        return None

    def end(self, officer: str, outcome: Outcome, reason: str) -> Message | None:
        """The draft stays: the person can go on another day, here or at home."""
        if outcome not in BY_OFFICER or not reason.strip():
            return msg("over.needs_reason")
        if not self._counter.end(Stopped(outcome, officer, reason.strip())):
            return msg("over.nobody")
        self._note("desk.ended", officer=officer, outcome=outcome)
        return None
