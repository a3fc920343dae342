"""Nobody leaves a screen, and a screen that breaks tells nothing of a person."""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import select
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from kiosk.cli import main, screens
from kiosk.tui import gallery
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.hardened import HardenedApp, places
from kiosk.tui.officer.app import OfficerApp
from tests.unit.fake_core import FakeCore

NUMBER = "999156000001"
PACKAGE = Path(screens.__file__).parent.parent.parent


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.mark.parametrize("make", [lambda: CitizenApp(None), lambda: OfficerApp(None)])
def test_keys_that_leave_or_open_menus_elsewhere_do_nothing(make: type[HardenedApp]) -> None:
    async def run() -> None:
        app = make()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("ctrl+q", "ctrl+c", "ctrl+p", "ctrl+z", "ctrl+backslash", "tab", "f5", "escape")
            app.copy_to_clipboard(NUMBER)
            app.action_help_quit()
            app.action_suspend_process()
            await app.action_quit()
            await pilot.pause()
            assert app.is_running
            assert len(app.screen_stack) == 1, "no palette came up"
            assert not app._notifications, "no toast names the quit key"
            assert app.clipboard == ""

    asyncio.run(run())


def test_textual_is_not_asked_for_what_is_taken_away() -> None:
    assert not HardenedApp.ENABLE_COMMAND_PALETTE
    assert not HardenedApp.ALLOW_SELECT
    app = CitizenApp(None)
    assert list(app._bindings.key_to_bindings) == []
    assert list(app.get_default_screen()._bindings.key_to_bindings) == []


def test_settings_of_textual_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ALLOW_SIGNALS", "1")
    screens.forget_textual_settings()
    assert "TEXTUAL_ALLOW_SIGNALS" not in os.environ


def test_where_an_error_came_from_is_told_without_its_text() -> None:
    try:
        raise ValueError(NUMBER)
    except ValueError as error:
        told = places(error)
    assert told.startswith("ValueError\ntest_screen_hardening.py:")
    assert NUMBER not in told


@pytest.mark.parametrize("where", ["on_mount", "compose", "_tick"])
def test_a_crash_exits_non_zero_and_shows_no_personal_number(where: str) -> None:
    program = f"""
        import sys
        from kiosk.tui.citizen.app import CitizenApp
        from kiosk.tui.hardened import run_screen
        class Broken(CitizenApp):
            def {where}(self):
                number = "{NUMBER}"
                if {where!r} == "_tick": number += "!"
                raise RuntimeError("number " + number)
        app = Broken(None)
        if {where!r} == "_tick": app.on_mount = lambda: app.set_interval(0.05, app._tick)
        sys.exit(run_screen(app))
    """
    status, output = in_terminal([sys.executable, "-c", textwrap.dedent(program)], b"")
    assert status == 1
    assert "RuntimeError" in output
    assert NUMBER not in output


def test_the_program_paints_the_welcome_in_a_real_terminal(tmp_path: Path) -> None:
    """`kiosk citizen` on a pty, with a core: the words arrive, quit keys do nothing, and it still lives."""

    async def run() -> str:
        core = FakeCore(tmp_path / "run" / "citizen.sock")
        core.show(gallery.view(gallery.welcome()))
        async with core:
            program = (
                "import argparse, sys; from kiosk.cli import screens; p = argparse.ArgumentParser();"
                "screens.add(p.add_subparsers()); a = p.parse_args(); sys.exit(a.run(a))"
            )
            command = [sys.executable, "-c", program, "citizen", "--data", str(tmp_path)]
            _, output = await asyncio.to_thread(in_terminal, command, b"\x11\x03\x10", "Gọi cán bộ giúp")
            return output

    assert "Gọi cán bộ giúp" in asyncio.run(run())


def in_terminal(command: list[str], keys: bytes, wanted: str = "") -> tuple[int, str]:
    """Run on a pty of 80 × 24 until it ends, or until it painted `wanted`, took `keys` and still lives."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(environment(), COLUMNS="80", LINES="24")
        os.execv(command[0], command)  # noqa: S606
    output = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.2)
        try:
            output += os.read(master, 65536) if ready else b""
        except OSError:
            break
        if wanted and wanted.encode() in output:
            os.write(master, keys)
            time.sleep(0.3)
            alive, _ = os.waitpid(pid, os.WNOHANG)
            assert alive == 0, "the screen went away"
            os.kill(pid, 9)
            break
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status), output.decode(errors="replace")


def test_the_citizen_program_loads_nothing_it_does_not_need() -> None:
    check = "import sys, kiosk.tui.citizen.app; print([m for m in ('numpy', 'PIL', 'cv2', 'sqlite3') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_of_the_commands_needs_no_textual() -> None:
    check = "import sys, kiosk.cli.screens; print('textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", check], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_screen_does_not_load_what_other_commands_need() -> None:
    check = (
        "import sys; from kiosk.cli.main import parser; parser('citizen').parse_args(['citizen', '--data', 'd']);"
        "print([m for m in ('kiosk.cli.roster', 'kiosk.cli.visit', 'textual') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_command_is_known_without_naming_one() -> None:
    every = main.parser().format_help()
    assert all(name in every for name in ("core", "citizen", "officer", "screenshots", "visit", "roster"))
    with pytest.raises(SystemExit):
        main.main(["nonsense"])


def test_every_subcommand_says_what_runs_it() -> None:
    parser = argparse.ArgumentParser()
    screens.add(parser.add_subparsers())
    for line in (
        ["citizen", "--data", "d"],
        ["officer", "--data", "d", "--json"],
        ["screenshots", "--out", "o"],
    ):
        assert callable(parser.parse_args(line).run)
