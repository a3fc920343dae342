"""A core that only talks: a real Unix server that says what a test tells it and keeps what screens send."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from kiosk.link.address import short_path
from kiosk.link.client import Picture
from kiosk.link.messages import (
    PROTOCOL,
    BoardChanged,
    FrameHeader,
    FromCore,
    FromScreen,
    Hello,
    ViewChanged,
    Welcome,
)
from kiosk.workflow.board import Board
from kiosk.workflow.view import View


class FakeCore:
    """`async with FakeCore(path) as core`; `received` holds every message but the greeting."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.received: list[FromScreen] = []
        self.greetings = 0
        self._last: FromCore | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FakeCore:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with short_path(self.path) as address:
            self._server = await asyncio.start_unix_server(self._serve, address)

    async def stop(self) -> None:
        """Go away as a killed core does."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self.path.unlink(missing_ok=True)
        await asyncio.sleep(0)

    def show(self, what: View | Board) -> None:
        self._last = BoardChanged(what) if isinstance(what, Board) else ViewChanged(what)
        self._say(self._last)

    def picture(self, picture: Picture) -> None:
        self._say(FrameHeader(picture.width, picture.height, len(picture.pixels)), picture.pixels)

    def say(self, message: FromCore) -> None:
        self._say(message)

    def of(self, kind: type) -> list[FromScreen]:
        return [message for message in self.received if isinstance(message, kind)]

    def _say(self, message: FromCore, after: bytes = b"") -> None:
        for writer in self._writers:
            writer.write(msgspec.json.encode(message) + b"\n" + after)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = msgspec.json.Decoder(FromScreen)
        try:
            assert isinstance(decoder.decode(await reader.readline()), Hello)
            writer.write(msgspec.json.encode(Welcome(PROTOCOL, "test")) + b"\n")
            self.greetings += 1
            self._writers.append(writer)
            if self._last is not None:
                writer.write(msgspec.json.encode(self._last) + b"\n")
            while line := await reader.readline():
                self.received.append(decoder.decode(line))
        except (ConnectionError, ValueError):
            return
        finally:
            writer.close()
