"""The QR code of a card held before the camera: tilted, out of focus, with the lamp's reflection on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame

Grey = NDArray[np.uint8]
"""Rows × columns."""

STRIDE = 8
"""Pixels of the frame for one of the coarse map on which a code is looked for."""
TEXTURE, SHARE = 20, 0.4
"""Least mean difference between neighbouring pixels where modules are: of 255, and of the densest place."""
FULLNESS = 0.55
"""Least part of its box that a code fills."""
OBLONG = 2.0
"""Most that a code's box may be longer than wide."""
SMALLEST = 56
"""Pixels a side: 57 modules and more (version 10) cannot be told apart below."""
MARGIN = 0.18
"""Added to each side of the box: the quiet zone, and what the coarse map cuts off."""
WORK_SIDE = 560
"""Pixels a side that a part is enlarged to at most, twice at most: what bounds the time a frame takes."""
WINDOW = 10
"""The part's side by the window in which black and white are told apart: five modules and more, so it holds both."""
LEAST_CONTRAST = 24.0
SHARPEN = 8.0


class CodeSight(NamedTuple):
    """`text` of the code, None when none was read; `near` when something like a code was there and did not read."""

    text: str | None
    near: bool = False


def look_for_qr(frame: Frame) -> CodeSight:
    """Read the whole frame; when that fails and part of it looks like a code, that part evened out and sharpened.

    The text is what anybody may have printed: nothing in it is proof.
    """
    grey = np.asarray(cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2GRAY), np.uint8)
    text = _read(grey)
    if text is not None:
        return CodeSight(text)
    part = _like_a_code(grey)
    if part is None:
        return CodeSight(None)
    tries = (_read(picture) for picture in _improved(part))
    return CodeSight(next((found for found in tries if found is not None), None), near=True)


def read_qr(frame: Frame) -> str | None:
    """The text of the QR code in the picture, None without one that reads whole."""
    return look_for_qr(frame).text


def _read(grey: Grey) -> str | None:
    found = zxingcpp.read_barcode(
        grey,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    return _text_of(found) if found is not None and found.valid else None


def _text_of(found: zxingcpp.Barcode) -> str:
    """UTF-8, as cards are written, wherever the bytes are that; guessed by the reader when they are not."""
    try:
        return bytes(found.bytes).decode()
    except UnicodeDecodeError:
        return str(found.text)


def _like_a_code(grey: Grey) -> Grey | None:
    """The part of the picture where light and dark change everywhere, if it is big, full and square enough."""
    rows, columns = grey.shape
    if min(rows, columns) < SMALLEST:
        return None
    changes = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    coarse = cv2.resize(changes, (columns // STRIDE, rows // STRIDE), interpolation=cv2.INTER_AREA)
    coarse = cv2.blur(coarse, (3, 3))
    dense: Grey = (coarse > max(TEXTURE, int(SHARE * coarse.max()))).astype(np.uint8)
    # A reflection leaves a hole where it whitens the code; closing it keeps the code in one piece.
    closed = cv2.morphologyEx(dense, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(closed)
    if len(boxes) < 2:
        return None
    left, top, width, height, area = (int(value) for value in max(boxes[1:], key=lambda box: box[4]))
    if max(width, height) * STRIDE < SMALLEST or max(width, height) > OBLONG * min(width, height):
        return None
    return _cut(grey, left, top, width, height) if area >= FULLNESS * width * height else None


def _cut(grey: Grey, left: int, top: int, width: int, height: int) -> Grey:
    """The box of the coarse map with its margin, as pixels of the frame."""
    margin = int(MARGIN * max(width, height)) + 1
    rows = slice(max(0, top - margin) * STRIDE, (top + height + margin) * STRIDE)
    columns = slice(max(0, left - margin) * STRIDE, (left + width + margin) * STRIDE)
    return np.ascontiguousarray(grey[rows, columns])


def _improved(part: Grey) -> Iterator[Grey]:
    """One remedy after another, the cheap ones first: uneven light, few pixels a module, a soft picture."""
    part = _resized(part, min(1.0, WORK_SIDE / max(part.shape)))
    even = _even(part)
    yield even
    larger = min(2.0, WORK_SIDE / max(part.shape))
    yield _resized(even, larger)
    yield _sharp(_resized(part, larger), 1.5 * larger)


def _even(part: Grey) -> Grey:
    """Each place stretched between the darkest and the lightest near it: a reflection's rim becomes black and white."""
    side = max(3, max(part.shape) // WINDOW)
    window = np.ones((side, side), np.uint8)
    low = cv2.blur(cv2.erode(part, window), (side, side)).astype(np.float32)
    high = cv2.blur(cv2.dilate(part, window), (side, side)).astype(np.float32)
    span = np.maximum(high - low, LEAST_CONTRAST)
    return np.asarray(np.clip((part - low) * (255 / span), 0, 255), np.uint8)


def _sharp(part: Grey, sigma: float) -> Grey:
    soft = cv2.GaussianBlur(part, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(part, 1 + SHARPEN, soft, -SHARPEN, 0), np.uint8)


def _resized(part: Grey, factor: float) -> Grey:
    if factor == 1.0:
        return part
    method = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(part, None, fx=factor, fy=factor, interpolation=method), np.uint8)
