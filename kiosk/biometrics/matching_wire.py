"""What passes between the kiosk and the process that compares fingers: msgpack behind a length of four bytes."""

from __future__ import annotations

import socket
import struct
import time

import msgspec

from kiosk.biometrics.matching import NotMatched, Template

HEAD = struct.Struct(">I")
LONGEST = 8 << 20
"""Bytes of the longest frame: a picture of one finger is well below."""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Asks which engine there is."""


class Extract(msgspec.Struct, frozen=True, tag="extract"):
    """See `Matcher.template`."""

    png: bytes
    ppi: int
    graded: bool


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """See `Matcher.compare`."""

    probe: bytes
    gallery: tuple[bytes, ...]


Request = Hello | Extract | Compare


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of these is there: what was asked for, or why not."""

    engine: str = ""
    template: Template | None = None
    scores: tuple[int, ...] | None = None
    refused: NotMatched | None = None


def send(sock: socket.socket, message: Request | Answer, timeout: float) -> None:
    """Raises `TimeoutError` when the other end does not take it, `OSError` when it is gone."""
    body = msgspec.msgpack.encode(message)
    sock.settimeout(timeout)
    sock.sendall(HEAD.pack(len(body)) + body)


def receive(sock: socket.socket, timeout: float) -> bytes:
    """One frame. Raises `TimeoutError`, `EOFError` when the other end is gone, `ValueError` for no frame of ours."""
    until = time.monotonic() + timeout
    (size,) = HEAD.unpack(_exactly(sock, HEAD.size, until))
    if size > LONGEST:
        raise ValueError(f"a frame of {size} bytes")
    return _exactly(sock, size, until)


def _exactly(sock: socket.socket, size: int, until: float) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        part = sock.recv(min(size - len(parts), 1 << 16))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
