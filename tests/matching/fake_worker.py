"""A process in the place of the matching worker that behaves as its first argument says, then serves as usual.

`python -m tests.matching.fake_worker WAY SOCKET-FD IDLE`: `good`, `hang`, `die`, `die-once=FILE`, `garbage`, `long`,
`half`, `lasting`, `short` (one score too few).
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import msgspec

from kiosk.biometrics.matching import NotMatched, Template
from kiosk.biometrics.matching_wire import HEAD, Answer, Compare, Extract, Request, receive, send
from kiosk.domain.message import msg


def good(request: Request) -> Answer:
    """A picture is its own template; two templates are alike when they begin with the same byte."""
    if isinstance(request, Extract):
        return Answer(template=Template(request.png, 60 if request.graded else -1, "fake 1"))
    if isinstance(request, Compare):
        scores = tuple(150 if known[:1] == request.probe[:1] else 7 for known in request.gallery)
        return Answer(scores=scores)
    return Answer(engine="fake 1")


def hang(sock: socket.socket, request: Request) -> None:
    time.sleep(600)


def die(sock: socket.socket, request: Request) -> None:
    os.abort()


def garbage(sock: socket.socket, request: Request) -> None:
    sock.sendall(HEAD.pack(4) + b"\xc1\xc1\xc1\xc1")


def long(sock: socket.socket, request: Request) -> None:
    sock.sendall(HEAD.pack(1 << 31))
    time.sleep(600)


def half(sock: socket.socket, request: Request) -> None:
    sock.sendall(HEAD.pack(400) + b"abc")
    os._exit(0)


def lasting(sock: socket.socket, request: Request) -> None:
    send(sock, Answer(refused=NotMatched(msg("matching.unloadable", why="no such library"), True)), 5)


def short(sock: socket.socket, request: Request) -> None:
    if isinstance(request, Compare):
        send(sock, Answer(scores=(150,) * (len(request.gallery) - 1)), 5)


def misbehave(way: str, sock: socket.socket, request: Request) -> None:
    name, _, file = way.partition("=")
    if name == "die-once":
        if not Path(file).exists():
            Path(file).touch()
            os.abort()
    elif name != "good":
        WAYS[name](sock, request)


def main() -> None:
    way, handle, idle = sys.argv[1:]
    decoder = msgspec.msgpack.Decoder(Request)
    with socket.socket(fileno=int(handle)) as sock:
        while True:
            try:
                request = decoder.decode(receive(sock, float(idle)))
            except (EOFError, TimeoutError):
                return
            misbehave(way, sock, request)
            send(sock, good(request), 5)


WAYS = {way.__name__: way for way in (hang, die, garbage, long, half, lasting, short)}

if __name__ == "__main__":
    main()
