"""The example plugin as its author ships it: built, installed beside the kiosk, found, used by a citizen, on the slip."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.link.address import socket_path
from kiosk.link.client import connect
from kiosk.link.messages import Answer, SetLanguage, ViewChanged
from kiosk.locale import Words
from kiosk.workflow.view import Choice, View

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "examples" / "kiosk-opening-hours"
FIRST_ISSUE = ROOT / "examples" / "visits" / "first_issue.toml"
QUICK = '[devices.printer]\ndriver = "sim"\n[devices.printer.settings]\nmm_per_second = 0\n'
HOURS = '[answers]\nwelcome = "opening_hours"\nopening_hours = "close"\n'
STOPS_S = 30


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin as `pip` installs it, without a network."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(SOURCE, folder / "source")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([*pip, *offline, "--target", str(folder / "site"), str(source)], check=True, timeout=300)
    return folder / "site"


def kiosk(*arguments: str | Path, beside: Path | None = None) -> subprocess.Popen[str]:
    """One command of the kiosk; `beside` is a folder of plugins."""
    path = os.pathsep.join(str(folder) for folder in (ROOT, beside) if folder)
    environment = {**os.environ, "PYTHONPATH": path, "LC_ALL": "vi_VN.UTF-8"}
    command = [sys.executable, "-m", "kiosk.cli.main", *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def lines_of(*arguments: str | Path, beside: Path | None = None, status: int = 0) -> list[Any]:
    """What a command writes, line by line, once it has ended with `status`."""
    with kiosk(*arguments, beside=beside) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == status
    return [json.loads(line) for line in out.splitlines()]


@contextmanager
def core(data: Path, beside: Path | None) -> Iterator[Path]:
    """A running core; stopped as systemd stops it."""
    config = data.with_suffix(".toml")
    config.write_text(QUICK)
    with kiosk("core", "--data", data, "--config", config, beside=beside) as process:
        try:
            yield data
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOPS_S) == 0


@pytest.fixture(scope="module")
def station(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a core with the plugin; a first visit waits until it is up."""
    with core(tmp_path_factory.mktemp("with") / "data", installed) as data:
        yield data


def visit(data: Path, script: Path, status: int = 0) -> list[Any]:
    return lines_of("visit", "--data", data, "--script", script, "--json", status=status)


def test_the_plugin_is_listed(installed: Path) -> None:
    (found,) = [
        line
        for line in lines_of("plugins", "list", "--json", beside=installed)[0]
        if line["name"] != "first_issue"
    ]
    assert found == {
        "name": "opening_hours",
        "origin": "kiosk-opening-hours",
        "version": "1.0.0",
        "hooks": ["kiosk_activities", "kiosk_catalogues", "kiosk_slip_lines"],
        "activities": ["opening_hours"],
    }


def test_a_scripted_citizen_looks_up_the_hours(station: Path, tmp_path: Path) -> None:
    """C12. No slip comes of it, hence status 1, and no dossier either."""
    script = tmp_path / "hours.toml"
    script.write_text(HOURS)
    told = visit(station, script, status=1)
    assert told[-1]["question"] == "opening_hours"
    assert not any("number" in line for line in told)


def test_a_citizen_reads_which_place_is_nearest_and_when_it_is_open(station: Path) -> None:
    """C12: at the citizen's own socket, in the words the core says where to find; then the next place, then home."""
    welcome, first, second, after = asyncio.run(ask_for_hours(station))
    assert [option.key for option in choice(welcome).options] == ["first_issue", "opening_hours"]
    words = Words("en", (SOURCE / "kiosk_opening_hours" / "locale",))
    assert words.say(choice(welcome).options[1].label) == "Opening hours"
    assert [words.say(line) for line in choice(first).body] == [
        "Công an xã Mẫu, right here.",
        "Monday to Friday: 7:30–11:30, 13:30–17:00",
    ]
    assert words.say(choice(second).body[0]) == "Bộ phận một cửa, Ủy ban nhân dân xã Mẫu, 200 m from here."
    assert (first.language, after.screen.id, after.visit) == ("en", "welcome", "")


async def ask_for_hours(data: Path) -> tuple[View, View, View, View]:
    client = await connect(socket_path(data, "citizen"))
    views = client.__aiter__()
    try:
        assert any(Path(folder).is_dir() for folder in client.welcome.catalogues)
        welcome = await seen(views, "welcome")
        client.send(SetLanguage("en"))
        client.send(Answer("welcome", "opening_hours"))
        first = await seen(views, "opening_hours")
        client.send(Answer("opening_hours", "farther"))
        second = await seen(views, "opening_hours", unlike=first)
        client.send(Answer("opening_hours", "close"))
        return welcome, first, second, await seen(views, "welcome")
    finally:
        await client.close()


async def seen(views: Any, screen: str, unlike: View | None = None) -> View:
    """The next view of `screen` that asks something else than `unlike`."""
    while True:
        message = await asyncio.wait_for(anext(views), STOPS_S)
        if not isinstance(message, ViewChanged) or message.view.screen.id != screen:
            continue
        if unlike is None or message.view.screen != unlike.screen:
            return message.view


def choice(view: View) -> Choice:
    assert isinstance(view.screen, Choice)
    return view.screen


def test_the_slip_has_the_plugins_line(installed: Path, station: Path, tmp_path: Path) -> None:
    """The same person's slip, with and without the plugin: one line more paper, the rest the same."""
    with core(tmp_path / "data", None) as data:
        plain = visit(data, FIRST_ISSUE)[-1]["slip"]
    longer = visit(station, FIRST_ISSUE)[-1]["slip"]
    assert height(longer) > height(plain)
    assert lines_added(installed) == [
        "Giờ trả thẻ",
        "Thứ Hai đến thứ Sáu: 7:30–11:30, 13:30–16:30; Thứ Bảy: 7:30–11:30",
    ]


def height(slip: str) -> int:
    from PIL import Image

    with Image.open(slip) as picture:
        return int(picture.height)


ASK_FOR_LINES = """
import json
from kiosk.domain.dossier import Dossier
from kiosk.locale import Words
from kiosk.plugins.manager import load
plugins = load("test")
dossier = Dossier("MAU01-000001", "first_issue", "cccd2021")
(line,) = plugins.slip_lines(dossier, Words("vi", plugins.catalogues()))
print(json.dumps([line.label, line.text]))
"""


def lines_added(beside: Path) -> list[str]:
    """Label and text the plugin gives to a Vietnamese slip."""
    path = os.pathsep.join((str(ROOT), str(beside)))
    answered = subprocess.run(
        [sys.executable, "-c", ASK_FOR_LINES],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer: list[str] = json.loads(answered.stdout)
    return answer


def test_a_places_file_that_cannot_be_used_quarantines_the_plugin(installed: Path, tmp_path: Path) -> None:
    """The kiosk lists it with its trouble, and would start without it."""
    broken = shutil.copytree(installed, tmp_path / "site")
    (broken / "kiosk_opening_hours" / "places.toml").write_text("[[place]]\nname = 5\n")
    lines = lines_of("plugins", "list", "--json", beside=broken, status=1)[0]
    assert [(line["name"], "trouble" in line) for line in lines] == [
        ("first_issue", False),
        ("opening_hours", True),
    ]
