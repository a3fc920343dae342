"""Cards that a machine must not use as they are: `make boot-test`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.emulator.accel import accelerator
from image.emulator.card import Card
from image.emulator.machine import Board
from image.emulator.pi import Pi
from tests.image.built import ARCH, TEST_CARD, TEST_IMAGE
from tests.image.looking import wait_written

pytestmark = pytest.mark.image

FOREIGN = b"somebody else's dossiers" * 4096
COMES_UP_S, SHOWN_S = 900.0, 120.0


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    image = tmp_path / "card.img"
    subprocess.run(["cp", "--sparse=always", TEST_CARD, image], check=True)
    yield image
    image.unlink()


def write_at(image: Path, offset: int, data: bytes) -> None:
    with image.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def read_at(image: Path, offset: int, size: int) -> bytes:
    with image.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def inserted(image: Path, folder: Path) -> Pi:
    board = Board(ARCH, accel=accelerator(TEST_CARD), data_key="k", append="loglevel=5")
    return Pi(image, board, folder)


def test_data_it_does_not_know_is_left_alone_and_told(card: Path, tmp_path: Path) -> None:
    """T1: the core stays out, the console tells a technician in words, not a byte is changed."""
    data = Card(card).partitions()["data"]
    write_at(card, data.start + (1 << 20), FOREIGN)
    machine = inserted(card, tmp_path / "machine").comes_up(COMES_UP_S)
    try:
        machine.door.run("systemctl is-system-running --wait", COMES_UP_S)
        assert machine.door.run("systemctl is-active kiosk-repair").out.strip() == "active"
        assert machine.door.run("systemctl is-active kiosk-core").out.strip() == "inactive"
        wait_written(machine.door, "MÁY CHƯA PHỤC VỤ ĐƯỢC", "OUT OF SERVICE", within=SHOWN_S)
        machine.monitor.screenshot(TEST_IMAGE / "repair.png")
        assert machine.door.run("systemctl --failed --no-legend").out == ""
    finally:
        machine.close()
    assert read_at(card, data.start + (1 << 20), len(FOREIGN)) == FOREIGN
    assert read_at(card, data.start, 1 << 20) == bytes(1 << 20)


def test_a_system_slot_that_was_changed_is_not_run(card: Path, tmp_path: Path) -> None:
    """Its first block differs from what the root hash vouches for: reading it fails, nothing of it is used."""
    system = Card(card).partitions()["system_a"]
    write_at(card, system.start, bytes(value ^ 1 for value in read_at(card, system.start, 4096)))
    machine = inserted(card, tmp_path / "machine").power_on()
    try:
        assert machine.wait_said("device-mapper: verity", COMES_UP_S)
        assert not machine.door.wait(60.0)
    finally:
        machine.close()
        shutil.copy(machine.console, TEST_IMAGE / "changed-system.log")
