"""Live pictures in half blocks: 32 greys, one cached style a pair of them, one segment a run of equal cells."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from kiosk.link.client import Picture
from kiosk.tui.canvas import Rect

LEVELS: Final = bytes(value >> 3 for value in range(256))
RING: Final = 31


@lru_cache(maxsize=1024)
def _style(above: int, below: int) -> Style:
    fg, bg = (
        f"#{value << 3 | value >> 2:02x}" + f"{value << 3 | value >> 2:02x}" * 2 for value in (above, below)
    )
    return Style(color=fg, bgcolor=bg)


def fitted(picture: Picture, slot: Rect) -> Rect:
    """The largest place in `slot` that keeps the picture's shape; a cell is two dots tall."""
    scale = min(slot.w / picture.width, slot.h * 2 / picture.height)
    return slot.middle(max(1, int(picture.width * scale)), max(1, int(picture.height * scale / 2)))


def picture_strips(picture: Picture, width: int, height: int, oval: bool) -> list[Strip]:
    """`picture` in `width` × `height` cells. With `oval`, what is outside a face's oval is darker."""
    rows = _sampled(picture, width, height * 2)
    if oval:
        rows = [_ringed(row, shade) for row, shade in zip(rows, _oval(width, height * 2), strict=True)]
    return [_line(rows[y], rows[y + 1]) for y in range(0, height * 2, 2)]


def _sampled(picture: Picture, width: int, height: int) -> list[bytes]:
    columns = [x * picture.width // width for x in range(width)]
    rows = []
    for y in range(height):
        start = y * picture.height // height * picture.width
        line = picture.pixels[start : start + picture.width].translate(LEVELS)
        rows.append(bytes(line[x] for x in columns))
    return rows


@lru_cache(maxsize=8)
def _oval(width: int, height: int) -> tuple[bytes, ...]:
    """0 inside the oval, 1 on its line, 2 outside."""
    rx, ry = min(width * 0.42, height * 0.33), height * 0.45
    rows = []
    for y in range(height):
        v = (y + 0.5 - height / 2) / ry
        rows.append(bytes(_zone(((x + 0.5 - width / 2) / rx) ** 2 + v * v, ry) for x in range(width)))
    return tuple(rows)


def _zone(distance: float, radius: float) -> int:
    if abs(distance - 1) < 1.7 / radius:
        return 1
    return 0 if distance < 1 else 2


def _ringed(row: bytes, zones: bytes) -> bytes:
    return bytes((grey, RING, grey >> 1)[zone] for grey, zone in zip(row, zones, strict=True))


def _line(above: bytes, below: bytes) -> Strip:
    segments = [
        Segment("▀" * sum(1 for _ in run), _style(*pair))
        for pair, run in groupby(zip(above, below, strict=True))
    ]
    return Strip(segments, len(above))
