"""A desk server of the test's own process, and a screen of a few lines behind its pages."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from kiosk.cli.web import page_words
from kiosk.tui.web.guard import Guard
from kiosk.tui.web.server import DeskServer, listen

ECHO = """
import os, signal, sys
def say(data):
    sys.stdout.buffer.write(b"D" + len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stdout.buffer.write(b"__GANGLION__\\n")
say(b"pid %d" % os.getpid())
while head := sys.stdin.buffer.read(5):
    data = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if b'"quit"' in data and "stubborn" not in sys.argv or data == b"die":
        break
    say(head[:1] + data)
while "stubborn" in sys.argv:
    signal.pause()
"""


def echo(*how: str) -> list[str]:
    """A screen that says its number and then all it hears; `stubborn`: one that does not want to end."""
    return [sys.executable, "-c", ECHO, *how]


@dataclass
class Desk:
    """A running server, and a browser's side of it."""

    guard: Guard
    address: str
    browser: aiohttp.ClientSession

    async def enter(self) -> None:
        """As whoever has the address that was printed."""
        async with self.browser.get(f"{self.address}/?key={self.guard.key}") as answer:
            assert answer.status == 200, await answer.text()

    @contextlib.asynccontextmanager
    async def page(self) -> AsyncIterator[tuple[aiohttp.ClientWebSocketResponse, int]]:
        """An open page, and the process behind it."""
        socket = await self.browser.ws_connect(f"{self.address}/ws", headers={"Origin": self.address})
        try:
            said = await socket.receive_bytes(timeout=20)
            assert said.startswith(b"pid "), said
            yield socket, int(said[4:])
        finally:
            await socket.close()


@contextlib.asynccontextmanager
async def desk(command: Sequence[str] = ()) -> AsyncIterator[Desk]:
    guard = Guard()
    listener = listen(0)
    server = DeskServer(command or echo(), page_words(), guard)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    port = listener.getsockname()[1]
    jar = aiohttp.CookieJar(unsafe=True)  # keeps cookies of a host that is a number
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        try:
            yield Desk(guard, f"http://127.0.0.1:{port}", browser)
        finally:
            await runner.cleanup()


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def told_to(pid: int) -> str:
    """Command line and environment of a process."""
    place = Path(f"/proc/{pid}")
    return os.fsdecode((place / "cmdline").read_bytes() + (place / "environ").read_bytes())
