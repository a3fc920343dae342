"""A USB stick with an update: let in only while a window for it is open, mounted read-only, its bundle found."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.domain.time import Clock
from kiosk.errors import BadInputError
from kiosk.imaging.disks import Disk, list_disks

WINDOW, MOUNTED = Path("/run/kiosk/usb-window"), Path("/run/kiosk/stick")
"""`image/overlay/usr/libexec/kiosk/usb-admit` admits storage while the first is there."""

OPTIONS = "ro,nosuid,nodev,noexec"
LOOK_EVERY_S = 0.5


@contextmanager
def window(place: Path = WINDOW) -> Iterator[None]:
    """Storage plugged in from now on is admitted; what was plugged in before stays out."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)


def wait_for_stick(clock: Clock, within_s: float, root: Path = Path("/")) -> Disk:
    """The first stick that may be used. Raises `BadInputError` `stick.none` when none comes in time."""
    until = clock.monotonic() + within_s
    while clock.monotonic() < until:
        for disk in list_disks(root):
            if disk.bus == "usb" and disk.refusal is None:
                return disk
        clock.sleep(LOOK_EVERY_S)
    raise BadInputError("stick.none", seconds=int(within_s))


@contextmanager
def mounted(disk: Disk, place: Path = MOUNTED) -> Iterator[Path]:
    """Its first partition, or the whole of it where it has none. Raises `BadInputError` `stick.unreadable`."""
    device = Path("/dev") / (disk.parts or (disk.name,))[0]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-o", OPTIONS, device, place], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise BadInputError("stick.unreadable", device=str(device), why=done.stderr.strip()[-200:])
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)


def bundle_on(folder: Path, named: str | None) -> Path:
    """The bundle `named`, or the only one in the top folder. Raises `BadInputError` `stick.no_bundle`, `stick.many`."""
    there = sorted(file.name for file in folder.glob("*.raucb"))
    chosen = [name for name in there if named in (None, name)]
    if not chosen:
        raise BadInputError("stick.no_bundle", there=", ".join(there)[:200] or "—")
    if len(chosen) > 1:
        raise BadInputError("stick.many", there=", ".join(there)[:200])
    return folder / chosen[0]
