"""Bitmaps as ESC/POS bytes, and what a printer says of itself.

Everything is sent as raster: no code page of a receipt printer holds the Vietnamese letters. Blank rows are fed,
not sent, and each band of rows is trimmed on the right, which halves the bytes of a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

from kiosk.hal.printer import PrinterStatus
from kiosk.hal.printer.bitmap import PAPER_WIDTH, Bitmap

INITIALISE = b"\x1b@"
# ESC J counts in motion units, whose size differs between models unless it is set: one dot of a 203 dpi head.
UNITS_OF_A_DOT = b"\x1dP\xcb\xcb"
FEED = b"\x1bJ"
RASTER = b"\x1dv0\x00"
CUT = b"\x1dVB\x00"
REALTIME = b"\x10\x04"
REPORTS_OFF = b"\x1da\x00"
"""Printers may be set to speak unasked (GS a); then nothing they say could be matched to a question."""
TELL_WHEN_DONE = b"\x1dr\x01"
"""Asks for the paper sensor's state in its turn (GS r), so the answer says that all before it is printed."""

TAIL_DOTS = 24
"""White left below the last row before the cut."""
BLANK_ROWS = 4
"""Shorter gaps stay inside a band: a feed and a new header cost more than they save."""
BAND_ROWS = 48
"""The tallest band: two of them fit the buffer of a small printer, and 6 mm are soon printed."""
BAND_BYTES = BAND_ROWS * (PAPER_WIDTH // 8) + 8
FINISH = bytes(BAND_BYTES) + CUT
"""Ends whatever a broken job left behind: a band cut short is filled up with white (NUL is nothing otherwise)."""
LIVE = re.compile(rb"\x10([\x04\x05\x14])")
"""Beginnings of real-time commands, which a printer obeys even inside a picture."""


def encode(bitmap: Bitmap) -> bytes:
    """The print job of one slip: raster bands, blank rows as feeds, a partial cut."""
    return b"".join(pieces(bitmap))


def pieces(bitmap: Bitmap) -> Iterator[bytes]:
    """The same job in pieces of whole commands, each at most one band: between them a printer can be asked."""
    ahead = INITIALISE + UNITS_OF_A_DOT
    blank = 0
    for first, last in _bands(bitmap):
        yield ahead + _feed(first - blank) + _raster(bitmap, first, last)
        ahead, blank = b"", last
    yield ahead + _feed(bitmap.height - blank + TAIL_DOTS) + CUT


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
    return RASTER + size + _quiet(b"".join(row[:width] for row in rows))


def _quiet(picture: bytes) -> bytes:
    """The picture with one dot more wherever its bytes would begin a real-time command."""
    return LIVE.sub(lambda found: bytes((found[0][0], found[0][1] | 0x08)), picture)


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


def is_done(answer: bytes) -> bool:
    """Whether this is the answer to `TELL_WHEN_DONE`: two sensors in two bits each, nothing else."""
    return answer in (b"\x00", b"\x03", b"\x0c", b"\x0f")


def has_failed(answers: Mapping[Query, bytes]) -> bool:
    """Whether the printer says that an error stopped it (its cutter, its head), which no paper ends."""
    cause = answers.get(Query.OFFLINE, b"")
    return is_answer(cause) and bool(cause[0] & ERROR_HAPPENED)


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
