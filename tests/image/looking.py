"""Reading a picture of the screen: are these words on it? Drawn with the kiosk's own font and looked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import kiosk.tui

FONT = Path(kiosk.tui.__file__).parent / "fonts" / "JetBrainsMono-Bold.ttf"
SIZES_PX = ((24.0, 14), (24.0, 15), (26.67, 16))
"""Height of the letters and width of a cell: those of `foot.ini`, as a terminal may round them, and one larger."""
ALIKE = 0.95


def drawn(words: str, size: float, cell: int) -> NDArray[np.uint8]:
    """Dark on light, a letter a cell, cut to the letters; grey (height, width)."""
    font = ImageFont.truetype(str(FONT), size)
    picture = Image.new("L", (cell * (len(words) + 2), 80), 255)
    pen = ImageDraw.Draw(picture)
    for place, letter in enumerate(words, start=1):
        pen.text((cell * place, 20), letter, font=font, fill=0)
    rows, columns = np.nonzero(np.asarray(picture) < 128)
    cut = picture.crop((int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))
    return np.asarray(cut, dtype=np.uint8)


def likeness(screen: Path, words: str) -> float:
    """1 where the words stand on the screen letter by letter, near 0 where they do not; light on dark counts too."""
    picture = cv2.imread(str(screen), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return 0.0
    found = (cv2.matchTemplate(picture, drawn(words, *size), cv2.TM_CCOEFF_NORMED) for size in SIZES_PX)
    return max(float(np.abs(scores).max()) for scores in found)


def shows(screen: Path, words: str) -> bool:
    return likeness(screen, words) >= ALIKE
