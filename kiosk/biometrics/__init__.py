"""What can be told of a finger, a face or a code from a picture.

The functions here import OpenCV, numpy or zxing-cpp when they are first called: together some 60 MB that a kiosk at
rest does not need.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.camera import Frame
from kiosk.hal.fingers import FingerImage

if TYPE_CHECKING:
    from kiosk.biometrics.codes import CodeSight
    from kiosk.biometrics.face import FaceFinder
    from kiosk.biometrics.portrait import Portrait
    from kiosk.biometrics.quality import FingerQuality


def assess(image: FingerImage, absent: Collection[FingerPosition] = ()) -> FingerQuality:
    """Judge one impression; see `kiosk.biometrics.fingers.assess`."""
    from kiosk.biometrics import fingers

    return fingers.assess(image, absent)


def face_finder() -> FaceFinder:
    """Guides a person to a good portrait; see `kiosk.biometrics.face`."""
    from kiosk.biometrics.face import FaceFinder

    return FaceFinder()


def best_portrait(finder: FaceFinder, stills: Sequence[Frame]) -> Portrait:
    """The best of some stills (at least one); see `kiosk.biometrics.portrait`."""
    from kiosk.biometrics import portrait

    return portrait.best([portrait.judge(finder, still) for still in stills])


def frame_png(frame: Frame) -> bytes:
    """The whole picture."""
    from kiosk.biometrics import pictures

    return pictures.png_of_frame(frame)


def finger_png(image: FingerImage) -> bytes:
    """The impression as it was taken, with its resolution."""
    from kiosk.biometrics import pictures

    return pictures.png_of_finger(image)


def live_picture(
    picture: Frame | FingerImage, width: int, height: int, *, mirrored: bool = False
) -> tuple[int, int, bytes]:
    """Width, height and grey bytes of the picture shrunk to fit `width × height`, `mirrored` for who looks at it."""
    from kiosk.biometrics import pictures

    return pictures.shrink_grey(picture, width, height, mirrored=mirrored)


def look_for_qr(frame: Frame) -> CodeSight:
    """The text of a QR code in the picture, or whether there is one that cannot be read."""
    from kiosk.biometrics import codes

    return codes.look_for_qr(frame)


def cut_fingers(
    png: bytes, position: FingerPosition, impression: Impression, absent: Collection[FingerPosition] = ()
) -> list[tuple[FingerPosition, bytes, int]]:
    """The single fingers of a kept capture; see `kiosk.biometrics.cutting.cut_fingers`."""
    from kiosk.biometrics import cutting

    return cutting.cut_fingers(png, position, impression, absent)
