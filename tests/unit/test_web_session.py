"""A page and the process behind it: what passes between them, and that neither outlives the other."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli import screens
from kiosk.errors import BadInputError
from kiosk.tui.web import session
from kiosk.tui.web.session import DRIVER, Resize, Size, Stdin, environment, read
from tests.unit.web_desk import Desk, alive, desk, echo, told_to

GONE = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)


async def ended(pid: int) -> None:
    for _ in range(400):
        if not alive(pid):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the process lives on")


def test_keys_and_sizes_reach_the_screen_and_its_picture_comes_back() -> None:
    async def run() -> None:
        async with desk() as made:
            await made.enter()
            async with made.page() as (page, _):
                await page.send_json(["stdin", "Nguyễn\x1b[B"])
                assert await page.receive_bytes() == "DNguyễn\x1b[B".encode()
                await page.send_json(["resize", {"width": 120, "height": 40}])
                told = json.loads((await page.receive_bytes())[1:])
                assert told == {"type": "resize", "width": 120, "height": 40}
                await page.send_json(["ping", "17"])
                assert await page.receive_json() == ["pong", "17"]

    asyncio.run(run())


def test_ten_megabytes_pasted_are_dropped_and_the_page_stays() -> None:
    async def run() -> None:
        async with desk() as made:
            await made.enter()
            async with made.page() as (page, _):
                await page.send_json(["stdin", "\x1b[200~" + "a" * 10_000_000 + "\x1b[201~"])
                await page.send_json(["stdin", "b"])
                assert await page.receive_bytes() == b"Db"

    asyncio.run(run())


@pytest.mark.parametrize(
    "said", ["", "{}", '["stdin"]', '["open_url", "x"]', '["resize", {"width": 0}]', "[[[["]
)
def test_what_no_page_of_ours_says_closes_it(said: str) -> None:
    async def run() -> None:
        async with desk() as made:
            await made.enter()
            async with made.page() as (page, pid):
                await page.send_str(said)
                assert (await page.receive(timeout=20)).type in GONE
                await ended(pid)

    asyncio.run(run())


def test_the_process_ends_with_its_page() -> None:
    async def run() -> None:
        async with desk() as made:
            await made.enter()
            async with made.page() as (_, pid):
                assert alive(pid)
            await ended(pid)

    asyncio.run(run())


def test_a_process_that_does_not_want_to_end_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "EACH_WAY_OUT_S", 0.1)

    async def run() -> None:
        async with desk(echo("stubborn")) as made:
            await made.enter()
            async with made.page() as (_, pid):
                assert alive(pid)
            await ended(pid)

    asyncio.run(run())


def test_the_page_ends_with_its_process() -> None:
    async def run() -> None:
        async with desk() as made:
            await made.enter()
            async with made.page() as (page, pid):
                await page.send_json(["stdin", "die"])
                assert (await page.receive(timeout=20)).type in GONE
                await ended(pid)

    asyncio.run(run())


def test_a_screen_that_cannot_start_closes_the_page() -> None:
    async def run() -> None:
        async with desk([sys.executable, "-c", "raise SystemExit(2)"]) as made:
            await made.enter()
            page = await made.browser.ws_connect(f"{made.address}/ws", headers={"Origin": made.address})
            assert (await page.receive(timeout=20)).type in GONE
            await page.close()

    asyncio.run(run())


def test_a_server_that_stops_ends_its_screens() -> None:
    async def run() -> int:
        async with desk() as made:
            await made.enter()
            page = made.page()
            _, pid = await page.__aenter__()
        await ended(pid)
        return pid

    assert not alive(asyncio.run(run()))


def test_no_secret_is_told_to_the_process() -> None:
    """Command lines and environments can be read by others."""

    async def scenario(made: Desk) -> None:
        await made.enter()
        async with made.page() as (_, pid):
            told = told_to(pid)
            assert "TEXTUAL_DRIVER" in told
            assert made.guard.key not in told
            for cookie in made.browser.cookie_jar:
                assert cookie.value not in told

    async def run() -> None:
        async with desk() as made:
            await scenario(made)

    asyncio.run(run())


def test_of_textuals_settings_the_driver_alone_is_passed_on() -> None:
    own = {"TEXTUAL_ALLOW_SIGNALS": "1", "TEXTUAL": "debug,devtools", "TERM": "dumb", "LANG": "vi_VN.UTF-8"}
    given = environment(own, Size(120, 40))
    assert {name: value for name, value in given.items() if name.startswith("TEXTUAL")} == {
        "TEXTUAL_DRIVER": DRIVER
    }
    assert (given["COLUMNS"], given["ROWS"], given["LANG"]) == ("120", "40", "vi_VN.UTF-8")


def test_the_officers_screen_keeps_that_driver_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ALLOW_SIGNALS", "1")
    monkeypatch.setenv(*screens.PAGE_DRIVER)
    screens.forget_textual_settings([screens.PAGE_DRIVER])
    assert {name for name in os.environ if name.startswith("TEXTUAL_")} == {"TEXTUAL_DRIVER"}
    assert screens.PAGE_DRIVER == ("TEXTUAL_DRIVER", DRIVER)
    monkeypatch.setenv("TEXTUAL_DRIVER", "some.other:Driver")
    screens.forget_textual_settings([screens.PAGE_DRIVER])
    assert "TEXTUAL_DRIVER" not in os.environ


def test_on_a_terminal_no_driver_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert list(screens.page_settings()) == []


def test_the_screen_ends_when_the_server_was_killed(tmp_path: Path) -> None:
    """Its standard input ends then; `communicate` closes it."""
    command = [sys.executable, "-m", "kiosk.cli.main", "officer", "--data", str(tmp_path)]
    own, pipe = environment(os.environ, Size()), subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=own) as screen:
        try:
            assert screen.stdout and screen.stdout.readline() == b"__GANGLION__\n"
            screen.communicate(timeout=20)
        finally:
            screen.kill()
    assert screen.returncode == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
TAGS = st.sampled_from(["stdin", "resize", "ping", "focus", "blur", "quit"])


@given(st.text() | JSON.map(json.dumps) | st.tuples(TAGS, JSON).map(json.dumps))
def test_anything_a_page_sends_is_understood_or_refused(text: str) -> None:
    try:
        said = read(text)
    except BadInputError as error:
        assert error.code == "web.bad_message"
    else:
        assert json.loads(text)[0] in ("stdin", "resize", "ping", "focus", "blur")
        assert not isinstance(said, Resize) or 0 < said.size.width <= 1000


@given(st.text(max_size=200))
def test_what_is_typed_arrives_as_it_was(text: str) -> None:
    assert read(msgspec.json.encode(["stdin", text]).decode()) == Stdin(text)
