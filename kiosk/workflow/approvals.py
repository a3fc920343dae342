"""Decisions asked of officers. A step waits here; the desk answers. Nothing is decided by waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import msgspec

from kiosk.workflow.board import Approval
from kiosk.workflow.counter import ShuttingDown

LOOK_EVERY_S = 0.25


class Decision(msgspec.Struct, frozen=True):
    """One of the approval's choices, by whom and why."""

    choice: str
    officer: str
    reason: str = ""


class Approvals:
    """Open questions to officers, oldest first. `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Approval, Future[Decision]]] = {}
        self._changed = changed
        self._closed = False

    @property
    def open(self) -> tuple[Approval, ...]:
        with self._lock:
            return tuple(approval for approval, _ in self._open.values())

    def ask(self, approval: Approval, waiting: Callable[[], None]) -> Decision:
        """Wait for an officer, calling `waiting` a few times a second; it raises when the visit is over.

        Raises `ShuttingDown` as well; the step asks again after the restart.
        """
        future: Future[Decision] = Future()
        with self._lock:
            if self._closed:
                raise ShuttingDown
            self._open[approval.id] = (approval, future)
        self._changed()
        try:
            return _wait(future, waiting)
        except CancelledError:
            raise ShuttingDown from None
        finally:
            with self._lock:
                self._open.pop(approval.id, None)
            self._changed()

    def decide(self, approval_id: str, decision: Decision) -> bool:
        """False when nobody asks (any more), or when the choice is none of those offered: the first answer counts."""
        with self._lock:
            found = self._open.get(approval_id)
            if found is None or decision.choice not in found[0].choices or found[1].done():
                return False
            found[1].set_result(decision)
            return True

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting = [future for _, future in self._open.values()]
        for future in waiting:
            future.cancel()


def _wait(future: Future[Decision], waiting: Callable[[], None]) -> Decision:
    while True:
        waiting()
        try:
            return future.result(timeout=LOOK_EVERY_S)
        except TimeoutError:
            continue
