"""The command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.cli.main import parser


def test_a_reader_who_goes_away_gets_no_traceback() -> None:
    """`kiosk plan list | head -1`: what is printed is wanted by nobody any more."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk.cli.main", "plan", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_a_user_without_a_home_can_run_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the units' dynamic users are: the repair page once died of it."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)
    assert "repair" in parser().format_help()


@pytest.mark.parametrize("screen", ["citizen", "officer"])
def test_a_screen_without_a_terminal_says_so_and_ends(screen: str, tmp_path: Path) -> None:
    """As over SSH without -t, where it would draw for ever for nobody."""
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk.cli.main", screen, "--data", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2 and "ssh -t" in ended.stderr and ended.stdout == ""
