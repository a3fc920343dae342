"""What each remedy looks like: hands, water, ice, a cloth, the glass. Two pictures each, shown in turn, to see it move."""

from __future__ import annotations

import math
from typing import Final

from kiosk.domain.remedies import Remedy
from kiosk.tui.paint import Arc, Bar, Figure, Layer, Oval, Picture, Poly, arrow, drop
from kiosk.tui.palette import GOLD, GREEN, NIGHT

SKIN: Final = "#DDB083"
NAIL: Final = "#F6DEC4"
WATER: Final = "#2F7FC4"
ICE: Final = "#CBE4F6"
BOWL: Final = "#E9EEF2"
CLOTH: Final = "#F3F6F8"
STRIPE: Final = "#B5473A"
GLASS: Final = "#A9CBD8"
CASE: Final = "#3D4757"
METAL: Final = "#8A97A6"


def pictures(remedy: Remedy) -> tuple[Picture, Picture]:
    """The two pictures of `remedy`."""
    return PICTURES[remedy]


def box(x0: float, y0: float, x1: float, y1: float) -> Poly:
    return Poly(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def skin(*shapes: Bar | Oval) -> Picture:
    return tuple(Layer(shape, SKIN, NIGHT) for shape in shapes)


def pointing(x: float, tip: float) -> Picture:
    """A hand from below, the index finger up, its tip at (x, tip)."""
    return (
        *skin(
            Bar(x + 14, 88, x + 34, 88, 20),
            Bar(x, tip + 12, x, 90, 12),
            Bar(x + 19, 66, x + 19, 80, 8.5),
            Bar(x + 34, 69, x + 34, 82, 8.5),
        ),
        *(Layer(Arc(x, tip + 16, r, 1.1, 20, 160), "#A9784C") for r in (4, 8)),
    )


def dipping(x: float, tip: float) -> Picture:
    """Two fingers from above, the longer one's tip at (x, tip)."""
    return skin(
        Bar(x + 9, -20, x + 9, 2, 24), Bar(x + 22, 0, x + 22, tip - 17, 10), Bar(x, 0, x, tip - 10, 10)
    )


def lying(tip_x: float, tip_y: float) -> Picture:
    """A finger seen from its side, from the upper right down to its tip."""
    x, y = tip_x, tip_y
    return (
        *skin(Bar(x + 92, y - 42, x + 100, y - 46, 24), Bar(x, y - 12, x + 90, y - 44, 12)),
        Layer(Bar(x - 2, y - 17, x + 10, y - 21, 4.5), NAIL),
    )


def cloth(x: float, y: float, w: float, h: float) -> Picture:
    """A folded cloth with two stripes, its lower edge in waves."""
    waves = [(x + w * n / 6, y + h + (4 if n % 2 else 0)) for n in range(6, -1, -1)]
    stripes = (box(x + w * at, y + 2, x + w * at + 4, y + h) for at in (0.2, 0.7))
    return (
        Layer(Poly(((x, y), (x + w, y), *waves)), CLOTH, NIGHT),
        *(Layer(stripe, STRIPE) for stripe in stripes),
    )


READER_SIDE: Final = (
    Layer(box(10, 88, 140, 100), CASE),
    Layer(box(20, 79, 130, 90), GLASS, NIGHT),
)
READER_ABOVE: Final = (
    Layer(box(28, 4, 122, 98), CASE, NIGHT),
    Layer(box(36, 10, 114, 92), GLASS, NIGHT),
)


def star(x: float, y: float, r: float) -> Layer:
    """Something shines."""
    points = []
    for n in range(8):
        reach = r if n % 2 == 0 else r * 0.3
        points.append((x + reach * math.sin(n * math.pi / 4), y - reach * math.cos(n * math.pi / 4)))
    return Layer(Poly(tuple(points)), GOLD)


def _wipe(shift: float) -> Picture:
    x = 72 + shift
    waves = tuple((x + 30 - 10 * n, 56 if n % 2 else 50) for n in range(7))
    wrapped = Poly(((x - 16, 6), (x + 16, 6), *waves))
    stripes = (
        Poly(((x + at, 8), (x + at + 5, 8), (x + 2 * at + 6, 50), (x + 2 * at, 50))) for at in (-12, 6)
    )
    return (
        *pointing(72, 12),
        Layer(wrapped, CLOTH, NIGHT),
        *(Layer(stripe, STRIPE) for stripe in stripes),
        Layer(arrow(38, 28, 8, 28, 4), GREEN),
        Layer(arrow(106, 28, 136, 28, 4), GREEN),
    )


def _cool(tip: float) -> Picture:
    bowl = Poly(((14, 42), (136, 42), (116, 98), (34, 98)))
    water = Poly(((20, 54), (130, 54), (115, 95), (35, 95)))
    cubes = (
        Poly(((x, y - 9), (x + 10, y), (x, y + 9), (x - 10, y))) for x, y in ((40, 60), (114, 58), (104, 78))
    )
    turns = (0.0, math.pi / 3, 2 * math.pi / 3)
    flake = (
        Bar(128 + 15 * math.sin(a), 20 + 15 * math.cos(a), 128 - 15 * math.sin(a), 20 - 15 * math.cos(a), 2)
        for a in turns
    )
    return (
        Layer(bowl, BOWL, NIGHT),
        Layer(water, WATER),
        *dipping(64, tip),
        *(Layer(cube, ICE) for cube in cubes),
        *(Layer(line, WATER) for line in flake),
    )


def _wash(fall: float) -> Picture:
    tap = (
        Layer(Bar(29, 8, 29, 22, 4), METAL, NIGHT),
        Layer(Bar(6, 22, 44, 22, 7), METAL, NIGHT),
        Layer(Bar(44, 22, 44, 32, 7), METAL, NIGHT),
        Layer(Bar(20, 8, 38, 8, 4), METAL, NIGHT),
    )
    stream = (Layer(box(39, 38, 50, 64), WATER), *(Layer(drop(x, y + fall, 5), WATER) for x, y in DRIPS))
    hand = skin(Bar(78, 72, 96, 70, 14), Bar(32, 68, 80, 68, 7), Bar(36, 80, 80, 78, 7))
    return (*tap, *hand, *stream, *cloth(110, 26, 34, 60), Layer(Bar(104, 24, 149, 24, 3), METAL, NIGHT))


DRIPS: Final = ((32, 82), (48, 86), (64, 82))


def _moisten(top: float) -> Picture:
    return (*pointing(66, 52), Layer(drop(66, top, 12), WATER))


def _firmer(down: float) -> Picture:
    """The arrow stands on the nail: that is where to press."""
    return (*READER_SIDE, *lying(56, 81 + down), Layer(arrow(58, 4 + 2 * down, 58, 50 + 2 * down, 7), GREEN))


def _lighter(lift: float) -> Picture:
    """A feather beside the finger: as light as that."""
    blade = ((12, 48), (8, 34), (16, 18), (32, 6), (50, 2), (50, 16), (40, 34), (26, 46))
    feather = Poly(tuple((x, y + lift) for x, y in blade))
    quill = Bar(6, 62 + lift, 44, 10 + lift, 1.6)
    return (
        *READER_SIDE,
        *lying(70, 80 - lift / 2),
        Layer(feather, ICE, WATER),
        Layer(quill, WATER),
    )


def _tip_on(x: float, lean: float, r: float = 27) -> Picture:
    """A fingertip seen from its end; `lean` in degrees to the right."""
    a = math.radians(lean)
    y, reach = 81 - r, 0.64 * r
    nail_x, nail_y = x + reach * math.sin(a), y - reach * math.cos(a)
    ex, ey = 0.5 * r * math.cos(a), 0.5 * r * math.sin(a)
    return (
        *skin(Oval(x, y, r, r)),
        Layer(Bar(nail_x - ex, nail_y - ey, nail_x + ex, nail_y + ey, 5.5), NAIL),
    )


def _roll(x: float, lean: float) -> Picture:
    head = Poly(((136, 56), (112, 50), (132, 30)))
    return (*READER_SIDE, *_tip_on(x, lean), Layer(Arc(75, 62, 56, 4, 32, 150), GREEN), Layer(head, GREEN))


def _part(lean: float) -> Picture:
    """As it was laid down before, an arrow, and tilted: another part touches."""
    return (
        *READER_SIDE,
        *_tip_on(34, 0, 26),
        *_tip_on(116, lean, 26),
        Layer(arrow(63, 52, 87, 52, 4.5), GREEN),
        Layer(Arc(116, 55, 24, 5, 245, 295), GREEN),
    )


def _above(x: float, tip: float) -> Picture:
    """A finger from below on the glass, seen from above."""
    return (*skin(Bar(x, tip + 15, x, 130, 15)), Layer(Oval(x, tip + 12, 7, 8), NAIL))


def _centre(x: float, tip: float) -> Picture:
    inwards = ((38, 50, 56, 50), (112, 50, 94, 50), (75, 12, 75, 30))
    return (*READER_ABOVE, *_above(x, tip), *(Layer(arrow(*ends, 3.2), GREEN) for ends in inwards))


def _still(lit: int) -> Picture:
    figures = (
        Layer(Figure(str(n), 4, 4 + 34 * (n - 1), 5.5), GREEN if n <= lit else "#B9AC8E") for n in (1, 2, 3)
    )
    return (
        Layer(box(46, 4, 140, 98), CASE, NIGHT),
        Layer(box(54, 10, 132, 92), GLASS, NIGHT),
        *_above(93, 36),
        *figures,
    )


def _clean(x: float) -> Picture:
    hand = skin(
        Bar(x + 40, 30, x + 76, 8, 13), Bar(x + 14, 46, x + 40, 34, 9), Bar(x + 20, 56, x + 46, 44, 9)
    )
    shine = tuple(star(at_x, at_y, 12) for at_x, at_y in ((30, 66), (52, 84), (24, 86)) if at_x < x + 4)
    return (
        Layer(box(8, 48, 142, 98), CASE, NIGHT),
        Layer(box(16, 54, 134, 92), GLASS, NIGHT),
        *cloth(x, 46, 48, 34),
        *hand,
        *shine,
    )


def _all(up: float) -> Picture:
    fingers = ((30, 40), (60, 26), (90, 28), (120, 46))
    return (
        Layer(box(4, 6, 146, 98), CASE, NIGHT),
        Layer(box(11, 12, 139, 92), GLASS, NIGHT),
        *(layer for x, tip in fingers for layer in _narrow(x, tip + up)),
    )


def _narrow(x: float, tip: float) -> Picture:
    return (*skin(Bar(x, tip + 10, x, 130, 10)), Layer(Oval(x, tip + 9, 5, 6), NAIL))


def _place(height: float, down: bool) -> Picture:
    way = arrow(32, 36, 32, 76, 4.5) if down else arrow(32, 74, 32, 34, 4.5)
    return (*READER_SIDE, *lying(66, 80 - height), Layer(way, GREEN))


PICTURES: Final[dict[Remedy, tuple[Picture, Picture]]] = {
    Remedy.WIPE: (_wipe(-5), _wipe(7)),
    Remedy.COOL: (_cool(84), _cool(74)),
    Remedy.WASH: (_wash(0), _wash(5)),
    Remedy.MOISTEN: (_moisten(4), _moisten(14)),
    Remedy.LIGHTER: (_lighter(0), _lighter(6)),
    Remedy.FIRMER: (_firmer(0), _firmer(3)),
    Remedy.ROLL: (_roll(56, -50), _roll(94, 50)),
    Remedy.PART: (_part(-45), _part(-30)),
    Remedy.CENTRE: (_centre(75, 36), _centre(82, 58)),
    Remedy.STILL: (_still(2), _still(3)),
    Remedy.CLEAN: (_clean(62), _clean(36)),
    Remedy.ALL: (_all(0), _all(8)),
    Remedy.PLACE: (_place(22, False), _place(0, True)),
}
