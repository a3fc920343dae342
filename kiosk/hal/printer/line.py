"""The cable to a printer: a serial port, the kernel's printer device, or a TCP connection, all used the same way."""

from __future__ import annotations

import errno
import os
import re
import select
import socket
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kiosk.errors import ConfigError, DeviceError

CONNECT_S = 0.8
STALL_S = 5.0
"""A printer that takes no byte for so long is stuck."""
EMPTY_READ_S = 0.01
SERIAL_BITS = 10
"""On the wire for each byte: start bit, eight bits, stop bit."""
AT_ONCE = 256
TCP = re.compile(r"tcp://(?P<host>[^\s/:]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")
LP = re.compile(r"(usb)?lp\d+")


class Line(Protocol):
    """Bytes to and from one printer. Both calls raise `DeviceError` when the cable is dead."""

    @property
    def name(self) -> str: ...

    def send(self, data: bytes, timeout: float) -> None:
        """All of it, or `DeviceError` "printer.stalled" when the printer takes nothing more."""
        ...

    def receive(self, timeout: float) -> bytes:
        """What has come, waiting up to `timeout` seconds for the first byte; nothing when it stays silent."""
        ...

    def lasting(self, count: int) -> float:
        """Seconds that `count` bytes are under way after they were sent."""
        ...

    def close(self) -> None: ...


class FileLine:
    """A line over an open file descriptor that does not block.

    `ends_empty`: whether an empty read means the other end went away (not so for /dev/usb/lp*, where it means that
    the printer has nothing to say).
    """

    def __init__(
        self,
        name: str,
        handle: int,
        shut: Callable[[], None],
        *,
        byte_s: float = 0.0,
        ends_empty: bool = True,
    ) -> None:
        self.name = name
        self._handle, self._shut = handle, shut
        self._byte_s, self._ends_empty = byte_s, ends_empty

    def send(self, data: bytes, timeout: float) -> None:
        """See `Line`."""
        deadline = time.monotonic() + timeout
        rest = memoryview(data)
        while rest:
            left = min(STALL_S, deadline - time.monotonic())
            if left <= 0 or not self._ready(select.POLLOUT, left):
                raise DeviceError("printer.stalled", port=self.name, sent=len(data) - len(rest), of=len(data))
            rest = rest[self._write(rest) :]

    def receive(self, timeout: float) -> bytes:
        """See `Line`."""
        deadline = time.monotonic() + timeout
        while self._ready(select.POLLIN, max(0.0, deadline - time.monotonic())):
            if found := self._read():
                return found
            if time.monotonic() >= deadline:
                break
            time.sleep(EMPTY_READ_S)
        return b""

    def lasting(self, count: int) -> float:
        """See `Line`."""
        return count * self._byte_s

    def close(self) -> None:
        self._shut()

    def _ready(self, event: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._handle, event)
        found = poll.poll(seconds * 1000)
        if found and found[0][1] & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
            raise self._gone()
        return bool(found)

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._handle, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._gone() from error

    def _read(self) -> bytes:
        try:
            found = os.read(self._handle, AT_ONCE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone() from error
        if not found and self._ends_empty:
            raise self._gone()
        return found

    def _gone(self) -> DeviceError:
        return DeviceError("printer.unplugged", port=self.name)


def open_line(port: str, baud: int, flow: str) -> Line:
    """Open `port`: `tcp://address:9100`, a kernel printer such as /dev/usb/lp0, or else a serial port.

    Raises `ConfigError` for a port that can be neither, `DeviceError` for one that is not there, is not allowed, is
    in use, or is no printer's.
    """
    if "://" in port:
        found = TCP.fullmatch(port)
        if found is None or not 0 < int(found["port"]) < 1 << 16:
            raise ConfigError("printer.bad_port", port=port)
        return _connect(port, found["host"].strip("[]"), int(found["port"]))
    if not port.startswith("/"):
        raise ConfigError("printer.bad_port", port=port)
    return _open_kernel_printer(port) if is_kernel_printer(port) else _open_serial(port, baud, flow)


def is_kernel_printer(port: str) -> bool:
    """Whether the name, or what it is a link to, is that of the kernel's printer driver."""
    names = (Path(port).name, Path(port).resolve().name)
    return any(LP.fullmatch(name) for name in names)


def _connect(port: str, host: str, number: int) -> Line:
    try:
        link = socket.create_connection((host, number), CONNECT_S)
    except OSError as error:
        raise DeviceError("printer.no_connection", port=port, why=_why(error)) from error
    link.setblocking(False)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return FileLine(port, link.fileno(), link.close)


def _open_kernel_printer(port: str) -> Line:
    try:
        handle = os.open(port, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(port, error) from error
    return FileLine(port, handle, lambda: os.close(handle), ends_empty=False)


def _open_serial(port: str, baud: int, flow: str) -> Line:
    import serial

    try:
        device = serial.Serial(
            port, baud, timeout=0, rtscts=flow == "rtscts", xonxoff=flow == "xonxoff", exclusive=True
        )
    except (OSError, termios.error) as error:
        raise _refused(port, error) from error

    def shut() -> None:
        # Closing a port waits for what could not be sent, for up to half a minute.
        with suppress(OSError, termios.error):
            device.reset_output_buffer()
        device.close()

    return FileLine(port, device.fileno(), shut, byte_s=SERIAL_BITS / baud)


CAUSES = {
    errno.ENOENT: "printer.no_port",
    errno.ENXIO: "printer.no_port",
    errno.ENODEV: "printer.no_port",
    errno.EACCES: "printer.not_allowed",
    errno.EPERM: "printer.not_allowed",
    errno.EBUSY: "printer.port_busy",
    errno.EAGAIN: "printer.port_busy",
}


def _refused(port: str, error: Exception) -> DeviceError:
    code = CAUSES.get(getattr(error, "errno", None) or 0, "printer.not_a_port")
    return DeviceError(code, port=port, why=_why(error))


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
