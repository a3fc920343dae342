"""`python -m image.console_font FOLDER`: the fonts of the Linux console, drawn from those of the citizen's screen.

Debian's Vietnamese console fonts lack the half blocks and signs that the screens are made of. A console font has at most
512 letters (console_codes(4)); the file is PSF2 as kbd describes it: a bitmap a letter, then what each stands for.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

import kiosk.tui

FONTS: Final = Path(kiosk.tui.__file__).parent / "fonts"
LETTERS, DRAWINGS = FONTS / "JetBrainsMono-Bold.ttf", FONTS / "DejaVuSansMono.ttf"
INK: Final = 115
COUNT: Final = 512
"""The kernel takes fonts of 256 or of 512 letters and no other (`fbcon_set_font`)."""
MAGIC, HEADER, HAS_TABLE = b"\x72\xb5\x4a\x86", struct.Struct("<4s7I"), 1
END: Final = b"\xff"
BLANK: Final = 0x20
ASCII: Final = "".join(map(chr, range(BLANK, 0x7F)))
LATIN: Final = "".join(map(chr, (*range(0xA0, 0x100), *range(0x1EA0, 0x1EFA)))) + "ĂăĐđĨĩŨũƠơƯưČčĔĕĬĭŎŏŬŭ"
SIGNS: Final = "\ufffd•–—‘’“”„…‹›⟦⟧₫←↑→↓↵↺⌫␣■□▲▶▸▼▽○●☎✎✓✗"
LINES: Final = "─━│┃┌┐└┘├┤┬┴┼"
DOTTED: Final = "┄┈"
BLOCKS: Final = "▀▁▄█▌▏▐"
QUARTERS: Final = "▘▝▖▞▛▗▚▜▙▟"


class Size(NamedTuple):
    """A letter's pixels: cell, type size, and where the baseline lies."""

    width: int
    height: int
    type_size: int
    baseline: int


SIZES: Final = (Size(8, 16, 11, 13), Size(10, 20, 15, 17), Size(12, 24, 18, 19), Size(16, 32, 25, 26))
Box = tuple[float, float, float, float]
AREAS: Final[dict[str, tuple[Box, ...]]] = {
    "▀": ((0, 0, 1, 1 / 2),),
    "▄": ((0, 1 / 2, 1, 1),),
    "▁": ((0, 7 / 8, 1, 1),),
    "█": ((0, 0, 1, 1),),
    "▌": ((0, 0, 1 / 2, 1),),
    "▐": ((1 / 2, 0, 1, 1),),
    "▏": ((0, 0, 1 / 8, 1),),
}
QUARTER: Final[dict[str, Box]] = {
    "UPPER LEFT": (0, 0, 1 / 2, 1 / 2),
    "UPPER RIGHT": (1 / 2, 0, 1, 1 / 2),
    "LOWER LEFT": (0, 1 / 2, 1 / 2, 1),
    "LOWER RIGHT": (1 / 2, 1 / 2, 1, 1),
}
ARMS: Final = {"LEFT": "L", "RIGHT": "R", "UP": "U", "DOWN": "D", "HORIZONTAL": "LR", "VERTICAL": "UD"}


def charset() -> str:
    """Every letter once, the blank at its place in ASCII: the console wipes with that one."""
    others = SIGNS + LINES + DOTTED + BLOCKS + QUARTERS + LATIN
    return others[:BLANK] + ASCII + others[BLANK:]


def psf(size: Size) -> bytes:
    """The font as a file, for `setfont`."""
    letters = charset()
    spare = COUNT - len(letters)
    pictures = [paint(letter, size).tobytes() for letter in letters]
    stride = len(pictures[0])
    header = HEADER.pack(MAGIC, 0, HEADER.size, HAS_TABLE, COUNT, stride, size.height, size.width)
    table = b"".join(letter.encode() + END for letter in letters) + END * spare
    return header + b"".join(pictures) + bytes(stride * spare) + table


def paint(letter: str, size: Size) -> Image.Image:
    """One bit a pixel. Blocks and lines reach the edges, whatever the font thinks of its cell."""
    picture = Image.new("L", (size.width, size.height))
    draw = ImageDraw.Draw(picture)
    if letter in BLOCKS + QUARTERS:
        for box in AREAS.get(letter) or _quarters(letter):
            _fill(draw, box, size)
    elif letter in LINES:
        _lines(draw, letter, size)
    else:
        font = _font(DRAWINGS if letter in SIGNS + DOTTED else LETTERS, size.type_size)
        draw.text((size.width / 2, size.baseline), letter, 255, font, anchor="ms")
    return picture.point(lambda grey: 255 * (grey >= INK), "1")


@lru_cache
def _font(file: Path, type_size: int) -> ImageFont.FreeTypeFont:
    """One letter is one glyph here: a font that would compose it of two does not have it."""
    return ImageFont.truetype(str(file), type_size, layout_engine=ImageFont.Layout.BASIC)


def _quarters(letter: str) -> list[Box]:
    """`QUADRANT UPPER LEFT AND LOWER RIGHT` names what is filled."""
    return [QUARTER[corner] for corner in unicodedata.name(letter).removeprefix("QUADRANT ").split(" AND ")]


def _fill(draw: ImageDraw.ImageDraw, box: Box, size: Size) -> None:
    left, top, right, bottom = (
        round(share * side) for share, side in zip(box, (size.width, size.height) * 2, strict=True)
    )
    draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=255)


def _lines(draw: ImageDraw.ImageDraw, letter: str, size: Size) -> None:
    """`BOX DRAWINGS LIGHT DOWN AND RIGHT` names the arms, from the middle outwards."""
    weight, *words = unicodedata.name(letter).removeprefix("BOX DRAWINGS ").replace(" AND ", " ").split()
    thick = size.width // 8 * (2 if weight == "HEAVY" else 1)
    x, y = (size.width - thick) // 2, (size.height - thick) // 2
    boxes = {
        "L": (0, y, x + thick - 1, y + thick - 1),
        "R": (x, y, size.width - 1, y + thick - 1),
        "U": (x, 0, x + thick - 1, y + thick - 1),
        "D": (x, y, x + thick - 1, size.height - 1),
    }
    for arm in "".join(ARMS[word] for word in words):
        draw.rectangle(boxes[arm], fill=255)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        (folder / f"{size.width}x{size.height}.psf").write_bytes(psf(size))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
