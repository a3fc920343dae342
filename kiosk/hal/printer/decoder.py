"""What a print job leaves on paper: a strict reader of ESC/POS raster jobs.

It knows the commands of `commands.encode` and the raster ones of common libraries, and refuses everything else, so
that a stray byte shows up as an error instead of as rubbish on a citizen's slip.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kiosk.errors import BadInputError
from kiosk.hal.printer.bitmap import PAPER_WIDTH, Bitmap

DEFAULT_LINE = 30
"""Dots of a line feed after a reset."""
LONGEST = 40_000
"""Rows; five metres of paper are a fault, not a slip."""


class DecodeError(BadInputError):
    """A byte that is not understood, or a command cut short; `values["offset"]` is where it begins."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__("printer.bad_bytes", offset=offset, reason=reason)


class CutShortError(DecodeError):
    """The data end inside a command; more may complete it."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset, "the command is cut short")


class Paper(msgspec.Struct, frozen=True):
    """The strip of paper: its picture, the rows at which it was cut, and how many bytes that took (all of them)."""

    bitmap: Bitmap
    cuts: tuple[int, ...]
    bytes_used: int


def decode(data: bytes, width: int = PAPER_WIDTH) -> Paper:
    """Print `data` on paper `width` dots wide, a multiple of 8. Raises `DecodeError`."""
    press = Press(data, width // 8)
    while press.at < len(data):
        press.step()
    rows = bytes(press.rows)
    return Paper(Bitmap(width, len(rows) // (width // 8), rows), tuple(press.cuts), press.at)


class Press:
    """The printer's state while it reads a job; `data` may grow while it does, `at` is where it goes on."""

    def __init__(self, data: bytes | bytearray, stride: int) -> None:
        self.data, self.stride = data, stride
        self.at = 0
        self.rows = bytearray()
        self.cuts: list[int] = []
        self.line = DEFAULT_LINE
        self.stored: tuple[int, bytes] | None = None
        self._began = 0

    def step(self) -> bytes:
        """Obey one whole command, which is returned without its values.

        Raises `DecodeError`; after a `CutShortError` nothing has happened, and it can be tried again with more data.
        """
        self._began = self.at
        try:
            name, obey = self._command()
            obey(self)
        except CutShortError:
            self.at = self._began
            raise
        return name

    def take(self, count: int) -> bytes:
        piece = bytes(self.data[self.at : self.at + count])
        if len(piece) < count:
            raise CutShortError(self._began)
        self.at += count
        return piece

    def number(self, size: int = 1) -> int:
        return int.from_bytes(self.take(size), "little")

    def expect(self, *allowed: int) -> int:
        value = self.number()
        if value not in allowed:
            raise self.fault(f"parameter {value} is not supported")
        return value

    def feed(self, dots: int) -> None:
        self.burn(self.stride, bytes(dots * self.stride))

    def burn(self, width: int, image: bytes) -> None:
        """Lay rows of `width` bytes onto the paper."""
        if width > self.stride:
            raise self.fault("the picture is wider than the paper")
        if width and len(self.rows) // self.stride + len(image) // width > LONGEST:
            raise self.fault("the paper is too long")
        margin = bytes(self.stride - width)
        for start in range(0, len(image), width or 1):
            self.rows += image[start : start + width] + margin

    def fault(self, reason: str) -> DecodeError:
        return DecodeError(self._began, reason)

    def _command(self) -> tuple[bytes, Callable[[Press], None]]:
        ahead = bytes(self.data[self.at : self.at + 3])
        for size in (1, 2, 3):
            obey = COMMANDS.get(ahead[:size])
            if obey is not None:
                self.at += size
                return ahead[:size], obey
        if len(ahead) < 3 and any(name.startswith(ahead) for name in COMMANDS):
            raise CutShortError(self._began)
        raise self.fault("unknown command")


def _nothing(press: Press) -> None:
    """NUL is passed over."""


def _reset(press: Press) -> None:
    press.line, press.stored = DEFAULT_LINE, None


def _line_feed(press: Press) -> None:
    press.feed(press.line)


def _feed_dots(press: Press) -> None:
    press.feed(press.number())


def _feed_lines(press: Press) -> None:
    for _ in range(press.number()):
        press.feed(press.line)


def _default_line(press: Press) -> None:
    press.line = DEFAULT_LINE


def _set_line(press: Press) -> None:
    press.line = press.number()


def _motion_units(press: Press) -> None:
    press.expect(203)
    press.expect(203)


def _cut(press: Press) -> None:
    if press.expect(0, 1, 48, 49, 65, 66) >= 65:
        press.feed(press.number())
    press.cuts.append(len(press.rows) // press.stride)


def _raster(press: Press) -> None:
    press.expect(0, 48)
    width, height = press.number(2), press.number(2)
    press.burn(width, press.take(width * height))


def _realtime(press: Press) -> None:
    press.expect(1, 2, 3, 4)


def _reports(press: Press) -> None:
    press.expect(0)


def _tell(press: Press) -> None:
    press.expect(1, 49)


def _graphics(press: Press) -> None:
    """GS ( L: function 112 stores a picture, function 2 or 50 prints the stored one."""
    length = press.number(2)
    end = press.at + length
    press.expect(48)
    if press.expect(2, 50, 112) == 112:
        _store(press)
    elif press.stored is None:
        raise press.fault("nothing is stored to be printed")
    else:
        press.burn(*press.stored)
        press.stored = None
    if press.at != end:
        raise press.fault("the length does not fit the command")


def _store(press: Press) -> None:
    press.expect(48)
    for _ in ("scale across", "scale down"):
        press.expect(1)
    press.expect(49)
    width, height = (press.number(2) + 7) // 8, press.number(2)
    press.stored = width, press.take(width * height)


COMMANDS: dict[bytes, Callable[[Press], None]] = {
    b"\0": _nothing,
    b"\n": _line_feed,
    b"\x10\x04": _realtime,
    b"\x1b@": _reset,
    b"\x1bJ": _feed_dots,
    b"\x1bd": _feed_lines,
    b"\x1b2": _default_line,
    b"\x1b3": _set_line,
    b"\x1dP": _motion_units,
    b"\x1dV": _cut,
    b"\x1da": _reports,
    b"\x1dr": _tell,
    b"\x1dv0": _raster,
    b"\x1d(L": _graphics,
}
"""Every command understood; none is the beginning of another."""
