"""A real Chromium without a window, driven through its own debugging protocol; what it fetched, and what it shows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pyte

PATIENCE_S = 60.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
)
KEY_CODES = {"Enter": 13, "Escape": 27} | {f"F{number}": 111 + number for number in range(1, 13)}


class Tab:
    """One page. `requests` are the addresses it asked for, `painted` is what its terminal was told to show."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse, columns: int = 200, rows: int = 60) -> None:
        self.requests: list[str] = []
        self.statuses: dict[str, int] = {}
        self.complaints: list[str] = []
        self._painted = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._painted)
        self._wire = wire
        self._last = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._wire:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            else:
                self._note(said["method"], said["params"])

    def _note(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Network.responseReceived":
                self.statuses[params["response"]["url"]] = params["response"]["status"]
            case "Network.webSocketFrameReceived" if params["response"]["opcode"] == 2:
                self._stream.feed(base64.b64decode(params["response"]["payloadData"]))
            case "Log.entryAdded":
                self.complaints.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        number = self._last
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        await self._wire.send_json({"id": number, "method": method, "params": params})
        said = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, address: str) -> None:
        for part in ("Page", "Network", "Log", "Runtime"):
            await self.call(f"{part}.enable")
        await self.call("Page.navigate", url=address)

    async def js(self, expression: str) -> Any:
        """What an expression is worth on the page; promises are waited for."""
        said = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def press(self, *keys: str) -> None:
        """`F2`, `Enter`, or letters."""
        for key in keys:
            code = KEY_CODES.get(key, 0)
            about = {"key": key, "code": key, "windowsVirtualKeyCode": code or ord(key.upper())}
            text = {"text": key} if not code else {"text": "\r"} if key == "Enter" else {}
            await self.call("Input.dispatchKeyEvent", type="keyDown", **about, **text)
            await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    async def picture(self) -> bytes:
        """What the page looks like, PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._painted.display)

    async def shows(self, words: str) -> None:
        await until(lambda: words in self.text, lambda: f"{words!r} never stood on\n{self.text}")

    async def close(self) -> None:
        """As somebody who closes the page."""
        await self.call("Page.navigate", url="about:blank")

    async def leave(self) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._wire.close()


async def until(true: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    """Wait for something to become true."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(otherwise())


@contextlib.asynccontextmanager
async def chromium(
    profile: Path, names: str = "", width: int = 1280, height: int = 800
) -> AsyncIterator[Tab]:
    """A page of a fresh Chromium whose profile is `profile`; `names` are its own rules for names of hosts."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing: install the Debian package `chromium`"
    with (profile.parent / "chromium.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--host-resolver-rules={names}",
            "about:blank",
            stdout=log,
            stderr=log,
        )
    try:
        port = await _debugging_port(profile)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                (page,) = [target for target in await answer.json() if target["type"] == "page"]
            tab = Tab(await session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0))
            await tab.call(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=height,
                deviceScaleFactor=1,
                mobile=False,
            )
            try:
                yield tab
            finally:
                await tab.leave()
    finally:
        process.terminate()
        await process.wait()


async def _debugging_port(profile: Path) -> int:
    said = profile / "DevToolsActivePort"
    await until(lambda: said.exists() and bool(said.read_text().strip()), lambda: "Chromium did not start")
    return int(said.read_text().split()[0])
