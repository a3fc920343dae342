"""Opening a picture from outside, whatever it may be, without taking the machine's memory.

Only JPEG, PNG, WebP and BMP are opened. A JPEG is decoded at a fraction of its size where that is enough; other formats
cannot be, and are held to fewer pixels.
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from kiosk.errors import BadInputError
from kiosk.hal.camera import Frame

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MOST_BYTES = 64_000_000
MOST_PIXELS, MOST_JPEG_PIXELS = 16_000_000, 50_000_000
ENOUGH = 2400
"""Pixels of the longer side that are looked at; anything larger is shrunk."""


def open_picture(path: Path) -> Frame:
    """The picture upright, as its EXIF data say, in RGB. Raises `BadInputError` for anything that is no such picture."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError("picture.too_large", file=str(path), limit=f"{MOST_BYTES // 1_000_000} MB")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(path)
    except BadInputError:
        raise
    except OSError as error:
        raise BadInputError("picture.unreadable", file=str(path)) from error
    except Image.DecompressionBombError as error:
        raise BadInputError("picture.too_large", file=str(path), limit="50 MP") from error
    except (
        ValueError,
        SyntaxError,
        ArithmeticError,
        LookupError,
        TypeError,
        EOFError,
        struct.error,
    ) as error:
        raise BadInputError("picture.unreadable", file=str(path)) from error


def _decoded(path: Path) -> Frame:
    with Image.open(path, formats=FORMATS) as file:
        _hold_to(path, file, MOST_JPEG_PIXELS if file.format == "JPEG" else MOST_PIXELS)
        if file.format == "JPEG":
            file.draft("RGB", (ENOUGH, ENOUGH))
        picture = _in_colours(file)
        picture.thumbnail((ENOUGH, ENOUGH))
        upright = ImageOps.exif_transpose(picture)
        return Frame(upright.width, upright.height, upright.tobytes())


def _hold_to(path: Path, picture: Image.Image, most: int) -> None:
    if picture.width * picture.height > most:
        raise BadInputError("picture.too_large", file=str(path), limit=f"{most // 1_000_000} MP")


def _in_colours(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.info = picture.info
    layer = picture.convert("RGBA")
    ground.paste(layer, mask=layer)
    return ground
