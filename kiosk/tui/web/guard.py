"""Who may see the page: whoever has the address that was printed, from a page of this very server.

The key of the address is exchanged for a cookie at once, so that it does not stay in the address line. Against other
pages open in the same browser: cookies are kept to their site, but a site is a host without its port, so the
websocket also looks at the origin; and a name that is made to point here (DNS rebinding) is no name of this machine.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Final

from aiohttp import web

KEY_BYTES: Final = 32
KEY_FIELD: Final = "key"
OWN_HOST: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.ASCII)
"""The port is free: `ssh -L` may give another one on the laptop."""

# xterm.js writes its own style elements; nothing else is inline, and nothing comes from elsewhere. The sandbox keeps
# an address that somebody typed into a field from being opened with a click.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
    "connect-src {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-scripts allow-same-origin"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), clipboard-write=()",
    "Referrer-Policy": "no-referrer",
    "Server": "kiosk",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """The secrets of one start, in memory only."""

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(KEY_BYTES)
        self._pass = secrets.token_urlsafe(KEY_BYTES)
        # Two desks forwarded to one laptop share its cookies, whatever their ports.
        self._cookie = f"desk_{secrets.token_hex(4)}"

    def admit(self, request: web.Request) -> None:
        """Raises `HTTPMisdirectedRequest` for a foreign host, `HTTPForbidden` without the cookie."""
        if not OWN_HOST.fullmatch(request.host):
            raise web.HTTPMisdirectedRequest
        if not self.has_key(request) and not same(request.cookies.get(self._cookie, ""), self._pass):
            raise web.HTTPForbidden

    def has_key(self, request: web.Request) -> bool:
        """Whether this is the address that was printed."""
        return request.path == "/" and same(request.query.get(KEY_FIELD, ""), self.key)

    def exchange(self) -> web.Response:
        """To the page, with the cookie in place of the key."""
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(self._cookie, self._pass, httponly=True, samesite="Strict", path="/")
        return answer


def same(given: str, wanted: str) -> bool:
    """Compared in a time that does not depend on what is given."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def from_own_page(request: web.Request) -> bool:
    """Whether a page of this server opens the websocket."""
    return request.headers.get("Origin") == f"http://{request.host}"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, refusals included."""
    host = request.host if OWN_HOST.fullmatch(request.host) else "127.0.0.1"
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = POLICY.format(socket=f"ws://{host}")
