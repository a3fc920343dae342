"""The sheet of a shift, put on paper beside whatever visit is going on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from kiosk.app.shift_sheet import shift_sheet
from kiosk.config import StationConfig
from kiosk.domain.message import Message, msg
from kiosk.domain.shift import ShiftClosed
from kiosk.domain.time import Clock
from kiosk.hal.printer import Printed, Printer
from kiosk.locale import Audience, Words
from kiosk.store.checkpoint import checkpoint
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.attended import Attended

PATIENCE_S = 30.0
PRINT_S = 20.0


class ShiftPaper:
    """`alert(code, message)` puts a sheet that did not come out on the board, or takes it off."""

    def __init__(
        self,
        station: StationConfig,
        ledger: SqliteLedger,
        printer: Attended[Printer],
        words: Mapping[str, Words],
        clock: Clock,
        stopping: threading.Event,
        alert: Callable[[str, Message | None], None],
    ) -> None:
        self._station = station
        self._ledger = ledger
        self._printer = printer
        self._words = words[station.languages[0]]
        self._clock = clock
        self._stopping = stopping
        self._alert = alert

    def put_out(self, closed: ShiftClosed) -> None:
        """Until the printer is free and has paper; given up after a while, and said on the board."""
        head = checkpoint(self._station.id, closed.shift.id, closed.head_seq, closed.head, self._ledger.keys)
        sheet = shift_sheet(
            self._station.place,
            closed,
            head.text,
            lambda message: self._words.say(message, Audience.OFFICER),
        )
        until = self._clock.monotonic() + PATIENCE_S
        while not self._stopping.is_set() and self._clock.monotonic() < until:
            answer = self._printer.try_use(lambda printer: printer.print_slip(sheet, PRINT_S))
            if isinstance(answer, Printed):
                self._alert("sheet", None)
                return
            self._stopping.wait(1.0)
        self._alert("sheet", msg("shift.sheet.not_printed", shift=closed.shift.id))
