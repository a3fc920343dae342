"""`kiosk dock` beside a running `kiosk demo`, each in a terminal of its own: what is played there is met here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.hal.world import world_in
from tests.system.terminal import Terminal

pytestmark = pytest.mark.system

SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
KIOSK = [sys.executable, "-m", "kiosk.cli.main"]
F10, CTRL_C = "\x1b[21~", "\x03"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal([*KIOSK, "demo", "--data", str(tmp_path), "--script", str(SCRIPT)])
    terminal.shows("Xin chào!")
    yield terminal
    terminal.press(CTRL_C)
    assert terminal.end() == 0


@pytest.fixture
def dock(demo: Terminal, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal([*KIOSK, "dock", "--data", str(tmp_path)])
    terminal.shows("Ngón đặt")
    yield terminal
    terminal.press("q")
    assert terminal.end() == 0


def test_what_the_dock_plays_the_demonstration_meets(demo: Terminal, dock: Terminal, tmp_path: Path) -> None:
    """Button, paper and a cable: on the citizen's screen, on the officer's, and on the dock's own lamp."""
    dock.press("b")
    demo.shows("Đã gọi cán bộ")
    dock.shows("▲ có người gọi")
    demo.press(F10)
    demo.shows("CÔNG DÂN GỌI CÁN BỘ")
    dock.press("p")
    demo.shows("Máy in hết giấy")
    dock.press("r")
    demo.shows("không trả lời")
    dock.shows("✗ có lỗi")
    dock.press("x")
    demo.shows_no_more("không trả lời")
    demo.shows_no_more("hết giấy")


def test_a_wrong_finger_is_laid_from_the_dock(demo: Terminal, dock: Terminal, tmp_path: Path) -> None:
    dock.press("f")
    dock.shows("▲ nhầm")
    assert world_in(tmp_path).read().wrong_finger
    dock.click("Ngón đặt")
    dock.shows_no_more("▲ nhầm")
    assert not world_in(tmp_path).read().wrong_finger
