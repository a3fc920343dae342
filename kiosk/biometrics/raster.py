"""Pictures as PNG and as lossless JPEG 2000, written and strictly read."""

from __future__ import annotations

import struct
from enum import StrEnum
from io import BytesIO

import msgspec
from PIL import Image

from kiosk.errors import BadInputError

MOST_PIXELS = 64_000_000
MODES = ("L", "RGB")
_BOX = struct.Struct(">I4s")
_RESOLUTION = struct.Struct(">HHHHBB")
_CODESTREAM = b"\xff\x4f\xff\x51"
_CODING_STYLE, _TILE = 0xFF52, 0xFF90
_TRANSFORM = 9
"""Where the wavelet transformation stands in a coding style segment, after its length (ISO/IEC 15444-1, A.6.1)."""
_REVERSIBLE = 1
_CANNOT_READ = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class PictureFormat(StrEnum):
    """A file format for pictures, both without loss."""

    PNG = "png"
    JP2 = "jp2"


class Raster(msgspec.Struct, frozen=True):
    """8 bits a channel, row-major; `mode` is L (grey) or RGB. `ppi` is pixels an inch, 0 when the file does not say."""

    width: int
    height: int
    mode: str
    pixels: bytes
    ppi: int = 0


def read_raster(data: bytes, form: PictureFormat) -> Raster:
    """The picture in a PNG or JPEG 2000 file. Raises `BadInputError` for any other file and for a lossy JPEG 2000."""
    if form is PictureFormat.JP2 and not _is_reversible(data):
        raise BadInputError("record.picture", why="JPEG 2000: lossy, or no codestream")
    try:
        with Image.open(
            BytesIO(data), formats=["PNG" if form is PictureFormat.PNG else "JPEG2000"]
        ) as picture:
            if picture.mode not in MODES or picture.width * picture.height > MOST_PIXELS:
                raise BadInputError("record.picture", why=f"{picture.mode} {picture.width}×{picture.height}")
            ppi = round(picture.info.get("dpi", (0, 0))[0])
            return Raster(picture.width, picture.height, picture.mode, picture.tobytes(), ppi)
    except BadInputError:
        raise
    except _CANNOT_READ as error:
        raise BadInputError("record.picture", why=type(error).__name__) from error


def write_raster(raster: Raster, form: PictureFormat) -> bytes:
    """A file without loss that states its pixels an inch, where they are known."""
    picture = Image.frombytes(raster.mode, (raster.width, raster.height), raster.pixels)
    file = BytesIO()
    if form is PictureFormat.PNG:
        picture.save(file, "PNG", **({"dpi": (raster.ppi, raster.ppi)} if raster.ppi else {}))
        return file.getvalue()
    picture.save(file, "JPEG2000", irreversible=False)
    return _with_resolution(file.getvalue(), raster.ppi) if raster.ppi else file.getvalue()


def _with_resolution(jp2: bytes, ppi: int) -> bytes:
    """The file with a capture resolution box at the end of its header box (ISO/IEC 15444-1, I.5.3.7)."""
    per_metre = (ppi, 254, ppi, 254, 4, 4)
    capture = _box(b"resc", _RESOLUTION.pack(*per_metre))
    start, length = _header_box(jp2)
    header = jp2[start + _BOX.size : start + length]
    return jp2[:start] + _box(b"jp2h", header + _box(b"res ", capture)) + jp2[start + length :]


def _box(kind: bytes, content: bytes) -> bytes:
    return _BOX.pack(_BOX.size + len(content), kind) + content


def _header_box(jp2: bytes) -> tuple[int, int]:
    """Place and length of the box `jp2h` in a file of our own making."""
    start = 0
    while True:
        length, kind = _BOX.unpack_from(jp2, start)
        if kind == b"jp2h":
            return start, length
        start += length


def _is_reversible(jp2: bytes) -> bool:
    """Whether the codestream's wavelet is the one that loses nothing (5-3)."""
    place = jp2.find(_CODESTREAM) + 2
    while 1 < place <= len(jp2) - 4:
        marker, length = struct.unpack_from(">HH", jp2, place)
        if marker == _CODING_STYLE:
            return jp2[place + 2 + 2 + _TRANSFORM : place + 2 + 2 + _TRANSFORM + 1] == bytes([_REVERSIBLE])
        if marker == _TILE or length < 2:
            return False
        place += 2 + length
    return False
