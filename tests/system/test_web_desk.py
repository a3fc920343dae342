"""The officer's desk in a real Chromium, before a running core: `kiosk web` (O1, P6, X2)."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from PIL import Image

from kiosk.app.staff import DEMO_PIN
from tests.journeys.stage import Stage
from tests.system.browser import Tab, until
from tests.system.web import WebDesk, play

pytestmark = pytest.mark.system

SANDBOX_NOTE = "allow-scripts and allow-same-origin"
"""Chromium remarks that a frame could leave such a sandbox; the page is no frame, and may not be put into one."""
PAPER, GOLD = (0xF8, 0xF5, 0xEE), (0xF4, 0xC9, 0x5D)
LISTENING = "0A"
FOREIGN_PAGE = """<!DOCTYPE html><title>.</title><script>
window.result = new Promise(done => {
  const socket = new WebSocket("ws://127.0.0.1:%d/ws?width=80&height=24");
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
});
</script>"""


NOTE_KEYS = """window.taken = [];
addEventListener("keydown", event => setTimeout(() => taken.push([event.key, event.defaultPrevented])), true)"""


def listening(pids: list[int]) -> set[str]:
    """The addresses, in the kernel's hexadecimal, on which these processes listen."""
    found = set()
    for pid in pids:
        links = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]
        inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[9] in inodes and (fields[3] == LISTENING or table.startswith("udp")):
                    found.add(fields[1])
    return found


def test_an_officer_works_at_the_desk_in_a_browser(stage: Stage) -> None:
    async def scenario(desk: WebDesk, tab: Tab) -> None:
        await tab.open(desk.url)
        await tab.shows("Xin chào! Ông/bà cần làm gì hôm nay?")
        await signs_in(tab)
        await looks_right(tab)
        await tab.press("F3")
        await tab.shows("Welcome. What do you need today?")
        await narrower(tab)
        assert listening([desk.process.pid, *desk.screens(), stage.pid]) == {f"0100007F:{desk.port:04X}"}
        assert desk.key not in told_to_anybody(desk)
        assert await tab.js("location.href") == f"http://127.0.0.1:{desk.port}/"
        assert await tab.js("document.cookie") == "", "no script sees the cookie"
        await tab.close()
        await until(lambda: not desk.screens(), lambda: "the screen outlived its page")
        assert {urlsplit(address).netloc for address in tab.requests} - {""} == {f"127.0.0.1:{desk.port}"}
        assert set(tab.statuses.values()) == {200}
        assert [said for said in tab.complaints if SANDBOX_NOTE not in said] == []

    said = play(stage, scenario)
    assert said == "", "nothing is logged"
    assert DEMO_PIN not in stage.log


async def signs_in(tab: Tab) -> None:
    """By keys only."""
    await tab.press("F2")
    await tab.shows("Mã số cán bộ")
    await tab.press(*"cb01", "Enter", *DEMO_PIN, "Enter")
    await tab.shows("Lê Văn Mẫu (CB01)")


async def looks_right(tab: Tab) -> None:
    """The kiosk's own letters are there, and what is painted is a page of the desk."""
    faces = await tab.js("[...document.fonts].map(face => face.status)")
    assert faces == ["loaded"] * 4
    with Image.open(io.BytesIO(await tab.picture())) as picture:
        found = picture.convert("RGB").getcolors(picture.width * picture.height) or []
    colours = {colour: dots for dots, colour in found}
    assert max(colours, key=lambda colour: colours[colour]) == PAPER
    assert colours[GOLD] > 500, "the mark of a demonstration"


async def narrower(tab: Tab) -> None:
    """The screen follows the window, down to what nobody can read, and back."""
    for width, height in ((200, 120), (900, 600)):
        await tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        await asyncio.sleep(0.3)
    await tab.press("F3")
    await tab.shows("Xin chào! Ông/bà cần làm gì hôm nay?")


def told_to_anybody(desk: WebDesk) -> str:
    """Command lines and environments, which other users of the machine may read."""
    places = [Path(f"/proc/{pid}") for pid in (desk.process.pid, *desk.screens())]
    files = [place / name for place in places for name in ("cmdline", "environ")]
    return "".join(os.fsdecode(file.read_bytes()) for file in files)


def test_keys_of_the_browser_belong_to_the_desk(stage: Stage) -> None:
    """F5 is a slip once more, not the page once more; F1 and F3 are no help and no search."""

    async def scenario(desk: WebDesk, tab: Tab) -> None:
        await tab.open(desk.url)
        await tab.shows("Xin chào!")
        await tab.js(NOTE_KEYS)
        await tab.press("F1", "F2", "F3", "F4", "F5")
        taken = await tab.js("new Promise(done => setTimeout(() => done(window.taken), 200))")
        assert taken == [[f"F{number}", True] for number in range(1, 6)]

    play(stage, scenario)


def test_strangers_get_nothing(stage: Stage) -> None:
    """No key, another page of the same browser, a name made to point here."""

    async def scenario(desk: WebDesk, tab: Tab) -> None:
        own = f"http://127.0.0.1:{desk.port}/"
        await tab.open(own)
        await until(lambda: own in tab.statuses, lambda: "no answer")
        assert tab.statuses[own] == 403
        await tab.open(desk.url)
        await tab.shows("Xin chào!")
        assert await from_a_foreign_page(desk, tab) == "refused"
        rebound = desk.url.replace("127.0.0.1", "desk.example")
        await tab.open(rebound)
        await until(lambda: rebound in tab.statuses, lambda: "no answer")
        assert tab.statuses[rebound] == 421

    play(stage, scenario)


async def from_a_foreign_page(desk: WebDesk, tab: Tab) -> str:
    """What the websocket says to another server's page. The cookie goes with it: a site is a host without its port."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=FOREIGN_PAGE % desk.port, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await tab.open(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await asyncio.sleep(0.5)
        return str(await tab.js("window.result"))
    finally:
        await runner.cleanup()


def test_a_killed_server_leaves_no_screen_behind(stage: Stage) -> None:
    async def scenario(desk: WebDesk, tab: Tab) -> None:
        await tab.open(desk.url)
        await tab.shows("Xin chào!")
        (screen,) = desk.screens()
        desk.process.kill()
        await until(lambda: not Path(f"/proc/{screen}/fd/0").exists(), lambda: "the screen lives on")
        await asyncio.sleep(0.5)
        assert await tab.js("getComputedStyle(document.getElementById('closed')).display") == "flex"
        assert await tab.js("document.getElementById('terminal')") is None, "nothing of a person stays"

    play(stage, scenario)


def test_the_page_opens_again_after_its_screen_was_killed(stage: Stage) -> None:
    async def scenario(desk: WebDesk, tab: Tab) -> None:
        await tab.open(desk.url)
        await tab.shows("Xin chào!")
        await signs_in(tab)
        os.kill(desk.screens()[0], signal.SIGKILL)
        await until(lambda: not desk.screens(), lambda: "the screen is still there")
        while await tab.js("document.activeElement.textContent") != "Mở lại":
            await asyncio.sleep(0.05)
        await tab.press("Enter")
        await tab.shows("Chưa đăng nhập")

    play(stage, scenario)
