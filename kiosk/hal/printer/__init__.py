"""The contract of a slip printer."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from kiosk.domain.receipt import Slip
from kiosk.hal.device import Device


class PrinterStatus(StrEnum):
    """What the printer says of itself. UNKNOWN: it did not answer, which is never read as OK."""

    OK = "ok"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    UNKNOWN = "unknown"


class Printed(msgspec.Struct, frozen=True):
    """The whole slip went through. `paper` is where a simulated printer laid the picture of it."""

    status: PrinterStatus
    paper: str | None = None


class NotPrinted(msgspec.Struct, frozen=True):
    """The slip did not come out whole; it has to be printed again from its beginning."""

    status: PrinterStatus


class Printer(Device, Protocol):
    """A receipt printer; drivers share `layout` (slip to bitmap) and `commands` (bitmap to bytes)."""

    def status(self, timeout: float) -> PrinterStatus: ...

    def print_slip(self, slip: Slip, timeout: float) -> Printed | NotPrinted:
        """Print one slip and cut. Raises `DeviceError` when the line is dead."""
        ...
