"""A machine that cannot open its data partition, and the technician whose key the image brought along. T1."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.emulator.accel import accelerator
from image.emulator.card import Card
from image.emulator.machine import Board, Machine
from image.emulator.pi import Pi
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.door import free_port, ssh

pytestmark = pytest.mark.image

FOREIGN = b"somebody else's dossiers" * 4096
COMES_UP_S = 900.0
REPAIRS = UPDATES / "keys" / "repair"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    card = folder / "card.img"
    assert FIRST_RELEASE.exists(), "build it first: make update-test"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    with card.open("r+b") as file:
        file.seek(Card(card).partitions()["data"].start + (1 << 20))
        file.write(FOREIGN)
    board = Board(accel=accelerator(FIRST_RELEASE), data_key="k", network=True, ssh_port=port)
    made = Pi(card, board, folder).comes_up(COMES_UP_S)
    made.door.run("systemctl is-system-running --wait", COMES_UP_S)
    yield made
    made.close()


def comes_in(port: int, user: str, key: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(ssh(port, user, key, command), capture_output=True, text=True, check=False)


def test_the_key_for_repairs_opens_it(machine: Machine, port: int) -> None:
    """Nothing of the partition is needed for it, and nothing of it is touched."""
    assert machine.door.run("systemctl is-active kiosk-repair ssh").out.split() == ["active", "active"]
    found = comes_in(port, "root", REPAIRS, "cat /run/kiosk/repair && cryptsetup --version")
    assert found.returncode == 0, found.stderr
    assert "code=data.unknown" in found.stdout and "cryptsetup" in found.stdout
    head = f"dd if=/dev/disk/by-partlabel/data bs=1M skip=1 count=1 status=none | head -c {len(FOREIGN)}"
    assert comes_in(port, "root", REPAIRS, head).stdout == FOREIGN.decode()


def test_no_other_key_does(machine: Machine, port: int, tmp_path: Path) -> None:
    assert machine.door.run("systemctl is-active ssh").status == 0
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    for user, key in (("root", other), ("kiosk-desk", REPAIRS)):
        assert "Permission denied" in comes_in(port, user, key, "true").stderr, user
