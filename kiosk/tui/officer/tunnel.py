"""Another station's officer socket, brought here by OpenSSH: `ssh -N -L`, watched and started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from kiosk.errors import BadInputError
from kiosk.link.address import socket_path
from kiosk.tui.canvas import clean

FIRST_WAIT_S: Final = 1.0
MOST_WAIT_S: Final = 15.0
STEADY_S: Final = 30.0
"""A connection that lasted this long has earned a fresh start of the waiting."""

HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,252}|\[?[0-9A-Fa-f:.]{2,45}\]?")
USER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
FOLDER: Final = re.compile(r"/[\w/. -]{0,80}")
PR_SET_PDEATHSIG: Final = 1
OPTIONS: Final = (
    "BatchMode=yes",
    "ExitOnForwardFailure=yes",
    "StreamLocalBindUnlink=yes",
    "StreamLocalBindMask=0177",
    "ConnectTimeout=8",
    "ServerAliveInterval=3",
    "ServerAliveCountMax=3",
    "ControlPath=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
)
"""Nothing is asked of anybody, nothing but the one socket is forwarded; a silent network is noticed within ten seconds."""


class Remote(NamedTuple):
    """Where another station's core keeps its data; `port` and `user` as ssh's own configuration says, if empty."""

    host: str
    data: Path
    user: str = ""
    port: int = 0


def parse_station(text: str, data: Path) -> Remote:
    """`ssh://[user@]host[:port][/data/folder]`; without a folder it is the same as here. Raises `BadInputError`."""
    trouble = BadInputError("station.bad_address", address=text[:60])
    try:
        parts = urlsplit(text)
        host, port, user = parts.hostname or "", parts.port or 0, parts.username or ""
    except ValueError as error:
        raise trouble from error
    folder = unquote(parts.path) if parts.path not in ("", "/") else str(data.absolute())
    fine = parts.scheme == "ssh" and HOST.fullmatch(host) and (not user or USER.fullmatch(user))
    if not fine or parts.query or parts.fragment or parts.password or not FOLDER.fullmatch(folder):
        raise trouble
    return Remote(host, Path(folder), user, port)


class Tunnel:
    """`trouble` is the last thing ssh said, empty while it runs."""

    def __init__(self, remote: Remote, local: Path) -> None:
        """`local` is the socket it makes here, in a folder of this process alone."""
        self._remote = remote
        self._local = local
        self._child: subprocess.Popen[bytes] | None = None
        self.trouble = ""

    async def run(self, changed: Callable[[], None]) -> None:
        """Until cancelled; `changed` is called when `trouble` did."""
        wait = FIRST_WAIT_S
        try:
            while True:
                begun = time.monotonic()
                self.trouble = await self._serve(changed)
                changed()
                steady = time.monotonic() - begun > STEADY_S
                await asyncio.sleep(FIRST_WAIT_S if steady else wait)
                wait = FIRST_WAIT_S if steady else min(wait * 2, MOST_WAIT_S)
        finally:
            self.close()

    def close(self) -> None:
        """End ssh, also where no loop runs any more."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait()
        self._local.unlink(missing_ok=True)

    async def _serve(self, changed: Callable[[], None]) -> str:
        """One life of ssh; its last words. Started by this thread, with which it shall end; heard in another."""
        try:
            self._child = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                preexec_fn=_dier(),
            )
        except OSError as error:
            return clean(str(error.strerror))[:200]
        self.trouble = ""
        loop = asyncio.get_running_loop()
        status = await asyncio.to_thread(
            self._listen, self._child, lambda: loop.call_soon_threadsafe(changed)
        )
        return self.trouble or f"ssh {status}"

    def _listen(self, child: subprocess.Popen[bytes], changed: Callable[[], object]) -> int:
        """Until ssh has ended; its exit status."""
        with child.stderr or contextlib.nullcontext() as said:
            while said is not None and (data := os.read(said.fileno(), 4096)):
                lines = clean_lines(data)
                self.trouble = lines[-1] if lines else self.trouble
                with contextlib.suppress(RuntimeError):
                    changed()
        return child.wait()

    def command(self) -> list[str]:
        remote = self._remote
        options = [part for option in OPTIONS for part in ("-o", option)]
        port = ["-p", str(remote.port)] if remote.port else []
        user = ["-l", remote.user] if remote.user else []
        forward = f"{self._local}:{socket_path(remote.data, 'officer')}"
        return ["ssh", "-N", "-T", *options, *port, *user, "-L", forward, "--", remote.host]


def clean_lines(data: bytes) -> list[str]:
    """The lines that say something, each safe to draw and not too long."""
    lines = [clean(line).strip()[:200] for line in data.decode(errors="replace").splitlines()]
    return [line for line in lines if line]


def _dier() -> Callable[[], None]:
    """Run in the child: it goes when this process goes, however that happens. The library is loaded before the fork."""
    library = ctypes.CDLL(None)

    def die_with_parent() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return die_with_parent
