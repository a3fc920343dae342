"""A USB stick at the image's machine in QEMU: kept out, and let in for an update that an officer agreed to. T2, T3."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from image.emulator.accel import accelerator
from image.emulator.machine import Board, End
from image.emulator.pi import Pi
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.site import DATA, INSTALLS_S, PIN, RESTARTS_S, Site

pytestmark = pytest.mark.image

OLDER = "older.raucb"
"""A small one. It is refused, which it can be only once it has been read off the stick."""
GOOD = "good.raucb"
SEEN_S = 120.0
ROOM_KB = 12288
LOG = "journalctl -b -o cat --grep '^usb .*(admitted|refused)'"


def make_stick(folder: Path, bundle: str) -> Path:
    """FAT without a table of partitions, as many are sold; the bundle on it."""
    image, copy = folder / "usb.img", folder / bundle
    assert (UPDATES / "stick.img").exists(), "build it first: make update-test"
    subprocess.run(
        ["debugfs", "-R", f"dump {bundle} {copy}", UPDATES / "stick.img"], check=True, capture_output=True
    )
    blocks = copy.stat().st_size // 1024 + ROOM_KB
    subprocess.run(["mkfs.vfat", "-C", image, str(blocks)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", image, copy, "::"], check=True)
    copy.unlink()
    return image


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    card = tmp_path / "card.img"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    made = Site(
        Pi(
            card,
            Board(accel=accelerator(FIRST_RELEASE), data_key="stick", display=False),
            tmp_path / "machine",
        )
    )
    made.start()
    yield made
    if made.machine:
        made.machine.close()


def plug_in(site: Site, stick: Path) -> None:
    assert site.machine
    command = site.machine.monitor.command
    if '"node-name": "stick"' not in json.dumps(command("query-named-block-nodes")):
        command(
            "blockdev-add",
            **{"driver": "file", "filename": str(stick), "node-name": "stick", "read-only": True},
        )
    command("device_add", driver="usb-storage", drive="stick", id="plug", bus="usb.0")


def pull_out(site: Site) -> None:
    assert site.machine
    site.machine.monitor.command("device_del", id="plug")
    assert site.machine.monitor.wait_event("DEVICE_DELETED", SEEN_S, device="plug")


def waits(there: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    until = time.monotonic() + SEEN_S
    while not there():
        assert time.monotonic() < until, otherwise()
        time.sleep(1.0)


def takes_stick(site: Site, stick: Path, bundle: str) -> None:
    """The officer's PIN, once for the window and once for what is on the stick; the stick only once it is asked for."""
    update = f"printf '{PIN}\\n{PIN}\\n' | kiosk image update --stick {bundle} --officer CB01 {DATA} --json"
    script = f"{update} >/run/update.log 2>&1; echo ended $? >>/run/update.log"
    site.out(f"cat >/run/update.sh << 'END'\n{script}\nEND")
    site.out("nohup sh /run/update.sh >/dev/null 2>&1 &")
    site.waits("test -e /run/kiosk/usb-window", SEEN_S)
    plug_in(site, stick)


def test_only_the_window_lets_a_stick_in(site: Site, tmp_path: Path) -> None:
    stick = make_stick(tmp_path, OLDER)
    assert site.verdict() == "OK slot=A version=0.1.0"
    plug_in(site, stick)
    waits(lambda: "refused: interfaces [(8, 6)]" in site.run(LOG).stdout, lambda: site.run(LOG).stdout)
    assert site.out("ls /sys/block | grep '^sd' || true") == ""
    pull_out(site)

    takes_stick(site, stick, OLDER)
    site.waits("grep -q ended /run/update.log", SEEN_S)
    said = site.out("cat /run/update.log")
    assert "ended 2" in said and "0.0.9" in said
    assert "admitted: interfaces [(8, 6)]" in site.run(LOG).stdout
    site.out("test ! -e /run/kiosk/usb-window && ! mountpoint -q /run/kiosk/stick")
    assert site.status()["bad"] == []


def test_an_update_from_a_stick_is_tried_and_stays(site: Site, tmp_path: Path) -> None:
    """What an officer agreed to twice: the stick, and the release on it."""
    assert site.verdict() == "OK slot=A version=0.1.0"
    takes_stick(site, make_stick(tmp_path, GOOD), GOOD)
    assert site.ends(INSTALLS_S + RESTARTS_S) is End.RESET
    site.start()
    assert site.verdict() == "OK slot=B version=0.2.0"
    assert site.status()["committed"] == "B"
    told = site.told()
    assert told.index("update.stick_agreed") < told.index("update.agreed")
