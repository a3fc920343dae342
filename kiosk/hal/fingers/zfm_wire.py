"""A simulated ZFM module on a line: on a pty at line speed for any program, or in memory for tests.

`kiosk sim zfm --pty PATH` runs it; PATH becomes a link to the pty. It speaks the real protocol, so the real driver
runs; bytes take 10 bits each at the module's baud rate, and at another rate than the host's nothing is understood.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from kiosk.errors import BadInputError
from kiosk.hal.fingers.zfm_faults import Fault, FaultScript, Mischief, read_faults
from kiosk.hal.fingers.zfm_module import KINDS, READY, Module, Sent, module_in
from kiosk.hal.fingers.zfm_protocol import MARK, OVERHEAD, Framer, Kind
from kiosk.hal.serial_port import READ_SLICE_S
from kiosk.hal.world import WorldFile, world_in

BITS = 10
"""Start bit, eight bits, stop bit."""
TICK_S = 0.05
CHUNK = 4096
TCGETS2, TERMIOS2, OSPEED = 0x802C542A, 44, 40
"""Linux's request for line settings with the rate as a number, the size of its answer, and where the rate is."""


class Step(NamedTuple):
    """What happens next at the module's end: `after` seconds, these bytes, and perhaps the cable out for a time."""

    after: float
    data: bytes
    baud: int
    unplugged_s: float = 0.0
    deaf: bool = False
    """What the host says meanwhile is lost."""


class Exchange:
    """The module and its line's mischief, without time and without a port."""

    def __init__(self, module: Module, script: FaultScript | None = None) -> None:
        self.module = module
        self.mischief = Mischief(script or FaultScript())
        self._framer = Framer(module.address)

    def respond(self, data: bytes, host_baud: int) -> Iterator[Step]:
        """What comes back for these bytes of the host's; nothing as long as they are no whole command."""
        if host_baud != self.module.baud:
            data = self.mischief.at_wrong_rate(data)
        data = self.mischief.on_command(data)
        if data.startswith(MARK):
            self._framer.clear()  # a module does not wait for ever for the rest of a command
        skipped = self._framer.skipped
        self._framer.feed(data)
        while packet := self._framer.next():
            if packet.kind == Kind.COMMAND:
                yield from self._send(self.module.obey(packet.payload))
            else:
                self.module.take(packet.kind, packet.payload)
        spoiled = self._framer.skipped - skipped >= OVERHEAD
        if spoiled and self.module.address.to_bytes(4, "big") in data:
            yield from self._send(self.module.refuse())

    def _send(self, packets: list[Sent]) -> Iterator[Step]:
        for sent in packets:
            data, after = sent.data, sent.after
            for fault in self.mischief.due(sent):
                if fault.kind in ("unplug", "restart", "baud"):
                    yield self._cut(fault)
                    return
                data = self.mischief.damage(fault, data)
                after += fault.seconds if fault.kind == "slow" else 0.0
            yield Step(after, data, self.module.baud)
            self.module.settle(sent)

    def _cut(self, fault: Fault) -> Step:
        """The module loses its supply with the cable, or alone."""
        if fault.kind == "baud":
            self.module.baud = fault.baud
        self.module.restart()
        self._framer.clear()
        if fault.kind == "unplug":
            return Step(0, b"", self.module.baud, unplugged_s=fault.seconds)
        return Step(fault.seconds, READY, self.module.baud, deaf=True)


class ZfmWire:
    """The module on a pty. `with ZfmWire(…):` serves it in a thread, `serve` until told to stop."""

    def __init__(
        self,
        module: Module,
        link: Path,
        script: FaultScript | None = None,
        world: WorldFile | None = None,
        paced: bool = True,
    ) -> None:
        self.exchange = Exchange(module, script)
        self._link = link
        self._world = world
        self._paced = paced
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.serve, name="zfm-wire", daemon=True)
        self._ends: tuple[int, int] | None = None
        self._free = 0.0
        self._plug()

    def __enter__(self) -> ZfmWire:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        self._stop.set()

    def serve(self) -> None:
        """Play the module until `stop`; the link is gone afterwards."""
        try:
            while not self._stop.is_set():
                self._follow_world()
                if self._ends is None:
                    self._stop.wait(TICK_S)
                else:
                    self._listen(self._ends[0])
        finally:
            self._unplug()

    def unplug(self, seconds: float) -> None:
        """Pull the cable for a while."""
        self._unplug()
        self._stop.wait(seconds)
        self._plug()

    def _listen(self, end: int) -> None:
        ready, _, _ = select.select([end], [], [], TICK_S)
        if not ready:
            return
        data = os.read(end, CHUNK)
        baud = self._host_baud()
        self._free = max(self._free, time.monotonic())
        self._pass_time(len(data) * BITS / baud)
        for step in self.exchange.respond(data, baud):
            if self._stop.is_set() or not self._play(step):
                return

    def _play(self, step: Step) -> bool:
        """Whether the line is still there afterwards."""
        if step.unplugged_s:
            self.unplug(step.unplugged_s)
        self._follow_world()
        if step.unplugged_s or self._ends is None:
            return False
        self._pass_time(step.after + len(step.data) * BITS / step.baud)
        if step.deaf:
            self._lose_input(self._ends[0])
        same = step.baud == self._host_baud()
        self._write(self._ends[0], step.data if same else self.exchange.mischief.at_wrong_rate(step.data))
        return True

    def _pass_time(self, seconds: float) -> None:
        if self._paced:
            self._free = max(self._free, 0.0) + seconds
            self._stop.wait(max(0.0, self._free - time.monotonic()))

    def _write(self, end: int, data: bytes) -> None:
        """What a host does not fetch in time is lost, as on a real line."""
        while data and not self._stop.is_set():
            _, ready, _ = select.select([], [end], [], 1.0)
            if not ready:
                return
            data = data[os.write(end, data) :]

    def _lose_input(self, end: int) -> None:
        while select.select([end], [], [], 0)[0]:
            os.read(end, CHUNK)

    def _host_baud(self) -> int:
        """The rate the program at the other end has set."""
        settings = fcntl.ioctl(self._ends[1] if self._ends else -1, TCGETS2, bytes(TERMIOS2))
        (baud,) = struct.unpack_from("I", settings, OSPEED)
        return max(int(baud), 1)

    def _follow_world(self) -> None:
        """The world may pull the cable as well."""
        connected = self._world is None or self._world.read().reader_connected
        if connected and self._ends is None:
            self._plug()
        elif not connected and self._ends is not None:
            self.exchange.module.restart()
            self._unplug()

    def _plug(self) -> None:
        host_end, program_end = pty.openpty()
        tty.setraw(program_end)
        os.set_blocking(host_end, False)
        self._ends = host_end, program_end
        draft = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        try:
            draft.symlink_to(os.ttyname(program_end))
            draft.replace(self._link)
        except OSError as error:
            raise BadInputError("sim.no_cable", place=str(self._link), why=str(error)) from error

    def _unplug(self) -> None:
        ends, self._ends = self._ends, None
        if ends is not None:
            with suppress(FileNotFoundError):
                self._link.unlink()
            for end in ends:
                os.close(end)


class LoopPort:
    """A port in memory to a module, with a clock of its own that goes as fast as the program: `SerialLike`."""

    def __init__(self, exchange: Exchange, baud: int = 57_600) -> None:
        self.baudrate = baud
        self.closed = False
        self._exchange = exchange
        self._seconds = 0.0
        self._plugged_again = 0.0
        self._deaf_until = 0.0
        self._line_free = 0.0
        self._coming: Iterator[Step] = iter(())
        self._next: tuple[float, bytes] | None = None
        self._arrived = bytearray()

    def now(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        self._seconds += seconds

    def write(self, data: bytes) -> int:
        self._check_cable()
        if self._seconds >= self._deaf_until:
            self._line_free = max(self._line_free, self._seconds)
            self._coming = chain(self._coming, self._exchange.respond(data, self.baudrate))
        return len(data)

    @property
    def in_waiting(self) -> int:
        self._check_cable()
        while self._fetch(self._seconds):
            pass
        return len(self._arrived)

    def read(self, size: int) -> bytes:
        self._check_cable()
        until = self._seconds + READ_SLICE_S
        while len(self._arrived) < size and self._fetch(until):
            pass
        if len(self._arrived) < size:
            self._seconds = max(until, self._seconds)
        taken = bytes(self._arrived[:size])
        del self._arrived[:size]
        return taken

    def reset_input_buffer(self) -> None:
        """What has arrived is forgotten, what is on its way is not."""
        self._arrived.clear()

    def close(self) -> None:
        self.closed = True

    def _fetch(self, until: float) -> bool:
        """Whether something arrived before `until`."""
        if self._next is None:
            step = next(self._coming, None)
            if step is None:
                return False
            self._next = self._due(step)
        due, data = self._next
        if due > until:
            return False
        self._next = None
        self._seconds = max(self._seconds, due)
        self._arrived += data
        return True

    def _due(self, step: Step) -> tuple[float, bytes]:
        due = self._line_free = self._line_free + step.after + len(step.data) * BITS / step.baud
        if step.deaf:
            self._deaf_until = due
        if step.unplugged_s:
            self._plugged_again = due + step.unplugged_s
            self._coming = iter(())
            self._check_cable()
        wrong = step.baud != self.baudrate
        return due, self._exchange.mischief.at_wrong_rate(step.data) if wrong else step.data

    def _check_cable(self) -> None:
        if self.closed or self._seconds < self._plugged_again:
            raise OSError("no such device")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kiosk sim zfm` takes."""
    parser.add_argument("--pty", type=Path, required=True, metavar="PATH")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), metavar="DIR", dest="world_data")
    parser.add_argument("--faults", type=Path, metavar="FILE")
    parser.add_argument("--model", choices=tuple(KINDS), default="r307")


def run(args: argparse.Namespace) -> int:
    """Play the module until a signal; exit status 0. Raises `BadInputError` for a script or a path it cannot use."""
    script = read_faults(args.faults) if args.faults else FaultScript()
    world = world_in(args.world_data)
    wire = ZfmWire(module_in(args.world_data, args.model, time.monotonic), args.pty, script, world)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wire.stop())
    wire.serve()
    return 0
