"""The command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_reader_who_goes_away_gets_no_traceback() -> None:
    """`kiosk plan list | head -1`: what is printed is wanted by nobody any more."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk.cli.main", "plan", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")
