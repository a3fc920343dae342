"""Tables the kiosk ships with."""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent
DEMO_PREFIX = "999"
DEMO_PROVINCE = "Tỉnh Mẫu"


def load_provinces(demo: bool) -> dict[str, str]:
    """Prefix of the personal number → name of the province (annex 1 of TT 07/2016, the 63 of that time).

    These are not the unit codes in use since July 2025, several of which clash. `demo` adds the
    invented 999, which no real number starts with.
    """
    with (HERE / "provinces.csv").open(encoding="utf-8", newline="") as table:
        provinces = {row["pid_prefix"]: row["name"] for row in csv.DictReader(table)}
    return provinces | ({DEMO_PREFIX: DEMO_PROVINCE} if demo else {})
