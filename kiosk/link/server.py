"""The core's end of the sockets: one a role, the peer checked by the kernel, pictures dropped rather than queued."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.link.address import short_path, socket_path
from kiosk.link.messages import (
    BoardChanged,
    FrameHeader,
    FromCore,
    FromScreen,
    Hello,
    Refused,
    ViewChanged,
    Welcome,
)

LONGEST_LINE = 1 << 20
SLOW_SCREEN = 1 << 22
PICTURE_BACKLOG = 1 << 14
SOCKET_MODE = 0o660

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[FromScreen] = msgspec.json.Decoder(FromScreen)


class Role(Protocol):
    """What a socket needs: the newest state to greet a screen with, and where its messages go."""

    def greeting(self) -> FromCore: ...

    def handle(self, message: FromScreen, screen: Screen) -> Message | None:
        """Take a message from one of its screens; a reason when it cannot be taken."""
        ...

    def left(self, screen: Screen) -> None:
        """The screen has gone."""
        ...


class Screen:
    """One connection, of a process of the user `uid`. `send` may be called from any thread."""

    def __init__(self, uid: int, writer: asyncio.StreamWriter, loop: asyncio.AbstractEventLoop) -> None:
        self.uid = uid
        self._writer = writer
        self._loop = loop

    def send(self, message: FromCore) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_send, self._writer, message)


class Server:
    """Serves the roles given to the core's own user, root and `users`, and each role to those of `only` as well.

    `publish` and `picture` may be called from any thread.
    """

    def __init__(
        self,
        data: Path,
        welcome: Welcome,
        roles: dict[str, Role],
        users: tuple[int, ...],
        only: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self._data = data
        self._welcome = welcome
        self._roles = roles
        self._users = {role: {0, os.getuid(), *users, *(only or {}).get(role, ())} for role in roles}
        self._screens: dict[str, set[asyncio.StreamWriter]] = {role: set() for role in roles}
        self._servers: list[asyncio.Server] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Listen; a socket left by a killed core is replaced."""
        self._loop = asyncio.get_running_loop()
        for role in self._roles:
            path = socket_path(self._data, role)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            with short_path(path) as address:
                listening = socket.socket(socket.AF_UNIX)
                listening.bind(address)
            path.chmod(SOCKET_MODE)
            self._servers.append(
                await asyncio.start_unix_server(self._acceptor(role), sock=listening, limit=LONGEST_LINE)
            )

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for screens in self._screens.values():
            for writer in list(screens):
                writer.close()

    def publish(self, role: str, message: ViewChanged | BoardChanged) -> None:
        """Send a new state to every screen of a role."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send_all, role, message)

    def picture(self, role: str, width: int, height: int, pixels: bytes) -> None:
        """Send a live picture to the screens that keep up; the others miss it."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send_picture, role, width, height, pixels)

    # ----------------------------------------------------------------------------------------------------------

    def _acceptor(
        self, role: str
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], asyncio.Future[None]]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> asyncio.Future[None]:
            return asyncio.ensure_future(self._serve(role, reader, writer))

        return accept

    async def _serve(self, role: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        uid = peer_uid(writer)
        try:
            if uid not in self._users[role]:
                _send(writer, Refused(msg("link.user", uid=uid)))
                return
            if not isinstance(_parse(await reader.readline()), Hello):
                return
            _send(writer, self._welcome)
            await self._attend(role, Screen(uid, writer, asyncio.get_running_loop()), reader, writer)
        except (OSError, ValueError):
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _attend(
        self, name: str, screen: Screen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        role = self._roles[name]
        _send(writer, role.greeting())
        self._screens[name].add(writer)
        try:
            await self._read(role, screen, reader, writer)
        finally:
            self._screens[name].discard(writer)
            role.left(screen)

    async def _read(
        self, role: Role, screen: Screen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while (line := await reader.readline()).endswith(b"\n"):
            message = _parse(line)
            if isinstance(message, Message):
                _send(writer, Refused(message))
                continue
            refusal = role.handle(message, screen)
            if refusal is not None:
                _send(writer, Refused(refusal))

    def _send_all(self, role: str, message: FromCore) -> None:
        for writer in list(self._screens[role]):
            if writer.transport.get_write_buffer_size() > SLOW_SCREEN:
                writer.transport.abort()
            else:
                _send(writer, message)

    def _send_picture(self, role: str, width: int, height: int, pixels: bytes) -> None:
        header = _encoder.encode(FrameHeader(width, height, len(pixels))) + b"\n"
        for writer in self._screens[role]:
            if writer.transport.get_write_buffer_size() < PICTURE_BACKLOG:
                writer.write(header + pixels)


def peer_uid(writer: asyncio.StreamWriter) -> int:
    """The user id of the process at the other end, from the kernel (SO_PEERCRED)."""
    peer = writer.get_extra_info("socket")
    _, uid, _ = struct.unpack(
        "3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return int(uid)


def _parse(line: bytes) -> FromScreen | Message:
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError as error:
        return msg("link.unreadable", why=str(error))


def _send(writer: asyncio.StreamWriter, message: FromCore) -> None:
    if not writer.is_closing():
        writer.write(_encoder.encode(message) + b"\n")
