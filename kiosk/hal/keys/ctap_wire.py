"""A software security key on a wire: CTAPHID frames of 64 bytes (CTAP 2.1, section 11.2), and what may go wrong there."""

from __future__ import annotations

import secrets
import select
import socket
import struct
import threading
from collections.abc import Callable
from enum import StrEnum

from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

from kiosk.hal.keys.authenticator import Authenticator

FRAME = 64
INIT, CBOR, CANCEL, KEEPALIVE, ERROR = 0x86, 0x90, 0x91, 0xBB, 0xBF
EVERYBODY = 0xFFFFFFFF
UP_NEEDED = 2
INVALID_COMMAND, INVALID_SEQUENCE = 0x01, 0x04
KEEPALIVE_S = 0.05
SPEAKS_CBOR = 0x04


class Fault(StrEnum):
    """PULLED: out of its socket while a touch is waited for. TRUNCATED: an answer of which the end never comes.
    SILENT: nothing is answered but INIT. RUBBISH: an answer that is no CBOR. SHUFFLED: frames in the wrong order."""

    NONE = "none"
    PULLED = "pulled"
    TRUNCATED = "truncated"
    SILENT = "silent"
    RUBBISH = "rubbish"
    SHUFFLED = "shuffled"


class KeyWire:
    """The key's end of the wire, served in a thread until the other end is closed."""

    def __init__(
        self, key: Authenticator, touched: Callable[[], bool], there: Callable[[], bool], fault: Fault
    ) -> None:
        """`touched`, `there`: whether a person touches it, and it is plugged in, at the moment."""
        self._key = key
        self._touched = touched
        self._there = there
        self._fault = fault
        self._channel = EVERYBODY
        self._sock, self.other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        threading.Thread(target=self._serve, name="sim-key", daemon=True).start()

    def _serve(self) -> None:
        with self._sock:
            try:
                while self._there() and (message := self._message()) is not None:
                    self._handle(*message)
            except OSError:
                return  # the program at the other end has closed it, or the key was pulled

    def _message(self) -> tuple[int, bytes] | None:
        """The next whole message; None when the other end is closed."""
        frame = self._receive()
        if frame is None:
            return None
        self._channel, command, size = struct.unpack_from(">IBH", frame)
        body, sequence = frame[7:], 0
        while len(body) < size:
            frame = self._receive()
            if frame is None:
                return None
            if frame[4] != sequence:
                return ERROR, bytes([INVALID_SEQUENCE])
            body, sequence = body + frame[5:], sequence + 1
        return command, body[:size]

    def _receive(self) -> bytes | None:
        """The next frame; None when the wire ends, or the key is pulled."""
        while not select.select([self._sock], [], [], KEEPALIVE_S)[0]:
            if not self._there():
                return None
        frame = self._sock.recv(FRAME)
        return frame.ljust(FRAME, b"\0") if frame else None

    def _handle(self, command: int, body: bytes) -> None:
        if command == INIT:
            fresh = secrets.token_bytes(4)
            self._send(INIT, body[:8] + fresh + bytes([2, 1, 0, 0, SPEAKS_CBOR]))
        elif command == CBOR and self._fault is not Fault.SILENT:
            self._send(CBOR, self._key.obey(body, self._await_touch))
        elif command == ERROR:
            self._send(ERROR, body)
        elif command not in (CANCEL, CBOR):
            self._send(ERROR, bytes([INVALID_COMMAND]))

    def _await_touch(self) -> bool:
        """Says that it waits, until it is touched, or told to stop."""
        while not self._touched():
            if self._fault is Fault.PULLED or not self._there():
                raise OSError("pulled")
            self._send(KEEPALIVE, bytes([UP_NEEDED]))
            if select.select([self._sock], [], [], KEEPALIVE_S)[0]:
                frame = self._sock.recv(FRAME)
                if not frame:
                    raise OSError("closed")
                if frame[4] == CANCEL:
                    return False
        return True

    def _send(self, command: int, body: bytes) -> None:
        frames = _frames(self._channel, command, self._spoiled(command, body))
        if command == CBOR and self._fault is Fault.TRUNCATED:
            frames = frames[:-1]
        if command == CBOR and self._fault is Fault.SHUFFLED:
            frames = [*frames[:1], *reversed(frames[1:])]
        for frame in frames:
            self._sock.send(frame)

    def _spoiled(self, command: int, body: bytes) -> bytes:
        return b"\0\xff\xff" if command == CBOR and self._fault is Fault.RUBBISH else body


def _frames(channel: int, command: int, body: bytes) -> list[bytes]:
    """The first frame holds 57 bytes, the others 59."""
    first = struct.pack(">IBH", channel, command, len(body)) + body[: FRAME - 7]
    rest = [body[at : at + FRAME - 5] for at in range(FRAME - 7, len(body), FRAME - 5)]
    more = [struct.pack(">IB", channel, number & 0x7F) + piece for number, piece in enumerate(rest)]
    return [frame.ljust(FRAME, b"\0") for frame in (first, *more)]


class WireConnection(CtapHidConnection):
    """The program's end; silence and a pulled key raise `OSError`, as a hidraw node does."""

    def __init__(self, end: socket.socket, silent_s: float) -> None:
        self._end = end
        self._end.settimeout(silent_s)

    def read_packet(self) -> bytes:
        frame = self._end.recv(FRAME)
        if not frame:
            raise OSError("no such device")
        return frame

    def write_packet(self, data: bytes) -> None:
        self._end.send(data)

    def close(self) -> None:
        self._end.close()


def opened(wire: KeyWire, silent_s: float = 2.0) -> CtapHidDevice:
    """The library's device at the program's end of the wire."""
    connection = WireConnection(wire.other_end, silent_s)
    try:
        return CtapHidDevice(HidDescriptor("sim", 0, 0, FRAME, FRAME, "sim key", None), connection)
    except BaseException:
        connection.close()
        raise
