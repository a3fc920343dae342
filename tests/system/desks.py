"""The officer's desk under two kinds of hands: Textual's pilot in this process, and real keys in a terminal of tmux."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from textual.pilot import Pilot

from kiosk.domain.message import msg
from kiosk.locale import SOURCE_LANGUAGE, Audience, Words
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.stations import posts

PATIENCE_S = 60.0
SIZE = (80, 24)
TMUX_KEYS = {"f1": "F1", "enter": "Enter", "escape": "Escape", "down": "Down"} | {
    f"f{number}": f"F{number}" for number in range(2, 13)
}
WORDS = Words(SOURCE_LANGUAGE)


def said(code: str, audience: Audience = Audience.OFFICER, **values: str | int) -> str:
    """The words of a code, as the desk says them."""
    return WORDS.say(msg(code, **values), audience)


class Desk(Protocol):
    """What a person at the desk can do: press keys (by Textual's names), and read."""

    async def press(self, *keys: str) -> None: ...

    def text(self) -> str: ...


async def until(desk: Desk, true: Callable[[str], bool]) -> str:
    """Read the screen until it says so; what it says then."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not true(text := desk.text()):
        assert loop.time() < end, f"waited in vain before\n{text}"
        await asyncio.sleep(0.05)
    return text


async def shows(desk: Desk, words: str, times: int = 1) -> str:
    return await until(desk, lambda text: text.count(words) >= times)


async def picks(desk: Desk, label: str) -> None:
    """Press the key whose cap stands two columns before this label."""
    text = await shows(desk, label)
    cap = re.search(rf"(\S+)  {re.escape(label)}", text)
    assert cap, text
    await desk.press(cap[1].lower())


async def goes_back(desk: Desk, label: str) -> None:
    """Escape, and wait until the page that offered it is gone: a key that follows at once would be one with Alt."""
    await shows(desk, label)
    await desk.press("escape")
    await until(desk, lambda text: label not in text)


class Piloted:
    """`kiosk officer` in this process."""

    def __init__(self, app: OfficerApp, pilot: Pilot[None]) -> None:
        self._app = app
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    def text(self) -> str:
        """Of the page that lies on top."""
        page = getattr(self._app.screen, "page", self._app.page)
        return str(page.canvas.plain())


@asynccontextmanager
async def piloted(data: Path, stations: Sequence[str]) -> AsyncIterator[Desk]:
    with posts(stations, data) as room:
        app = OfficerApp(room)
        async with app.run_test(size=SIZE) as pilot:
            yield Piloted(app, pilot)


class Tmux:
    """A program in a tmux server of its own, `place` its socket."""

    def __init__(self, place: Path, command: Sequence[str]) -> None:
        self._tmux = ["tmux", "-S", str(place), "-f", "/dev/null"]
        columns, rows = map(str, SIZE)
        self._run("new-session", "-d", "-x", columns, "-y", rows, *command)
        self._run("set-option", "-s", "escape-time", "0")

    async def press(self, *keys: str) -> None:
        for key in keys:
            self._run("send-keys", *([TMUX_KEYS[key]] if key in TMUX_KEYS else ["-l", key]))

    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def close(self) -> None:
        self._run("kill-server")

    def _run(self, *command: str) -> str:
        done = subprocess.run([*self._tmux, *command], capture_output=True, text=True, check=True)
        return done.stdout


@asynccontextmanager
async def in_tmux(data: Path, stations: Sequence[str]) -> AsyncIterator[Desk]:
    command = [sys.executable, "-m", "kiosk.cli.main", "officer", "--data", str(data)]
    for station in stations:
        command += ["--station", station]
    desk = Tmux(data.parent / "tmux", command)
    try:
        yield desk
    finally:
        desk.close()


async def signed_in(desk: Desk, number: str, pin: str) -> None:
    """Whoever was there before; the keys of a change of officers. Who has signed in elsewhere in the room is in here."""
    await until(desk, lambda text: "(" in text.splitlines()[-1] or said("desk.nobody_signed_in") in text)
    if f"({number})" in desk.text():
        return
    await desk.press("f2")
    await shows(desk, said("desk.field.number"))
    await desk.press(*number.lower(), "enter", *pin, "enter")
    await shows(desk, f"({number})")
