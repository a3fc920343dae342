"""Finger image records of ISO/IEC 19794-4:2011: the part of the standard this kiosk writes, and a strict reader of it.

Not written and not read: certification blocks, extended data (segmentation, annotation, comments), palms, pictures
other than 8-bit grey PNG and lossless JPEG 2000. `docs/dossier-format.md` has the layout, field by field.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import msgspec

from kiosk.biometrics.iso_record import (
    Capture,
    Octets,
    capture_bytes,
    close_octets,
    close_record,
    expect,
    open_record,
    open_representation,
    picture_with_length,
    read_capture,
    read_picture,
    representation,
)
from kiosk.biometrics.raster import PictureFormat, read_raster
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError

STANDARD = "ISO/IEC 19794-4:2011"
MAGIC = b"FIR\x00" + b"020\x00"
_GENERAL = struct.Struct(">HBB")
_VIEW = struct.Struct(">BBBHHHHBBBHH")
_NO_CERTIFICATES = 0
_PIXELS_PER_INCH = 1
_BITS = 8
_TECHNOLOGIES = range(0x15)
"""Capture device technology (table 4): 0 unknown … 20 glass fibre."""


class PictureCode(IntEnum):
    """Image compression algorithm codes (table 9) that lose nothing."""

    JP2 = 5
    PNG = 6


class ImpressionCode(IntEnum):
    """Finger impression codes (table 10) of a living finger on a platen."""

    FLAT = 0
    ROLLED = 1


_FORMATS = {PictureCode.JP2: PictureFormat.JP2, PictureCode.PNG: PictureFormat.PNG}
_CODES = {form: code for code, form in _FORMATS.items()}
_IMPRESSIONS = {ImpressionCode.FLAT: Impression.FLAT, ImpressionCode.ROLLED: Impression.ROLLED}
_IMPRESSION_CODES = {impression: code for code, impression in _IMPRESSIONS.items()}


class FingerView(msgspec.Struct, frozen=True):
    """One representation: a picture file and what is said of it. `ppi` holds across and down, for scan and picture.

    `number` counts the representations of the same position, from 0.
    """

    position: FingerPosition
    impression: Impression
    ppi: int
    width: int
    height: int
    form: PictureFormat
    picture: bytes
    capture: Capture
    number: int = 0


def write_finger_record(views: tuple[FingerView, ...]) -> bytes:
    """A record of one or more representations. Raises `BadInputError` for values the format cannot hold."""
    try:
        positions = len({view.position for view in views})
        general = _GENERAL.pack(len(views), _NO_CERTIFICATES, positions)
        return close_record(MAGIC, general + b"".join(representation(_view_bytes(view)) for view in views))
    except struct.error as error:
        raise BadInputError("record.does_not_fit", standard=STANDARD, why=str(error)) from error


def read_finger_record(data: bytes) -> tuple[FingerView, ...] | Message:
    """The representations of a record, or the first thing that is wrong with it.

    Codes: `record.not_one`, `record.length`, `record.truncated`, `record.trailing`, `record.value`, `record.date`,
    `record.picture`. What is accepted is written again by `write_finger_record` byte for byte.
    """
    try:
        octets = open_record(data, MAGIC, STANDARD)
        count, certificates, positions = octets.unpack(_GENERAL, "general header")
        expect("certification flag", certificates, {_NO_CERTIFICATES})
        expect("number of representations", count, range(1, 1 << 16))
        views = tuple(_read_view(open_representation(octets)) for _ in range(count))
        expect("number of positions", positions, {len({view.position for view in views})})
        close_octets(octets)
    except BadInputError as error:
        return msg(error.code, **error.values)
    return views


def _view_bytes(view: FingerView) -> bytes:
    header = _VIEW.pack(
        view.position,
        view.number,
        _PIXELS_PER_INCH,
        *(view.ppi,) * 4,
        _BITS,
        _CODES[view.form],
        _IMPRESSION_CODES[view.impression],
        view.width,
        view.height,
    )
    return capture_bytes(view.capture) + header + picture_with_length(view.picture)


def _read_view(octets: Octets) -> FingerView:
    capture = read_capture(octets, _TECHNOLOGIES)
    position, number, unit, *ppi, bits, compression, impression, width, height = octets.unpack(
        _VIEW, "representation header"
    )
    expect("scale units", unit, {_PIXELS_PER_INCH})
    expect("bit depth", bits, {_BITS})
    view = FingerView(
        position=FingerPosition(expect("finger position", position, set(FingerPosition))),
        impression=_IMPRESSIONS[ImpressionCode(expect("impression type", impression, set(ImpressionCode)))],
        ppi=_one_resolution(ppi),
        width=width,
        height=height,
        form=_FORMATS[PictureCode(expect("image compression", compression, set(PictureCode)))],
        picture=read_picture(octets),
        capture=capture,
        number=number,
    )
    _check_picture(view)
    return view


def _one_resolution(ppi: list[int]) -> int:
    first, *others = ppi
    expect("spatial sampling rate", first, range(1, 1 << 16))
    for other in others:
        expect("spatial sampling rate", other, {first})
    return first


def _check_picture(view: FingerView) -> None:
    """The picture opens, is grey and has the size the header says, and the resolution where its file says one."""
    raster = read_raster(view.picture, view.form)
    if (raster.mode, raster.width, raster.height) != ("L", view.width, view.height):
        raise BadInputError("record.picture", why=f"{raster.mode} {raster.width}×{raster.height}")
    expect("resolution of the picture file", raster.ppi, {0, view.ppi})
