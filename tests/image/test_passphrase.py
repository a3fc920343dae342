"""A machine without a key of its own: a passphrase typed at every start, and the recovery key. T1."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from image.emulator.accel import accelerator
from image.emulator.machine import Board, Machine
from image.emulator.pi import Pi
from tests.image.built import FIRST_RELEASE, UPDATES

pytestmark = pytest.mark.image

ASKS_S, COMES_UP_S = 600.0, 900.0
TRIES = 4
PASSPHRASE, SHORT = "nguamotcon", "ngua"
CHOOSE, AGAIN, DIFFER = "Choose the passphrase", "Once more", "They differ, or are too short"
TYPE, WRONG = "Passphrase or recovery key", "It does not open"
OPENED = "Finished \x1b[0;1;39mkiosk-data.service"


class Started:
    """The card over several starts. `recovery` is the paper somebody wrote the key on."""

    def __init__(self, pi: Pi) -> None:
        self.pi = pi
        self.machine = pi.power_on()
        self.recovery = ""

    def again(self) -> None:
        self.machine.cut_power()
        self.pi.after(self.machine, 60.0)
        self.machine = self.pi.power_on()

    def run(self, command: str) -> str:
        assert self.machine.door.wait(COMES_UP_S), self.machine.said()[-2000:]
        ran = self.machine.door.run(command)
        assert ran.status == 0, f"{command}: {ran.err}"
        return ran.out


def waits(machine: Machine, said: dict[str, int]) -> None:
    """Until the console has said one of these so often."""
    until = time.monotonic() + ASKS_S
    while not any(machine.said().count(words) >= times for words, times in said.items()):
        assert time.monotonic() < until, machine.said()[-2000:]
        time.sleep(0.5)


def chooses(machine: Machine, passphrase: str, number: int) -> None:
    """The `number`th time it is asked for."""
    for question in (CHOOSE, AGAIN):
        waits(machine, {question: number})
        machine.monitor.type(passphrase)
    waits(machine, {OPENED: 1, DIFFER: number})


def opens(started: Started, *typed: str) -> None:
    """One after the other, the last as often as it takes: a busy guest loses a key now and then."""
    machine = started.machine
    for number, one in enumerate((*typed, *[typed[-1]] * TRIES), start=1):
        if OPENED not in machine.said():
            waits(machine, {TYPE: number})
            machine.monitor.type(one)
            waits(machine, {OPENED: 1, WRONG: number})


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("machine")
    card = folder / "card.img"
    assert FIRST_RELEASE.exists(), "build it first: make update-test"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    made = Started(Pi(card, Board(accel=accelerator(FIRST_RELEASE)), folder))
    yield made
    made.machine.close()


def test_it_is_chosen_twice_the_same_and_not_too_short(started: Started) -> None:
    machine = started.machine
    waits(machine, {CHOOSE: 1})
    machine.monitor.screenshot(UPDATES / "passphrase.png")
    chooses(machine, SHORT, 1)
    assert OPENED not in machine.said()
    for number in range(2, TRIES + 1):
        if OPENED not in machine.said():
            chooses(machine, PASSPHRASE, number)
    assert started.run("cat /sys/class/block/dm-1/dm/uuid").startswith("CRYPT-LUKS2")
    started.recovery = started.run("cat /run/kiosk/recovery-key")
    assert "data.key" not in started.run("ls /run/kiosk")
    started.run("echo kept > /data/mine && sync")


@pytest.mark.parametrize("way", ["passphrase", "recovery key"])
def test_it_opens_what_the_first_start_made(started: Started, way: str) -> None:
    """A wrong one is asked for again. The key on the paper stays the same once the machine is set up."""
    started.again()
    opens(started, "khongphai", PASSPHRASE if way == "passphrase" else started.recovery)
    assert WRONG in started.machine.said()
    assert started.run("cat /data/mine").strip() == "kept"
    started.run("test ! -e /run/kiosk/recovery-key && test ! -e /run/kiosk/repair")


def test_a_lost_paper_is_replaced(started: Started) -> None:
    """The key before opens nothing any more."""
    started.run("touch /etc/kiosk/recovery-wanted && sync")
    started.again()
    opens(started, PASSPHRASE)
    new = started.run("cat /run/kiosk/recovery-key")
    assert new != started.recovery
    for key, status in ((new, 0), (started.recovery, 2)):
        opened = (
            f"printf %s {key} | cryptsetup open --test-passphrase --key-file - /dev/disk/by-partlabel/data"
        )
        assert started.machine.door.run(opened).status == status
