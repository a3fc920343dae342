"""The screen's end of a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from kiosk.errors import LinkError
from kiosk.link.address import short_path
from kiosk.link.messages import PROTOCOL, FrameHeader, FromCore, FromScreen, Hello, Welcome

LONGEST_LINE = 1 << 20
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[FromCore] = msgspec.json.Decoder(FromCore)


class Picture(msgspec.Struct, frozen=True):
    """A live picture: 8-bit grey, row-major, `width × height` bytes."""

    width: int
    height: int
    pixels: bytes


class Client:
    """One connection. `async for message in client` ends with `LinkError` when the core goes away."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: Welcome) -> None:
        self._reader = reader
        self._writer = writer
        self.welcome = welcome

    def send(self, message: FromScreen) -> None:
        """Queue one message. Raises `LinkError` when the core is gone."""
        if self._writer.is_closing():
            raise LinkError("link.gone")
        self._writer.write(_encoder.encode(message) + b"\n")

    async def __aiter__(self) -> AsyncIterator[FromCore | Picture]:
        while True:
            message = await _receive(self._reader)
            if isinstance(message, FrameHeader):
                pixels = await _exactly(self._reader, message.size)
                yield Picture(message.width, message.height, pixels)
            else:
                yield message

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return


async def connect(path: Path) -> Client:
    """Connect and exchange greetings. Raises `LinkError` when nobody serves `path` or the protocol differs."""
    try:
        with short_path(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=LONGEST_LINE)
    except OSError as error:
        raise LinkError("link.absent", socket=str(path)) from error
    writer.write(_encoder.encode(Hello()) + b"\n")
    try:
        welcome = await _receive(reader)
    except BaseException:
        writer.close()
        raise
    if not isinstance(welcome, Welcome) or welcome.protocol != PROTOCOL:
        writer.close()
        raise LinkError("link.protocol", ours=PROTOCOL)
    return Client(reader, writer, welcome)


async def _receive(reader: asyncio.StreamReader) -> FromCore:
    try:
        line = await reader.readline()
        if not line.endswith(b"\n"):
            raise LinkError("link.gone")
        return _decoder.decode(line)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise LinkError("link.gone") from error


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await reader.readexactly(size)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise LinkError("link.gone") from error
