"""What systemd and a technician's hands do in tests: a notification socket, mounts, a core that refuses to start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE_S = 40.0


class Notified:
    """The socket systemd would listen on."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("")  # Linux gives an abstract name of its own
        self._socket.settimeout(PATIENCE_S)
        self.address = "@" + self._socket.getsockname()[1:].decode()

    def until(self, wanted: str) -> list[str]:
        """What is said up to and including `wanted`."""
        said: list[str] = []
        while wanted not in said:
            said += self._socket.recv(4096).decode().splitlines()
        return said

    def close(self) -> None:
        self._socket.close()


def kiosk(
    *arguments: str, stdout: IO[str] | int = subprocess.PIPE, stderr: int | None = None
) -> subprocess.Popen[str]:
    """A command of the kiosk, running."""
    command = [sys.executable, "-m", "kiosk.cli.main", *arguments]
    return subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True)


def refused(data: Path) -> tuple[int, list[str]]:
    """Start a core that cannot start: its exit status, and what it said after naming the demonstration."""
    command = [sys.executable, "-m", "kiosk.cli.main", "core", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    return done.returncode, done.stderr.splitlines()[1:]


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """Something mounted on `place` until the block ends. Only root may; without that the test fails by this name."""
    assert os.geteuid() == 0, "mounting needs root: run as root, or in a container that allows it"
    place.mkdir(parents=True, exist_ok=True)
    mount(*arguments, str(place))
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
