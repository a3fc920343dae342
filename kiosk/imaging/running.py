"""What this machine runs and what it would start next, read from the machine itself and never from what was asked."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from kiosk.errors import KioskError
from kiosk.imaging.card import opened
from kiosk.imaging.fat import Fat
from kiosk.imaging.inspect import committed_slot
from kiosk.imaging.release import RELEASE_FILE, RELEASE_IN_BOOT, Release, Slot, parse_release

FIRMWARE = "proc/device-tree/chosen/bootloader/partition"
SAID = re.compile(r"\brauc\.slot=([AB])\b")
VERDICT = "data/rauc/kiosk-verdict"
BOOT_ID = "proc/sys/kernel/random/boot_id"


class Verdict(msgspec.Struct, frozen=True):
    """How the last update ended. `result` is `applied` or `not-applied`; `why` a word of the health gate; `start` the id
    of the start it was spoken on."""

    result: str = ""
    slot: str = ""
    version: str = ""
    wanted: str = ""
    why: str = ""
    start: str = ""


class Running(msgspec.Struct, frozen=True):
    """`slot` is None on a machine that was not started from an image. `next_trial` is the slot that the next start
    tries; `others` the release in the slot that does not run, None when it cannot be read."""

    release: Release
    slot: Slot | None
    committed: Slot | None
    next_trial: Slot | None
    bad: tuple[Slot, ...]
    others: Release | None
    verdict: Verdict

    @property
    def on_trial(self) -> bool:
        return self.slot is not None and self.slot is not self.committed


def look(root: Path = Path("/")) -> Running:
    """`root` stands for `/`, so that tests can use a tree of their own."""
    slot = booted_slot(root)
    pending = _text(root / "bootconfig/pending").strip()
    armed = "tryboot" in _text(root / "run/systemd/reboot-param")
    return Running(
        release=release_of(root),
        slot=slot,
        committed=committed_slot(_text(root / "bootconfig/autoboot.txt")),
        next_trial=Slot(pending) if armed and pending in set(Slot) else None,
        bad=tuple(one for one in Slot if (root / f"bootconfig/slot-{one}.bad").exists()),
        others=_release_in(root, slot.other) if slot else None,
        verdict=verdict_of(root),
    )


def booted_slot(root: Path) -> Slot | None:
    """The firmware's own word first; an old one may start a slot with the other's command line."""
    try:
        said = (root / FIRMWARE).read_bytes()
    except OSError:
        found = SAID.search(_text(root / "proc/cmdline"))
        return Slot(found[1]) if found else None
    return Slot.of_partition(int.from_bytes(said[:4], "big"))


def _release_in(root: Path, slot: Slot) -> Release | None:
    """None when the slot's boot partition is empty, half written, or not this user's to read."""
    try:
        with opened(root / f"dev/disk/by-partlabel/boot_{slot.lower()}") as volume:
            text = Fat(volume).read(RELEASE_IN_BOOT)
    except KioskError:
        return None
    return parse_release(text.decode("utf-8", "replace")) if text else None


def release_of(root: Path) -> Release:
    """The release that runs."""
    return parse_release(_text(root / RELEASE_FILE))


def start_id(root: Path) -> str:
    """This start's own, "" where the kernel does not say."""
    return _text(root / BOOT_ID).strip()


def verdict_of(root: Path) -> Verdict:
    """The health gate's last, empty when there is none or it is not this user's to read."""
    pairs = dict(line.split("=", 1) for line in _text(root / VERDICT).splitlines() if "=" in line)
    return Verdict(**{name: pairs.get(name, "") for name in Verdict.__struct_fields__})


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
