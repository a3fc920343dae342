"""Which disks a technician may write: never the one the machine runs from, never one in use. T1."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.message import Message
from kiosk.imaging.disks import Disk, chosen, list_disks


class Tree:
    """sysfs and procfs of an invented machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sys/block").mkdir(parents=True)
        (root / "proc/self").mkdir(parents=True)
        self._mounts: list[str] = []
        self._write("proc/swaps", "Filename Type Size Used Priority\n")
        self._write("proc/self/mountinfo", "")

    def disk(
        self, name: str, *, bus: str = "usb", gigabytes: int = 32, removable: int = 1, parts: int = 1
    ) -> None:
        real = (
            f"sys/devices/pci0/{ {'usb': 'usb1/1-1', 'mmc': 'mmc_host/mmc0', '': 'ata1'}[bus] }/block/{name}"
        )
        self._write(f"{real}/size", f"{gigabytes * 2_000_000}\n")
        self._write(f"{real}/removable", f"{removable}\n")
        self._write(f"{real}/device/model", "Card  Reader \n")
        self._write(f"{real}/dev", f"{self._number(name)}:0\n")
        for number in range(1, parts + 1):
            part = f"{name}p{number}" if name[-1].isdigit() else f"{name}{number}"
            self._write(f"{real}/{part}/partition", f"{number}\n")
            self._write(f"{real}/{part}/dev", f"{self._number(name)}:{number}\n")
        (self.root / "sys/block" / name).symlink_to(self.root / real)

    def mount(self, device: str, source: str, point: str) -> None:
        self._mounts.append(f"22 1 {device} / {point} rw,relatime shared:1 - ext4 {source} rw\n")
        self._write("proc/self/mountinfo", "".join(self._mounts))

    def holder(self, name: str, part: str, held_by: str) -> None:
        (self.root / "sys/block" / name / part / "holders" / held_by).mkdir(parents=True)
        self._write(f"sys/block/{held_by}/dev", "253:0\n")

    def swap(self, name: str) -> None:
        self._write("proc/swaps", f"Filename Type Size Used Priority\n/dev/{name} partition 1 0 -2\n")

    def _number(self, name: str) -> int:
        return 100 + sum(map(ord, name))

    def _write(self, place: str, text: str) -> None:
        file = self.root / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def refusal(tree: Tree, name: str) -> str:
    found = chosen(list_disks(tree.root), name)
    return found.code if isinstance(found, Message) else ""


@pytest.mark.parametrize("given", ["sdb", "/dev/sdb"])
def test_a_stick_in_the_socket_is_taken(tree: Tree, given: str) -> None:
    tree.disk("sdb")
    found = chosen(list_disks(tree.root), given)
    assert isinstance(found, Disk)
    assert (found.size, found.model, found.bus) == (32 * 1_024_000_000, "Card Reader", "usb")


def test_a_card_in_the_machines_own_reader_is_taken(tree: Tree) -> None:
    tree.disk("mmcblk0", bus="mmc", removable=0, parts=6)
    assert refusal(tree, "mmcblk0") == ""
    assert refusal(tree, "mmcblk0p2") == "flash.partition"


def test_the_disk_the_machine_runs_from_is_refused(tree: Tree) -> None:
    tree.disk("mmcblk0", bus="mmc", parts=2)
    tree.mount("865:2", "/dev/mmcblk0p2", "/")
    assert refusal(tree, "mmcblk0") == "flash.system_disk"


def test_also_when_the_system_lies_encrypted_on_it(tree: Tree) -> None:
    tree.disk("sda", parts=2)
    tree.holder("sda", "sda2", "dm-0")
    tree.mount("253:0", "/dev/mapper/root", "/")
    assert refusal(tree, "sda") == "flash.system_disk"


def test_a_fixed_disk_is_refused(tree: Tree) -> None:
    tree.disk("nvme0n1", bus="", removable=0)
    assert refusal(tree, "nvme0n1") == "flash.not_removable"


def test_a_mounted_stick_is_refused_and_says_where(tree: Tree) -> None:
    tree.disk("sdb")
    tree.mount("0:99", "/dev/sdb1", "/media/usb\\040stick")
    found = chosen(list_disks(tree.root), "sdb")
    assert isinstance(found, Message) and found.values["uses"] == "/media/usb stick"


def test_swap_counts_as_use(tree: Tree) -> None:
    tree.disk("sdb")
    tree.swap("sdb1")
    assert refusal(tree, "sdb") == "flash.in_use"


def test_what_is_no_disk_is_not_listed(tree: Tree) -> None:
    for name in ("loop0", "zram0", "dm-3", "md0", "sr0", "mmcblk1boot0", "sdc"):
        tree.disk(name, gigabytes=0 if name == "sdc" else 8)
    assert list_disks(tree.root) == ()
    assert refusal(tree, "sdc") == "flash.no_disk"


def test_nothing_but_files_is_needed(tmp_path: Path) -> None:
    assert list_disks(tmp_path / "none") == ()
