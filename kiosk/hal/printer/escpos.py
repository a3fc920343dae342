"""Bitmaps as ESC/POS bytes, and what a printer says of itself.

Everything is sent as raster: no code page of a receipt printer holds the Vietnamese letters. Blank rows are fed,
not sent, and each band of rows is trimmed on the right, which halves the bytes of a slip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum

from kiosk.hal.printer import PrinterStatus
from kiosk.hal.printer.bitmap import Bitmap

INITIALISE = b"\x1b@"
# ESC J counts in motion units, whose size differs between models unless it is set: one dot of a 203 dpi head.
UNITS_OF_A_DOT = b"\x1dP\xcb\xcb"
FEED = b"\x1bJ"
RASTER = b"\x1dv0\x00"
CUT = b"\x1dVB\x00"
REALTIME = b"\x10\x04"

TAIL_DOTS = 24
"""White left below the last row before the cut."""
BLANK_ROWS = 4
"""Shorter gaps stay inside a band: a feed and a new header cost more than they save."""
BAND_ROWS = 128
"""The tallest band, so that it fits the buffer of a small printer (at most 9 kB)."""


def encode(bitmap: Bitmap) -> bytes:
    """The print job of one slip: raster bands, blank rows as feeds, a partial cut."""
    parts = [INITIALISE, UNITS_OF_A_DOT]
    blank = 0
    for first, last in _bands(bitmap):
        parts.append(_feed(first - blank))
        parts.append(_raster(bitmap, first, last))
        blank = last
    parts.append(_feed(bitmap.height - blank + TAIL_DOTS))
    parts.append(CUT)
    return b"".join(parts)


def _bands(bitmap: Bitmap) -> Iterator[tuple[int, int]]:
    """`(first, last + 1)` of the rows to send, top down; rows between bands are blank."""
    inked = [number for number in range(bitmap.height) if any(bitmap.row(number))]
    if not inked:
        return
    first = before = inked[0]
    for number in inked[1:]:
        if number - before > BLANK_ROWS or number - first >= BAND_ROWS:
            yield first, before + 1
            first = number
        before = number
    yield first, before + 1


def _raster(bitmap: Bitmap, first: int, last: int) -> bytes:
    rows = [bitmap.row(number) for number in range(first, last)]
    width = max(len(row.rstrip(b"\0")) for row in rows)
    size = width.to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return RASTER + size + b"".join(row[:width] for row in rows)


def _feed(dots: int) -> bytes:
    whole, rest = divmod(dots, 255)
    return (FEED + b"\xff") * whole + (FEED + bytes([rest]) if rest else b"")


class Query(IntEnum):
    """What can be asked at any time, even while the printer is offline (DLE EOT n)."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


# Bits of the answers.
OFFLINE = 0x08
COVER_OPEN = 0x04
STOPPED_FOR_PAPER = 0x20
ERROR_HAPPENED = 0x40
ROLL_NEAR_END = 0x0C
ROLL_ENDED = 0x60


def query(what: Query) -> bytes:
    """The three bytes that ask; the answer is one byte."""
    return REALTIME + bytes([what])


def is_answer(answer: bytes) -> bool:
    """Whether these bytes are one status byte: bits 1 and 4 set, bits 0 and 7 clear."""
    return len(answer) == 1 and answer[0] & 0x93 == 0x12


def parse_status(answers: Mapping[Query, bytes]) -> PrinterStatus:
    """What the answers to PRINTER, OFFLINE and PAPER say together.

    A trouble that one answer proves is told; without proof, a missing or malformed answer makes it UNKNOWN,
    and so does a printer that is offline without saying why.
    """
    bits = {what: answer[0] for what, answer in answers.items() if is_answer(answer)}
    printer, cause, paper = (bits.get(what, 0) for what in (Query.PRINTER, Query.OFFLINE, Query.PAPER))
    if cause & COVER_OPEN:
        return PrinterStatus.COVER_OPEN
    if paper & ROLL_ENDED or cause & STOPPED_FOR_PAPER:
        return PrinterStatus.PAPER_OUT
    if not {Query.PRINTER, Query.OFFLINE, Query.PAPER} <= bits.keys():
        return PrinterStatus.UNKNOWN
    if printer & OFFLINE or cause & ERROR_HAPPENED:
        return PrinterStatus.UNKNOWN
    return PrinterStatus.PAPER_LOW if paper & ROLL_NEAR_END else PrinterStatus.OK
