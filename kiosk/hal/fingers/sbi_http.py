"""HTTP with a service on this machine: its own verbs, one answer a connection, bounded in time and in bytes.

Source: “MDS Specification” (docs.mosip.io, 0.9.5): the service binds 127.0.0.1, a port from 4501 to 4600, and answers
JSON; the verbs are MOSIPDISC /device, MOSIPDINFO /info, RCAPTURE /capture, STREAM /stream. The newer schema page
(“SBI Request/Response Specification”) calls the second MOSIPINFO; MOSIP's own mock knows MOSIPDINFO only.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from kiosk.errors import DeviceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_BYTES = 2_000_000
"""Of one answer: four fingers of the largest size, losslessly compressed."""
MOST_HEAD_BYTES = 32_768
PIECE = 65_536
CONNECT_S = 1.0
APP_NAME = "kiosk"


class Verb(Enum):
    """A method and its path."""

    DISCOVER = ("MOSIPDISC", "/device")
    INFO = ("MOSIPDINFO", "/info")
    REGISTRATION_CAPTURE = ("RCAPTURE", "/capture")
    STREAM = ("STREAM", "/stream")


class Place(NamedTuple):
    """Where a service listens: a loopback address and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Call:
    """One question. `run` gives the answer's body, `pieces` feeds a stream; `abandon` ends either from outside."""

    def __init__(self, place: Place, verb: Verb, document: bytes, seconds: float) -> None:
        self._place, self._verb, self._document = place, verb, document
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._abandoned = False

    def run(self) -> bytes:
        """The body. Raises `DeviceError`: nobody there, silent, broken off, not HTTP, too large."""
        body: list[bytes] = []
        self.pieces(lambda read: body.extend(iter(lambda: read(PIECE), b"")), MOST_BYTES)
        return b"".join(body)

    def pieces(self, take: Callable[[Callable[[int], bytes]], None], most: int) -> None:
        """Let `take` read the body, up to `most` bytes, by a function like `read1`. Raises `DeviceError` as `run`."""
        try:
            self._ask(take, most)
        except DeviceError:
            raise
        except ConnectionRefusedError as error:
            raise self._fault("sbi.refused") from error
        except TimeoutError as error:
            raise self._fault("sbi.silent") from error
        except OverflowError as error:
            raise self._fault("sbi.too_large", most=most) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._fault("sbi.broken", why=type(error).__name__) from error

    def _ask(self, take: Callable[[Callable[[int], bytes]], None], most: int) -> None:
        with self._connected() as connected:
            line = _Line(connected, self._until)
            connection = _Connection(self._place.address, self._place.port, line)
            method, path = self._verb.value
            headers = {"Content-Type": "application/json", "EXT": APP_NAME, "Connection": "close"}
            connection.request(method, path, self._document, headers)
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise self._fault("sbi.status", status=response.status)
            line.reader.budget = most
            take(response.read1)
            if response.length:  # `read1` says nothing of an end that came too early
                raise http.client.IncompleteRead(b"", response.length)

    def abandon(self) -> None:
        """Whoever waits gets a `DeviceError` at once."""
        with self._lock:
            self._abandoned = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _connected(self) -> socket.socket:
        left = min(CONNECT_S, max(self._until - time.monotonic(), 0.001))
        line = socket.create_connection(self._place, timeout=left)
        with self._lock:
            self._socket = line
            if self._abandoned:
                line.close()
        return line

    def _fault(self, code: str, **values: str | int) -> DeviceError:
        return DeviceError(code, place=str(self._place), sent=self._verb.value[0], **values)


class _Reader(io.RawIOBase):
    """A socket whose every read ends at one moment, however slowly the bytes drip, and after `budget` bytes."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line, self._until = line, until
        self.budget = MOST_HEAD_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._line.settimeout(_left(self._until))
        size = self._line.recv_into(buffer)
        self.budget -= size
        if self.budget < 0:
            raise OverflowError
        return size


class _Line:
    """What `http.client` wants of a socket. Its `close` closes nothing: the reader is still in use then."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line, self._until = line, until
        self.reader = _Reader(line, until)

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(_left(self._until))
        self._line.sendall(data)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self.reader)

    def close(self) -> None:
        """See the class."""


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Connection(http.client.HTTPConnection):
    """An `HTTPConnection` on a line that is there already."""

    def __init__(self, address: str, port: int, line: _Line) -> None:
        super().__init__(address, port)
        self.sock = line


def is_open(place: Place, seconds: float) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(place, timeout=seconds).close()
    except OSError:
        return False
    return True
