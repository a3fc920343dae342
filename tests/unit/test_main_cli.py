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
