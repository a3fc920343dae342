"""What a process does not import it does not pay for: a core at rest stays small (1 GB device)."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"cv2", "numpy", "PIL", "zxingcpp", "textual", "openpyxl"}
LIGHT = ["kiosk.app.process", "kiosk.plugins.first_issue", "kiosk.plugins.manager", "kiosk.cli.main"]


def imported_with(module: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after importing `module`."""
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", LIGHT)
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str) -> None:
    loaded = imported_with(module)
    assert "kiosk" in loaded
    assert loaded & HEAVY == set()


def test_the_citizens_screen_needs_no_image_library() -> None:
    loaded = imported_with("kiosk.tui.citizen.app")
    assert "textual" in loaded
    assert loaded & (HEAVY - {"textual"}) == set()
