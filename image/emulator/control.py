"""The open door of a test image: commands run in the guest as root (`overlay-test`)."""

from __future__ import annotations

import json
import select
import socket
import time
from pathlib import Path
from typing import NamedTuple

from image.emulator.qmp import Monitor, connect

PORT = "ctl"


class Ran(NamedTuple):
    """How a command in the guest ended."""

    status: int
    out: str
    err: str
    seconds: float


class Door:
    """One guest's. What is sent before the guest listens is lost, so it is waited for."""

    def __init__(self, path: Path, monitor: Monitor) -> None:
        self._link = connect(path, 10.0)
        self._monitor = monitor
        self._kept = b""
        self._number = 0

    def wait(self, within: float) -> bool:
        """Whether the guest opened it in time."""
        return self._monitor.wait_event("VSERPORT_CHANGE", within, id=f"port-{PORT}", open=True) is not None

    def run(self, command: str, within: float = 300.0) -> Ran:
        """Raises `TimeoutError`."""
        self._number += 1
        self._link.sendall(json.dumps({"id": self._number, "run": command}).encode() + b"\n")
        until = time.monotonic() + within
        while True:
            answer = json.loads(self._line(until, command))
            if answer["id"] == self._number:
                return Ran(answer["status"], answer["out"], answer["err"], answer["seconds"])

    def close(self) -> None:
        self._link.close()

    def _line(self, until: float, command: str) -> bytes:
        while b"\n" not in self._kept:
            self._kept += receive(self._link, until, command)
        line, _, self._kept = self._kept.partition(b"\n")
        return line


def receive(link: socket.socket, until: float, command: str) -> bytes:
    left = until - time.monotonic()
    if left <= 0 or not select.select([link], [], [], left)[0]:
        raise TimeoutError(f"no answer to: {command}")
    data = link.recv(65536)
    if not data:
        raise ConnectionError(f"the machine went away during: {command}")
    return data
