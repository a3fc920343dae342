"""What the records of ISO/IEC 19794:2011 share (part 1): big-endian fields, capture date, capture device, quality."""

from __future__ import annotations

import struct
from collections.abc import Collection
from datetime import UTC, datetime

import msgspec

from kiosk.errors import BadInputError

NOT_COMPUTED = 255
"""Quality score of a representation whose quality could not be told."""
BEST_SCORE = 100
_DATE = struct.Struct(">HBBBBBH")
_UNKNOWN_DATE = bytes([0xFF]) * _DATE.size
_DEVICE = struct.Struct(">BHHB")
_QUALITY = struct.Struct(">BHH")
_LENGTH_BYTES = 4


class Quality(msgspec.Struct, frozen=True):
    """A quality block: `score` 0…100 or `NOT_COMPUTED`, and the registered numbers of its algorithm (0: unreported)."""

    score: int
    vendor: int = 0
    algorithm: int = 0


class Capture(msgspec.Struct, frozen=True):
    """The beginning of every representation header. `taken` is UTC to the millisecond, None when it is not known.

    `technology`, `vendor` and `device` are the numbers of the capture device, 0 for unreported.
    """

    taken: datetime | None
    quality: tuple[Quality, ...] = ()
    technology: int = 0
    vendor: int = 0
    device: int = 0


class Octets:
    """Reads one field after another and never past the end; every method raises `BadInputError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._place

    def take(self, count: int, part: str) -> bytes:
        if count > self.left:
            raise BadInputError("record.truncated", part=part)
        self._place += count
        return self._data[self._place - count : self._place]

    def unpack(self, form: struct.Struct, part: str) -> tuple[int, ...]:
        return form.unpack(self.take(form.size, part))

    def number(self, count: int, part: str) -> int:
        return int.from_bytes(self.take(count, part))


def expect(part: str, value: int, allowed: Collection[int]) -> int:
    """`value`, or `BadInputError` `record.value` when it is none of `allowed`."""
    if value not in allowed:
        raise BadInputError("record.value", part=part, value=value)
    return value


def open_record(data: bytes, magic: bytes, standard: str) -> Octets:
    """The record after format identifier, version number and length, which must be its own. Raises `BadInputError`."""
    octets = Octets(data)
    if octets.take(len(magic), "format identifier, version number") != magic:
        raise BadInputError("record.not_one", standard=standard)
    length = octets.number(_LENGTH_BYTES, "length of record")
    if length != len(data):
        raise BadInputError("record.length", said=length, found=len(data))
    return octets


def close_record(magic: bytes, rest: bytes) -> bytes:
    """`rest` after format identifier, version number and the length of the whole record."""
    return magic + (len(magic) + _LENGTH_BYTES + len(rest)).to_bytes(_LENGTH_BYTES) + rest


def representation(body: bytes) -> bytes:
    """`body` with the length of the representation before it."""
    return (_LENGTH_BYTES + len(body)).to_bytes(_LENGTH_BYTES) + body


def open_representation(octets: Octets) -> Octets:
    """The next representation after its length. Raises `BadInputError`."""
    length = octets.number(_LENGTH_BYTES, "representation length")
    if length < _LENGTH_BYTES:
        raise BadInputError("record.value", part="representation length", value=length)
    return Octets(octets.take(length - _LENGTH_BYTES, "representation"))


def read_picture(octets: Octets) -> bytes:
    """Length of image data and the image, which must be the last of its representation. Raises `BadInputError`."""
    picture = octets.take(octets.number(_LENGTH_BYTES, "length of image data"), "image data")
    close_octets(octets)
    return picture


def picture_with_length(picture: bytes) -> bytes:
    return len(picture).to_bytes(_LENGTH_BYTES) + picture


def close_octets(octets: Octets) -> None:
    """Raises `BadInputError` when something is left over: extended data are not read here."""
    if octets.left:
        raise BadInputError("record.trailing", count=octets.left)


def capture_bytes(capture: Capture) -> bytes:
    """Raises `BadInputError` for a quality score out of range."""
    blocks = [_QUALITY.pack(_score(block.score), block.vendor, block.algorithm) for block in capture.quality]
    device = _DEVICE.pack(capture.technology, capture.vendor, capture.device, len(blocks))
    return _date_bytes(capture.taken) + device + b"".join(blocks)


def read_capture(octets: Octets, technologies: Collection[int]) -> Capture:
    """Raises `BadInputError`; `technologies` are the codes the part of the standard knows."""
    taken = _read_date(octets)
    technology, vendor, device, count = octets.unpack(_DEVICE, "capture device")
    blocks = (octets.unpack(_QUALITY, "quality block") for _ in range(count))
    quality = tuple(Quality(_score(score), maker, algorithm) for score, maker, algorithm in blocks)
    return Capture(
        taken, quality, expect("capture device technology", technology, technologies), vendor, device
    )


def _score(score: int) -> int:
    return expect("quality score", score, {*range(BEST_SCORE + 1), NOT_COMPUTED})


def _date_bytes(taken: datetime | None) -> bytes:
    if taken is None:
        return _UNKNOWN_DATE
    day = taken.astimezone(UTC)
    return _DATE.pack(day.year, day.month, day.day, day.hour, day.minute, day.second, day.microsecond // 1000)


def _read_date(octets: Octets) -> datetime | None:
    raw = octets.take(_DATE.size, "capture date and time")
    if raw == _UNKNOWN_DATE:
        return None
    year, month, day, hour, minute, second, milliseconds = _DATE.unpack(raw)
    try:
        return datetime(year, month, day, hour, minute, second, milliseconds * 1000, UTC)
    except ValueError as error:
        raise BadInputError("record.date", found=raw.hex()) from error
