"""A release by its number and its file `kiosk-release`, and the slots it can lie in."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

RELEASE_FILE = "etc/kiosk-release"
RELEASE_IN_BOOT = "release.txt"
COMPATIBLE = "kiosk-cccd"
LINE = re.compile(r"([A-Z_]+)=(.*)")
NUMBER = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})([-~+].{1,40})?")


class Slot(StrEnum):
    """One of the two systems on a card. A commit is what makes one of them the system that starts."""

    A = "A"
    B = "B"

    @property
    def other(self) -> Slot:
        return Slot.B if self is Slot.A else Slot.A

    @property
    def boot_partition(self) -> int:
        """The number the firmware knows its boot partition by; 1 is `bootconfig`."""
        return 2 if self is Slot.A else 3

    @classmethod
    def of_partition(cls, number: int) -> Slot | None:
        return next((slot for slot in cls if slot.boot_partition == number), None)


class Release(msgspec.Struct, frozen=True):
    """The file's lines, `KEY=VALUE`; "" for one that is not there."""

    version: str = ""
    compatible: str = ""
    flavour: str = ""
    recipe: str = ""


def parse_release(text: str) -> Release:
    """Quotes as in os-release(5) are taken off; other lines are let be."""
    lines = (LINE.fullmatch(line.strip()) for line in text.splitlines())
    found = {line[1].lower(): line[2].strip("\"'") for line in lines if line}
    return Release(**{name: found.get(name, "") for name in Release.__struct_fields__})


def version_key(version: str) -> tuple[int, int, int, int] | None:
    """Orders releases: `1.2.0-rc1` and `1.2.0~rc1` come before `1.2.0`, whose build `1.2.0+5` is equal. None: no number."""
    found = NUMBER.fullmatch(version)
    if not found:
        return None
    before = bool(found[4]) and not found[4].startswith("+")
    return int(found[1]), int(found[2]), int(found[3]), 0 if before else 1


def is_older(offered: str, running: str) -> bool:
    """Whether `offered` would take a machine that runs `running` back. A version without a number counts as older."""
    new, now = version_key(offered), version_key(running)
    return new is None or (now is not None and new < now)
