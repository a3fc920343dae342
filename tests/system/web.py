"""`kiosk web` before a running core, and a Chromium that looks at it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.journeys.stage import Stage
from tests.system.browser import Tab, chromium


class WebDesk:
    """`kiosk web` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        said = json.loads(process.stdout.readline())
        self.port: int = said["port"]
        self.url: str = said["url"]
        self.key = urlsplit(self.url).query.partition("=")[2]

    def screens(self) -> list[int]:
        """The processes behind its pages."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


TOO_LATE = "ignore:coroutine 'MessagePump._post_message' was never awaited:RuntimeWarning"
"""Textual's web driver says so of a key that comes while its screen ends; nothing is lost by it."""


@contextmanager
def web_desk(data: Path, *stations: str) -> Iterator[WebDesk]:
    command = [sys.executable, "-m", "kiosk.cli.main", "web", "--data", str(data), "--port", "0", "--json"]
    command += [f"--station={station}" for station in stations]
    pipe = subprocess.PIPE
    quiet = {**os.environ, "PYTHONWARNINGS": TOO_LATE}
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=quiet) as process:
        try:
            yield WebDesk(process)
        finally:
            process.terminate()
            process.wait(20)


def play(stage: Stage, scenario: Callable[[WebDesk, Tab], Awaitable[None]], *stations: str) -> str:
    """What the server wrote besides its address."""
    stage.start()
    with web_desk(stage.data, *stations) as desk:

        async def run() -> None:
            async with chromium(stage.data.parent / "profile", "MAP desk.example 127.0.0.1") as tab:
                await scenario(desk, tab)

        asyncio.run(run())
        desk.process.send_signal(signal.SIGHUP)
        said = "".join(desk.process.communicate(timeout=20))
        assert desk.process.returncode in (0, -signal.SIGKILL), "ends well when the connection does"
        return said
