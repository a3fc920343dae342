"""Slips printed again for an officer, beside whatever visit is going on.

An officer expects the paper at once, so it does not wait in the workflow's queue; the printer is shared with it a job
at a time. While the citizen is still there the copy is whole, afterwards it leaves the name to be written by hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Slip, Text, Weight
from kiosk.domain.time import Clock
from kiosk.errors import StoreError
from kiosk.hal.printer import NotPrinted, Printed, Printer
from kiosk.locale import Audience, Words
from kiosk.store.slips import Paper, SlipBook
from kiosk.workflow.attended import Attended
from kiosk.workflow.slip import marked_again

REASONS = ("torn", "illegible", "lost")
PRINT_S = 20.0
WAIT_S = 25.0
LOOK_S = 0.1
STOP_S = 2.0


class Reprints:
    """One at a time. `tell` puts what came of it on the officers' board, or takes it off."""

    def __init__(
        self,
        slips: SlipBook,
        printer: Attended[Printer],
        words: Words,
        clock: Clock,
        tell: Callable[[Message | None], None],
    ) -> None:
        self._slips = slips
        self._printer = printer
        self._words = words
        self._clock = clock
        self._tell = tell
        self._busy = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self, number: str, reason: str, officer: str) -> Message | None:
        """Begin to print; why not otherwise. It is in the audit chain before the paper moves."""
        if reason not in REASONS:
            return msg("reprint.reason_unknown", known=", ".join(REASONS))
        if self._closed.is_set() or not self._busy.acquire(blocking=False):
            return msg("reprint.busy")
        paper = self._begin(number, reason, officer)
        if isinstance(paper, Message):
            self._busy.release()
            return paper
        self._thread = threading.Thread(
            target=self._run, args=(number, paper, officer), name="reprint", daemon=True
        )
        self._thread.start()
        return None

    def close(self) -> None:
        """A job at the printer is not waited for longer than a moment."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _begin(self, number: str, reason: str, officer: str) -> Paper | Message:
        try:
            return self._slips.again(number, officer, reason)
        except StoreError as error:
            return msg(error.code, **error.values)

    def _run(self, number: str, paper: Paper, officer: str) -> None:
        self._tell(msg("reprint.printing", number=number))
        trouble: Message | None = None
        try:
            answer = self._print(self._marked(paper, officer))
            trouble = _trouble_of(answer, number)
            if isinstance(answer, Printed) and not paper.reprint:
                self._slips.done(number, answer.paper)
        except StoreError as error:
            trouble = msg(error.code, **error.values)
        finally:
            self._busy.release()
            self._tell(trouble)

    def _marked(self, paper: Paper, officer: str) -> Slip:
        """A slip that was still owed is no copy."""
        if not paper.reprint:
            return paper.slip
        now = self._clock.read().local
        by = msg("slip.again_by", time=f"{now:%d/%m/%Y %H:%M}", officer=officer)
        foot = Text(self._words.say(by, Audience.CITIZEN), weight=Weight.SMALL, centred=True)
        return marked_again(paper.slip, paper.reprint, self._words, foot)

    def _print(self, slip: Slip) -> Printed | NotPrinted | None:
        """None when the printer was gone or busy all the time."""
        until = self._clock.monotonic() + WAIT_S
        while not self._closed.is_set() and self._clock.monotonic() < until and not self._printer.gone:
            answer = self._printer.try_use(lambda printer: printer.print_slip(slip, PRINT_S))
            if answer is not None:
                return answer
            self._closed.wait(LOOK_S)
        return None


def _trouble_of(answer: Printed | NotPrinted | None, number: str) -> Message | None:
    if isinstance(answer, Printed):
        return None
    if answer is None:
        return msg("reprint.no_printer", number=number)
    return msg("reprint.not_printed", number=number, why=msg(f"printer.{answer.status}", metres=0))
