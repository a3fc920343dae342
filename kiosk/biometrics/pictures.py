"""Pictures as files and as small grey live views."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kiosk.hal.camera import Frame
from kiosk.hal.fingers import FingerImage

Rgb = NDArray[np.uint8]


def rgb_of(frame: Frame) -> Rgb:
    """The frame as rows × columns × RGB."""
    return np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 3)


def png_of_finger(image: FingerImage) -> bytes:
    """A lossless grey PNG that states its pixels an inch."""
    picture = Image.frombytes("L", (image.width, image.height), image.pixels)
    return _png(picture, (image.ppi, image.ppi))


def png_of_frame(frame: Frame) -> bytes:
    """A lossless colour PNG."""
    return _png(Image.frombytes("RGB", (frame.width, frame.height), frame.pixels))


def shrink_grey(
    picture: Frame | FingerImage, max_width: int, max_height: int, *, mirrored: bool = False
) -> tuple[int, int, bytes]:
    """Width, height and grey bytes of a live view that fits the given pixels with its proportions kept.

    `mirrored`: left and right changed over, as a person expects of their own face.
    """
    if isinstance(picture, Frame):
        grey = cv2.cvtColor(rgb_of(picture), cv2.COLOR_RGB2GRAY)
    else:
        grey = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
    scale = min(max_width / picture.width, max_height / picture.height, 1.0)
    size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return *size, (cv2.flip(small, 1) if mirrored else small).tobytes()


def grey_thumbnail(data: bytes, max_width: int, max_height: int, *, few_greys: bool = False) -> bytes:
    """A small grey PNG of an encoded picture, its proportions kept; empty when it is no picture.

    `few_greys`: 16 of them, half a byte a pixel at most: enough for letters, and noise weighs nothing.
    """
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if grey is None:
        return b""
    height, width = grey.shape
    scale = min(max_width / width, max_height / height, 1.0)
    size = max(1, int(width * scale)), max(1, int(height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    done, png = cv2.imencode(".png", small // 16 * 17 if few_greys else small)
    return png.tobytes() if done else b""


def _png(picture: Image.Image, dpi: tuple[int, int] | None = None) -> bytes:
    file = BytesIO()
    if dpi is None:
        picture.save(file, "PNG")
    else:
        picture.save(file, "PNG", dpi=dpi)
    return file.getvalue()
