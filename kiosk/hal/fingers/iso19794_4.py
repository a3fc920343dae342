"""Finger image records of ISO/IEC 19794-4, 2005 and 2011, read strictly: one finger, 8-bit grey, nothing lossy.

Sources: the layout as MOSIP's bio-utils read and write it (mosip/bio-utils, package `util.finger`, for 2011) and as
NIST's BiomDI does (`fir.h`, for 2005). What a header claims is checked before anything of that size is made.
"""

from __future__ import annotations

import io
import struct
from enum import IntEnum
from typing import NamedTuple

from kiosk.errors import DeviceError

MAGIC, V2005, V2011 = b"FIR\0", b"010\0", b"020\0"
MOST_PIXELS = 600_000
"""800 × 750: the largest rolled finger at 500 ppi (FBI EBTS, appendix F)."""
MOST_TILES = 64
PPCM = 2.54

HEAD_2005 = struct.Struct(">4s4s6sHHBBHHHHBBH")
VIEW_2005 = struct.Struct(">IBBBBBHHB")
HEAD_2011 = struct.Struct(">4s4sIHBB")
CAPTURED_2011 = struct.Struct(">I9sBHH")
IMAGE_2011 = struct.Struct(">BBBHHHHBBBHHI")
QUALITY_BYTES, CERTIFICATION_BYTES = 5, 3

RAW, JPEG2000, PNG = "raw", "JPEG2000", "PNG"
CODINGS_2005 = {0: RAW, 1: RAW, 4: JPEG2000, 5: PNG}
CODINGS_2011 = {0: RAW, 1: RAW, 5: JPEG2000, 6: PNG}
"""By compression code. 2 is WSQ, 3 JPEG, and 4 of 2011 the lossy JPEG 2000; bit packing changes nothing at 8 bits."""


class ImpressionCode(IntEnum):
    """The only ones this kiosk tells apart."""

    PLAIN = 0
    ROLLED = 1


class Print(NamedTuple):
    """One finger. `position` and `impression` are the record's codes (position 0: not said); pixels row by row."""

    position: int
    impression: int
    width: int
    height: int
    ppi: int
    pixels: bytes


class _Picture(NamedTuple):
    """What the headers say, whichever edition."""

    position: int
    impression: int
    units: int
    rates: tuple[int, int]
    depth: int
    coding: str | None
    code: int
    size: tuple[int, int]
    data: bytes


def read_print(record: bytes) -> Print:
    """The finger of a record. Raises `DeviceError`: damaged, lossy, or another kind than this kiosk takes."""
    try:
        picture = _read(record)
    except (struct.error, IndexError) as error:
        raise _bad("length") from error
    if picture.coding is None:
        raise DeviceError("finger_record.lossy", compression=picture.code)
    width, height = picture.size
    if not 0 < width * height <= MOST_PIXELS:
        raise _bad(f"{width}x{height}")
    if picture.depth != 8:
        raise _bad(f"depth {picture.depth}")
    pixels = picture.data if picture.coding is RAW else _decode(picture)
    if len(pixels) != width * height:
        raise _bad("image data")
    return Print(picture.position, picture.impression, width, height, _ppi(picture), pixels)


def _read(record: bytes) -> _Picture:
    magic, version = record[:4], record[4:8]
    if magic != MAGIC or version not in (V2005, V2011):
        raise _bad("header")
    return _read_2005(record) if version == V2005 else _read_2011(record)


def _read_2005(record: bytes) -> _Picture:
    head = HEAD_2005.unpack_from(record)
    fingers, units, rates, depth, code = head[5], head[6], head[9:11], head[11], head[12]
    view = VIEW_2005.unpack_from(record, HEAD_2005.size)
    whole = int.from_bytes(head[2], "big")
    if whole != len(record) or (fingers, view[2]) != (1, 1) or view[0] != whole - HEAD_2005.size:
        raise _bad("length")
    data = record[HEAD_2005.size + VIEW_2005.size :]
    coding = CODINGS_2005.get(code)
    return _Picture(view[1], view[5], units, rates, depth, coding, code, (view[6], view[7]), data)


def _read_2011(record: bytes) -> _Picture:
    _, _, whole, representations, certified, _ = HEAD_2011.unpack_from(record)
    (length, *_) = CAPTURED_2011.unpack_from(record, HEAD_2011.size)
    if whole != len(record) or representations != 1 or length != whole - HEAD_2011.size:
        raise _bad("length")
    at = HEAD_2011.size + CAPTURED_2011.size
    at += 1 + record[at] * QUALITY_BYTES
    if certified:
        at += 1 + record[at] * CERTIFICATION_BYTES
    image = IMAGE_2011.unpack_from(record, at)
    at += IMAGE_2011.size
    size = image[12]
    if at + size > whole:
        raise _bad("image data")
    data, code = record[at : at + size], image[8]
    return _Picture(
        image[0], image[9], image[2], image[5:7], image[7], CODINGS_2011.get(code), code, image[10:12], data
    )


def _ppi(picture: _Picture) -> int:
    across, down = picture.rates
    if across != down or picture.units not in (1, 2):
        raise _bad(f"resolution {across}x{down}")
    return round(across * (PPCM if picture.units == 2 else 1))


def _decode(picture: _Picture) -> bytes:
    """Pixels of a lossless picture that is as large as the record says."""
    from PIL import Image

    if picture.coding is JPEG2000:
        _check_codestream(picture.data, picture.size)
    try:
        with Image.open(io.BytesIO(picture.data), formats=[picture.coding or ""]) as image:
            if image.size != picture.size or image.mode != "L":
                raise _bad("image size")
            return image.tobytes()
    except DeviceError:
        raise
    except Exception as error:  # whatever a decoder says of damaged data
        raise _bad("image data") from error


def _check_codestream(data: bytes, size: tuple[int, int]) -> None:
    """The decoder makes room for every tile that is claimed: the size segment (ISO/IEC 15444-1, A.5.1) is checked before."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or data.find(b"\xff\x4f\xff\x51", start + 1) >= 0 or start + 44 > len(data):
        raise _bad("image data")
    x1, y1, x0, y0, tile_x, tile_y = struct.unpack_from(">6I", data, start + 8)
    tiles = -(-x1 // max(tile_x, 1)) * -(-y1 // max(tile_y, 1))
    (components,) = struct.unpack_from(">H", data, start + 40)
    if (x1 - x0, y1 - y0) != size or tiles > MOST_TILES or components != 1:
        raise _bad("image size")


def _bad(what: str) -> DeviceError:
    return DeviceError("finger_record.damaged", what=what)
