"""`kiosk demo` in a terminal: a whole visit by keyboard alone and by mouse alone, the officer's screen beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.app.staff import DEMO_PIN
from kiosk.cli.records import dossier_lines
from kiosk.domain.dossier import DossierState
from tests.system.terminal import Terminal

pytestmark = pytest.mark.system

SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
F10, CTRL_C = "\x1b[21~", "\x03"
SETTLE_S = 0.5


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    command = [
        sys.executable,
        "-m",
        "kiosk.cli.main",
        "demo",
        "--data",
        str(tmp_path),
        "--script",
        str(SCRIPT),
    ]
    terminal = Terminal(command)
    terminal.shows("Xin chào!")
    yield terminal
    terminal.press(CTRL_C)
    assert terminal.end() == 0


def settled(terminal: Terminal, *words: str) -> Terminal:
    """A question takes no answer in the first moment: a tap may have been meant for the one before."""
    terminal.shows(*words)
    time.sleep(SETTLE_S)
    return terminal


def test_a_whole_visit_by_keyboard_alone(demo: Terminal, tmp_path: Path) -> None:
    settled(demo, "Làm thẻ căn cước").press("1")
    settled(demo, "Ông/bà dùng tiếng nào?").press("1")
    settled(demo, "Tôi đã đọc").press("1")
    settled(demo, "Bấm số định danh").press("1")
    settled(demo, "12 số").press("999085000001")
    demo.press("\r")
    for item in ("Họ và tên", "Ngày sinh", "Giới tính", "Xã, phường", "Thôn, xóm", "Số điện thoại"):
        settled(demo, item).press("1")
    demo.shows("Nhìn thẳng vào máy ảnh")
    settled(demo, "Mời ông/bà xem lại").press("1")
    settled(demo, "Mời ông/bà ký tên").press("3")
    settled(demo, "Tôi đã cầm phiếu").press("1")
    settled(demo, "Xin chào!")
    _one_dossier(tmp_path)


def test_a_whole_visit_by_mouse_alone(demo: Terminal, tmp_path: Path) -> None:
    """By the old card, so that nothing has to be typed."""
    settled(demo, "Làm thẻ căn cước").click("Làm thẻ căn cước")
    settled(demo, "Ông/bà dùng tiếng nào?").click("Tiếng Việt")
    settled(demo, "Tôi đã đọc").click("Tôi đã đọc")
    settled(demo, "Đưa thẻ cũ").click("Đưa thẻ cũ")
    for item in ("Họ và tên", "Ngày sinh", "Giới tính", "Xã, phường", "Thôn, xóm", "Số điện thoại"):
        settled(demo, item).click("Đúng rồi")
    settled(demo, "Mời ông/bà xem lại").click("Đúng rồi")
    settled(demo, "Mời ông/bà ký tên").click("Điểm chỉ")
    settled(demo, "Tôi đã cầm phiếu").click("Tôi đã cầm phiếu")
    settled(demo, "Xin chào!")
    _one_dossier(tmp_path)


def test_the_officer_is_a_key_away(demo: Terminal) -> None:
    settled(demo, "Làm thẻ căn cước").press("\x1bOP")
    demo.shows("Đã gọi cán bộ")
    demo.press(F10)
    demo.shows("CÔNG DÂN GỌI CÁN BỘ")
    demo.press("\x1bOQ")
    demo.shows("Mã số cán bộ")
    demo.press("cb01\r")
    demo.press(f"{DEMO_PIN}\r")
    demo.shows("(CB01)")
    demo.press("\x1bOP")
    demo.press(F10)
    demo.shows("Cán bộ đang đến")


def test_the_killed_screen_is_back_at_the_same_question(demo: Terminal, tmp_path: Path) -> None:
    settled(demo, "Làm thẻ căn cước").press("1")
    settled(demo, "Ông/bà dùng tiếng nào?").press("1")
    settled(demo, "Tôi đã đọc")
    pattern = f"cli.main citizen --data {tmp_path}"
    (pid,) = subprocess.run(
        ["pgrep", "-f", pattern], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(pid), signal.SIGKILL)
    while subprocess.run(
        ["pgrep", "-f", pattern], capture_output=True, text=True, check=False
    ).stdout.split() == [pid]:
        time.sleep(0.02)
    while "Bấm số định danh" not in demo.text:
        demo.shows("Tôi đã đọc", "Bấm số định danh")
        demo.press("1")
        time.sleep(SETTLE_S)


def _one_dossier(data: Path) -> None:
    (line,) = dossier_lines(data)
    assert line.state == DossierState.SEALED
    assert Path(line.sealed).is_file()
    assert Path(line.slip).is_file()
