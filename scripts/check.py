"""Everything that can be judged without running the kiosk: `python scripts/check.py` (`make check`).

One line a check with its time, all output of those that fail, exit status 1 if any does. A tool that is missing fails
by its name. What the catalogues hold is checked by `tests/unit/test_catalogues.py`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
Command = list[str | Path]


class Check(NamedTuple):
    """`command` makes the command line; `remedy` says where the tool comes from when it is missing."""

    name: str
    command: Callable[[], Command]
    remedy: str = "part of requirements-dev.lock: run `make check`, which installs it into .venv"


class Finding(NamedTuple):
    """How one check ended."""

    name: str
    ok: bool
    seconds: float
    output: str


CHECKS = (
    Check("types", lambda: [TOOLS / "mypy", *python_folders()]),
    Check("style", lambda: [TOOLS / "ruff", "check", "."]),
    Check("format", lambda: [TOOLS / "ruff", "format", "--check", "."]),
    Check("layers", lambda: [TOOLS / "lint-imports", "--no-logo"]),
    Check("spelling", lambda: [TOOLS / "codespell", *files()]),
    Check("shell", lambda: ["shellcheck", *shell_scripts()], "apt-get install shellcheck"),
    Check("units", lambda: [sys.executable, "scripts/units.py"], "apt-get install systemd"),
)
"""The slowest first: two run at a time."""


def main() -> int:
    with ThreadPoolExecutor(max_workers=2) as pool:
        findings = list(pool.map(run, CHECKS))
    for name, ok, seconds, _ in findings:
        print(f"{name:10}{'ok' if ok else 'FAILED':8}{seconds:5.1f} s")
    failed = [finding for finding in findings if not finding.ok]
    for finding in failed:
        print(f"\n--- {finding.name} ---\n{finding.output.strip()}")
    return 1 if failed else 0


def run(check: Check) -> Finding:
    """One check to its end; a missing tool is a failed check."""
    begun = time.monotonic()
    try:
        done = subprocess.run(
            check.command(), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        return Finding(check.name, False, time.monotonic() - begun, f"{error.filename}: {check.remedy}")
    return Finding(check.name, done.returncode == 0, time.monotonic() - begun, done.stdout + done.stderr)


def files(pattern: str = "*") -> list[str]:
    """The files git knows or would take, but not those deleted."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return sorted(name for name in set(listed) if name and (ROOT / name).is_file())


def python_folders() -> list[str]:
    """Every top folder with Python in it."""
    return sorted({name.partition("/")[0] for name in files("*.py")})


def shell_scripts() -> list[str]:
    """By suffix or by first line."""
    return [name for name in files() if name.endswith(".sh") or _is_shell(ROOT / name)]


def _is_shell(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and b"sh" in first.replace(b"/usr/bin/env", b"").split(b"/")[-1]


if __name__ == "__main__":
    sys.exit(main())
