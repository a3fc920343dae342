"""What lies on a card or in an image file: partitions, which slot starts, which release each slot holds."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from kiosk.errors import BadInputError
from kiosk.imaging.bundle import SQUASHFS
from kiosk.imaging.card import Readable, opened
from kiosk.imaging.fat import Fat, Part
from kiosk.imaging.gpt import SIGNATURE, Partition, Table, read_table
from kiosk.imaging.release import RELEASE_IN_BOOT, Release, Slot, parse_release

LAYOUT = ("bootconfig", "boot_a", "boot_b", "system_a", "system_b", "data")
BOOT_LINE = re.compile(r"boot_partition=(\d+)")


class SlotLine(msgspec.Struct, frozen=True):
    """One slot. `release` is None when its boot partition cannot be read: empty, or half written."""

    slot: Slot
    release: Release | None
    bad: bool


class Found(msgspec.Struct, frozen=True):
    """A card. `committed` is the slot that starts, `pending` the one to be tried, None when there is none."""

    size: int
    partitions: tuple[Partition, ...]
    committed: Slot | None
    pending: Slot | None
    slots: tuple[SlotLine, ...]


def is_bundle(path: Path) -> bool:
    """Whether it begins as an update bundle does."""
    with opened(path) as file:
        return file.read(0, len(SQUASHFS)) == SQUASHFS and file.read(512, len(SIGNATURE)) != SIGNATURE


def inspect_card(card: Readable) -> Found:
    """Raises `BadInputError` `image.no_table` or, with other partitions than a kiosk's, `image.other_layout`."""
    table = read_table(card)
    if tuple(partition.name for partition in table.partitions) != LAYOUT:
        raise BadInputError(
            "image.other_layout", found=", ".join(part.name for part in table.partitions)[:200]
        )
    volume = _volume(card, table, "bootconfig")
    return Found(
        size=card.size,
        partitions=table.partitions,
        committed=committed_slot(_text(volume, "autoboot.txt")),
        pending=_pending(_text(volume, "pending")),
        slots=tuple(_slot_line(card, table, volume, slot) for slot in Slot),
    )


def committed_slot(autoboot: str) -> Slot | None:
    """The slot of the section `[all]` of `autoboot.txt`, as the Raspberry Pi's firmware reads it."""
    section = ""
    for line in autoboot.splitlines():
        if line.startswith("["):
            section = line.strip()
        found = BOOT_LINE.fullmatch(line.strip())
        if found and section in ("", "[all]"):
            return Slot.of_partition(int(found[1]))
    return None


def _pending(text: str) -> Slot | None:
    return Slot(text.strip()) if text.strip() in set(Slot) else None


def _slot_line(card: Readable, table: Table, bootconfig: Fat | None, slot: Slot) -> SlotLine:
    text = _text(_volume(card, table, f"boot_{slot.lower()}"), RELEASE_IN_BOOT)
    bad = bootconfig is not None and bootconfig.read(f"slot-{slot}.bad") is not None
    return SlotLine(slot, parse_release(text) if text else None, bad)


def _volume(card: Readable, table: Table, name: str) -> Fat | None:
    partition = table.find(name)
    if partition is None:
        return None
    try:
        return Fat(Part(card, partition.offset, partition.size))
    except BadInputError:
        return None


def _text(volume: Fat | None, name: str) -> str:
    if volume is None:
        return ""
    try:
        return (volume.read(name) or b"").decode("ascii", "replace")
    except BadInputError:
        return ""
