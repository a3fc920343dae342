"""Print jobs as bytes: what is encoded is what a strict reader, and another library, put on paper."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.receipt import Slip
from kiosk.hal.printer import PrinterStatus
from kiosk.hal.printer.bitmap import Bitmap
from kiosk.hal.printer.commands import (
    BAND_ROWS,
    CUT,
    TAIL_DOTS,
    Query,
    encode,
    is_answer,
    parse_status,
    query,
)
from kiosk.hal.printer.decoder import DecodeError, Paper, decode
from kiosk.hal.printer.layout import render
from tests.unit.slips import ORDINARY, OVERFLOWING


@st.composite
def bitmaps(draw: st.DrawFn) -> Bitmap:
    """Rows that are blank, sparse or dense, as on slips; 8…96 dots wide."""
    stride = draw(st.integers(1, 12))
    row = st.one_of(
        st.just(bytes(stride)),
        st.binary(min_size=stride, max_size=stride),
        st.binary(min_size=1, max_size=1).map(lambda ink: ink + bytes(stride - 1)),
    )
    runs = draw(st.lists(st.tuples(row, st.integers(1, 300)), max_size=6))
    rows = b"".join(ink * count for ink, count in runs)
    return Bitmap(stride * 8, len(rows) // stride, rows)


def quieted(printed: bytes, wanted: bytes) -> bool:
    """The same dots, but for one dot more where a byte would have been obeyed as a command (DLE and EOT, ENQ or DC4)."""
    return len(printed) == len(wanted) and all(
        out == dots or (out == dots | 0x08 and dots in (0x04, 0x05, 0x14))
        for out, dots in zip(printed, wanted, strict=True)
    )


def test_a_picture_that_spells_a_command_is_not_obeyed() -> None:
    bitmap = Bitmap(16, 1, b"\x10\x04")
    data = encode(bitmap)
    assert b"\x10\x04" not in data
    assert decode(data, 16).bitmap.top(1).rows == b"\x10\x0c"


@given(bitmaps())
@settings(deadline=None)
def test_any_bitmap_comes_back_dot_for_dot(bitmap: Bitmap) -> None:
    data = encode(bitmap)
    paper = decode(data, bitmap.width)
    assert quieted(paper.bitmap.top(bitmap.height).rows, bitmap.rows)
    assert not any(paper.bitmap.rows[len(bitmap.rows) :])
    assert paper.cuts == (bitmap.height + TAIL_DOTS,)
    assert paper.bytes_used == len(data)


@given(bitmaps())
@settings(deadline=None)
def test_no_band_overfills_a_small_buffer(bitmap: Bitmap) -> None:
    data, at = encode(bitmap), 0
    while (at := data.find(b"\x1dv0\x00", at)) >= 0:
        width, height = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
        assert 0 < height <= BAND_ROWS
        assert width > 0
        at += 8 + width * height


@given(st.binary(max_size=80))
def test_random_bytes_are_read_whole_or_refused(data: bytes) -> None:
    try:
        paper = decode(data)
    except DecodeError as error:
        assert 0 <= int(error.values["offset"]) < len(data)
    else:
        assert paper.bytes_used == len(data)


COMMAND = st.sampled_from(
    [
        b"\n",
        b"\x1b@",
        b"\x1bJ",
        b"\x1bd",
        b"\x1b2",
        b"\x1b3",
        b"\x1dv0",
        b"\x1dV",
        b"\x1dP",
        b"\x1d(L",
        b"\x10\x04",
    ]
)


@given(st.lists(st.tuples(COMMAND, st.binary(max_size=9)), max_size=12))
@settings(deadline=None)
def test_near_misses_never_crash(pieces: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(itertools.chain.from_iterable(pieces))
    try:
        assert decode(data, 64).bytes_used == len(data)
    except DecodeError as error:
        assert error.code == "printer.bad_bytes"
        assert int(error.values["offset"]) < len(data)


@given(st.integers(0, 400))
def test_a_job_cut_short_is_noticed_or_ends_between_commands(length: int) -> None:
    data = encode(Bitmap(64, 40, bytes(range(1, 65)) * 5))
    piece = data[: min(length, len(data) - 1)]
    try:
        assert decode(piece, 64).cuts == ()
    except DecodeError as error:
        assert isinstance(error, ValueError)
        assert data.startswith(piece[: int(error.values["offset"])])


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"\x1b@A", 2, "unknown command"),
        (b"\x1b@\x1bJ", 2, "cut short"),
        (b"\n\x1dv0\x00\x02\x00\x02\x00abc", 1, "cut short"),
        (b"\x1dv0\x01\x01\x00\x01\x00a", 0, "parameter 1"),
        (b"\x1dv0\x00\x49\x00\x01\x00" + bytes(73), 0, "wider"),
        (b"\x1dP\xb4\xb4", 0, "parameter 180"),
        (b"\x1d(L\x02\x0002", 0, "nothing is stored"),
        (b"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x01\x00a", 0, "length"),
        (b"\x1b3\xff" + b"\x1bd\xff", 3, "too long"),
    ],
)
def test_what_is_not_understood_is_named(data: bytes, offset: int, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(data)
    assert caught.value.values["offset"] == offset


def printed_by_library(bitmap: Bitmap, impl: str) -> bytes:
    from escpos.printer import Dummy
    from PIL import Image

    image = Image.frombytes("1", (bitmap.width, bitmap.height), bitmap.rows)
    printer = Dummy()
    printer.hw("INIT")
    # Its default fragment of 960 rows overflows the two length bytes of GS ( L at this width.
    printer.image(image.convert("L").point(lambda ink: 255 - ink), impl=impl, fragment_height=800)
    printer.cut(mode="PART")
    return bytes(printer.output)


def trimmed(paper: Paper) -> bytes:
    return paper.bitmap.rows.rstrip(b"\0")


@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics"])
@pytest.mark.parametrize("slip", [ORDINARY, OVERFLOWING], ids=["ordinary", "overflowing"])
def test_another_library_blackens_the_same_dots_with_more_bytes(slip: Slip, impl: str) -> None:
    """python-escpos is the independent witness: same picture, two writers, one paper."""
    bitmap = render(slip)
    ours, theirs = encode(bitmap), printed_by_library(bitmap, impl)
    assert trimmed(decode(ours)) == trimmed(decode(theirs)) == bitmap.rows.rstrip(b"\0")
    assert len(decode(theirs).cuts) == 1
    assert len(ours) < 0.6 * len(theirs)


def test_job_ends_with_a_partial_cut() -> None:
    assert encode(render(ORDINARY)).endswith(CUT)


def answer(bits: int = 0) -> bytes:
    return bytes([0x12 | bits])


def answers(printer: bytes, offline: bytes, paper: bytes) -> dict[Query, bytes]:
    return {Query.PRINTER: printer, Query.OFFLINE: offline, Query.PAPER: paper}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (answers(answer(), answer(), answer()), PrinterStatus.OK),
        (answers(answer(), answer(), answer(0x0C)), PrinterStatus.PAPER_LOW),
        (answers(answer(0x08), answer(0x20), answer(0x6C)), PrinterStatus.PAPER_OUT),
        (answers(b"", b"", answer(0x60)), PrinterStatus.PAPER_OUT),
        (answers(answer(0x08), answer(0x04), answer()), PrinterStatus.COVER_OPEN),
        (answers(answer(0x08), answer(0x24), answer(0x60)), PrinterStatus.COVER_OPEN),
        (answers(answer(0x08), answer(), answer()), PrinterStatus.UNKNOWN),
        (answers(answer(), answer(0x40), answer()), PrinterStatus.UNKNOWN),
        (answers(answer(), answer(), b""), PrinterStatus.UNKNOWN),
        (answers(b"\x00", answer(), answer()), PrinterStatus.UNKNOWN),
        (answers(answer(), answer() * 2, answer()), PrinterStatus.UNKNOWN),
        ({}, PrinterStatus.UNKNOWN),
    ],
)
def test_status_is_what_the_bits_prove(given: dict[Query, bytes], status: PrinterStatus) -> None:
    """Silence is never read as plenty of paper."""
    assert parse_status(given) is status


@given(st.dictionaries(st.sampled_from(Query), st.binary(max_size=2)))
def test_ok_needs_three_valid_answers(given: dict[Query, bytes]) -> None:
    if parse_status(given) in {PrinterStatus.OK, PrinterStatus.PAPER_LOW}:
        assert all(is_answer(given[what]) for what in (Query.PRINTER, Query.OFFLINE, Query.PAPER))


def test_queries_are_realtime_commands() -> None:
    assert [query(what) for what in Query] == [bytes([0x10, 0x04, number]) for number in (1, 2, 3, 4)]
    assert decode(query(Query.PAPER)).bitmap.height == 0
