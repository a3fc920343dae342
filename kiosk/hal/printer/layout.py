"""A slip as a bitmap: what matters most is largest, every line is measured, nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text, Weight
from kiosk.errors import BadInputError
from kiosk.hal.printer.bitmap import PAPER_WIDTH, Bitmap
from kiosk.hal.printer.typeset import Face, Fonts, balanced, fit, tidy

if TYPE_CHECKING:
    from PIL.Image import Image

MARGIN = 24
"""White dots left and right (3 mm): cheap printers feed a little askew, and ink may lean out a few dots."""
PAGE_EDGE = 16
"""White rows above the first and below the last part."""
PART_GAP = 8
LINE_GAP = 2
RULE_THICK, RULE_GAP = 3, 4
LABEL_GAP = 16
LABEL_SHARE = 0.42
"""A label that takes more of the line than this stands above its value."""

FACES: dict[Weight, Face] = {
    Weight.TITLE: Face(38, bold=True),
    Weight.LARGE: Face(54, bold=True),
    Weight.BOLD: Face(36, bold=True),
    Weight.PLAIN: Face(29),
    Weight.SMALL: Face(25),
}
LABEL_FACE = Face(25)
LABEL_ABOVE = frozenset({Weight.TITLE, Weight.LARGE, Weight.BOLD})
"""Weights whose value fills the line; their label always stands above it."""

QUIET_MODULES = 4
LEAST_MODULE, LARGEST_MODULE = 5, 8
QR_SIDE = 210
"""Dots a code should not exceed while its modules can be smaller: 26 mm is read easily by a phone."""


class Run(msgspec.Struct, frozen=True):
    """Words set at `x`, their baseline `y` dots below the top of the row."""

    text: str
    face: Face
    x: int
    y: int


class Row(msgspec.Struct, frozen=True):
    """One strip across the paper: words, or a rule, or a QR code (`modules` on a side, scaled by `scale`)."""

    height: int
    runs: tuple[Run, ...] = ()
    rule: bool = False
    modules: int = 0
    scale: int = 0
    dark: bytes = b""


def render(slip: Slip, width: int = PAPER_WIDTH) -> Bitmap:
    """Lay out `slip` on paper `width` dots wide.

    Raises `BadInputError` for a QR code that would need modules too small to read.
    """
    return Page(width, Fonts()).render(slip)


class Page:
    """Paper of one width; keeps its fonts, so a printer holds one for all its slips."""

    def __init__(self, width: int, fonts: Fonts) -> None:
        self._width, self._fonts = width, fonts
        self._inner = width - 2 * MARGIN

    def render(self, slip: Slip) -> Bitmap:
        column = self._label_column(slip)
        rows = [Row(PAGE_EDGE)]
        for part in slip.parts:
            rows += [*self._rows(part, column), Row(PART_GAP)]
        rows.append(Row(PAGE_EDGE - PART_GAP))
        return self._paint(rows)

    def _rows(self, part: SlipPart, column: int) -> Iterator[Row]:
        match part:
            case Text():
                yield from self._text(part, column)
            case Rule():
                yield Row(RULE_THICK + RULE_GAP, rule=True)
            case QrCode(content):
                yield qr_row(content, self._width)

    def _label_column(self, slip: Slip) -> int:
        """Where the values beside their labels begin, so that they stand in one line down the slip."""
        labels = [tidy(part.label) for part in slip.parts if isinstance(part, Text) and self._is_beside(part)]
        widths = [self._fonts.width(label, LABEL_FACE) for label in labels]
        return max(widths, default=0) + LABEL_GAP

    def _is_beside(self, part: Text) -> bool:
        label = tidy(part.label)
        if not label or part.centred or part.weight in LABEL_ABOVE:
            return False
        return self._fonts.width(label, LABEL_FACE) <= self._inner * LABEL_SHARE

    def _text(self, part: Text, column: int) -> Iterator[Row]:
        label, text = tidy(part.label), tidy(part.text)
        face = FACES[part.weight]
        if self._is_beside(part):
            yield from self._beside(label, text, Face(face.size, bold=True), column)
            return
        if label:
            yield from self._lines(label, LABEL_FACE, part.centred)
        # A value is bold so that it stands out from the label above it.
        yield from self._lines(text, Face(face.size, face.bold or bool(label)), part.centred)

    def _lines(self, text: str, face: Face, centred: bool) -> Iterator[Row]:
        if not text:
            return
        chosen, lines = (balanced if centred else fit)(self._fonts, text, face, self._inner)
        for line in lines:
            ink = self._fonts.ink(line, chosen)
            x = MARGIN + ((self._inner - ink.width) // 2 if centred else 0) + ink.left
            yield Row(ink.above + ink.below + LINE_GAP, (Run(line, chosen, x, ink.above),))

    def _beside(self, label: str, text: str, face: Face, column: int) -> Iterator[Row]:
        chosen, lines = fit(self._fonts, text, face, self._inner - column)
        for number, line in enumerate(lines):
            ink = self._fonts.ink(line, chosen)
            runs = [Run(line, chosen, MARGIN + column + ink.left, ink.above)]
            if number == 0:
                runs.append(Run(label, LABEL_FACE, MARGIN, ink.above))
            yield Row(ink.above + ink.below + LINE_GAP, tuple(runs))

    def _paint(self, rows: list[Row]) -> Bitmap:
        from PIL import Image, ImageDraw

        height = sum(row.height for row in rows)
        image = Image.new("1", (self._width, height), 0)
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1"
        top = 0
        for row in rows:
            for run in row.runs:
                draw.text((run.x, top + run.y), run.text, 1, self._fonts.font(run.face), anchor="ls")
            if row.rule:
                draw.rectangle((MARGIN, top, self._width - MARGIN - 1, top + RULE_THICK - 1), fill=1)
            if row.modules:
                _paste_code(image, row, top)
            top += row.height
        return Bitmap(self._width, height, image.tobytes())


def qr_row(content: str, width: int) -> Row:
    """A QR code of level M with its quiet zone, each module a whole number of dots.

    Raises `BadInputError` when modules of 5 dots do not fit `width`.
    """
    import zxingcpp

    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    modules = int(image.shape[0])
    scale = max(LEAST_MODULE, min(LARGEST_MODULE, QR_SIDE // modules))
    if (modules + 2 * QUIET_MODULES) * scale > width:
        raise BadInputError("printer.qr_too_long", length=len(content))
    # The picture is black on white; the paper counts ink.
    dark = bytes(255 - value for value in memoryview(image).tobytes())
    return Row((modules + 2 * QUIET_MODULES) * scale, modules=modules, scale=scale, dark=dark)


def _paste_code(image: Image, row: Row, top: int) -> None:
    from PIL import Image as Images

    side = row.modules * row.scale
    small = Images.frombytes("L", (row.modules, row.modules), row.dark)
    code = small.resize((side, side), Images.Resampling.NEAREST).convert("1")
    image.paste(code, ((image.width - side) // 2, top + QUIET_MODULES * row.scale))
