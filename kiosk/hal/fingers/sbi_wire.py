"""A simulated Secure Biometric Interface service: real HTTP with its own verbs on 127.0.0.1, invented keys and fingers.

`kiosk sim sbi --port N` runs it; the certificate a kiosk has to trust is written to `--trust`.
"""

from __future__ import annotations

import argparse
import select
import signal
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from kiosk.errors import BadInputError
from kiosk.hal.fingers.sbi_faults import STATES, Fault, FaultScript, Mischief, read_faults
from kiosk.hal.fingers.sbi_scanner import KINDS, Scanner, scanner_in

ADDRESS = "127.0.0.1"
TICK_S = 0.05
FRAME_S = 0.1
BOUNDARY = "--BoundaryString"
SPOILED = {"not_json": b"<html>not what you asked for</html>"}


class SbiWire:
    """The service. `with SbiWire(…) as wire:` serves it in a thread on `wire.port`."""

    def __init__(self, scanner: Scanner, port: int = 0, script: FaultScript | None = None) -> None:
        self.scanner = scanner
        self.mischief = Mischief(script or FaultScript())
        self.stopped = threading.Event()
        self._closed_until = 0.0
        self._thread = threading.Thread(target=self.serve, name="sbi-wire", daemon=True)
        self._server: ThreadingHTTPServer | None = self._listening(port)
        self.port = self._server.server_address[1]

    def __enter__(self) -> SbiWire:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        self.stopped.set()

    def refuse(self, seconds: float) -> None:
        """Do not listen for a while: the service has died and comes back."""
        self._closed_until = time.monotonic() + seconds

    def serve(self) -> None:
        """Answer until `stop`."""
        while not self.stopped.is_set():
            closed = time.monotonic() < self._closed_until
            if closed and self._server is not None:
                self._server.server_close()
                self._server = None
            elif not closed and self._server is None:
                self._server = self._listening(self.port)
            if self._server is None:
                self.stopped.wait(TICK_S)
            else:
                self._server.handle_request()
        if self._server is not None:
            self._server.server_close()

    def _listening(self, port: int) -> ThreadingHTTPServer:
        wire = self

        class Handler(_Handler):
            service = wire

        try:
            server = _Server((ADDRESS, port), Handler)
        except OSError as error:
            raise BadInputError("sim.no_cable", place=f"{ADDRESS}:{port}", why=str(error)) from error
        server.timeout = TICK_S
        return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Dispatches by verb, as `http.server` does."""

    service: SbiWire
    protocol_version = "HTTP/1.1"

    def _discover(self) -> None:
        self._say("MOSIPDISC", lambda fault: self.service.scanner.discovery(self.service.port))

    def _inform(self) -> None:
        def answer(fault: Fault | None) -> object:
            return self.service.scanner.info(self.service.port, fault.kind if fault else "")

        self._say("MOSIPDINFO", answer)

    def _capture(self) -> None:
        request = msgspec.json.decode(self._body())
        self._say("RCAPTURE", lambda fault: self.service.scanner.capture(request, fault, self._listened_to))

    def _stream(self) -> None:
        request = msgspec.json.decode(self._body())
        fault = self.service.mischief.due("STREAM")
        until = time.monotonic() + int(request.get("timeout") or 300_000) / 1000
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Connection", "close")
        self.end_headers()
        number = 0
        while time.monotonic() < until and self._listened_to():
            frame = b"no picture" if fault else self.service.scanner.frame(number)
            head = f"{BOUNDARY}\r\nContent-Type:image/jpeg\r\nContent-Length:{len(frame)}\r\n\r\n"
            self.wfile.write(head.encode() + frame + b"\r\n\r\n")
            number += 1
            self.service.stopped.wait(FRAME_S)
        self.close_connection = True

    do_MOSIPDISC = _discover  # noqa: N815
    do_MOSIPDINFO = _inform  # noqa: N815
    do_RCAPTURE = _capture  # noqa: N815
    do_STREAM = _stream  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of a capture belongs on a terminal."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _say(self, verb: str, answer: Any) -> None:
        fault = self.service.mischief.due(verb)
        if fault is not None and fault.kind in STATES:
            self.service.scanner.enter(fault)
        document = msgspec.json.encode(answer(fault))
        _Spoiler(self, fault).send(document)

    def _listened_to(self) -> bool:
        """Whether the caller is still there and the service goes on."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        with suppress(OSError):
            gone = bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
            return not gone and not self.service.stopped.is_set()
        return False


class _Spoiler:
    """Sends an answer as a fault of the line wants it."""

    def __init__(self, handler: _Handler, fault: Fault | None) -> None:
        self._handler, self._fault = handler, fault

    def send(self, document: bytes) -> None:
        kind = self._fault.kind if self._fault else ""
        seconds = self._fault.seconds if self._fault else 0.0
        if kind == "refuse":
            self._handler.service.refuse(seconds)
            self._handler.close_connection = True
            return
        if kind == "slow":
            self._wait(seconds)
        special = getattr(self, f"_send_{kind}", None)
        if special is not None:
            special(document, seconds)
        else:
            self._whole(SPOILED.get(kind, document), 500 if kind == "status" else 200)

    def _whole(self, document: bytes, status: int) -> None:
        self._head(status, len(document))
        self._handler.wfile.write(document)

    def _head(self, status: int, length: int | None) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", "application/json")
        if length is not None:
            self._handler.send_header("Content-Length", str(length))
        else:
            self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        self._handler.close_connection = True

    def _send_hang(self, document: bytes, seconds: float) -> None:
        self._head(200, len(document))
        self._handler.wfile.write(document[: len(document) // 2])
        self._wait(seconds)

    def _send_drip(self, document: bytes, seconds: float) -> None:
        self._head(200, len(document))
        until = time.monotonic() + seconds
        for byte in document:
            if time.monotonic() > until or self._handler.service.stopped.is_set():
                return
            self._handler.wfile.write(bytes([byte]))
            self._wait(TICK_S)

    def _send_cut(self, document: bytes, _: float) -> None:
        self._head(200, len(document))
        self._handler.wfile.write(document[: len(document) // 2])

    def _send_chunk(self, document: bytes, _: float) -> None:
        self._head(200, None)
        self._handler.wfile.write(b"10\r\n" + document[:16] + b"\r\nnot a length\r\n")

    def _send_huge(self, document: bytes, seconds: float) -> None:
        self._head(200, 1 << 40)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._handler.service.stopped.is_set():
            self._handler.wfile.write(b" " * 65_536)

    def _wait(self, seconds: float) -> None:
        self._handler.service.stopped.wait(seconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kiosk sim sbi` takes."""
    parser.add_argument("--port", type=int, default=4501, metavar="N")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), metavar="DIR", dest="world_data")
    parser.add_argument("--trust", type=Path, metavar="FILE")
    parser.add_argument("--faults", type=Path, metavar="FILE")
    parser.add_argument("--model", choices=tuple(KINDS), default="slap")


def run(args: argparse.Namespace) -> int:
    """Play the service until a signal; exit status 0. Raises `BadInputError` for what it cannot use."""
    from kiosk.hal.fingers.sbi_keys import new_keys

    script = read_faults(args.faults) if args.faults else FaultScript()
    keys = new_keys()
    wire = SbiWire(scanner_in(args.world_data, args.model, keys), args.port, script)
    trust = args.trust or args.world_data / "sim" / "sbi-trust.pem"
    try:
        trust.parent.mkdir(parents=True, exist_ok=True)
        trust.write_bytes(keys.trust_pem)
    except OSError as error:
        raise BadInputError("sim.no_cable", place=str(trust), why=str(error)) from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wire.stop())
    wire.serve()
    return 0
