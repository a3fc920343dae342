"""A machine's first start on the image in QEMU: the technician's form on its own screen, then it serves. T1, M3."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest
import zxingcpp
from cryptography import x509
from PIL import Image

from image.emulator.accel import accelerator
from image.emulator.machine import Board, Machine
from image.emulator.pi import Pi
from image.emulator.wires import wires
from kiosk.domain.message import msg
from kiosk.imaging.request import qr_text
from kiosk.locale import Audience, Words
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.door import free_port, ssh
from tests.image.looking import wait_asked, wait_written
from tests.system.desks import Tmux, shows, signed_in

pytestmark = pytest.mark.image

COMES_UP_S, ANSWERS_S = 1500.0, 600.0
TAKES_S = 120.0
PIN = "719305"
SERVING = ("kiosk-console.timer", "kiosk-face.service", "kiosk-citizen.service", "kiosk-core.service")
SEED = """mode = "demo"
[station]
id = "THU07"
place = "Công an xã Mẫu"
return_place = "Bộ phận một cửa"
[officer]
number = "GS01"
name = "Trần Thị Ví Dụ"
[devices.fingers]
driver = "zfm"
settings = { port = "/dev/kiosk-reader" }
[devices.camera]
driver = "sim"
[devices.printer]
driver = "escpos"
settings = { port = "/dev/no-printer-yet" }
[devices.panel]
driver = "sim"
"""
SSH_SEED = """[ssh]
technicians = ["{technician}"]
desks = ["{desk}"]
"""
SSH_FAILED, UNUSABLE = 255, 2


class Keys(NamedTuple):
    """Key pairs as `ssh-keygen` makes them: the file of the private one, and the other beside it."""

    technician: Path
    desk: Path
    port: int

    def ssh(self, user: str, key: Path, *more: str) -> list[str]:
        return ssh(self.port, user, key, *more)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    made = Keys(folder / "technician", folder / "desk", free_port())
    for key in (made.technician, made.desk):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key.name, "-f", key], check=True)
    return made


def public(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    card = folder / "card.img"
    assert (FIRST_RELEASE).exists(), "build it first: make update-test"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    with ExitStack() as stack:
        board = Board(
            accel=accelerator(FIRST_RELEASE),
            wires=stack.enter_context(wires(folder)),
            data_key="first start",
            network=True,
            ssh_port=keys.port,
        )
        pi = Pi(card, board, folder)
        made = pi.comes_up(COMES_UP_S)
        stack.callback(made.close)
        yield made
        for picture in folder.glob("*.png"):
            shutil.copy(picture, UPDATES / picture.name)


def out(machine: Machine, command: str) -> str:
    ran = machine.door.run(command)
    assert ran.status == 0, f"{command}: {ran.out}{ran.err}"
    return ran.out


def waits(machine: Machine, command: str, within: float = ANSWERS_S) -> None:
    until = time.monotonic() + within
    while machine.door.run(command).status != 0:
        assert time.monotonic() < until, (
            f"{command}\n{machine.door.run('journalctl -b -u kiosk-provision').out}"
        )
        time.sleep(1.0)


def read_code(picture: Path) -> str:
    """As a telephone before the screen reads it."""
    (found,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    return found.text


def request_of(pem: str) -> str:
    return qr_text(x509.load_pem_x509_csr(pem.encode()))


def takes_pin(machine: Machine) -> bool:
    """Typed twice. An emulated keyboard on a busy machine loses a key now and then: then it asks again."""
    for asked in (msg("provision.ask_pin", officer="GS01"), msg("people.ask_again")):
        wait_asked(machine.door, Words("vi").say(asked, Audience.TECHNICIAN).strip(), ANSWERS_S)
        machine.monitor.type(PIN)
    until = time.monotonic() + TAKES_S
    while time.monotonic() < until:
        if machine.door.run("test -e /etc/kiosk/kiosk.toml").status == 0:
            return True
        time.sleep(1.0)
    machine.monitor.screenshot(machine.folder.parent / "first-start-pin.png")
    return False


def writes_recovery_key_down(machine: Machine) -> None:
    """It stands on the screen, and opens the partition; its end is typed."""
    key = out(machine, "cat /run/kiosk/recovery-key")
    wait_written(machine.door, key, "THU07", within=ANSWERS_S)
    machine.monitor.screenshot(machine.folder.parent / "recovery-key.png")
    opens = "cryptsetup open --test-passphrase --key-file /run/kiosk/recovery-key /dev/disk/by-partlabel/data"
    out(machine, opens)
    for _ in range(3):
        machine.monitor.type(key[-4:])
        if kept(machine):
            return
    raise AssertionError("the end of the recovery key was not taken")


def kept(machine: Machine) -> bool:
    until = time.monotonic() + TAKES_S
    while time.monotonic() < until:
        if machine.door.run("test -e /etc/kiosk/recovery-kept").status == 0:
            return True
        time.sleep(1.0)
    return False


def test_the_form_stands_on_the_screen_and_then_the_machine_serves(machine: Machine, keys: Keys) -> None:
    """The test image brings a configuration along; here it is taken away again, with everything that was made."""
    waits(machine, "systemctl is-active kiosk-core.service", COMES_UP_S)
    out(machine, "rm /etc/kiosk/kiosk.toml")
    waits(machine, f"systemctl stop {' '.join(SERVING)} && ! systemctl is-active kiosk-core.service")
    out(machine, "find /var/lib/kiosk -mindepth 1 -delete; mkdir -p /var/lib/kiosk/run")
    out(machine, "chown -R kiosk:kiosk /var/lib/kiosk; chmod 0710 /var/lib/kiosk/run")
    seed = SEED + SSH_SEED.format(technician=public(keys.technician), desk=public(keys.desk))
    out(machine, f"cat > /bootconfig/provision.toml << 'END'\n{seed}END")
    out(machine, "systemctl start --no-block kiosk-provision.service")
    writes_recovery_key_down(machine)
    waits(machine, "test -e /bootconfig/THU07.csr")
    time.sleep(5.0)
    machine.monitor.screenshot(machine.folder.parent / "first-start.png")
    assert read_code(machine.folder.parent / "first-start.png") == request_of(
        out(machine, "cat /bootconfig/THU07.csr")
    )
    machine.monitor.type("")
    waits(machine, "test -e /var/lib/kiosk/kiosk.db")
    assert any(takes_pin(machine) for _ in range(3)), machine.door.run("journalctl -b -u kiosk-provision").out
    waits(machine, "kiosk image health --data /var/lib/kiosk")
    assert "GS01" in out(machine, "runuser -u kiosk -- kiosk people list --data /var/lib/kiosk")
    assert 'id = "THU07"' in out(machine, "cat /etc/kiosk/kiosk.toml")
    assert out(machine, "stat -c %U /var/lib/kiosk/keys/device.key").strip() == "kiosk"
    waits(machine, "systemctl is-active kiosk-face.service")


def test_a_technician_comes_in_with_the_key_that_was_provisioned(machine: Machine, keys: Keys) -> None:
    """And nobody with another one."""
    waits(machine, "systemctl is-active ssh.service")
    status = subprocess.run(
        keys.ssh("root", keys.technician, "kiosk image status --json"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["release"]["version"] == "0.1.0"
    for user, key in (("root", keys.desk), ("kiosk-desk", keys.technician), ("kiosk", keys.technician)):
        refused = subprocess.run(keys.ssh(user, key, "true"), capture_output=True, text=True, check=False)
        assert refused.returncode == SSH_FAILED and "Permission denied" in refused.stderr, user


def test_an_officer_sits_at_the_desk_over_ssh(machine: Machine, keys: Keys, tmp_path: Path) -> None:
    """T1: with the desk's key there is the officer's screen and nothing else; the first supervisor signs in at it."""
    asyncio.run(sits_at_the_desk(Tmux(tmp_path / "tmux", keys.ssh("kiosk-desk", keys.desk, "-t"))))
    command = keys.ssh("kiosk-desk", keys.desk, "cat /etc/passwd")
    shell = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=ANSWERS_S
    )
    assert shell.returncode == UNUSABLE and shell.stdout == "" and "ssh -t" in shell.stderr


async def sits_at_the_desk(desk: Tmux) -> None:
    with closing(desk):
        await shows(desk, "THU07")
        await signed_in(desk, "GS01", PIN)
