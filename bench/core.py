"""The core as a process: time until it is ready, and its memory at rest and after a whole visit."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.screen import PHOTOBOOTH_MB
from bench.station import Terminal, kiosk, prepare, rss_mb, running_core
from bench.table import Row

STARTS = 5
SETTLED_S = 1.0
SCRIPT = Path(__file__).parent.parent / "examples" / "visits" / "first_issue.toml"


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data)
        ready, rest = zip(*(_start(data) for _ in range(STARTS)), strict=True)
        core, screen = _visit(data)
    return [
        Row("core: ready", median(ready), "s", 1.0, note="exec to READY=1 on a data folder already made"),
        Row("core: memory at rest", median(rest), "MB", 80),
        Row(
            "core: memory after a visit", core, "MB", 130, note="with OpenCV and the simulated devices in it"
        ),
        Row("core and citizen screen: after a visit", core + screen, "MB", PHOTOBOOTH_MB),
    ]


def _start(data: Path) -> tuple[float, float]:
    with running_core(data) as core:
        time.sleep(SETTLED_S)
        return core.ready_s, core.rss_mb


def _visit(data: Path) -> tuple[float, float]:
    """Resident MB of core and screen once the citizen has gone."""
    with running_core(data) as core:
        screen = Terminal(kiosk("citizen", "--data", str(data)))
        try:
            with subprocess.Popen(
                kiosk("visit", "--data", str(data), "--script", str(SCRIPT), "--json"),
                stdout=subprocess.DEVNULL,
            ) as visit:
                while visit.poll() is None:
                    screen.drain(SETTLED_S)
            assert visit.returncode == 0
            return core.rss_mb, rss_mb(screen.pid)
        finally:
            screen.close()
