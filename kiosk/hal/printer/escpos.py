"""Receipt printers that speak ESC/POS: on a serial port, on /dev/usb/lp*, on TCP port 9100.

A slip is sent a band at a time, never more than two bands ahead of the paper, and the printer is asked before,
between and after, so that paper out or an open cover in mid-slip is seen. The dossier's number on the slip is the
job's id. A job that broke off is remembered on disk: the next one first ends and cuts away what it left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Slip
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.files import replace_file
from kiosk.hal.printer import NotPrinted, Printed, PrinterStatus
from kiosk.hal.printer.bitmap import DOTS_PER_MM, PAPER_WIDTH, Bitmap
from kiosk.hal.printer.commands import (
    BAND_BYTES,
    FINISH,
    REPORTS_OFF,
    TELL_WHEN_DONE,
    Query,
    has_failed,
    parse_status,
    pieces,
    query,
)
from kiosk.hal.printer.ear import Answers, Ear
from kiosk.hal.printer.layout import Page
from kiosk.hal.printer.line import Line, open_line
from kiosk.hal.printer.typeset import Fonts

READY = frozenset({PrinterStatus.OK, PrinterStatus.PAPER_LOW})
STOPS = frozenset({PrinterStatus.PAPER_OUT, PrinterStatus.COVER_OPEN})
UNFINISHED = "printer.unfinished"
"""In the data folder while a slip is being printed, and afterwards when it was not finished."""

HEALTH_S = 0.8
LOOK_EVERY_S = 1.0
ASK_S = 2.0
AHEAD = 1
"""Bands sent while the printer is still at the one before."""
WATCH_S = 0.1
SILENT_S = 3.0
AGREE_S = 1.0
QUIET_S = 0.6
SLOW_MM_PER_SECOND = 50.0
"""The slowest receipt printers; a printer that cannot report is given the time a slip takes at this pace."""

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400]


class EscposSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`port`: "/dev/ttyUSB0", "/dev/usb/lp0" or "tcp://address:9100". `baud`, `flow`: of a serial port.

    `status` false: the printer never says how it is, which has to be stated; its slips then count as printed once
    they are sent, and only people see whether they came out.
    """

    port: str
    baud: Baud = 115200
    flow: Literal["rtscts", "xonxoff", "none"] = "rtscts"
    status: bool = True


def open_device(settings: Mapping[str, object], data: Path) -> EscposPrinter:
    """Open the line and ask. Raises `ConfigError` for settings that cannot be used, `DeviceError` when nobody answers."""
    try:
        known = msgspec.convert(dict(settings), EscposSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("printer.bad_settings", reason=str(error)) from error
    line = open_line(known.port, known.baud, known.flow)
    try:
        printer = EscposPrinter(line, data / UNFINISHED, speaks=known.status)
        printer.meet()
    except DeviceError:
        line.close()
        raise
    return printer


class EscposPrinter:
    """One printer on one line. `speaks`: whether it answers questions."""

    simulated = False

    def __init__(
        self,
        line: Line,
        unfinished: Path,
        *,
        speaks: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = f"ESC/POS receipt printer, {line.name}"
        self._line, self._unfinished, self._speaks, self._clock = line, unfinished, speaks, clock
        self._ear = Ear(line, clock)
        self._busy = threading.Lock()
        self._page = Page(PAPER_WIDTH, Fonts())
        self._health = HEALTHY
        self._look_at = clock()

    def meet(self) -> None:
        """Free a printer that was left in mid-slip, and ask it once. Raises `DeviceError` when it does not answer."""
        with self._busy:
            if self._unfinished.exists():
                # In the middle of a band it takes everything, questions too, for the rest of the picture.
                self._line.send(bytes(BAND_BYTES), SILENT_S)
                self._ear.listen(self._line.lasting(BAND_BYTES))
            if self._speaks and not self._ear.ask(HEALTH_S):
                raise self._silence()

    def status(self, timeout: float) -> PrinterStatus:
        """What it answers within `timeout` seconds. Raises `DeviceError` when the line is dead."""
        if not self._speaks:
            return PrinterStatus.UNKNOWN
        with self._busy:
            return parse_status(self._ear.ask(timeout))

    def health(self) -> Health:
        """Asked at most once a second; while a slip is being printed, as it was before."""
        if not self._busy.acquire(blocking=False):
            return self._health
        try:
            if self._clock() >= self._look_at:
                self._health = self._look()
                self._look_at = self._clock() + LOOK_EVERY_S
            return self._health
        finally:
            self._busy.release()

    def print_slip(self, slip: Slip, timeout: float) -> Printed | NotPrinted:
        """See `Printer`. Also raises `DeviceError` after `timeout` seconds or three of silence, and `BadInputError`
        for a QR code too large for the paper."""
        bitmap = self._page.render(slip)
        with self._busy:
            job = _Job(self._line, self._ear, self._clock, self._clock() + timeout)
            refused = job.ready() if self._speaks else None
            if refused is not None:
                return NotPrinted(refused)
            broken = self._unfinished.exists()
            replace_file(self._unfinished, slip.number.encode())
            result = job.run(bitmap, broken) if self._speaks else job.pour(bitmap, broken)
            if isinstance(result, Printed):
                self._unfinished.unlink(missing_ok=True)
            return result

    def close(self) -> None:
        self._line.close()

    def _look(self) -> Health:
        try:
            if self._speaks:
                return self._health_of(self._ear.ask(HEALTH_S))
            self._ear.listen(0.0)
        except DeviceError as error:
            return _gone(error)
        return Health(HealthState.DEGRADED, msg("printer.mute", port=self._line.name))

    def _health_of(self, answers: Answers) -> Health:
        if not answers:
            return _gone(self._silence())
        status = parse_status(answers)
        if status is PrinterStatus.OK:
            return HEALTHY
        code = "printer.near_end" if status is PrinterStatus.PAPER_LOW else f"printer.{status}"
        return Health(HealthState.DEGRADED, msg(code, port=self._line.name))

    def _silence(self) -> DeviceError:
        sent = query(Query.PRINTER).hex(" ")
        if self._ear.noise:
            return DeviceError(
                "printer.garbled", port=self._line.name, sent=sent, got=self._ear.noise.hex(" ")
            )
        return DeviceError("printer.silent", port=self._line.name, sent=sent)


def _gone(error: DeviceError) -> Health:
    return Health(HealthState.GONE, Message(error.code, dict(error.values)))


class _Job:
    """One slip on its way; `under_way` bytes were sent last."""

    def __init__(self, line: Line, ear: Ear, clock: Callable[[], float], deadline: float) -> None:
        self._line, self._ear, self._clock, self._deadline = line, ear, clock, deadline
        self._under_way = 0

    def ready(self) -> PrinterStatus | None:
        """None when it can print, otherwise why not."""
        status = parse_status(self._ear.ask(ASK_S))
        return None if status in READY else status

    def pour(self, bitmap: Bitmap, broken: bool) -> Printed:
        """For a printer that says nothing: send it all."""
        self._send(REPORTS_OFF + (FINISH if broken else b""))
        for piece in pieces(bitmap):
            self._send(piece)
        return Printed(PrinterStatus.UNKNOWN)

    def run(self, bitmap: Bitmap, broken: bool) -> Printed | NotPrinted:
        reports = self._agree(broken)
        status = PrinterStatus.UNKNOWN
        sent = 0
        for piece in pieces(bitmap):
            self._send(piece + TELL_WHEN_DONE)
            sent += 1
            status, stopped = self._watch(sent - AHEAD if reports else 0)
            if stopped:
                return NotPrinted(status)
        if reports:
            status, stopped = self._watch(sent)
        else:
            status, stopped = self._wait(bitmap.height / DOTS_PER_MM / SLOW_MM_PER_SECOND)
        return NotPrinted(status) if stopped else Printed(status)

    def _agree(self, broken: bool) -> bool:
        """Whether it reports what is done, which an idle printer does at once. What a broken job left is ended."""
        self._ear.done = 0
        self._send(REPORTS_OFF + (FINISH if broken else b"") + TELL_WHEN_DONE)
        until = self._clock() + AGREE_S + self._line.lasting(self._under_way)
        while not self._ear.done and self._clock() < until:
            self._ear.listen(until - self._clock())
        reports = self._ear.done > 0
        while broken and self._ear.listen(QUIET_S) and self._clock() < self._deadline:
            pass  # Bands of the broken job are being reported.
        self._ear.done = 0
        return reports

    def _watch(self, wanted: int) -> tuple[PrinterStatus, bool]:
        """Ask until `wanted` bands are reported; the last status, and whether it stopped the slip."""
        self._ear.heard_at = self._clock()
        while True:
            answers = self._ask()
            status = parse_status(answers)
            if status in STOPS or has_failed(answers):
                return status, True
            until = self._clock() + WATCH_S
            while self._ear.done < wanted and self._clock() < until:
                self._ear.listen(until - self._clock())
            if self._ear.done >= wanted:
                return status, False

    def _wait(self, seconds: float) -> tuple[PrinterStatus, bool]:
        """Ask until it has been ready for `seconds`."""
        self._ear.heard_at = self._clock()
        until = self._clock() + seconds
        while True:
            answers = self._ask()
            status = parse_status(answers)
            if status in STOPS or has_failed(answers):
                return status, True
            if status not in READY:
                until = self._clock() + seconds
            elif self._clock() >= until:
                return status, False
            self._ear.listen(WATCH_S)

    def _ask(self) -> Answers:
        now, port = self._clock(), self._line.name
        if now > self._deadline:
            raise DeviceError("printer.timeout", port=port)
        if now - self._ear.heard_at > SILENT_S + self._line.lasting(self._under_way):
            raise DeviceError("printer.silent", port=port, sent=query(Query.PRINTER).hex(" "))
        return self._ear.ask(min(ASK_S, self._deadline - now), self._under_way)

    def _send(self, data: bytes) -> None:
        self._line.send(data, max(0.0, self._deadline - self._clock()))
        self._under_way = len(data)
