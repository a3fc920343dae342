"""The certificate request of a new machine: a file, and a QR code small enough for a terminal of 80 × 24."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
HALVES = " ▄▀█"
"""Lower and upper half of a character cell by two bits: upper, lower."""


def pem(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_bytes(Encoding.PEM)


def qr_text(request: x509.CertificateSigningRequest) -> str:
    """The request's DER in base45 (RFC 9285): QR codes hold its letters in five and a half bits each."""
    return "".join(_base45(request.public_bytes(Encoding.DER)))


def qr_lines(text: str, quiet: int = 2) -> list[str]:
    """Two modules a character, dark on light: to be written in black on white. `quiet` modules of margin."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    side = int(image.shape[0])
    pixels = memoryview(image).tobytes()
    dark = {divmod(place, side) for place, value in enumerate(pixels) if value == 0}
    span = range(-quiet, side + quiet)
    return [
        "".join(HALVES[((row, column) in dark) * 2 + ((row + 1, column) in dark)] for column in span)
        for row in range(-quiet, side + quiet, 2)
    ]


def _base45(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, letter = divmod(number, 45)
            yield BASE45[letter]
