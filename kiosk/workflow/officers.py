"""This visit's questions to officers: asked, waited for or come back to, and taken off the board when the visit ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.domain.message import Message
from kiosk.domain.time import Clock
from kiosk.workflow.approvals import Approvals, Decision
from kiosk.workflow.board import Approval
from kiosk.workflow.ledger import Ledger


class Officers:
    """What one visit asks of officers. Question and answer are in the audit chain."""

    def __init__(self, approvals: Approvals, ledger: Ledger, clock: Clock) -> None:
        self._approvals = approvals
        self._ledger = ledger
        self._clock = clock
        self._open: dict[str, Approval] = {}

    def post(
        self,
        number: str,
        kind: str,
        subject: str,
        what: Message,
        choices: Sequence[str],
        two_persons: Sequence[str] = (),
    ) -> str:
        """Put a question about dossier `number` on the board; its id, the same for the same subject."""
        asked_id = f"{number}/{kind}/{subject}"
        if asked_id not in self._open:
            asked = self._clock.read().wall
            approval = Approval(asked_id, kind, number, what, tuple(choices), asked, tuple(two_persons))
            self._ledger.audit("approval.asked", number, kind=kind, about=subject)
            self._approvals.post(approval)
            self._open[asked_id] = approval
        return asked_id

    def subjects(self, kind: str) -> tuple[str, ...]:
        """What is being asked about, oldest first."""
        return tuple(
            asked_id.rpartition("/")[2] for asked_id, item in self._open.items() if item.kind == kind
        )

    def answer(self, asked_id: str) -> Decision | None:
        """The officers' decision if there is one by now."""
        return self._heard(asked_id, self._approvals.answer(asked_id))

    def wait(self, asked_id: str, going_on: Callable[[], bool]) -> Decision | None:
        """Wait for the decision, asking `going_on` a few times a second (it may raise); None when that says no."""
        while going_on():
            decision = self._approvals.wait(asked_id)
            if decision is not None:
                return self._heard(asked_id, decision)
        return None

    def close(self) -> None:
        """The visit is over: nobody waits for an answer any more."""
        for asked_id in self._open:
            self._approvals.withdraw(asked_id)
        self._open.clear()

    def _heard(self, asked_id: str, decision: Decision | None) -> Decision | None:
        if decision is None:
            return None
        asked = self._open.pop(asked_id)
        second = {"second": decision.second} if decision.second else {}
        self._ledger.audit(
            "approval.answered",
            asked.dossier,
            kind=asked.kind,
            about=asked_id.rpartition("/")[2],
            choice=decision.choice,
            officer=decision.officer,
            **second,
        )
        return decision
