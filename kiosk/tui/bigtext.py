"""Figures three cells wide and three rows tall, for numbers and dates that a person must check."""

from __future__ import annotations

from typing import Final

# Five rows of three dots each; two dot rows make one row of half blocks.
DOTS: Final = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", " ##", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", " # ", " # "),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    "/": ("  #", "  #", " # ", "#  ", "#  "),
    "-": ("   ", "   ", "###", "   ", "   "),
    ".": (" ", " ", " ", " ", "#"),
    ":": (" ", "#", " ", "#", " "),
    " ": (" ", " ", " ", " ", " "),
    "*": ("   ", "# #", " # ", "# #", "   "),
    "_": ("   ", "   ", "   ", "   ", "###"),
}
HALVES: Final = {(" ", " "): " ", ("#", " "): "▀", (" ", "#"): "▄", ("#", "#"): "█"}


def big_lines(text: str, width: int) -> list[str] | None:
    """Three lines that show `text` tall; None when a letter has no tall form or the width does not do."""
    if not text.strip() or any(letter not in DOTS for letter in text):
        return None
    glyphs = [DOTS[letter] for letter in text]
    dots = [" ".join(glyph[row] for glyph in glyphs) for row in range(5)]
    dots.append(" " * len(dots[0]))
    if len(dots[0]) > width:
        return None
    return ["".join(HALVES[pair] for pair in zip(dots[row], dots[row + 1], strict=True)) for row in (0, 2, 4)]
