"""The single fingers of a kept capture, each as a picture of its own."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

from PIL import Image

from kiosk.biometrics.fingers import segment
from kiosk.biometrics.pictures import png_of_finger
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage


def cut_fingers(
    png: bytes, position: FingerPosition, impression: Impression, absent: Collection[FingerPosition] = ()
) -> list[tuple[FingerPosition, bytes, int]]:
    """Finger, PNG and pixels an inch. A slap whose fingers cannot be told apart gives none.

    Raises `OSError` for what is no picture.
    """
    image = _read(png, position, impression)
    if not position.is_slap:
        return [(position, png, image.ppi)]
    found = segment(image, absent)
    named = [finger for finger in found if not finger.position.is_slap and finger.position not in absent]
    return [(finger.position, png_of_finger(finger), finger.ppi) for finger in named]


def _read(png: bytes, position: FingerPosition, impression: Impression) -> FingerImage:
    with Image.open(BytesIO(png), formats=["PNG"]) as picture:
        grey = picture.convert("L")
        dpi = picture.info.get("dpi", (ENROLMENT_PPI, ENROLMENT_PPI))
    return FingerImage(position, impression, grey.width, grey.height, round(dpi[0]), grey.tobytes())
