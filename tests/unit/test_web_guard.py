"""Who gets at the desk's page, and what the page may fetch: nothing from outside, nothing without the key (O1, X2)."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli import main
from kiosk.cli.web import screen_of
from kiosk.errors import BadInputError
from kiosk.tui.web.guard import HEADERS, OWN_HOST, same
from kiosk.tui.web.server import FILES, MOST_PAGES, PAGE, DeskServer, listen
from tests.unit.web_desk import Desk, desk

PATHS = ("/", "/ws", "/static/textual.js", "/static/nothing", "/nothing", "/download/1")


def play(scenario: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        async with desk() as made:
            await scenario(made)

    asyncio.run(run())


def test_without_the_key_nothing_is_answered() -> None:
    async def scenario(made: Desk) -> None:
        for path in PATHS:
            for address in (path, f"{path}?key=", f"{path}?key={made.guard.key[:-1]}", f"{path}?key=ộ"):
                async with made.browser.get(made.address + address) as answer:
                    assert answer.status == 403, address

    play(scenario)


def test_the_key_opens_the_page_only_and_becomes_a_cookie() -> None:
    async def scenario(made: Desk) -> None:
        key = {"key": made.guard.key}
        for path in PATHS[1:]:
            async with made.browser.get(made.address + path, params=key) as answer:
                assert answer.status == 403, path
        async with made.browser.get(f"{made.address}/", params=key, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            cookie = answer.headers["Set-Cookie"]
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
            assert made.guard.key not in str(answer.headers)
        async with made.browser.get(f"{made.address}/") as answer:
            assert answer.status == 200
            assert made.guard.key not in await answer.text()

    play(scenario)


def test_every_start_has_secrets_of_its_own() -> None:
    async def run() -> None:
        async with desk() as one, desk() as other:
            assert len(one.guard.key) >= 43, "256 bits"
            await one.enter()
            async with other.browser.get(f"{other.address}/?key={one.guard.key}") as answer:
                assert answer.status == 403
            async with one.browser.get(f"{other.address}/") as answer:
                assert answer.status == 403, "the cookie of one desk is nothing at another"

    asyncio.run(run())


@pytest.mark.parametrize(
    "host", ["kiosk.example", "127.0.0.1.example:80", "localhost.example", "127.0.0.2", ""]
)
def test_a_name_made_to_point_here_is_refused(host: str) -> None:
    """DNS rebinding, also with the key in hand."""

    async def scenario(made: Desk) -> None:
        await made.enter()
        for path in (*PATHS, f"/?key={made.guard.key}"):
            async with made.browser.get(made.address + path, headers={"Host": host}) as answer:
                assert answer.status == 421, path
                assert answer.headers["Content-Security-Policy"].count("ws://127.0.0.1;") == 1

    play(scenario)


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "localhost:8090", "[::1]:8090"])
def test_the_laptop_may_use_another_port(host: str) -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        async with made.browser.get(f"{made.address}/", headers={"Host": host}) as answer:
            assert answer.status == 200
            assert f'"ws://{host}/ws"' in await answer.text()

    play(scenario)


@pytest.mark.parametrize(
    "origin", [None, "null", "http://127.0.0.1:1", "https://127.0.0.1", "http://kiosk.example"]
)
def test_the_websocket_is_for_pages_of_this_server(origin: str | None) -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await made.browser.ws_connect(f"{made.address}/ws", headers=headers)
        async with made.page():
            pass

    play(scenario)


def test_every_answer_forbids_keeping_framing_and_fetching_elsewhere() -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        for path in PATHS:
            async with made.browser.get(made.address + path) as answer:
                assert HEADERS.items() <= dict(answer.headers).items(), path
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self';")
                assert "*" not in policy and "http" not in policy and "unsafe-eval" not in policy

    play(scenario)


def test_only_the_files_of_the_list_are_handed_out() -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        for name, place in FILES.items():
            async with made.browser.get(f"{made.address}/static/{name}") as answer:
                assert (answer.status, await answer.read()) == (200, place.read_bytes())
        for name in (
            "",
            ".",
            "..%2Fpage.html",
            "%2Fetc%2Fpasswd",
            "page.html",
            "js/textual.js",
            "regular.ttf%00",
        ):
            async with made.browser.get(f"{made.address}/static/{name}") as answer:
                assert answer.status in (403, 404), name

    play(scenario)


def test_the_page_names_no_other_server() -> None:
    own = [PAGE / "page.html", *(place for place in FILES.values() if place.suffix in (".css", ".js"))]
    for place in own:
        text = re.sub(r"/\*.*?\*/", "", place.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r"(?:https?:)?//[a-z][\w-]*\.[\w.-]+|@import", text) == [], place.name
        assert "googleapis" not in text, place.name


def test_so_many_pages_and_no_more() -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        pages = [made.page() for _ in range(MOST_PAGES)]
        for page in pages:
            await page.__aenter__()
        async with made.browser.get(f"{made.address}/") as answer:
            assert answer.status == 503
            assert "Đã có đủ số trang" in await answer.text()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await made.browser.ws_connect(f"{made.address}/ws", headers={"Origin": made.address})
        await pages.pop().__aexit__(None, None, None)
        while (await made.browser.head(f"{made.address}/")).status == 503:
            await asyncio.sleep(0.02)
        async with made.page():
            pass
        for page in pages:
            await page.__aexit__(None, None, None)

    play(scenario)


def test_a_fault_tells_where_and_nothing_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario(made: Desk) -> None:
        await made.enter()
        async with made.browser.get(f"{made.address}/static/desk.css?secret=999085000001") as answer:
            assert answer.status == 500
            assert "999085000001" not in await answer.text()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FILES, "desk.css", 85)
        play(scenario)
    told = capsys.readouterr().err
    assert told.startswith("TypeError\nserver.py:") and "999085000001" not in told


@given(st.text(max_size=40), st.text(alphabet=st.characters(codec="ascii"), max_size=40))
def test_secrets_are_compared_whole(given_one: str, wanted: str) -> None:
    assert same(given_one, wanted) == (given_one == wanted)


@given(st.sampled_from(["127.0.0.1", "localhost", "[::1]"]), st.text(max_size=30))
def test_no_other_name_passes_for_this_machine(name: str, text: str) -> None:
    is_port = text[:1] == ":" and text[1:].isascii() and text[1:].isdecimal() and len(text) <= 6
    assert bool(OWN_HOST.fullmatch(name + text)) == (is_port or not text)
    assert not OWN_HOST.fullmatch(f"{text}.{name}") and not OWN_HOST.fullmatch(f"{name}.{text}")


def test_it_listens_on_loopback_and_says_when_the_port_is_taken() -> None:
    with listen(0) as listener:
        host, port = listener.getsockname()
        assert (host, listener.family) == ("127.0.0.1", socket.AF_INET)
        with pytest.raises(BadInputError, match=r"web\.port_busy"):
            listen(port)
    for wrong in (-1, 65_536):
        with pytest.raises(BadInputError, match=r"web\.bad_port"):
            listen(wrong)


@pytest.mark.parametrize(
    ("language", "words"), [("vi_VN", "đang có chương trình khác"), ("en_GB", "Another program")]
)
def test_a_taken_port_is_said_in_one_sentence(
    language: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    with listen(0) as listener:
        port = str(listener.getsockname()[1])
        assert main.main(["web", "--data", str(tmp_path), "--port", port]) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and said.out == ""


def test_the_missing_part_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main.main(["web", "--data", str(tmp_path)]) == 2
    assert "kiosk[web]" in capsys.readouterr().err


def test_a_station_that_says_nothing_is_refused_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["web", "--data", str(tmp_path), "--station", "ftp://x", "--json"]) == 2
    assert "ftp://x" in capsys.readouterr().out
    assert screen_of(["local", "ssh://kiosk2"], tmp_path)[-2:] == [
        "--station=local",
        "--station=ssh://kiosk2",
    ]


def test_there_is_no_way_to_name_another_address() -> None:
    with pytest.raises(SystemExit):
        main.main(["web", "--data", "x", "--host", "0.0.0.0"])  # noqa: S104
    assert "host" not in DeskServer.__init__.__annotations__
