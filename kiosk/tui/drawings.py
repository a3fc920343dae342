"""Invented pictures for the gallery: a face, a card, a finger and a signature of nobody."""

from __future__ import annotations

import math
from collections.abc import Callable

from kiosk.link.client import Picture
from kiosk.tui.citizen.hands import PALM, dots


def face_picture(width: int = 96, height: int = 72) -> Picture:
    """A face of ellipses, as wide as the camera's picture: no person."""
    return _painted(width, height, lambda x, y: _face(x * width / height, y))


def card_picture(width: int = 96, height: int = 72) -> Picture:
    """A card with a square code."""
    return _painted(width, height, _card)


def finger_picture(width: int = 64, height: int = 64) -> Picture:
    """Whorls inside an oval."""
    return _painted(width, height, _ridges)


def hands_picture(width: int = 96, height: int = 72) -> Picture:
    """Both hands, the left thumb in a white bandage."""
    half = dots(width // 2, height)

    def grey(x: float, y: float) -> int:
        column, row = round((x + 1) / 2 * width), round((y + 1) / 2 * height)
        left = column < width // 2
        code = half[row][width // 2 - 1 - column if left else column - width // 2]
        if left and code == LEFT_THUMB:
            return 250 if row % 6 < 4 else 200
        return 150 if code == PALM else 165 if code else 60

    return _painted(width, height, grey)


LEFT_THUMB = 1


def _painted(width: int, height: int, grey: Callable[[float, float], int]) -> Picture:
    dots = (grey(x / width * 2 - 1, y / height * 2 - 1) for y in range(height) for x in range(width))
    return Picture(width, height, bytes(dots))


def _in(x: float, y: float, cx: float, cy: float, rx: float, ry: float) -> bool:
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


def _face(x: float, y: float) -> int:
    if _in(x, y, -0.2, -0.12, 0.08, 0.03) or _in(x, y, 0.2, -0.12, 0.08, 0.03):
        return 40
    if _in(x, y, 0, 0.32, 0.18, 0.04):
        return 90
    if _in(x, y, 0, 0.08, 0.44, 0.52) and not _in(x, y, 0, -0.5, 0.5, 0.2):
        return 190 - int(50 * abs(x)) - (30 if abs(x) < 0.05 and 0 < y < 0.16 else 0)
    if _in(x, y, 0, -0.12, 0.5, 0.5):
        return 30
    return 95 if _in(x, y, 0, 1.1, 0.9, 0.5) or (abs(x) < 0.18 and y > 0.4) else 232


def _card(x: float, y: float) -> int:
    if abs(x) > 0.9 or abs(y) > 0.85:
        return 60
    if 0.4 < x < 0.8 and -0.7 < y < -0.05:
        return 20 if (int((x + 2) * 20) * 7 + int((y + 2) * 14) * 5) % 3 else 240
    if -0.8 < x < -0.4 and -0.3 < y < 0.6:
        return 130
    return 120 if -0.3 < x < 0.7 and int((y + 1) * 10) % 3 == 0 and y > 0 else 215


def _ridges(x: float, y: float) -> int:
    if not _in(x, y, 0, 0.05, 0.7, 0.9):
        return 245
    swirl = math.hypot(x * 1.2, y + 0.1) * 34 + math.atan2(y + 0.1, x) * 1.0
    return 70 if math.sin(swirl) > 0 else 215


def signature() -> tuple[tuple[tuple[int, int], ...], ...]:
    loops = tuple((200 + t * 6, int(520 + 240 * math.sin(t / 6) * math.cos(t / 17))) for t in range(95))
    return (loops, ((240, 800), (760, 720)))
