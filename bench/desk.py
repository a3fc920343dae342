"""The officer's screen with four stations: from an act at one of them until its words are on the screen, and its memory.

Four cores and the screen run on this machine; the screen reaches each core by its own socket, without ssh between. Each
station is in the middle of a visit. The act is a call for help, and its end: act → core → screen → terminal.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.keys import go_to_the_question
from bench.station import Terminal, prepare, rss_mb, running_core
from bench.table import Row
from kiosk.app.staff import DEMO_PIN, LEADER
from kiosk.link.address import socket_path
from kiosk.link.client import Client, connect
from kiosk.link.messages import AnswerCall, CallOfficer, FromScreen, SessionChanged, SignIn

STATIONS = 4
CALLS = 150
PAUSE_S = 0.1
SETTLED_S = 2.0
CALLED, QUIET = "GỌI CÁN BỘ", "Không có việc"


class Station(NamedTuple):
    """The two who act at a station: its citizen, and a colleague at another screen."""

    citizen: Client
    officer: Client


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cores:
        stations = [Path(folder) / str(number) for number in range(STATIONS)]
        for data in stations:
            data.mkdir()
            prepare(data)
            cores.enter_context(running_core(data))
        waits, memory = asyncio.run(_measure(stations))
    waits.sort()
    note = f"{len(waits)} changes, median {waits[len(waits) // 2] * 1000:.1f} ms, {STATIONS} stations"
    return [
        Row("station to officer's screen, p99", waits[len(waits) * 99 // 100] * 1000, "ms", 100, note=note),
        Row(
            "officer's screen: memory",
            memory,
            "MB",
            60,
            note=f"resident, {STATIONS} stations, after the changes",
        ),
    ]


async def _measure(stations: list[Path]) -> tuple[list[float], float]:
    room = [await _enter(data) for data in stations]
    terminal = Terminal([sys.executable, "-m", "bench.desk", *map(str, stations)])
    try:
        terminal.seen(QUIET)
        terminal.drain(SETTLED_S)
        waits = []
        for number in range(CALLS):
            station = room[number % STATIONS]
            waits.append(_seen(terminal, station.citizen, CallOfficer(), CALLED))
            waits.append(_seen(terminal, station.officer, AnswerCall(coming=False), QUIET))
        return waits, rss_mb(terminal.pid)
    finally:
        terminal.close()


def _seen(terminal: Terminal, who: Client, act: FromScreen, words: str) -> float:
    terminal.drain(PAUSE_S)
    begun = time.perf_counter()
    who.send(act)
    terminal.seen(words)
    return time.perf_counter() - begun


async def _enter(data: Path) -> Station:
    await go_to_the_question(data)
    officer = await connect(socket_path(data, "officer"))
    officer.send(SignIn(LEADER, DEMO_PIN))
    async for message in officer:
        if isinstance(message, SessionChanged):
            break
    return Station(await connect(socket_path(data, "citizen")), officer)


def screen(folders: list[str]) -> int:
    """`kiosk officer` with these stations."""
    from kiosk.tui.hardened import run_screen
    from kiosk.tui.officer.app import OfficerApp
    from kiosk.tui.officer.stations import Post

    return run_screen(
        OfficerApp([Post(Path(each).name, socket_path(Path(each), "officer")) for each in folders])
    )


if __name__ == "__main__":
    sys.exit(screen(sys.argv[1:]))
