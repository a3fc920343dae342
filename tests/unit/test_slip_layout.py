"""The slip on paper: everything inside the margins, nothing cut, the code readable."""

from __future__ import annotations

import io
import unicodedata

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.domain.receipt import QrCode, Slip, Text, Weight
from kiosk.errors import BadInputError
from kiosk.hal.printer.bitmap import Bitmap
from kiosk.hal.printer.layout import FACES, Page, qr_row, render
from kiosk.hal.printer.typeset import LEAST_SHRINK, Face, Fonts, balanced, fit, tidy, wrap
from tests.unit.slips import ORDINARY, OVERFLOWING

FONTS = Fonts()
PAGE = Page(576, FONTS)


def opened(bitmap: Bitmap) -> Image.Image:
    return Image.open(io.BytesIO(bitmap.to_png()))


def inked(bitmap: Bitmap) -> tuple[int, int, int, int]:
    """First column, first row, last column + 1, last row + 1 with a black dot."""
    box = opened(bitmap).convert("L").point(lambda grey: 255 - grey).getbbox()
    assert box is not None
    return box


def one(text: str, weight: Weight = Weight.PLAIN, label: str = "", centred: bool = False) -> Bitmap:
    return PAGE.render(Slip("A", (Text(text, label, weight, centred),)))


@pytest.mark.parametrize("slip", [ORDINARY, OVERFLOWING], ids=["ordinary", "overflowing"])
def test_margins_stay_white(slip: Slip) -> None:
    bitmap = render(slip)
    left, top, right, bottom = inked(bitmap)
    assert bitmap.width == 576
    assert left >= 16
    assert right <= 576 - 16
    assert top >= 8
    assert bottom <= bitmap.height - 8


@pytest.mark.parametrize("slip", [ORDINARY, OVERFLOWING], ids=["ordinary", "overflowing"])
def test_code_reads_from_the_picture(slip: Slip) -> None:
    codes = zxingcpp.read_barcodes(opened(render(slip)).convert("L"))
    expected = [part.content for part in slip.parts if isinstance(part, QrCode)]
    assert [code.text for code in codes] == expected


def test_important_lines_are_the_tallest() -> None:
    """The return date and the dossier number are what an old person looks for."""
    assert FACES[Weight.LARGE].size > FACES[Weight.TITLE].size > FACES[Weight.PLAIN].size
    assert FACES[Weight.LARGE].bold
    digits = inked(one("07/12/2026", Weight.LARGE))
    assert digits[3] - digits[1] >= 36, "4.5 mm"


def test_value_beside_its_label_is_bold() -> None:
    plain, valued = one("05/03/1957"), one("05/03/1957", label="Ngày sinh")
    width = inked(plain)[2] - inked(plain)[0]
    beside = opened(valued).crop((160, 0, 576, valued.height))
    box = beside.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert box is not None
    assert box[2] - box[0] > width


@pytest.mark.parametrize("weight", list(Weight))
def test_stacked_marks_are_not_clipped(weight: Weight) -> None:
    """Ink never touches the row above or below: the first and last rows of the part stay white."""
    box = inked(one("ẪỄỖẴỔ ỵặợự", weight))
    plain = inked(one("AEOAO", weight))
    assert box[1] >= 8
    assert box[3] - box[1] > plain[3] - plain[1]


@pytest.mark.parametrize("weight", list(Weight))
def test_lines_of_stacked_marks_do_not_touch(weight: Weight) -> None:
    bitmap = one("Ẫỵ " * 30, weight)
    face = FACES[weight]
    rows = [any(bitmap.row(number)) for number in range(bitmap.height)]
    blocks = sum(1 for before, now in zip([False, *rows], rows, strict=False) if now and not before)
    lines = fit(FONTS, tidy("Ẫỵ " * 30), face, 576 - 48)[1]
    assert blocks >= len(lines) > 1


def test_both_spellings_of_a_letter_print_alike() -> None:
    name = "NGUYỄN THỊ HỒNG ĐÀO"
    assert one(unicodedata.normalize("NFD", name)) == one(name)


def test_slightly_long_line_is_shrunk_not_wrapped() -> None:
    face = FACES[Weight.TITLE]
    chosen, lines = fit(FONTS, "PHIẾU HẸN TRẢ THẺ CĂN CƯỚC", face, 528)
    assert lines == ["PHIẾU HẸN TRẢ THẺ CĂN CƯỚC"]
    assert face.size * LEAST_SHRINK <= chosen.size < face.size


def test_long_line_wraps_at_spaces_at_full_size() -> None:
    text = "Nhà văn hóa thôn Mẫu Thượng, cạnh trạm y tế, xã Mẫu, tỉnh Mẫu"
    chosen, lines = fit(FONTS, text, Face(29), 400)
    assert chosen == Face(29)
    assert len(lines) > 1
    assert " ".join(lines) == text


def test_overlong_number_breaks_after_a_hyphen() -> None:
    _, lines = fit(FONTS, "MAU01-000418-BOSUNG-LANTHUHAI", FACES[Weight.LARGE], 528)
    assert lines == ["MAU01-000418-", "BOSUNG-", "LANTHUHAI"]


def test_centred_lines_are_of_like_length() -> None:
    text = "CÔNG AN XÃ MẪU SỐ HAI MƯƠI BẢY NHÁNH"
    widths = [FONTS.width(line, Face(36, True)) for line in balanced(FONTS, text, Face(36, True), 528)[1]]
    assert len(widths) == 2
    assert min(widths) > 0.7 * max(widths)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@given(words, st.sampled_from(list(Weight)), words, st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_text_stays_inside_the_margins(text: str, weight: Weight, label: str, centred: bool) -> None:
    bitmap = one(text, weight, label, centred)
    box = opened(bitmap).convert("L").point(lambda grey: 255 - grey).getbbox()
    if box is not None:
        assert box[0] >= 16
        assert box[2] <= 576 - 16


@given(st.text("aẫmư- .đ\u0323", max_size=60), st.integers(2, 30))
def test_wrapping_loses_no_letter(text: str, limit: int) -> None:
    text = tidy(text)
    lines = wrap(lambda piece: len(piece) <= limit + 1, text)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= limit + 1 for line in lines)
    assert not any(unicodedata.combining(line[0]) for line in lines[1:] if " " not in text)


def test_paper_narrower_than_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="narrower"):
        fit(FONTS, "WWW", Face(54, True), 10)


@pytest.mark.parametrize("content", ["A", "MAU01-000417", "https://mau.example/" + "x" * 150, "Nguyễn"])
def test_code_modules_are_whole_dots_and_its_quiet_zone_white(content: str) -> None:
    row = qr_row(content, 576)
    assert row.scale >= 5
    assert row.height == (row.modules + 8) * row.scale
    codes = zxingcpp.read_barcodes(opened(render(Slip("A", (QrCode(content),)))).convert("L"))
    assert [code.text for code in codes] == [content]


def test_code_too_dense_for_the_paper_is_refused() -> None:
    with pytest.raises(BadInputError) as caught:
        render(Slip("A", (QrCode("x" * 1200),)))
    assert caught.value.code == "printer.qr_too_long"


def test_empty_slip_is_a_white_strip() -> None:
    bitmap = render(Slip("A", (Text(""), Text("", label="Nơi trả"))))
    assert bitmap.height > 0
    assert any(bitmap.rows), "the label is printed although its value is empty"
    assert not any(render(Slip("A", ())).rows)


@given(st.integers(1, 40), st.integers(1, 12), st.data())
@settings(max_examples=30)
def test_picture_file_holds_exactly_the_dots(width: int, height: int, data: st.DataObject) -> None:
    dots = data.draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    image = Image.new("1", (width, height))
    image.putdata([255 if dot else 0 for dot in dots])
    bitmap = Bitmap(width, height, image.tobytes())
    shown = opened(bitmap)
    assert shown.size == (width, height)
    assert [grey == 0 for grey in shown.convert("L").tobytes()] == dots


def test_bitmap_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        Bitmap(16, 2, b"abc")
