"""Verify the systemd units: `python scripts/units.py [UNIT…]`; silence and exit status 0 when all is well.

`systemd-analyze verify` wants every program of a unit to be installed. What is verified is therefore a copy of each
unit in which what only a kiosk has is replaced by `/bin/true`; it ends with 0 whatever it found, so its silence counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

OURS = ("/usr/bin/kiosk ", "/usr/bin/cage ")
UNITS = sorted((Path(__file__).parent.parent / "systemd").glob("*.service"))


def verify(units: list[Path]) -> str:
    """What systemd has to say against the units; empty when nothing. Raises `FileNotFoundError` without systemd."""
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / unit.name for unit in units]
        for unit, copy in zip(units, copies, strict=True):
            copy.write_text(without_ours(unit.read_text(encoding="utf-8")))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *map(str, copies)],
            capture_output=True,
            text=True,
            check=False,
        )
    return (done.stdout + done.stderr).strip() or (
        "" if done.returncode == 0 else f"status {done.returncode}"
    )


def without_ours(text: str) -> str:
    for program in OURS:
        text = text.replace(f"={program}", "=/bin/true ")
    return text


if __name__ == "__main__":
    trouble = verify([Path(name) for name in sys.argv[1:]] or UNITS)
    if trouble:
        sys.exit(trouble)
