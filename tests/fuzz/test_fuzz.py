"""A short run of every fuzz target: under atheris where it is installed, on the same seeds without it elsewhere.

atheris has wheels for 64-bit Intel up to Python 3.13 (`pyproject.toml`, extra `dev`); there it must be installed.
"""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import SEEDS, TARGETS

RUNS = {"zfm": 20_000, "escpos": 20_000, "sbi": 20_000}
ROOT = Path(__file__).parent.parent.parent
EXPECTED = platform.machine() == "x86_64" and sys.version_info < (3, 14)


def fuzz(target: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz.run", target, f"-runs={RUNS[target]}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_atheris_is_there_where_it_installs() -> None:
    """It is not skipped in silence: without it on such a machine this fails by name."""
    assert (importlib.util.find_spec("atheris") is not None) >= EXPECTED


@pytest.mark.system
@pytest.mark.parametrize("target", TARGETS)
def test_a_short_run(target: str) -> None:
    """Bad input: no exception but `DeviceError`, no input that takes five seconds, no growth beyond 512 MB."""
    options = ["-timeout=5", "-rss_limit_mb=512", "-max_len=2048", "-seed=1"] if EXPECTED else ["--plain"]
    done = fuzz(target, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Done {RUNS[target]} runs" in done.stdout + done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_themselves(target: str) -> None:
    for seed in SEEDS[target]:
        TARGETS[target](seed)
