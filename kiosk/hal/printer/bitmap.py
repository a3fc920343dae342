"""A one-bit picture, as a thermal head burns it."""

from __future__ import annotations

import struct
import zlib

import msgspec

DOTS_PER_MM = 8
PAPER_WIDTH = 576
"""Dots across 80 mm paper: 72 mm printable at 203 dpi."""

INVERT = bytes(255 - value for value in range(256))


class Bitmap(msgspec.Struct, frozen=True):
    """`height` rows of `stride` bytes, leftmost dot in the highest bit, 1 is black; spare bits of a row are 0."""

    width: int
    height: int
    rows: bytes

    def __post_init__(self) -> None:
        if len(self.rows) != self.stride * self.height:
            raise ValueError(f"{len(self.rows)} bytes do not make {self.width}×{self.height} dots")

    @property
    def stride(self) -> int:
        """Bytes a row."""
        return (self.width + 7) // 8

    def row(self, number: int) -> bytes:
        return self.rows[number * self.stride : (number + 1) * self.stride]

    def top(self, height: int) -> Bitmap:
        """The first `height` rows, or all when there are fewer."""
        kept = max(0, min(height, self.height))
        return Bitmap(self.width, kept, self.rows[: kept * self.stride])

    def to_png(self) -> bytes:
        """A one-bit greyscale PNG of the printer's true size (203 dpi); at least one row high."""
        stride, height = self.stride, max(1, self.height)
        rows = self.rows or bytes(stride)
        lines = b"".join(b"\0" + rows[at : at + stride] for at in range(0, stride * height, stride))
        # Greyscale counts the other way round: 1 is white. The filter byte before each row stays 0.
        light = bytearray(lines.translate(INVERT))
        light[:: stride + 1] = bytes(height)
        header = struct.pack(">IIBBBBB", self.width, height, 1, 0, 0, 0, 0)
        metres = struct.pack(">IIB", DOTS_PER_MM * 1000, DOTS_PER_MM * 1000, 1)
        chunks = ((b"IHDR", header), (b"pHYs", metres), (b"IDAT", zlib.compress(light)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
