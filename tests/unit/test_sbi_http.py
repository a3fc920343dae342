"""What is no answer of a service at all: bounded in bytes and in time whatever comes over the socket."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import DeviceError
from kiosk.hal.fingers.sbi_http import MOST_BYTES, Call, Place, Verb

OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def peer(said: Iterable[bytes]) -> Iterator[Place]:
    """Says this to the first caller, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            with suppress(OSError):
                caller, _ = server.accept()
                with caller:
                    caller.recv(4096)
                    for piece in said:
                        caller.sendall(piece)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield Place("127.0.0.1", server.getsockname()[1])
    thread.join(5)


def asked(said: Iterable[bytes], seconds: float = 5.0) -> bytes:
    with peer(said) as place:
        return Call(place, Verb.INFO, b"", seconds).run()


def test_bodies_of_known_length_in_chunks_and_to_the_end() -> None:
    assert asked([OK + b"Content-Length: 2\r\n\r\n[]\r\n\r\n"]) == b"[]"
    assert asked([OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"]) == b"[]"
    assert asked([b"HTTP/1.0 200 OK\r\n\r\n", b"[]"]) == b"[]"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "sbi.broken"),
        ([b"\xff" * 100], "sbi.broken"),
        ([OK + b"Content-Length: 5\r\n\r\n[]"], "sbi.broken"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nxx"], "sbi.broken"),
        ([b"HTTP/1.1 503 Busy\r\n\r\n"], "sbi.status"),
        (chain([OK], repeat(b"X: " + b"y" * 900 + b"\r\n", 60)), "sbi.too_large"),
        (repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 5000), "sbi.too_large"),
        (chain([OK + b"\r\n"], repeat(bytes(65_536), 100)), "sbi.too_large"),
    ],
)
def test_what_is_no_answer(said: Iterable[bytes], code: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DeviceError) as caught:
            asked(said)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == code
    assert peak < 2 * MOST_BYTES, "the body so far, and its copy while it grows"


@settings(max_examples=40)
@given(st.binary(max_size=80), st.booleans())
def test_noise(noise: bytes, begun: bool) -> None:
    with suppress(DeviceError):
        asked([OK + noise if begun else noise])


def test_a_call_can_be_abandoned() -> None:
    """Whoever waits is free at once."""
    waiting = threading.Event()

    def never() -> Iterator[bytes]:
        waiting.wait(20)
        yield b""

    with peer(never()) as place:
        call = Call(place, Verb.INFO, b"", 20)
        codes: list[str] = []

        def wait() -> None:
            try:
                call.run()
            except DeviceError as error:
                codes.append(error.code)

        thread = threading.Thread(target=wait)
        thread.start()
        call.abandon()
        while thread.is_alive():
            thread.join(0.05)
            call.abandon()
        waiting.set()
    assert codes == ["sbi.broken"]
