"""A stick with an update: let in for as long as an officer's word holds, and never written. T2."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.errors import BadInputError
from kiosk.imaging.disks import Disk
from kiosk.imaging.stick import OPTIONS, bundle_on, mounted, wait_for_stick, window
from tests.kit import HandClock
from tests.unit.test_image_disks import Tree

STICK = Disk("sdx", 32_000_000_000, "Stick", "usb", True, (), ("sdx1",))


def test_the_window_closes_however_it_ends(tmp_path: Path) -> None:
    place = tmp_path / "run/usb-window"
    with window(place):
        assert place.exists()
    with pytest.raises(BadInputError), window(place):
        raise BadInputError("stick.none", seconds=1)
    assert not place.exists()


def test_a_stick_is_waited_for(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.disk("nvme0n1", bus="", removable=0)
    tree.disk("mmcblk0", bus="mmc")

    class Late(HandClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.seconds > 1010 and not (tmp_path / "sys/block/sda").exists():
                tree.disk("sda")

    assert wait_for_stick(Late(), 60.0, tmp_path).name == "sda"


def test_no_stick_is_said_after_a_while(tmp_path: Path) -> None:
    Tree(tmp_path).disk("mmcblk0", bus="mmc")
    with pytest.raises(BadInputError, match=r"stick\.none"):
        wait_for_stick(HandClock(), 60.0, tmp_path)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`mount` and `umount` that write down how they were called; the file."""
    calls = tmp_path / "calls"
    for name in ("mount", "umount"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n[ ! -e {tmp_path}/broken ] || exit 32\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return calls


def test_it_is_mounted_read_only_and_taken_off_again(programs: Path, tmp_path: Path) -> None:
    place = tmp_path / "stick"
    with pytest.raises(BadInputError), mounted(STICK, place):
        raise BadInputError("stick.none", seconds=1)
    assert programs.read_text().splitlines() == [
        f"mount -o {OPTIONS} /dev/sdx1 {place}",
        f"umount --lazy {place}",
    ]
    assert set(OPTIONS.split(",")) == {"ro", "nosuid", "nodev", "noexec"}


def test_a_stick_that_cannot_be_read_is_said(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(BadInputError, match=r"stick\.unreadable"), mounted(STICK, tmp_path / "stick"):
        pass


@pytest.mark.parametrize(
    ("there", "named", "found"),
    [
        (["a.raucb"], None, "a.raucb"),
        (["a.raucb", "b.raucb"], "b.raucb", "b.raucb"),
        (["a.raucb", "b.raucb"], None, "stick.many"),
        (["a.img"], None, "stick.no_bundle"),
        (["a.raucb"], "../a.raucb", "stick.no_bundle"),
    ],
)
def test_which_bundle_is_meant(there: list[str], named: str | None, found: str, tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).touch()
    if found.endswith(".raucb"):
        assert bundle_on(tmp_path, named) == tmp_path / found
        return
    with pytest.raises(BadInputError) as refusal:
        bundle_on(tmp_path, named)
    assert refusal.value.code == found
