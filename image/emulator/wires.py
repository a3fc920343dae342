"""What hangs on the machine's serial ports: the kiosk's own wire simulators, each a process with a pty."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""A test run that is killed leaves nothing behind that runs on for ever."""
COMES_UP_S = 60.0
STOPS_S = 10.0


class Wires(NamedTuple):
    """`reader` and `printer` are ptys, `slips` the folder of what came out of the printer."""

    reader: Path
    printer: Path
    slips: Path


@contextmanager
def wires(folder: Path) -> Iterator[Wires]:
    """A fingerprint module and a receipt printer until the block ends. Raises `TimeoutError` when one does not come up."""
    ends = Wires(folder / "reader", folder / "printer", folder / "slips")
    world = ("--data", str(folder / "world"))
    commands = (
        ("zfm", "--pty", str(ends.reader), *world),
        ("escpos", "--pty", str(ends.printer), "--out", str(ends.slips), *world),
    )
    play = (*WITH_US, sys.executable, "-m", "kiosk.cli.main", "sim")
    running = [subprocess.Popen([*play, *line]) for line in commands]
    try:
        wait_for((ends.reader, ends.printer))
        yield ends
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(STOPS_S)


def wait_for(files: tuple[Path, ...]) -> None:
    until = time.monotonic() + COMES_UP_S
    while not all(file.exists() for file in files):
        if time.monotonic() > until:
            raise TimeoutError(f"the simulators did not come up: {files}")
        time.sleep(0.05)
