"""From the single fingers a Secure Biometric Interface service answers with to the one picture of a placing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.errors import DeviceError
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.iso19794_4 import ImpressionCode, Print
from kiosk.hal.fingers.sbi_http import MOST_BYTES
from kiosk.hal.fingers.sbi_service import Segment

GAP_MM = 1.2
"""Bare glass between the fingers of a slap."""
MM_PER_INCH = 25.4


def composed(position: FingerPosition, impression: Impression, segments: Collection[Segment]) -> FingerImage:
    """The single finger, or the fingers side by side as they lie on the glass; not a pixel of theirs is changed.

    Raises `DeviceError` for a record that says it is of the other impression, or a slap beyond 2 MB.
    """
    for segment in segments:
        _check_impression(segment.print, impression)
    by_finger = {segment.finger: segment.print for segment in segments}
    prints = [by_finger[finger] for finger in position.members if finger in by_finger]
    if position.is_slap:
        return _side_by_side(position, impression, prints)
    one = prints[0]
    return FingerImage(position, impression, one.width, one.height, one.ppi, one.pixels)


def _side_by_side(position: FingerPosition, impression: Impression, prints: Sequence[Print]) -> FingerImage:
    ppi = prints[0].ppi
    gap = round(GAP_MM * ppi / MM_PER_INCH)
    width, height = sum(p.width for p in prints) + gap * (len(prints) + 1), max(p.height for p in prints)
    if width * height > MOST_BYTES or {p.ppi for p in prints} != {ppi}:
        raise DeviceError("sbi.slap_size", width=width, height=height)
    rows = bytearray([_glass(prints)]) * (width * height)
    left = gap
    for one in prints:
        for row in range(one.height):
            at = row * width + left
            rows[at : at + one.width] = one.pixels[row * one.width : (row + 1) * one.width]
        left += one.width + gap
    return FingerImage(position, impression, width, height, ppi, bytes(rows))


def _glass(prints: Sequence[Print]) -> int:
    """The commonest of the light greys: what lies between the fingers must look like the glass around them."""
    counts = [sum(one.pixels.count(grey) for one in prints) for grey in range(128, 256)]
    return 128 + counts.index(max(counts))


def _check_impression(seen: Print, wanted: Impression) -> None:
    """A record that says rolled is no flat finger, and a rolled finger is one whose record says so."""
    rolled = seen.impression == ImpressionCode.ROLLED
    if rolled is not (wanted is Impression.ROLLED):
        raise DeviceError("sbi.impression", impression=wanted.value, received=seen.impression)
