"""One open page: its screen's process, and what the page may tell it."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from kiosk.errors import BadInputError

LONGEST_INPUT: Final = 65_536
"""Characters at once. A screen takes a thousand of what is pasted; more than this is dropped."""
EACH_WAY_OUT_S: Final = 1.5
DRIVER: Final = "kiosk.tui.web.driver:PageDriver"


class Size(msgspec.Struct, frozen=True):
    """Columns and rows of the page's terminal."""

    width: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 80
    height: Annotated[int, msgspec.Meta(ge=1, le=500)] = 24


class Stdin(msgspec.Struct, frozen=True, array_like=True, tag="stdin"):
    """Keys, mouse, pasted text, as a terminal writes them."""

    text: str


class Resize(msgspec.Struct, frozen=True, array_like=True, tag="resize"):
    size: Size


class Ping(msgspec.Struct, frozen=True, array_like=True, tag="ping"):
    stamp: Annotated[str, msgspec.Meta(max_length=32)]


class Focus(msgspec.Struct, frozen=True, array_like=True, tag="focus"):
    pass


class Blur(msgspec.Struct, frozen=True, array_like=True, tag="blur"):
    pass


FromPage = Stdin | Resize | Ping | Focus | Blur


def read(text: str) -> FromPage:
    """What a page sent. Raises `BadInputError` for anything textual-serve's page does not send."""
    try:
        said: FromPage = msgspec.json.decode(text, type=FromPage)
    except (msgspec.DecodeError, UnicodeError):
        raise BadInputError("web.bad_message") from None
    return said


def environment(own: Mapping[str, str], size: Size) -> dict[str, str]:
    """A terminal of 24-bit colours, and of Textual's settings the driver alone."""
    kept = {name: value for name, value in own.items() if not name.startswith("TEXTUAL")}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_DRIVER": DRIVER}
    return kept | terminal | {"COLUMNS": str(size.width), "ROWS": str(size.height)}


class ScreenProcess(AppService):
    """The screen behind one page. `command` is run without a shell."""

    def __init__(self, command: Sequence[str], page: web.WebSocketResponse) -> None:
        async def close() -> None:
            await page.close()

        super().__init__(
            "",
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._line = tuple(command)

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return environment(os.environ, Size(width, height))

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """In a session of its own: Ctrl+C is the server's, which ends its screens itself."""
        process = await asyncio.create_subprocess_exec(
            *self._line,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def on_meta(self, data: bytes) -> None:
        """Only its end is of interest: an officer's screen opens no addresses and hands out no files."""
        if msgspec.json.decode(data).get("type") == "exit":
            await self.remote_close()

    async def on_packed(self, payload: bytes) -> None:
        """Files are not handed out."""

    async def ended(self) -> None:
        """Until the process says nothing more."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """Ask the process to end, then make it; returns when it is gone."""
        process = self._process
        if process is None:
            return
        await self.send_meta({"type": "quit"})
        for push in (process.terminate, process.kill):
            if await _gone(process):
                break
            push()
        await process.wait()
        await self.ended()


async def _gone(process: Process) -> bool:
    try:
        await asyncio.wait_for(process.wait(), EACH_WAY_OUT_S)
    except TimeoutError:
        return False
    return True


async def play(page: web.WebSocketResponse, screen: ScreenProcess, size: Size) -> None:
    """Carry keys and pictures between them until page or screen ends; neither outlives the other."""
    try:
        await screen.start(size.width, size.height)
        listening = asyncio.create_task(_listen(page, screen))
        ending = asyncio.create_task(screen.ended())
        try:
            await asyncio.wait([listening, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            ending.cancel()
        await asyncio.gather(listening, ending, return_exceptions=True)
    finally:
        await asyncio.shield(screen.stop())
        await page.close()


async def _listen(page: web.WebSocketResponse, screen: ScreenProcess) -> None:
    """Ends with the page, or at the first thing no page of ours sends."""
    async for message in page:
        if message.type is not WSMsgType.TEXT:
            return
        try:
            await _pass_on(read(message.data), page, screen)
        except BadInputError:
            return


async def _pass_on(said: FromPage, page: web.WebSocketResponse, screen: ScreenProcess) -> None:
    match said:
        case Stdin(text) if len(text) <= LONGEST_INPUT:
            await screen.send_bytes(text.encode())
        case Resize(size):
            await screen.set_terminal_size(size.width, size.height)
        case Ping(stamp):
            await page.send_json(["pong", stamp])
        case Focus():
            await screen.focus()
        case Blur():
            await screen.blur()
