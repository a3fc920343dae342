"""Decisions asked of officers. A step waits here, or comes back for the answer; nothing is decided by waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from kiosk.domain.correction import Finding
from kiosk.domain.message import Message, msg
from kiosk.workflow.board import CORRECTION, Approval, Voice
from kiosk.workflow.counter import ShuttingDown

LOOK_EVERY_S = 0.25


class Decision(msgspec.Struct, frozen=True):
    """One of the approval's choices, by whom and why; `second` is the other officer where two were needed. `finding`:
    what was seen, of a correction."""

    choice: str
    officer: str
    reason: str = ""
    second: str = ""
    finding: Finding | None = None


class Waiting(NamedTuple):
    """An open approval and for how many seconds it has been waiting."""

    approval: Approval
    seconds: float


class _Asked:
    """One question: as the board shows it, since when, and the decision once there is one."""

    def __init__(self, approval: Approval, since: float) -> None:
        self.approval = approval
        self.since = since
        self.reasons: dict[str, str] = {}
        self.decision: Decision | None = None
        self.decided = threading.Event()


class Approvals:
    """Open questions to officers, oldest first. `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}
        self._changed = changed
        self._monotonic = monotonic
        self._closed = False

    @property
    def open(self) -> tuple[Approval, ...]:
        with self._lock:
            return tuple(asked.approval for asked in self._asked.values() if asked.decision is None)

    @property
    def longest(self) -> Waiting | None:
        """The approval that has waited longest for its decision."""
        with self._lock:
            undecided = [asked for asked in self._asked.values() if asked.decision is None]
            if not undecided:
                return None
            oldest = min(undecided, key=lambda asked: asked.since)
            return Waiting(oldest.approval, self._monotonic() - oldest.since)

    # -- the workflow's side -----------------------------------------------------------------------------------

    def post(self, approval: Approval) -> None:
        """Put a question on the board and go on; asked again it keeps its place. Raises `ShuttingDown`."""
        with self._lock:
            if self._closed:
                raise ShuttingDown
            self._asked.setdefault(approval.id, _Asked(approval, self._monotonic()))
        self._changed()

    def answer(self, approval_id: str) -> Decision | None:
        """The decision, once: with it the question is closed. None while there is none."""
        with self._lock:
            asked = self._asked.get(approval_id)
            if asked is None or asked.decision is None:
                return None
            del self._asked[approval_id]
        self._changed()
        return asked.decision

    def wait(self, approval_id: str) -> Decision | None:
        """Wait a moment for the decision of a question posted. Raises `ShuttingDown`; the step asks again then."""
        with self._lock:
            asked = self._asked[approval_id]
        asked.decided.wait(LOOK_EVERY_S)
        if self._closed:
            raise ShuttingDown
        return self.answer(approval_id)

    def withdraw(self, approval_id: str) -> Decision | None:
        """Take a question off the board; its decision when there was one already."""
        with self._lock:
            asked = self._asked.pop(approval_id, None)
        self._changed()
        return asked.decision if asked else None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting = list(self._asked.values())
        for asked in waiting:
            asked.decided.set()

    # -- the officers' side ------------------------------------------------------------------------------------

    def decide(self, approval_id: str, decision: Decision) -> Message | None:
        """Take an officer's word; why not, otherwise. It is decided once enough different officers say the same.

        An officer has one voice: a new choice takes the place of the one before, the same one again is refused.
        """
        with self._lock:
            asked = self._asked.get(approval_id)
            if asked is None or asked.decision is not None or decision.choice not in asked.approval.choices:
                return msg("link.not_asked", question=approval_id)
            if asked.approval.kind == CORRECTION and decision.finding is None:
                return msg("correction.at_bench")
            if Voice(decision.officer, decision.choice) in asked.approval.given:
                return msg("approval.same_person")
            self._hear(asked, decision)
        self._changed()
        return None

    def _hear(self, asked: _Asked, decision: Decision) -> None:
        others = tuple(voice for voice in asked.approval.given if voice.officer != decision.officer)
        given = (*others, Voice(decision.officer, decision.choice))
        asked.reasons[decision.officer] = decision.reason
        asked.approval = msgspec.structs.replace(asked.approval, given=given)
        alike = [voice.officer for voice in given if voice.choice == decision.choice]
        if len(alike) >= asked.approval.needed(decision.choice):
            first = alike[0]
            second = alike[1] if len(alike) > 1 else ""
            reason = "; ".join(filter(None, (asked.reasons[officer] for officer in alike)))
            asked.decision = Decision(decision.choice, first, reason, second, decision.finding)
            asked.decided.set()
