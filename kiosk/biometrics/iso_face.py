"""Face records of ISO/IEC 19794-5:2011: one colour picture, and a strict reader of what is written here.

Not written and not read: landmark points, 3D data, pictures other than 8-bit RGB PNG and lossless JPEG 2000.
`docs/dossier-format.md` has the layout, field by field.
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
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError

STANDARD = "ISO/IEC 19794-5:2011"
MAGIC = b"FAC\x00" + b"030\x00"
_GENERAL = struct.Struct(">HBH")
_SUBJECT = struct.Struct(">HBBBB")
_LOOKS = struct.Struct(">3sH3s3s")
_IMAGE = struct.Struct(">BBHHBHBB")
_ONE, _NO_CERTIFICATES, _ONE_MOMENT, _NO_LANDMARKS = 1, 0, 0, 0
_UNSAID = (bytes(3), 0, bytes(3), bytes(3))
"""Feature mask, expression, pose and its uncertainty: nothing is said of them."""
_NO_REFERENCE = 0
_RGB_24 = 1
_TECHNOLOGIES = range(7)
"""Capture device technology (table 4): 0 unknown … 6 frame of a digital video camera."""
CROPPED, DOWN_SAMPLED = 1 << 1, 1 << 2
"""Post-acquisition processing (table 19)."""


class Gender(IntEnum):
    """Gender (table 6)."""

    UNSPECIFIED = 0
    MALE = 1
    FEMALE = 2
    UNKNOWN = 255


class FaceKind(IntEnum):
    """Face image type (table 16). `BASIC` claims nothing of pose, light or background."""

    BASIC = 0
    FULL_FRONTAL = 1
    TOKEN_FRONTAL = 2


class PictureCode(IntEnum):
    """Image data type (table 17) of what loses nothing."""

    JP2 = 2
    PNG = 3


_FORMATS = {PictureCode.JP2: PictureFormat.JP2, PictureCode.PNG: PictureFormat.PNG}
_CODES = {form: code for code, form in _FORMATS.items()}


class FaceView(msgspec.Struct, frozen=True):
    """The one representation of a record: a picture file and what is said of it.

    `head_level` 0…7 is the spatial sampling rate level: how wide the head is in the picture, 0 up to 180 pixels, the
    least that can be claimed. `processing` are the bits of the post-acquisition processing.
    """

    width: int
    height: int
    form: PictureFormat
    picture: bytes
    capture: Capture
    gender: Gender = Gender.UNSPECIFIED
    kind: FaceKind = FaceKind.BASIC
    head_level: int = 0
    processing: int = 0


def write_face_record(view: FaceView) -> bytes:
    """A record of one representation. Raises `BadInputError` for values the format cannot hold."""
    try:
        general = _GENERAL.pack(_ONE, _NO_CERTIFICATES, _ONE_MOMENT)
        return close_record(MAGIC, general + representation(_view_bytes(view)))
    except struct.error as error:
        raise BadInputError("record.does_not_fit", standard=STANDARD, why=str(error)) from error


def read_face_record(data: bytes) -> FaceView | Message:
    """The picture of a record, or the first thing that is wrong with it; codes as in `read_finger_record`."""
    try:
        octets = open_record(data, MAGIC, STANDARD)
        count, certificates, moments = octets.unpack(_GENERAL, "general header")
        expect("number of representations", count, {_ONE})
        expect("certification flag", certificates, {_NO_CERTIFICATES})
        expect("temporal semantics", moments, {_ONE_MOMENT})
        view = _read_view(open_representation(octets))
        close_octets(octets)
    except BadInputError as error:
        return msg(error.code, **error.values)
    return view


def _view_bytes(view: FaceView) -> bytes:
    subject = _SUBJECT.pack(_NO_LANDMARKS, view.gender, 0, 0, 0) + _LOOKS.pack(*_UNSAID)
    image = _IMAGE.pack(
        view.kind,
        _CODES[view.form],
        view.width,
        view.height,
        view.head_level,
        view.processing,
        _NO_REFERENCE,
        _RGB_24,
    )
    return capture_bytes(view.capture) + subject + image + picture_with_length(view.picture)


def _read_view(octets: Octets) -> FaceView:
    capture = read_capture(octets, _TECHNOLOGIES)
    gender = _read_subject(octets)
    kind, data_type, width, height, level, processing, reference, colours = octets.unpack(
        _IMAGE, "image information"
    )
    expect("cross reference", reference, {_NO_REFERENCE})
    expect("image colour space", colours, {_RGB_24})
    view = FaceView(
        width=width,
        height=height,
        form=_FORMATS[PictureCode(expect("image data type", data_type, set(PictureCode)))],
        picture=read_picture(octets),
        capture=capture,
        gender=gender,
        kind=FaceKind(expect("face image type", kind, set(FaceKind))),
        head_level=expect("spatial sampling rate level", level, range(8)),
        processing=expect("post-acquisition processing", processing, range(1 << 10)),
    )
    _check_picture(view)
    return view


def _read_subject(octets: Octets) -> Gender:
    """Gender; landmarks, colours, height and looks must be unsaid."""
    landmarks, gender, *colours_and_height = octets.unpack(_SUBJECT, "facial information")
    expect("number of landmark points", landmarks, {_NO_LANDMARKS})
    for value in colours_and_height:
        expect("eye colour, hair colour, height", value, {0})
    looks = octets.take(_LOOKS.size, "facial information")
    expect("features, expression, pose", int.from_bytes(looks), {0})
    return Gender(expect("gender", gender, set(Gender)))


def _check_picture(view: FaceView) -> None:
    """The picture opens, has colours and the size the header says."""
    raster = read_raster(view.picture, view.form)
    if (raster.mode, raster.width, raster.height) != ("RGB", view.width, view.height):
        raise BadInputError("record.picture", why=f"{raster.mode} {raster.width}×{raster.height}")
