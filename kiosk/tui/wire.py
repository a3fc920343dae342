"""A screen's connection to the core: it comes back by itself for as long as the screen runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, Protocol

from kiosk.errors import LinkError
from kiosk.link.client import Client, Picture, connect
from kiosk.link.messages import FromCore, FromScreen, Welcome

RETRY_SECONDS: Final = 0.3
GREETING_SECONDS: Final = 3.0


class Listener(Protocol):
    """Who draws what the core says."""

    def greeted(self, welcome: Welcome) -> None: ...

    def arrived(self, message: FromCore | Picture) -> None: ...

    def lost(self) -> None: ...


class Wire:
    """One socket. `run` never ends; `send` drops what cannot be sent, the question will be drawn again."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client: Client | None = None

    async def run(self, listener: Listener) -> None:
        while True:
            try:
                await self._serve(listener)
            except (LinkError, TimeoutError):
                self._client = None
                listener.lost()
            await asyncio.sleep(RETRY_SECONDS)

    async def _serve(self, listener: Listener) -> None:
        client = await asyncio.wait_for(connect(self._socket), GREETING_SECONDS)
        self._client = client
        try:
            listener.greeted(client.welcome)
            async for message in client:
                listener.arrived(message)
        finally:
            await client.close()

    def send(self, message: FromScreen) -> bool:
        """False when nobody is there to take it."""
        if self._client is None:
            return False
        try:
            self._client.send(message)
        except LinkError:
            return False
        return True
