"""Reading the screen: a picture by words drawn with the kiosk's own font and looked for, the console by its text."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import kiosk.tui
from image.emulator.control import Door

FONT = Path(kiosk.tui.__file__).parent / "fonts" / "JetBrainsMono-Bold.ttf"
SIZES_PX = ((24.0, 14), (24.0, 15), (26.67, 16))
"""Height of the letters and width of a cell: those of `foot.ini`, as a terminal may round them, and one larger."""
ALIKE = 0.95
POINTER_PX = 300
CONSOLE = """
letters = open("/dev/vcsu1", "rb").read().decode("utf-32-le")
wide = open("/dev/vcsa1", "rb").read(2)[1]
print(*(letters[at : at + wide] for at in range(0, len(letters), wide)), sep="\\n")
"""
"""What stands on the Linux console, line by line (vcs(4))."""


def written(door: Door) -> str:
    """The console's text, where the guest shows text and no picture."""
    return door.run(f"python3 -c '{CONSOLE}'").out


def wait_written(door: Door, *words: str, within: float) -> None:
    """A program on the console is there some seconds after its unit has started."""
    until = time.monotonic() + within
    while not all(word in (shown := written(door)) for word in words):
        assert time.monotonic() < until, shown
        time.sleep(1.0)


def wait_asked(door: Door, words: str, within: float) -> None:
    """Until the last line of the console begins so: a question waits for its answer."""
    until = time.monotonic() + within
    while not last_line(shown := written(door)).startswith(words):
        assert time.monotonic() < until, shown
        time.sleep(1.0)


def last_line(shown: str) -> str:
    lines = (line.strip() for line in reversed(shown.splitlines()))
    return next((line for line in lines if line), "")


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


def place(screen: Path, words: str) -> tuple[float, float]:
    """Where the words stand best, across and down in parts of the picture."""
    picture = cv2.imread(str(screen), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    pattern = drawn(words, *SIZES_PX[0])
    scores = np.abs(cv2.matchTemplate(picture, pattern, cv2.TM_CCOEFF_NORMED))
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    middle = (int(column) + pattern.shape[1] / 2, int(row) + pattern.shape[0] / 2)
    return middle[0] / picture.shape[1], middle[1] / picture.shape[0]


def is_black(screen: Path) -> bool:
    """To the edges, but for the pointer of the emulator's tablet."""
    picture = cv2.imread(str(screen), cv2.IMREAD_GRAYSCALE)
    return picture is not None and int(np.count_nonzero(picture)) <= POINTER_PX


def shows(screen: Path, words: str) -> bool:
    return likeness(screen, words) >= ALIKE
