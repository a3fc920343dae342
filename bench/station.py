"""A core of its own for a benchmark, screens on a pseudo-terminal, and what the kernel says of them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiosk.errors import LinkError
from kiosk.link.address import socket_path
from kiosk.link.client import connect

PATIENCE_S = 60.0
ROWS, COLUMNS = 24, 80
ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)"
)


def kiosk(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kiosk.cli.main", *arguments]


class Core:
    """A running core; `ready_s` is the time from its start until it told systemd that it is ready."""

    def __init__(self, data: Path) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind("")
            told.settimeout(PATIENCE_S)
            address = "@" + told.getsockname()[1:].decode()
            begun = time.perf_counter()
            self.process = subprocess.Popen(
                kiosk("core", "--data", str(data)),
                env=os.environ | {"NOTIFY_SOCKET": address},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            told.recv(64)
            self.ready_s = time.perf_counter() - begun

    @property
    def rss_mb(self) -> float:
        return rss_mb(self.process.pid)


@contextmanager
def running_core(data: Path) -> Iterator[Core]:
    core = Core(data)
    try:
        yield core
    finally:
        core.process.terminate()
        core.process.wait()


class Terminal:
    """A program on a pseudo-terminal of 80×24; what it wrote is kept without escape sequences."""

    def __init__(self, command: list[str]) -> None:
        self.begun = time.perf_counter()
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(command[0], command)  # noqa: S606 - no shell is wanted
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._raw = b""

    def press(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    def seen(self, text: str) -> float:
        """Wait until `text` has been painted since the last call; the seconds from this call. Raises `TimeoutError`."""
        begun = time.perf_counter()
        wanted = text.encode()
        while wanted not in ESCAPES.sub(b"", self._raw):
            left = begun + PATIENCE_S - time.perf_counter()
            if not select.select([self.handle], [], [], max(left, 0))[0]:
                raise TimeoutError(text)
            self._raw += os.read(self.handle, 1 << 16)
        self._raw = b""
        return time.perf_counter() - begun

    def drain(self, seconds: float) -> None:
        """Read on for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self.handle], [], [], left)[0]:
                os.read(self.handle, 1 << 16)
        self._raw = b""

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with suppress(OSError):
            os.close(self.handle)


def rss_mb(pid: int) -> float:
    """Resident memory in MB (10⁶ bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / 1e6


def prepare(data: Path) -> None:
    """Start once on an empty folder: people are invented, the database made."""
    with running_core(data):
        asyncio.run(_greeted(data))


async def _greeted(data: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            await (await connect(socket_path(data, "citizen"))).close()
        except LinkError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            return
