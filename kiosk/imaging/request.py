"""The certificate request of a new machine: a file, and a QR code small enough for a terminal of 80 × 24."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
INK, PLAIN = "\x1b[30;107m", "\x1b[0m"
DARK, LIGHT = "\x1b[40m  ", "\x1b[107m  "
HALVES = " ▄▀█"
"""Lower and upper half of a character cell by two bits: upper, lower."""


def pem(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_bytes(Encoding.PEM)


def qr_text(request: x509.CertificateSigningRequest) -> str:
    """The request's DER in base45 (RFC 9285): QR codes hold its letters in five and a half bits each."""
    return "".join(_base45(request.public_bytes(Encoding.DER)))


def qr_modules(text: str, quiet: int = 1) -> list[list[bool]]:
    """Dark modules are true; `quiet` modules of margin all round."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    side, pixels = int(image.shape[0]), memoryview(image).tobytes()
    dark = {divmod(place, side) for place, value in enumerate(pixels) if value == 0}
    span = range(-quiet, side + quiet)
    return [[(row, column) in dark for column in span] for row in span]


def half_lines(modules: list[list[bool]]) -> list[str]:
    """Two modules a character, one above the other."""
    rows = [*modules, [False] * len(modules[0])] if len(modules) % 2 else modules
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [
        INK + "".join(HALVES[upper * 2 + lower] for upper, lower in zip(*pair, strict=True)) + PLAIN
        for pair in pairs
    ]


def wide_lines(modules: list[list[bool]]) -> list[str]:
    """A module is two spaces on black or white: easier to photograph where there is room."""
    return ["".join(DARK if dark else LIGHT for dark in row) + PLAIN for row in modules]


def code_lines(text: str, columns: int, rows: int) -> list[str]:
    """The picture for a terminal of this size, dark on light and as large as it allows; empty when it does not fit."""
    modules = qr_modules(text)
    side = len(modules)
    if side * 2 <= columns and side <= rows:
        return wide_lines(modules)
    return half_lines(modules) if side <= columns and (side + 1) // 2 <= rows else []


def _base45(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, letter = divmod(number, 45)
            yield BASE45[letter]
