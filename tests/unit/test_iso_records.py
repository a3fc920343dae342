"""Records of ISO/IEC 19794-4 and -5 (2011) and their pictures (X1): what is written is read, nothing else is."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.biometrics.iso_face import FaceKind, FaceView, Gender, read_face_record, write_face_record
from kiosk.biometrics.iso_finger import FingerView, read_finger_record, write_finger_record
from kiosk.biometrics.iso_record import NOT_COMPUTED, Capture, Quality
from kiosk.biometrics.raster import PictureFormat, Raster, read_raster, write_raster
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message
from kiosk.errors import BadInputError

TAKEN = datetime(2026, 11, 22, 7, 15, 30, 250_000, tzinfo=UTC)
WIDTH, HEIGHT = 24, 32


@cache
def picture(mode: str, form: PictureFormat, width: int = WIDTH, ppi: int = 500) -> bytes:
    channels = len(mode)
    pixels = np.random.default_rng(7).integers(0, 256, (HEIGHT, width, channels), np.uint8)
    return write_raster(Raster(width, HEIGHT, mode, pixels.tobytes(), ppi), form)


def finger(form: PictureFormat = PictureFormat.JP2, **changed: Any) -> FingerView:
    view = FingerView(
        position=FingerPosition.RIGHT_INDEX,
        impression=Impression.ROLLED,
        ppi=500,
        width=WIDTH,
        height=HEIGHT,
        form=form,
        picture=picture("L", form),
        capture=Capture(TAKEN, (Quality(87),)),
    )
    return msgspec.structs.replace(view, **changed)


def face(form: PictureFormat = PictureFormat.JP2, **changed: Any) -> FaceView:
    view = FaceView(WIDTH, HEIGHT, form, picture("RGB", form), Capture(TAKEN, (Quality(NOT_COMPUTED),)))
    return msgspec.structs.replace(view, **changed)


moments = st.none() | st.integers(-62_000_000_000_000, 253_000_000_000_000).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
shorts = st.integers(0, 0xFFFF)
scores = st.integers(0, 100) | st.just(NOT_COMPUTED)
qualities = st.lists(st.builds(Quality, scores, shorts, shorts), max_size=3).map(tuple)


def captures(most_technology: int) -> st.SearchStrategy[Capture]:
    return st.builds(Capture, moments, qualities, st.integers(0, most_technology), shorts, shorts)


fingers = st.builds(
    finger,
    st.sampled_from(PictureFormat),
    position=st.sampled_from(FingerPosition),
    impression=st.sampled_from(Impression),
    number=st.integers(0, 255),
    capture=captures(20),
)
faces = st.builds(
    face,
    st.sampled_from(PictureFormat),
    capture=captures(6),
    gender=st.sampled_from(Gender),
    kind=st.sampled_from(FaceKind),
    head_level=st.integers(0, 7),
    processing=st.integers(0, 1023),
)


@given(st.lists(fingers, min_size=1, max_size=3).map(tuple))
@settings(deadline=None)
def test_finger_records_come_back_as_they_were(views: tuple[FingerView, ...]) -> None:
    record = write_finger_record(views)
    assert read_finger_record(record) == views


@given(faces)
@settings(deadline=None)
def test_face_records_come_back_as_they_were(view: FaceView) -> None:
    assert read_face_record(write_face_record(view)) == view


def test_a_finger_record_byte_by_byte() -> None:
    """Tables 1 and 2 of ISO/IEC 19794-4:2011, as receiving systems read them: 16 bytes, then 41 and 5 a quality block."""
    form = picture("L", PictureFormat.JP2)
    record = write_finger_record((finger(),))
    assert record[:16] == b"FIR\x00" + b"020\x00" + struct.pack(">IHBB", len(record), 1, 0, 1)
    expected = [
        struct.pack(">I", len(record) - 16),  # representation length
        struct.pack(">HBBBBBH", 2026, 11, 22, 7, 15, 30, 250),
        bytes(5),  # technology, vendor, type: unreported
        bytes([1, 87, 0, 0, 0, 0]),  # one quality block
        bytes([2, 0, 1]),  # right index, first of its position, pixels per inch
        struct.pack(">4H", 500, 500, 500, 500),
        bytes([8, 5, 1]),  # 8 bits, JPEG 2000 lossless, live-scan rolled
        struct.pack(">HHI", WIDTH, HEIGHT, len(form)),
    ]
    assert record[16 : 16 + 41 + 5] == b"".join(expected)
    assert record[16 + 41 + 5 :] == form


def test_a_face_record_byte_by_byte() -> None:
    """Figure 2 of ISO/IEC 19794-5:2011: 17 bytes, then 51 and 5 a quality block."""
    record = write_face_record(face(PictureFormat.PNG, gender=Gender.FEMALE, processing=6))
    form = picture("RGB", PictureFormat.PNG)
    assert record[:17] == b"FAC\x00" + b"030\x00" + struct.pack(">IHBH", len(record), 1, 0, 0)
    expected = [
        struct.pack(">I", len(record) - 17),
        struct.pack(">HBBBBBH", 2026, 11, 22, 7, 15, 30, 250),
        bytes(5),
        bytes([1, 255, 0, 0, 0, 0]),
        bytes([0, 0, 2, 0, 0, 0]),  # no landmarks, female, eyes, hair, height unsaid
        bytes(11),  # features, expression, pose and its uncertainty unsaid
        bytes([0, 3]),  # basic, PNG
        struct.pack(">HHBHBB", WIDTH, HEIGHT, 0, 6, 0, 1),
        struct.pack(">I", len(form)),
    ]
    assert record[17 : 17 + 51 + 5] == b"".join(expected)
    assert record[17 + 51 + 5 :] == form


FINGER, FACE = write_finger_record((finger(), finger(number=1))), write_face_record(face())


@given(st.integers(0, max(len(FINGER), len(FACE)) - 1))
@settings(deadline=None)
def test_a_record_cut_anywhere_is_refused(length: int) -> None:
    assert isinstance(read_finger_record(FINGER[: min(length, len(FINGER) - 1)]), Message)
    assert isinstance(read_face_record(FACE[: min(length, len(FACE) - 1)]), Message)


@pytest.mark.parametrize("header", range(16 + 46))
def test_no_byte_of_a_finger_header_changes_unseen(header: int) -> None:
    for flip in (0x01, 0x80, 0xFF):
        record = bytearray(FINGER)
        record[header] ^= flip
        read = read_finger_record(bytes(record))
        assert isinstance(read, Message) or write_finger_record(read) == bytes(record)
        assert read != read_finger_record(FINGER)


@pytest.mark.parametrize("header", range(17 + 56))
def test_no_byte_of_a_face_header_changes_unseen(header: int) -> None:
    for flip in (0x01, 0x80, 0xFF):
        record = bytearray(FACE)
        record[header] ^= flip
        read = read_face_record(bytes(record))
        assert isinstance(read, Message) or write_face_record(read) == bytes(record)
        assert read != read_face_record(FACE)


@given(st.binary(max_size=200), st.booleans(), st.integers(0, len(FINGER) - 1), st.binary(max_size=12))
@settings(deadline=None)
def test_no_bytes_break_the_readers(junk: bytes, spliced: bool, place: int, patch: bytes) -> None:
    for whole, read in ((FINGER, read_finger_record), (FACE, read_face_record)):
        data = whole[:place] + patch + whole[place + len(patch) :] if spliced else junk
        found = read(data)
        assert isinstance(found, Message) or spliced


@pytest.mark.parametrize(
    ("offset", "bytes_", "code"),
    [
        (0, b"FAC", "record.not_one"),
        (4, b"010\0", "record.not_one"),
        (8, bytes(4), "record.length"),
        (12, bytes(2), "record.value"),
        (14, b"\x01", "record.value"),
        (15, b"\x02", "record.value"),
        (16, bytes(4), "record.value"),
        (16, b"\x7f\xff\xff\xff", "record.truncated"),
        (20, struct.pack(">HBB", 2026, 2, 30), "record.date"),
        (34, b"\xff", "record.value"),
        (35, b"\x65", "record.value"),
        (40, b"\x0b", "record.value"),
        (42, b"\x02", "record.value"),
        (43, bytes(8), "record.value"),
        (43, struct.pack(">H", 300), "record.value"),
        (51, b"\x04", "record.value"),
        (52, b"\x04", "record.value"),
        (52, b"\x06", "record.picture"),
        (53, b"\x04", "record.value"),
        (54, struct.pack(">H", WIDTH + 1), "record.picture"),
        (58, bytes(4), "record.trailing"),
        (58, b"\xff\xff\xff\xff", "record.truncated"),
    ],
)
def test_what_is_wrong_with_a_finger_record_is_said(offset: int, bytes_: bytes, code: str) -> None:
    record = bytearray(write_finger_record((finger(),)))
    record[offset : offset + len(bytes_)] = bytes_
    found = read_finger_record(bytes(record))
    assert isinstance(found, Message)
    assert found.code == code


def test_what_is_written_must_fit() -> None:
    changes: tuple[dict[str, Any], ...] = ({"ppi": 70_000}, {"width": 70_000}, {"number": 256})
    for changed in changes:
        with pytest.raises(BadInputError, match=r"record\.does_not_fit"):
            write_finger_record((finger(**changed),))
    with pytest.raises(BadInputError, match=r"record\.value"):
        write_finger_record((finger(capture=Capture(TAKEN, (Quality(101),))),))
    with pytest.raises(BadInputError, match=r"record\.does_not_fit"):
        write_face_record(face(height=70_000))


def test_a_record_with_another_picture_is_refused() -> None:
    colour = finger(picture=picture("RGB", PictureFormat.JP2))
    grey = face(picture=picture("L", PictureFormat.JP2))
    other = finger(picture=picture("L", PictureFormat.JP2, ppi=1000))
    for found in (
        read_finger_record(write_finger_record((colour,))),
        read_face_record(write_face_record(grey)),
        read_finger_record(write_finger_record((other,))),
    ):
        assert isinstance(found, Message)
        assert found.code in ("record.picture", "record.value")


# -- the pictures ------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["L", "RGB"]),
    st.sampled_from([0, 300, 500, 508, 1000]),
    st.sampled_from(PictureFormat),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_pictures_lose_nothing(
    width: int, height: int, mode: str, ppi: int, form: PictureFormat, chance: Any
) -> None:
    raster = Raster(width, height, mode, chance.randbytes(width * height * len(mode)), ppi)
    assert read_raster(write_raster(raster, form), form) == raster


@given(st.binary(max_size=400), st.sampled_from(PictureFormat), st.integers(0, 600))
@settings(deadline=None)
def test_no_bytes_break_the_picture_reader(junk: bytes, form: PictureFormat, place: int) -> None:
    whole = picture("L", form)
    for data in (junk, whole[:place], whole[:place] + junk[:8] + whole[place + 8 :]):
        try:
            read_raster(data, form)
        except BadInputError as error:
            assert error.code == "record.picture"


def test_a_lossy_jpeg_2000_is_no_master() -> None:
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    grey = Image.frombytes("L", (64, 64), bytes(range(64)) * 64)
    grey.save(file, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[20])
    with pytest.raises(BadInputError, match="lossy"):
        read_raster(file.getvalue(), PictureFormat.JP2)


def test_a_huge_picture_is_refused_before_it_is_unpacked() -> None:
    bomb = bytearray(picture("L", PictureFormat.PNG))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(BadInputError, match=r"record\.picture"):
        read_raster(bytes(bomb), PictureFormat.PNG)
