"""The server: bound to 127.0.0.1, few pages at once, everything it needs from this machine's disk."""

from __future__ import annotations

import asyncio
import errno
import html
import signal
import socket
import string
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import textual_serve
from aiohttp import WSCloseCode, web

from kiosk.errors import BadInputError
from kiosk.tui.hardened import places
from kiosk.tui.web.guard import Guard, add_headers, from_own_page
from kiosk.tui.web.session import ScreenProcess, Size, play

LOOPBACK: Final = "127.0.0.1"
MOST_PAGES: Final = 4
LONGEST_MESSAGE: Final = 16 << 20
"""Bytes. So much pasted text is read and dropped; above it the page is closed."""
HEARTBEAT_S: Final = 15.0
PAGE: Final = Path(__file__).parent / "page"
FONTS: Final = Path(__file__).parent.parent / "fonts"
THEIRS: Final = Path(textual_serve.__file__).parent / "static"
FILES: Final = {
    "desk.css": PAGE / "desk.css",
    "start.js": PAGE / "start.js",
    "textual.js": THEIRS / "js" / "textual.js",
    "xterm.css": THEIRS / "css" / "xterm.css",
    "regular.ttf": FONTS / "JetBrainsMono-Regular.ttf",
    "bold.ttf": FONTS / "JetBrainsMono-Bold.ttf",
    "signs.ttf": FONTS / "DejaVuSansMono.ttf",
}
"""All that can be asked for besides page and websocket; no folder is ever listed."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def listen(port: int) -> socket.socket:
    """A socket of this machine's own address; `port` 0 takes any free one. Raises `BadInputError`."""
    if not 0 <= port <= 65_535:
        raise BadInputError("web.bad_port", port=port)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        # Linux lets two sockets bind and refuses the second one only here.
        listener.listen(16)
    except OSError as error:
        listener.close()
        code = "web.port_busy" if error.errno == errno.EADDRINUSE else "web.port_refused"
        raise BadInputError(code, port=port) from None
    return listener


class DeskServer:
    """`command` starts one officer's screen; `words` fill the page, by the names in `page.html`."""

    def __init__(self, command: Sequence[str], words: Mapping[str, str], guard: Guard) -> None:
        self._command = tuple(command)
        self._words = words
        self._guard = guard
        self._pages: set[web.WebSocketResponse] = set()
        self._template = string.Template((PAGE / "page.html").read_text(encoding="utf-8"))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._watch])
        app.router.add_get("/", self._index)
        app.router.add_get("/ws", self._screen, allow_head=False)
        app.router.add_get("/static/{name}", self._file)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._close_pages)
        return app

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nobody gets past without the key; a fault tells where it happened and nothing of what was said."""
        self._guard.admit(request)
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - a library's own report would show the request
            sys.stderr.write(f"{places(error)}\n")
            raise web.HTTPInternalServerError from None

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if self._guard.has_key(request):
            return self._guard.exchange()
        full = len(self._pages) >= MOST_PAGES
        fields = dict(self._words, socket=f"ws://{request.host}/ws", start="" if full else "start")
        fields["first"] = fields["full"] if full else fields["opening"]
        page = self._template.substitute({name: html.escape(value) for name, value in fields.items()})
        return web.Response(text=page, content_type="text/html", status=503 if full else 200)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = FILES.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.FileResponse(found)

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        if not from_own_page(request):
            raise web.HTTPForbidden
        if len(self._pages) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable
        size = _asked_size(request)
        page = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE, compress=False)
        self._pages.add(page)
        try:
            await page.prepare(request)
            await play(page, ScreenProcess(self._command, page), size)
        finally:
            self._pages.discard(page)
        return page

    async def _close_pages(self, _: web.Application) -> None:
        for page in tuple(self._pages):
            await page.close(code=WSCloseCode.GOING_AWAY)


def _asked_size(request: web.Request) -> Size:
    try:
        return msgspec.convert(dict(request.query), Size, strict=False)
    except msgspec.ValidationError:
        raise web.HTTPBadRequest from None


async def serve(server: DeskServer, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Until a signal; `ready` is called once pages are answered. Nothing of a request is ever logged."""
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await web.SockSite(runner, listener).start()
        ready()
        await stopped.wait()
    finally:
        await runner.cleanup()
