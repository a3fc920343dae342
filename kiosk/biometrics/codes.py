"""The QR code of a card held before the camera."""

from __future__ import annotations

import cv2
import zxingcpp

from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame


def read_qr(frame: Frame) -> str | None:
    """The text of the QR code in the picture, None without one that reads whole.

    The text is what anybody may have printed: nothing in it is proof.
    """
    grey = cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2GRAY)
    found = zxingcpp.read_barcode(
        grey,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    return found.text if found is not None and found.valid else None
