"""A far station through the real OpenSSH: an sshd on loopback with keys made for this test, a real core behind it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kiosk.link.messages import CallOfficer
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.stations import posts
from tests.journeys.stage import Stage, at
from tests.system.ssh import AS_DOCUMENTED, free_port
from tests.system.terminal import Terminal

pytestmark = pytest.mark.system
PIN = "135790"


def test_the_documentation_says_the_same() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert textwrap.indent(AS_DOCUMENTED, "    ") in page


def forwarding(socket_path: Path) -> list[int]:
    """The processes that carry this socket."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"{socket_path}:".encode() in command:
                found.append(int(entry.name))
    return found


def test_a_far_station_is_served_lost_and_found_again(
    stage: Stage, sshd: Callable[[], subprocess.Popen[bytes]]
) -> None:
    seconds: list[float] = []
    sockets: list[Path] = []

    async def evening() -> None:
        stage.start()
        sshd()
        address = f"ssh://127.0.0.1:{os.environ['SSHD_PORT']}{stage.data}"
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            with posts([address, f"ssh://127.0.0.1:{free_port()}"], stage.data) as stations:
                app = OfficerApp(stations)
                sockets.extend(post.socket for post in stations)
                async with app.run_test(size=(80, 24)) as pilot:
                    await shows(pilot, app, "SẴN SÀNG")
                    await shows(pilot, app, "Connection refused")
                    begun = time.monotonic()
                    citizen.send(CallOfficer())
                    await shows(pilot, app, "GỌI CÁN BỘ")
                    seconds.append(time.monotonic() - begun)
                    await pilot.press("1", "f1", *"cb01", "enter", *PIN, "enter")
                    await shows(pilot, app, "(CB01)")
                    await pilot.press("f1")
                    await shows(pilot, app, "ĐANG ĐẾN")
                    await pilot.press("escape")
                    for process in forwarding(stations[0].socket):
                        os.kill(process, 9)
                    await until(pilot, app, lambda: shown(app).count("MẤT KẾT NỐI") == 2)
                    await until(pilot, app, lambda: shown(app).count("MẤT KẾT NỐI") == 1)
                    assert forwarding(stations[0].socket)

    asyncio.run(evening())
    assert not [pid for path in sockets for pid in forwarding(path)], "ssh ends with the screen"
    assert not sockets[0].parent.exists()


def test_a_killed_screen_leaves_no_ssh_behind(
    stage: Stage, sshd: Callable[[], subprocess.Popen[bytes]]
) -> None:
    stage.start()
    sshd()
    address = f"ssh://127.0.0.1:{os.environ['SSHD_PORT']}{stage.data}"
    command = [sys.executable, "-m", "kiosk.cli.main", "officer", "--data", str(stage.data)]
    screen = Terminal([*command, "--station", address, "--station", "local"], 80, 24)
    screen.shows("SẴN SÀNG")
    children = [
        int(pid) for pid in Path(f"/proc/{screen.pid}/task/{screen.pid}/children").read_text().split()
    ]
    assert children
    os.kill(screen.pid, signal.SIGKILL)
    os.waitpid(screen.pid, 0)
    until = time.monotonic() + 10
    while any(map(runs, children)):
        assert time.monotonic() < until
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def shown(app: OfficerApp) -> str:
    return app.page.canvas.plain()


async def shows(pilot: Pilot[None], app: OfficerApp, words: str) -> None:
    await until(pilot, app, lambda: words in shown(app))


async def until(pilot: Pilot[None], app: OfficerApp, true: Callable[[], bool]) -> None:
    for _ in range(1500):
        if true():
            return
        await pilot.pause(0.02)
    raise AssertionError(shown(app))
