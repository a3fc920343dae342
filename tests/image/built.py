"""Where the images under test lie. `KIOSK_ARCH` is what `make boot-test ARCH=` sets."""

from __future__ import annotations

import os
from pathlib import Path

IMAGES = Path(__file__).parents[2] / "var" / "image"
ARCH = os.environ.get("KIOSK_ARCH", "amd64")
TEST_IMAGE = IMAGES / f"{ARCH}-test"
UPDATES = IMAGES / "update"
"""Made by `image/update-images.sh`."""
TEST_CARD = TEST_IMAGE / "disk.img"
FIRST_RELEASE = UPDATES / "0.1.0" / "disk.img"
