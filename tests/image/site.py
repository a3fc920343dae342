"""A machine of the update tests over its starts, and what is asked of it there."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest

from image.emulator.machine import End, Machine
from image.emulator.pi import Pi

COMES_UP_S, INSTALLS_S, RESTARTS_S = 1500.0, 1800.0, 1500.0
A, B = 2, 3
DATA = "--data /var/lib/kiosk"
PIN = "135790"
"""Of the demonstration's officers."""
KIND = 6
"""Where an event's name stands in its line."""
STICK = "mkdir -p /run/stick; mountpoint -q /run/stick || mount -o ro /dev/disk/by-id/virtio-stick /run/stick"


class Site:
    """The machine in its present start."""

    def __init__(self, pi: Pi) -> None:
        self.pi = pi
        self.machine: Machine | None = None

    def start(self) -> None:
        """Until its door is open."""
        self.machine = self.pi.comes_up(COMES_UP_S)

    def verdict(self) -> str:
        """The line the health gate ends with; what QEMU's console has of it."""
        until = time.monotonic() + COMES_UP_S
        while time.monotonic() < until:
            lines = [line.strip() for line in self.said().splitlines() if "HEALTH: " in line]
            if lines and ("HEALTH: OK" in lines[-1] or "HEALTH: FAILED" in lines[-1]):
                return lines[-1].partition("HEALTH: ")[2]
            time.sleep(1.0)
        raise AssertionError(f"no verdict: {self.said()[-2000:]}")

    def said(self) -> str:
        assert self.machine
        return self.machine.said()

    def run(self, command: str, within: float = 600.0) -> subprocess.CompletedProcess[str]:
        assert self.machine
        ran = self.machine.door.run(command, within)
        return subprocess.CompletedProcess(command, ran.status, ran.out, ran.err)

    def out(self, command: str, within: float = 600.0) -> str:
        done = self.run(command, within)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def status(self) -> dict[str, Any]:
        """`kiosk image status`, whatever its exit status."""
        found: dict[str, Any] = json.loads(self.run("kiosk image status --json").stdout)
        return found

    def told(self, kind: str = "update.*") -> list[str]:
        """The audit chain's events of that kind, by name."""
        lines = self.out(f"runuser -u kiosk -- kiosk audit list {DATA} --kind '{kind}' --json").splitlines()
        return [json.loads(line)[KIND] for line in lines]

    def ends(self, within: float) -> End:
        assert self.machine
        end = self.pi.after(self.machine, within)
        self.machine = None
        return end

    def cut(self) -> None:
        assert self.machine
        self.machine.cut_power()
        self.ends(60.0)

    def waits(self, condition: str, within: float) -> None:
        until = time.monotonic() + within
        while self.run(condition).returncode != 0:
            assert time.monotonic() < until, condition
            time.sleep(1.0)

    def update(self, name: str, *more: str) -> subprocess.CompletedProcess[str]:
        self.out(STICK)
        line = f"echo {PIN} | kiosk image update /run/stick/{name}.raucb --officer CB01 {DATA} --json"
        return self.run(" ".join((line, *more)), INSTALLS_S)

    def restarts_by(self, command: str) -> None:
        """A command that ends with the machine going down for the trial."""
        with pytest.raises((ConnectionError, TimeoutError)):
            self.run(command, INSTALLS_S)
            self.run("sleep 600")
        assert self.ends(RESTARTS_S) is End.RESET
