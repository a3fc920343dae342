"""A machine in service, in files: two slots, and a RAUC that reads bundles truly and installs nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kiosk.imaging.running import look
from kiosk.imaging.unasked import note
from tests.image_kit import fat16, release_text
from tests.slots_kit import autoboot

FAKE = """#!/bin/sh
case "$1" in info | bundle) exec {rauc} "$@" ;; esac
echo "$*" >> {calls}
printf '  0%% Installing\\n 40%% Copying image to rootfs.1\\n100%% Installing done.\\n'
if [ -e {fail} ]; then cat {fail}; exit 1; fi
"""


class Device:
    """The machine's files, and a RAUC that reads bundles truly and installs nothing."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, root / "data/kiosk"
        self.calls, self.fail = root / "calls", root / "fail"
        for folder in (
            "bin",
            "etc",
            "bootconfig",
            "proc",
            "dev/disk/by-partlabel",
            "data/rauc",
            "data/kiosk/run",
        ):
            (root / folder).mkdir(parents=True)
        (root / "etc/kiosk-release").write_bytes(release_text("2.0.0"))
        (root / "bootconfig/autoboot.txt").write_text(autoboot("A"))
        (root / "proc/cmdline").write_text("quiet rauc.slot=A\n")
        self.other("1.9.0")
        self.program("rauc", FAKE.format(rauc=shutil.which("rauc"), calls=self.calls, fail=self.fail))

    def other(self, version: str) -> None:
        volume = self.root / "dev/disk/by-partlabel/boot_b"
        volume.write_bytes(fat16({"release.txt": release_text(version)}) if version else bytes(4096))

    def program(self, name: str, text: str) -> None:
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The commands of this process find this machine in place of the one they run on, and speak English."""
        monkeypatch.setenv("LC_ALL", "en")
        monkeypatch.setenv("PATH", f"{self.root / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setattr("kiosk.imaging.running.look", lambda: look(self.root))
        monkeypatch.setattr(
            "kiosk.imaging.unasked.note", lambda change, reading: note(change, reading, self.root)
        )

    @property
    def asked(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []
