"""What a Raspberry Pi's firmware makes of a card: which partition it boots, with which kernel and command line.

`autoboot.txt` and `config.txt` as in Raspberry Pi's documentation: sections `[all]`, `[tryboot]`, `[boot_partition=N]`
switch lines on and off; with `tryboot_a_b=1` a trial boot takes the partition that `[tryboot]` names, once.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from image.emulator.card import Card

SECTION = re.compile(r"\[(.+)\]")
BOOTCONFIG = 1


class Boot(NamedTuple):
    """What the firmware loads: `partition` is the number it booted from."""

    partition: int
    trial: bool
    kernel: bytes
    initrd: bytes
    command_line: str


def settings(text: str, active: Collection[str]) -> dict[str, str]:
    """The lines in force where the sections `active` hold. Lines before any section are in force."""
    found: dict[str, str] = {}
    on = True
    for line in (raw.partition("#")[0].strip() for raw in text.splitlines()):
        if section := SECTION.fullmatch(line):
            on = section[1] in active
        elif on and line.startswith("initramfs "):
            found["initramfs"] = line.split()[1]
        elif on and "=" in line:
            key, _, value = line.partition("=")
            found[key.strip()] = value.strip()
    return found


def boot(card: Card, trial: bool) -> Boot:
    """Raises `FileNotFoundError` or `KeyError` where a real machine would show its rainbow and stay there."""
    autoboot = card.read(card.numbered(BOOTCONFIG), "autoboot.txt").decode()
    number = int(settings(autoboot, {"all", "tryboot"} if trial else {"all"})["boot_partition"])
    partition = card.numbered(number)
    config = settings(card.read(partition, "config.txt").decode(), {"all", f"boot_partition={number}"})
    return Boot(
        partition=number,
        trial=trial,
        kernel=card.read(partition, config["kernel"]),
        initrd=card.read(partition, config["initramfs"]),
        command_line=card.read(partition, config.get("cmdline", "cmdline.txt")).decode().strip(),
    )
