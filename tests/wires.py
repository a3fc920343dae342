"""The simulated ESC/POS printer behind a cable, in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kiosk.hal.printer.mechanism import Mechanism
from kiosk.hal.printer.wire import Fault, Faults, PtyCable, Script, TcpCable, Wire
from kiosk.hal.world import WorldFile, world_in

FAST_MM_PER_SECOND = 1000.0


class Bench:
    """One simulated printer: its port, its world, and the pieces of paper that came out."""

    def __init__(self, port: str, world: WorldFile, out: Path, wire: Wire) -> None:
        self.port, self.world, self.out, self.wire = port, world, out, wire

    @property
    def pieces(self) -> list[str]:
        return sorted(path.name for path in self.out.glob("*.png"))


@contextmanager
def printer_bench(
    folder: Path,
    cable: str = "pty",
    faults: tuple[Fault, ...] = (),
    *,
    data: Path | None = None,
    baud: int = 921600,
    mm_per_second: float = FAST_MM_PER_SECOND,
) -> Iterator[Bench]:
    """A printer on a "pty", on "lp" (a pty with the name of a kernel printer) or on "tcp", until the block ends."""
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    world = world_in(data or folder)
    path = folder / ("lp0" if cable == "lp" else "printer")
    link = TcpCable(0) if cable == "tcp" else PtyCable(path, 10 / baud)
    wire = Wire(link, Mechanism(world, out, mm_per_second), world, Faults(Script(faults)))
    stop = threading.Event()
    thread = threading.Thread(target=wire.run, args=(stop,))
    thread.start()
    try:
        assert wire.ready.wait(5)
        port = f"tcp://127.0.0.1:{link.port}" if isinstance(link, TcpCable) else str(path)
        yield Bench(port, world, out, wire)
    finally:
        stop.set()
        thread.join()


def script_of(*faults: Fault) -> bytes:
    """A fault script as a file holds it."""
    lines = []
    for fault in faults:
        values = msgspec.to_builtins(fault)
        lines.append("[[fault]]\n" + "".join(f"{name} = {value!r}\n" for name, value in values.items()))
    return "\n".join(lines).encode()
