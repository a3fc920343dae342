"""Serial ports for drivers: opened for one program alone, with every way it can fail said as a code.

pyserial is imported when a port is opened.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.errors import DeviceError

READ_SLICE_S = 0.05
"""How long one `read` of an opened port waits; a driver reads again until its own time is over."""
WRITE_S = 1.0


class SerialLike(Protocol):
    """The part of `serial.Serial` that drivers use. `read` gives fewer bytes than asked, or none, after a moment."""

    baudrate: int

    @property
    def in_waiting(self) -> int:
        """Bytes that `read` would give at once."""
        ...

    def read(self, size: int) -> bytes: ...

    def write(self, data: bytes) -> int | None: ...

    def reset_input_buffer(self) -> None: ...

    def close(self) -> None: ...


Dial = Callable[[str, int], SerialLike]
"""Opens the port of this name at this baud rate; raises `DeviceError`."""


def open_serial(name: str, baud: int) -> SerialLike:
    """Raises `DeviceError`: no such port, in use, not permitted, or not a serial port."""
    import termios

    import serial

    try:
        port: SerialLike = serial.Serial(
            name, baud, timeout=READ_SLICE_S, write_timeout=WRITE_S, exclusive=True
        )
    except (OSError, ValueError, termios.error) as error:
        raise DeviceError(_why(name, error), port=name, known=_ports()) from error
    return port


def _why(name: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if not Path(name).exists():
        return "serial.absent"
    if number in (errno.EBUSY, errno.EAGAIN):
        return "serial.busy"
    if number in (errno.EACCES, errno.EPERM):
        return "serial.denied"
    return "serial.unusable"


def _ports() -> str:
    """The stable names of what is plugged in, for the technician."""
    folder = Path("/dev/serial/by-id")
    found = sorted(str(path) for path in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(found) or "—"
