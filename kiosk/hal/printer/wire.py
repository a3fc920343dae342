"""The other end of the cable: a simulated ESC/POS printer on a pty and on TCP, so that the real driver runs.

`kiosk sim escpos --pty PATH --out DIR`. Bytes come at the pace of the line, paper moves at the pace of a motor; the
roll, the cover, the cutter and the plug are those of a world file; a fault script spoils the conversation.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import threading
import time
import tomllib
import tty
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec

from kiosk.errors import BadInputError
from kiosk.hal.printer.mechanism import Mechanism
from kiosk.hal.world import WorldFile, world_in

TICK_S, IDLE_TICK_S = 0.004, 0.02
MOST_AT_ONCE = 4096
FEW_BYTES = 16
NOISY = 0.2
"""How often rubbish comes before an answer, and how often after it."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong once `after_bytes` have come, for `seconds` (0: for ever).

    stall: neither reads nor answers. mute: prints, but never answers. noise: rubbish before and after answers.
    slow: answers come `delay` seconds late. unplug: the cable is out.
    """

    kind: Literal["stall", "mute", "noise", "slow", "unplug"]
    after_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    delay: Annotated[float, msgspec.Meta(ge=0)] = 0.2


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault script: TOML with one `[[fault]]` table for each; `seed` chooses the noise."""

    fault: tuple[Fault, ...] = ()
    seed: int = 1


def read_script(path: Path) -> Script:
    """Raises `BadInputError` naming the file and what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Script)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInputError("sim.bad_script", file=str(path), why=str(error)) from error


class Faults:
    """Which faults are in force, given the bytes that came and the time."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._began: dict[int, float] = {}
        self._random = Random(script.seed)  # noqa: S311

    def at(self, received: int, now: float) -> dict[str, Fault]:
        found: dict[str, Fault] = {}
        for number, fault in enumerate(self._script.fault):
            if received < fault.after_bytes:
                continue
            began = self._began.setdefault(number, now)
            if not fault.seconds or now < began + fault.seconds:
                found[fault.kind] = fault
        return found

    def rubbish(self) -> bytes:
        """A few bytes, now and then."""
        return self._random.randbytes(self._random.randint(1, 3)) if self._random.random() < NOISY else b""


class PtyCable:
    """A pty whose other end is linked at `path`; pulled out, the link is gone and the other end hangs up."""

    def __init__(self, path: Path, byte_s: float) -> None:
        self._path, self.byte_s = path, byte_s
        self._ends: tuple[int, int] | None = None

    @property
    def handle(self) -> int | None:
        return self._ends[0] if self._ends else None

    def plug(self) -> None:
        if self._ends:
            return
        # Our own hold on the far end keeps the pty alive between two programs that open it.
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        draft = self._path.with_name(f"{self._path.name}.new")
        draft.unlink(missing_ok=True)
        draft.symlink_to(os.ttyname(far))
        draft.replace(self._path)
        self._ends = near, far

    def unplug(self) -> None:
        if self._ends:
            self._path.unlink(missing_ok=True)
            for end in self._ends:
                os.close(end)
            self._ends = None

    def read(self, most: int) -> bytes:
        return os.read(self._ends[0], most) if self._ends else b""

    def write(self, data: bytes) -> None:
        if self._ends:
            os.write(self._ends[0], data)


class TcpCable:
    """Port 9100 of a network printer: one conversation at a time."""

    def __init__(self, port: int) -> None:
        self.port, self.byte_s = port, 0.0
        self._door: socket.socket | None = None
        self._link: socket.socket | None = None

    @property
    def handle(self) -> int | None:
        if self._link is None and self._door is not None:
            with suppress(BlockingIOError):
                self._link, _ = self._door.accept()
                self._link.setblocking(False)
        return self._link.fileno() if self._link else None

    def plug(self) -> None:
        if self._door is None:
            self._door = socket.create_server(("127.0.0.1", self.port), backlog=1)
            self._door.setblocking(False)
            self.port = self._door.getsockname()[1]

    def unplug(self) -> None:
        for end in (self._link, self._door):
            if end:
                end.close()
        self._link = self._door = None

    def read(self, most: int) -> bytes:
        if self._link is None:
            return b""
        data = self._link.recv(most)
        if not data:
            self._link.close()
            self._link = None
        return data

    def write(self, data: bytes) -> None:
        if self._link:
            self._link.send(data)


class Wire:
    """One printer behind one cable. `run` until `stop` is set; the cable is plugged when `ready` is set."""

    def __init__(
        self, cable: PtyCable | TcpCable, mechanism: Mechanism, world: WorldFile, faults: Faults
    ) -> None:
        self._cable, self.mechanism, self._world, self._faults = cable, mechanism, world, faults
        self.ready = threading.Event()
        self.received = 0
        self._credit = 0.0
        self._late: list[tuple[float, bytes]] = []

    def run(self, stop: threading.Event) -> None:
        """Raises `OSError` when the pty or the port cannot be made."""
        before = time.monotonic()
        try:
            while not stop.is_set():
                now = time.monotonic()
                self._step(now, now - before)
                before = now
                self.ready.set()
        finally:
            self._cable.unplug()

    def _step(self, now: float, passed: float) -> None:
        faults = self._faults.at(self.received, now)
        if "unplug" in faults or not self._world.read().printer_connected:
            self._cable.unplug()
            self.mechanism.break_off()
        else:
            self._cable.plug()
        handle = None if "stall" in faults else self._cable.handle
        self._rest(handle)
        if handle is None:
            self._answer(self.mechanism.advance(now), now, {"mute": Fault("mute")})
            return
        with suppress(OSError):
            self._answer(self._take(passed) + self.mechanism.advance(now), now, faults)

    def _rest(self, handle: int | None) -> None:
        """Until something comes or paper has to move; a line with a pace is looked at tick by tick while it is used."""
        resting = self.mechanism.idle and not self._late
        used = bool(self._cable.byte_s) and (not resting or self._credit < FEW_BYTES)
        if handle is None or used or not self.mechanism.room:
            time.sleep(IDLE_TICK_S if handle is None and resting else TICK_S)
        else:
            select.select([handle], [], [], IDLE_TICK_S if resting else TICK_S)

    def _take(self, passed: float) -> bytes:
        """Read what the line can have carried in the time that passed; the answers to it."""
        most = min(MOST_AT_ONCE, self.mechanism.room)
        if self._cable.byte_s:
            self._credit = min(self._credit + passed / self._cable.byte_s, MOST_AT_ONCE)
            most = min(most, int(self._credit))
        if most <= 0:
            return b""
        try:
            data = self._cable.read(most)
        except BlockingIOError:
            # An idle line saves nothing up.
            self._credit = min(self._credit, 2 * IDLE_TICK_S / (self._cable.byte_s or 1))
            return b""
        self._credit -= len(data)
        self.received += len(data)
        return self.mechanism.receive(data)

    def _answer(self, data: bytes, now: float, faults: dict[str, Fault]) -> None:
        if data and "mute" not in faults:
            spoiled = (
                data if "noise" not in faults else self._faults.rubbish() + data + self._faults.rubbish()
            )
            self._late.append((now + (faults["slow"].delay if "slow" in faults else 0.0), spoiled))
        while self._late and self._late[0][0] <= now:
            self._cable.write(self._late.pop(0)[1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kiosk sim escpos` takes."""
    parser.add_argument("--pty", type=Path, metavar="PATH")
    parser.add_argument("--tcp", type=int, metavar="PORT")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--faults", type=Path, metavar="FILE")
    parser.add_argument("--baud", type=int, default=115200)
    parser.add_argument("--speed", type=float, default=150.0, metavar="MM")


def run(args: argparse.Namespace) -> int:
    """Play the printer until a signal. Raises `BadInputError`."""
    cable = _cable(args)
    script = read_script(args.faults) if args.faults else Script()
    args.out.mkdir(parents=True, exist_ok=True)
    world = world_in(args.data or args.out)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        Wire(cable, Mechanism(world, args.out, args.speed), world, Faults(script)).run(stop)
    except OSError as error:
        raise BadInputError("sim.no_cable", place=str(args.pty or args.tcp), why=str(error)) from error
    return 0


def _cable(args: argparse.Namespace) -> PtyCable | TcpCable:
    if (args.pty is None) == (args.tcp is None) or args.baud <= 0 or args.speed <= 0:
        raise BadInputError("sim.one_cable")
    return TcpCable(args.tcp) if args.pty is None else PtyCable(args.pty, 10 / args.baud)
