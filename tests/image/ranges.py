"""A web server that answers requests for parts, and counts what it gives: what an update server has to be able to do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PART = re.compile(r"bytes=(\d+)-(\d*)")
BLOCK = 1 << 20


class PartServer(ThreadingHTTPServer):
    """The files of `folder`. `sent` counts the bytes of bodies, `asked` the requests."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), PartHandler)
        self.folder = folder
        self.sent = 0
        self.asked = 0


class PartHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PartServer

    def do_HEAD(self) -> None:
        self._header()

    def do_GET(self) -> None:
        if found := self._header():
            self._send(*found)

    def _header(self) -> tuple[Path, int, int] | None:
        """The file with the first and the last byte that were asked for."""
        file = self.server.folder / Path(self.path).name
        if not file.is_file():
            self.send_error(404)
            return None
        size = file.stat().st_size
        part = PART.fullmatch(self.headers.get("Range", ""))
        first = int(part[1]) if part else 0
        last = min(int(part[2]), size - 1) if part and part[2] else size - 1
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.server.asked += 1
        return file, first, last

    def _send(self, file: Path, first: int, last: int) -> None:
        with file.open("rb") as stream:
            stream.seek(first)
            while first <= last and (block := stream.read(min(BLOCK, last - first + 1))):
                self.wfile.write(block)
                self.server.sent += len(block)
                first += len(block)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving(folder: Path) -> Iterator[PartServer]:
    """On 127.0.0.1 at a free port, `server_port`."""
    server = PartServer(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
