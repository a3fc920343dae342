"""Reading the card's QR code from frames of 1280×720, against zxing-cpp alone on the same frames, one core.

Frames of the simulated camera: code sizes × tilt 0, 15, 30° × blur sigma 0, 0.75, 1.5 × three sizes of a lamp's reflection
× three moments of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from statistics import mean
from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp

from bench.table import Row
from kiosk.biometrics.codes import look_for_qr
from kiosk.biometrics.pictures import rgb_of
from kiosk.hal.camera import Frame
from kiosk.hal.camera.scene import card_with, expose, show_card, wall
from kiosk.hal.world import INVENTED_CARD, World

SIZE = (1280, 720)
SIDES = (130, 150, 200, 300, 500)
SIDE_AT_1 = 543
TILTS, BLURS, GLARES, MOMENTS = (0, 15, 30), (0.0, 0.75, 1.5), (0.0, 0.4, 0.7), (1, 3, 6)
MOST_MS, MOST_TIMES = 15.0, 4.0


class Look(NamedTuple):
    """One frame: its conditions, whether it was read, and milliseconds of the processor."""

    side: int
    blur: float
    glare: float
    helped: bool
    alone: bool
    helped_ms: float
    alone_ms: float


def rows() -> list[Row]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        looks = list(_looks())
    finally:
        cv2.setNumThreads(threads)
    _show(looks)
    spent = [look.helped_ms for look in looks]
    alone = mean(look.alone_ms for look in looks)
    times = [
        Row("QR, mean frame", mean(spent), "ms", MOST_MS),
        Row("QR, one frame in a hundred", float(np.percentile(spent, 99)), "ms", MOST_MS),
        Row("QR, mean frame against zxing-cpp alone", mean(spent), "ms", MOST_TIMES, alone),
    ]
    return times + [_read_rate(side, [look for look in looks if look.side == side]) for side in SIDES]


def _read_rate(side: int, looks: list[Look]) -> Row:
    helped, alone = (100 * mean(read) for read in zip(*((k.helped, k.alone) for k in looks), strict=True))
    return Row(f"QR frames read, code of {side} pixels", helped, "%", 1.0, alone, at_least=True)


def _show(looks: list[Look]) -> None:
    """Frames read of a hundred, with help and alone, by size, blur and reflection; tilts and moments together."""
    print("code   blur " + "".join(f"   reflection {glare:g}" for glare in GLARES))
    for side, blur in product(SIDES, BLURS):
        cells = []
        for glare in GLARES:
            there = [look for look in looks if (look.side, look.blur, look.glare) == (side, blur, glare)]
            cells.append(
                f"{100 * mean(k.helped for k in there):5.0f} ({100 * mean(k.alone for k in there):3.0f})  "
            )
        print(f"{side:4} {blur:6.2f}   " + "    ".join(cells))


def _looks() -> Iterator[Look]:
    card = card_with(INVENTED_CARD)
    for side, tilt, blur, glare, moment in product(SIDES, TILTS, BLURS, GLARES, MOMENTS):
        world = World(distance=SIDE_AT_1 / side, card_tilt=tilt, card_blur=blur, card_glare=glare)
        frame = expose(show_card(wall(world, SIZE), card, world, moment), world, moment)
        begun = time.thread_time()
        alone = _alone(frame)
        between = time.thread_time()
        helped = look_for_qr(frame).text
        ended = time.thread_time()
        read = (helped == INVENTED_CARD, alone == INVENTED_CARD)
        yield Look(side, blur, glare, *read, 1e3 * (ended - between), 1e3 * (between - begun))


def _alone(frame: Frame) -> str | None:
    grey = cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2GRAY)
    found = zxingcpp.read_barcode(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found.text if found is not None else None
