"""The pictures of the remedies: one each, that moves, at every size (C2)."""

from __future__ import annotations

import pytest

from kiosk.domain.remedies import Remedy
from kiosk.tui.canvas import Canvas, Rect
from kiosk.tui.citizen.remedies import PICTURES, pictures
from kiosk.tui.gallery import shots
from kiosk.tui.paint import Arc, Bar, Figure, Oval, Picture, Poly, arrow, draw_picture, drop
from kiosk.tui.palette import PAGE, PAPER
from kiosk.workflow.coach import LADDERS, ROLLED_LADDERS
from kiosk.workflow.view import Capture


def drawn(picture: Picture, rect: Rect) -> Canvas:
    canvas = Canvas(rect.w + 4, rect.h + 4, PAGE)
    draw_picture(canvas, rect._replace(x=2, y=2), picture, PAPER)
    return canvas


def look(canvas: Canvas) -> tuple[tuple[str, str], ...]:
    """Letters and colours."""
    return tuple((text, str(style)) for strip in canvas.strips() for text, style, _ in strip)


def colours(canvas: Canvas) -> set[str]:
    return {colour for strip in canvas.strips() for _, style, _ in strip if style for colour in _of(style)}


def _of(style: object) -> list[str]:
    return [str(getattr(style, name).name) for name in ("color", "bgcolor")]


@pytest.mark.parametrize("size", [(20, 6), (34, 10), (60, 20)])
def test_every_remedy_is_a_picture_of_its_own_that_moves(size: tuple[int, int]) -> None:
    rect = Rect(0, 0, *size)
    seen = set()
    for remedy in Remedy:
        first, second = (drawn(picture, rect) for picture in pictures(remedy))
        assert look(first) != look(second), remedy
        assert len(colours(first)) >= 4, "an outline, a ground and what it is made of"
        seen.add(look(first))
    assert len(seen) == len(Remedy)


def test_nothing_is_drawn_outside_its_place() -> None:
    for both in PICTURES.values():
        canvas = drawn(both[0], Rect(0, 0, 30, 9))
        lines = canvas.plain().split("\n")
        assert not lines[0] and not lines[1] and not lines[-1]
        assert all(not line[:2].strip() and not line[32:].strip() for line in lines)


def test_every_remedy_of_the_ladders_is_in_the_gallery_with_its_time() -> None:
    """All states of the coach can be looked at with `kiosk screenshots`."""
    screens = [shot.view.screen for shot in shots() if shot.view is not None]
    captures = [screen for screen in screens if isinstance(screen, Capture)]
    asked = {
        remedy for ladders in (LADDERS, ROLLED_LADDERS) for ladder in ladders.values() for remedy in ladder
    }
    assert asked == {screen.remedy for screen in captures} - {None}
    assert any(screen.better and screen.seconds for screen in captures)
    assert any(screen.better and not screen.seconds for screen in captures)


def test_shapes_hold_what_is_inside_them() -> None:
    assert Bar(0, 0, 10, 0, 2).holds(5, 1.9) and not Bar(0, 0, 10, 0, 2).holds(5, 2.1)
    assert Bar(3, 3, 3, 3, 2).holds(4, 4) and not Bar(3, 3, 3, 3, 2).holds(6, 3)
    assert Oval(0, 0, 4, 2).holds(3.9, 0) and not Oval(0, 0, 4, 2).holds(0, 2.1)
    assert Poly(((0, 0), (4, 0), (0, 4))).holds(1, 1) and not Poly(((0, 0), (4, 0), (0, 4))).holds(3, 3)
    quarter = Arc(0, 0, 10, 1, 0, 90)
    assert quarter.holds(7, -7) and not quarter.holds(-7, -7) and not quarter.holds(4, -4)
    assert Figure("1", 0, 0, 2).holds(3, 1) and not Figure("1", 0, 0, 2).holds(1, 1)
    assert arrow(0, 0, 20, 0, 2).holds(18, 0) and not arrow(0, 0, 20, 0, 2).holds(2, 4)
    assert drop(0, 0, 5).holds(0, 12) and not drop(0, 0, 5).holds(4, 2)
