"""A USB stick at the image's machine in QEMU: kept out, and let in for an update that an officer agreed to. T2, T3."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from image.emulator.accel import accelerator
from image.emulator.machine import Board
from image.emulator.pi import Pi
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.site import DATA, PIN, Site

pytestmark = pytest.mark.image

BUNDLE = "older.raucb"
"""A small one. It is refused, which it can be only once it has been read off the stick."""
SEEN_S = 120.0


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """FAT without a table of partitions, as many are sold."""
    image, bundle = tmp_path / "usb.img", tmp_path / BUNDLE
    assert (UPDATES / "stick.img").exists(), "build it first: make update-test"
    subprocess.run(
        ["debugfs", "-R", f"dump {BUNDLE} {bundle}", UPDATES / "stick.img"], check=True, capture_output=True
    )
    subprocess.run(["mkfs.vfat", "-C", image, "16384"], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", image, bundle, "::"], check=True)
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
    if "stick" not in json.dumps(command("query-named-block-nodes")):
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


def test_only_the_window_lets_a_stick_in(site: Site, stick: Path) -> None:
    assert site.verdict() == "OK slot=A version=0.1.0"
    log = "journalctl -b -o cat --grep '^usb .*(admitted|refused)'"
    plug_in(site, stick)
    waits(lambda: "refused: interfaces [(8, 6)]" in site.run(log).stdout, lambda: site.run(log).stdout)
    assert site.out("ls /sys/block | grep '^sd' || true") == ""
    pull_out(site)

    update = f"echo {PIN} | kiosk image update --stick {BUNDLE} --officer CB01 {DATA} --json"
    site.out(
        f"nohup sh -c '{update} >/run/update.log 2>&1; echo ended $? >>/run/update.log' >/dev/null 2>&1 &"
    )
    site.waits("test -e /run/kiosk/usb-window", SEEN_S)
    plug_in(site, stick)
    site.waits("grep -q ended /run/update.log", SEEN_S)
    said = site.out("cat /run/update.log")
    assert "ended 2" in said and "0.0.9" in said
    assert "admitted: interfaces [(8, 6)]" in site.run(log).stdout
    site.out("test ! -e /run/kiosk/usb-window && ! mountpoint -q /run/kiosk/stick")
    assert site.status()["bad"] == []
