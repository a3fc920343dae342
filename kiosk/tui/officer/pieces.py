"""What the officer's page is put together from: titles with a line, key caps with their words."""

from __future__ import annotations

from functools import lru_cache

from kiosk.locale import Words
from kiosk.tui.canvas import Ink, Rect
from kiosk.tui.page import Act, Do, Page, Target, cap_of
from kiosk.tui.palette import BANNER, HEADER_GOLD, LINES, NIGHT, PAGE, SAND, TITLE

KEY = Ink(NIGHT, SAND, bold=True)


@lru_cache(maxsize=4)
def words_of(language: str, catalogues: tuple[str, ...]) -> Words:
    """Kept: a page is drawn many times, its language rarely changes."""
    return Words(language, catalogues)


def title(page: Page, rect: Rect, text: str) -> Rect:
    """A title on a line across `rect`; what is below it."""
    head, rest = rect.inset(1).take(1)
    page.canvas.text(head.x, head.y, "─" * head.w, LINES)
    page.canvas.text(head.x, head.y, f"{text} ", TITLE)
    return rest


def put_lines(page: Page, rect: Rect, lines: list[tuple[str, Ink]]) -> None:
    """Lines from the top of `rect`, each in its own ink."""
    for row, (line, ink) in enumerate(lines[: rect.h]):
        page.canvas.text(rect.x, rect.y + row, line[: rect.w], ink)


def key_width(key: str, label: str) -> int:
    """Columns of a key cap, its label and the gap behind them."""
    return len(cap_of(key)) + len(label) + 3


def draw_key(page: Page, x: int, y: int, key: str, label: str, act: Act, held: bool = False) -> int:
    """A key cap and its label, pressable too, turned round when it is `held`; the column behind it."""
    cap = cap_of(key)
    page.canvas.text(x, y, cap, HEADER_GOLD if held else KEY)
    ink = BANNER if act.do is Do.CALL else TITLE if held else PAGE
    page.canvas.text(x + len(cap) + 1, y, label, ink)
    end = x + key_width(key, label)
    page.targets.append(Target(key, Rect(x, y, end - x - 1, 1), act))
    return end
