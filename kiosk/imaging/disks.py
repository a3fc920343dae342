"""The disks of this machine, and which of them a technician may write: read from sysfs, procfs and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.imaging.card import SECTOR

NEVER = ("loop", "ram", "zram", "dm-", "md", "sr", "mtd", "nbd")
BOOT_AREAS = ("boot0", "boot1", "rpmb")
"""Hardware areas of an eMMC chip, shown as disks of their own."""


class Disk(msgspec.Struct, frozen=True):
    """A whole disk. `size` in bytes; `bus` is `usb`, `mmc` or ""; `uses` are mount points, swap and
    whatever else lies on it."""

    name: str
    size: int
    model: str
    bus: str
    removable: bool
    uses: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def system(self) -> bool:
        """Whether this machine runs from it."""
        return "/" in self.uses

    @property
    def refusal(self) -> Message | None:
        """Why it must not be written, None when it may."""
        if self.system:
            return msg("flash.system_disk", disk=self.name)
        if not self.removable and not self.bus:
            return msg("flash.not_removable", disk=self.name)
        if self.uses:
            return msg("flash.in_use", disk=self.name, uses=", ".join(self.uses))
        return None


def list_disks(root: Path = Path("/")) -> tuple[Disk, ...]:
    """Every whole disk with something in it, by name. `root` stands for `/`, so that tests can use a tree of their own."""
    machine = _Machine(root)
    names = sorted(entry.name for entry in _children(machine.block))
    known = (machine.disk(name) for name in names if _is_disk(name))
    return tuple(disk for disk in known if disk.size > 0)


def chosen(disks: tuple[Disk, ...], name: str) -> Disk | Message:
    """The disk a technician named, `sdb` or `/dev/sdb`, or why it cannot be taken."""
    short = name.removeprefix("/dev/")
    for disk in disks:
        if disk.name == short:
            return disk.refusal or disk
        if short in disk.parts:
            return msg("flash.partition", given=short, disk=disk.name)
    return msg("flash.no_disk", given=short)


class _Machine:
    """What the files under `root` say."""

    def __init__(self, root: Path) -> None:
        self.block = root / "sys/block"
        self._mounts = list(_mounts(root / "proc/self/mountinfo"))
        swaps = _text(root / "proc/swaps").splitlines()[1:]
        self._swaps = {line.split()[0].removeprefix("/dev/") for line in swaps if line.split()}

    def disk(self, name: str) -> Disk:
        folder = self.block / name
        parts = tuple(sorted(entry.name for entry in _children(folder) if (entry / "partition").exists()))
        uses = dict.fromkeys(use for part in (name, *parts) for use in self._uses(folder, part, frozenset()))
        real = str(folder.resolve())
        bus = "usb" if "/usb" in real else "mmc" if "/mmc" in real else ""
        model = " ".join((_text(folder / "device/vendor") + " " + _text(folder / "device/model")).split())
        return Disk(
            name=name,
            size=_number(folder / "size") * SECTOR,
            model=model or _text(folder / "device/name"),
            bus=bus,
            removable=_number(folder / "removable") == 1,
            uses=tuple(uses),
            parts=parts,
        )

    def _uses(self, disk: Path, name: str, seen: frozenset[str]) -> Iterator[str]:
        """What stands on `name`, a disk or a partition of it, through whatever holds it (RAID, encryption, LVM)."""
        folder = disk if disk.name == name else disk / name
        number = _text(folder / "dev")
        for device, source, point in self._mounts:
            if (number and device == number) or source == f"/dev/{name}":
                yield point
        if name in self._swaps:
            yield "swap"
        for holder in _children(folder / "holders"):
            if holder.name not in seen:
                yield holder.name
                yield from self._uses(self.block / holder.name, holder.name, seen | {holder.name})


def _is_disk(name: str) -> bool:
    return not name.startswith(NEVER) and not name.endswith(BOOT_AREAS)


def _mounts(file: Path) -> Iterator[tuple[str, str, str]]:
    """Device number, source and mount point of each line of mountinfo (proc_pid_mountinfo(5))."""
    for line in _text(file).splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) >= 5 and len(rest) >= 2:
            yield fields[2], rest[1], fields[4].replace("\\040", " ")


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isascii() and text.isdecimal() else 0
