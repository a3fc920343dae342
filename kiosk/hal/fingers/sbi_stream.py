"""The live picture of a Secure Biometric Interface service: JPEG frames in a multipart answer.

Source: “Secure Biometric Interface (SBI)” (docs.mosip.io), “Live stream”: parts of `multipart/x-mixed-replace`, each
with a Content-Type and a Content-Length; three frames a second or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.errors import DeviceError

MOST_FRAME_BYTES = 500_000
MOST_HEAD_BYTES = 4_096
PIECE = 16_384
LENGTH = b"content-length:"


def frames(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """JPEG files, until `read` gives nothing more. Raises `DeviceError` for what is no stream of such frames."""
    held = bytearray()
    while True:
        head = _until_blank_line(read, held)
        if head is None:
            return
        size = _length(head)
        while len(held) < size:
            piece = read(PIECE)
            if not piece:
                return
            held += piece
        frame = bytes(held[:size])
        del held[:size]
        if not frame.startswith(b"\xff\xd8"):
            raise _bad("no JPEG")
        yield frame


def _until_blank_line(read: Callable[[int], bytes], held: bytearray) -> bytes | None:
    """The next part's head; None at the end of the stream."""
    while (end := held.find(b"\r\n\r\n", _start(held))) < 0:
        if len(held) > MOST_HEAD_BYTES:
            raise _bad("head")
        piece = read(PIECE)
        if not piece:
            return None
        held += piece
    head = bytes(held[:end])
    del held[: end + 4]
    return head


def _start(held: bytearray) -> int:
    """Behind the line ends that close the frame before."""
    return len(held) - len(held.lstrip(b"\r\n"))


def _length(head: bytes) -> int:
    lines = [line.strip().lower() for line in head.strip().split(b"\r\n")]
    if not lines[0].startswith(b"--"):
        raise _bad("boundary")
    value = next((line[len(LENGTH) :].strip() for line in lines if line.startswith(LENGTH)), b"")
    if not value.isdigit() or len(value) > 7 or not 0 < int(value) <= MOST_FRAME_BYTES:
        raise _bad("length")
    return int(value)


def _bad(what: str) -> DeviceError:
    return DeviceError("sbi.garbled", what=f"stream: {what}")
