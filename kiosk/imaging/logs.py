"""What support needs to see of a machine, with nothing in it that belongs to a person."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from kiosk.store.files import write_durably

NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{9,12}|\d{3}(?:[ .]\d{3}){2,3}|\d{4}(?:[ .]\d{4}){2}|\d{4}[ .]\d{3}[ .]\d{3})(?![0-9A-Za-z])"
)
"""Personal numbers (12 figures, 9 on old cards) and telephone numbers (10, 11), also written in groups."""

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
AGE_SECRET = re.compile(r"AGE-SECRET-KEY-[0-9A-Z]+")
HIDDEN = "[…]"
PATIENCE_S = 60.0
MOST_BYTES = 32 << 20
LINES = "20000"
UNITS = ("kiosk*", "rauc*", "systemd-fsck*")
JOURNAL = [word for unit in UNITS for word in ("-u", unit)]
COMMANDS: dict[str, list[str]] = {
    "journal.txt": ["journalctl", "--no-pager", "-o", "short-iso", "-n", LINES, *JOURNAL],
    "kernel.txt": ["journalctl", "--no-pager", "-o", "short-iso", "-n", LINES, "-k", "-p", "warning"],
    "units.txt": ["systemctl", "--no-pager", "--failed"],
    "boots.txt": ["journalctl", "--no-pager", "--list-boots"],
    "slots.txt": ["rauc", "status", "--detailed"],
    "disks.txt": ["df", "-h"],
    "memory.txt": ["free", "-m"],
    "kernel-release.txt": ["uname", "-a"],
}


def redacted(text: str) -> str:
    """Without numbers of persons, addresses and secret keys. Names are never logged, so there are none to find."""
    for pattern in (AGE_SECRET, MAIL, NUMBER):
        text = pattern.sub(HIDDEN, text)
    return text


def collected() -> dict[str, str]:
    """What each of `COMMANDS` said; for one that is not here or hangs, that."""
    return {name: _said(command)[-MOST_BYTES:] for name, command in COMMANDS.items()}


def write_logs(out: Path, texts: Mapping[str, str]) -> int:
    """Every text redacted, in one compressed tar; its size in bytes. Raises `StoreError`; then `out` is as before."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in texts.items():
            data = redacted(text).encode()
            line = tarfile.TarInfo(f"kiosk-logs/{name}")
            line.size, line.mode = len(data), 0o644
            archive.addfile(line, io.BytesIO(data))
    write_durably(out, buffer.getvalue())
    return len(buffer.getvalue())


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {type(error).__name__}\n"
    return done.stdout + done.stderr
