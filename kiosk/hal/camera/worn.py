"""Glasses and things worn on the head, drawn on an invented person; the seed says which kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kiosk.hal.camera.drawing import HEAD, Colour, Easel, look


class Frames(NamedTuple):
    """Glasses: half the size of a lens, the thickness of the rim, its colour."""

    half_width: int
    half_height: int
    rim: int
    colour: Colour


FRAMES: Sequence[Frames] = (
    Frames(66, 46, 11, (30, 26, 26)),
    Frames(64, 52, 8, (66, 44, 30)),
    Frames(68, 40, 7, (84, 84, 92)),
)
STRAW, NAVY, OLIVE, RED = (222, 200, 142), (34, 44, 84), (92, 98, 60), (168, 44, 48)


def put_on_glasses(easel: Easel, person: int) -> None:
    """Two rims, the bridge between them, the temples to the ears, and a shine on each lens."""
    face, frames = look(person), FRAMES[person % len(FRAMES)]
    x, y = HEAD[0], HEAD[1] + 2
    apart = 86 * face.eyes_apart
    for side in (-1, 1):
        middle = x + side * apart
        outer = easel.oval(middle, y, frames.half_width, frames.half_height, 1.5)
        inner = easel.oval(middle, y, frames.half_width - frames.rim, frames.half_height - frames.rim, 1.5)
        easel.tint(inner, 0.94)
        easel.lay((250, 250, 250), easel.oval(middle - 26, y - 20, 12, 4, 2, turn=-30))
        easel.lay(frames.colour, outer, within=1 - easel.spread(inner))
        edge, ear = middle + side * frames.half_width, x + side * 204 * face.wide
        temple = [(edge - 3 * side, y - 10), (ear, y - 14), (ear, y - 4), (edge - 3 * side, y + 2)]
        easel.lay(frames.colour, easel.shape(temple, 1.5))
    gap = apart - frames.half_width + 4
    bridge = [
        (x - gap, y - 12),
        (x, y - 20),
        (x + gap, y - 12),
        (x + gap, y - 2),
        (x, y - 10),
        (x - gap, y - 2),
    ]
    easel.lay(frames.colour, easel.shape(bridge, 1.5))


def put_on_hat(easel: Easel, person: int) -> None:
    """A conical hat, a cap or a wound cloth."""
    (_cone, _cap, _cloth)[person % 3](easel, person)


def _cone(easel: Easel, person: int) -> None:
    x, y = HEAD
    brim = [
        (x - 400, y - 90),
        (x, y - 425),
        (x + 400, y - 90),
        (x + 200, y - 66),
        (x, y - 60),
        (x - 200, y - 66),
    ]
    easel.lay(STRAW, easel.shape(brim, 2))
    for ring in range(6):
        share = (ring + 1) / 7
        easel.tint(easel.oval(x, y - 425 + 335 * share, 390 * share, 14 * share + 3, 3), 0.9)
    easel.tint(easel.shape([(x, y - 425), (x + 400, y - 90), (x + 200, y - 66)], 30), 0.8)


def _cap(easel: Easel, person: int) -> None:
    x, y, wide = *HEAD, look(person).wide
    colour = NAVY if person % 2 else OLIVE
    crown = easel.spread(easel.shape([(0, 0), (1000, 0), (1000, y - 110), (0, y - 110)], 2))
    easel.lay(colour, easel.oval(x, y - 90, 232 * wide, 262, 3), within=crown)
    easel.lay(_darker(colour), easel.oval(x, y - 112, 222 * wide, 40, 3))


def _cloth(easel: Easel, person: int) -> None:
    x, y, wide = *HEAD, look(person).wide
    above = easel.spread(easel.shape([(0, 0), (1000, 0), (1000, y - 120), (0, y - 120)], 6))
    round_head = easel.oval(x, y - 66, 238 * wide, 272, 4)
    easel.lay(RED, round_head, within=above)
    within = easel.spread(round_head) * above
    for step in range(-240, 241, 60):
        band = [(x + step - 8, 0), (x + step + 8, 0), (x + step + 8, y), (x + step - 8, y)]
        easel.lay((232, 226, 216), easel.shape(band, 2), within=within)
        easel.tint(easel.oval(x, y - 100 + step * 0.6, 240, 8, 3), 0.7, within=within)


def _darker(colour: Colour) -> Colour:
    red, green, blue = (int(part * 0.7) for part in colour)
    return red, green, blue
