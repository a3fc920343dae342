"""Reading a picture of the screen: are these words on it? Drawn with the kiosk's own font and looked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import kiosk.tui

FONT = Path(kiosk.tui.__file__).parent / "fonts" / "JetBrainsMono-Bold.ttf"
CELL_PX = 16
"""The width of a letter on the emulator's 1280 pixels, 80 to a line."""
PIXELS_A_CELL = 0.6
"""JetBrains Mono is six tenths of its size wide."""
ALIKE = 0.7


def drawn(words: str) -> NDArray[np.uint8]:
    """Dark on light, cut to the letters; grey (height, width)."""
    font = ImageFont.truetype(str(FONT), round(CELL_PX / PIXELS_A_CELL))
    picture = Image.new("L", (CELL_PX * (len(words) + 2), 60), 255)
    ImageDraw.Draw(picture).text((CELL_PX, 8), words, font=font, fill=0)
    rows, columns = np.nonzero(np.asarray(picture) < 128)
    cut = picture.crop((int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))
    return np.asarray(cut, dtype=np.uint8)


def likeness(screen: Path, words: str) -> float:
    """1 where the words stand on the screen letter by letter, near 0 where they do not; light on dark counts too."""
    picture = cv2.imread(str(screen), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return 0.0
    found = cv2.matchTemplate(picture, drawn(words), cv2.TM_CCOEFF_NORMED)
    return float(np.abs(found).max())


def shows(screen: Path, words: str) -> bool:
    return likeness(screen, words) >= ALIKE
