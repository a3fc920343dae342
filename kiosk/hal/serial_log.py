"""The traffic of a serial line, kept and played again: a fault of a far-away device on a developer's desk.

One JSON line an event: `t` seconds since the beginning, and either `out` (to the device) or `in` (from it) in hex, or
`baud`. A record of a fingerprint reader holds fingerprints: make it with a finger that may be given away.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

import msgspec

from kiosk.errors import BadInputError
from kiosk.hal.serial_port import READ_SLICE_S, Dial, SerialLike


class Event(msgspec.Struct, frozen=True, omit_defaults=True, rename={"incoming": "in"}):
    """One line of a record: exactly one of `out`, `incoming` (hex) and `baud` is set."""

    t: float
    out: str = ""
    incoming: str = ""
    baud: int = 0


class RecordingPort:
    """A port whose traffic is written to `log` as it passes; closing it closes the log."""

    def __init__(self, port: SerialLike, log: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._port = port
        self._log = log
        self._now = now
        self._begun = now()
        self._note(baud=port.baudrate)

    @property
    def baudrate(self) -> int:
        return self._port.baudrate

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._port.baudrate = baud
        self._note(baud=baud)

    @property
    def in_waiting(self) -> int:
        return self._port.in_waiting

    def read(self, size: int) -> bytes:
        data = self._port.read(size)
        if data:
            self._note(incoming=data.hex())
        return data

    def write(self, data: bytes) -> int | None:
        self._note(out=data.hex())
        return self._port.write(data)

    def reset_input_buffer(self) -> None:
        self._port.reset_input_buffer()

    def close(self) -> None:
        self._port.close()
        self._log.close()

    def _note(self, out: str = "", incoming: str = "", baud: int = 0) -> None:
        event = Event(round(self._now() - self._begun, 6), out, incoming, baud)
        self._log.write(msgspec.json.encode(event).decode() + "\n")
        self._log.flush()


def recording(dial: Dial, file: Path) -> Dial:
    """`dial` with the port it opens recorded into `file`: what a driver's `open_device(…, dial=…)` takes."""

    def open_recorded(name: str, baud: int) -> SerialLike:
        port = dial(name, baud)
        try:
            return RecordingPort(port, file.open("w", encoding="utf-8"))
        except OSError as error:
            port.close()
            raise BadInputError("serial_log.unwritable", file=str(file), why=str(error)) from error

    return open_recorded


class ReplayPort:
    """Plays the device's side of a record: answers come when the driver has sent what it sent then.

    Raises `BadInputError` for a record that cannot be read, and as soon as the driver sends something else.
    """

    def __init__(self, lines: Iterable[str], sleep: Callable[[float], None] = time.sleep) -> None:
        self._events = deque(self._read_events(lines))
        self._sleep = sleep
        self._coming = bytearray()
        self._expected = bytearray()
        self.baudrate = self._events.popleft().baud if self._events and self._events[0].baud else 0

    @property
    def finished(self) -> bool:
        """Whether everything was played."""
        return not self._events and not self._coming and not self._expected

    @property
    def in_waiting(self) -> int:
        self._advance()
        return len(self._coming)

    def read(self, size: int) -> bytes:
        self._advance()
        taken = bytes(self._coming[:size])
        del self._coming[:size]
        if not taken:
            self._sleep(READ_SLICE_S)
        return taken

    def write(self, data: bytes) -> int:
        self._coming.clear()
        while len(self._expected) < len(data) and self._events:
            self._expected += bytes.fromhex(self._events.popleft().out)
        if not self._expected.startswith(data):
            expected = bytes(self._expected[:32]).hex(" ")
            raise BadInputError("serial_log.differs", sent=data[:32].hex(" "), expected=expected)
        del self._expected[: len(data)]
        return len(data)

    def reset_input_buffer(self) -> None:
        self._coming.clear()

    def close(self) -> None: ...

    def _advance(self) -> None:
        """What came in before the driver sent again; changes of the rate stand between."""
        while not self._expected and self._events and not self._events[0].out:
            self._coming += bytes.fromhex(self._events.popleft().incoming)

    @staticmethod
    def _read_events(lines: Iterable[str]) -> Iterable[Event]:
        for number, line in enumerate(lines, 1):
            try:
                event = msgspec.json.decode(line, type=Event)
                bytes.fromhex(event.out + event.incoming)
            except (ValueError, msgspec.MsgspecError) as error:
                raise BadInputError("serial_log.unreadable", line=number, why=str(error)) from error
            yield event
