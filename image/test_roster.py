"""`python -m image.test_roster FILE`: few invented people, so that a test image need not invent many at its first start."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.store.demo_people import invented_people
from kiosk.store.roster import build

COUNT, SEED = 200, 1

if __name__ == "__main__":
    build(Path(sys.argv[1]), invented_people(COUNT, SEED), f"invented:{SEED}")
