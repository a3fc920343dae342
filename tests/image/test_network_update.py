"""An update over HTTP on the image in QEMU: fetched in parts, past the machine's own firewall, nothing else let out. T2."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from image.emulator.accel import accelerator
from image.emulator.machine import Board, Machine
from image.emulator.pi import Pi
from image.emulator.wires import wires
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.ranges import serving

pytestmark = pytest.mark.image

COMES_UP_S, INSTALLS_S = 1500.0, 3000.0
BUNDLE = "adaptive.raucb"
HOST = "10.0.2.2"
"""This machine, as the guest's network sees it."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    card = tmp_path / "card.img"
    assert (UPDATES / "http" / BUNDLE).exists(), "build it first: make update-test"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    with ExitStack() as stack:
        ends = stack.enter_context(wires(tmp_path))
        board = Board(
            accel=accelerator(FIRST_RELEASE),
            wires=ends,
            data_key="network",
            network=True,
            display=False,
        )
        made = Pi(card, board, tmp_path).comes_up(COMES_UP_S)
        stack.callback(made.close)
        assert made.wait_said("HEALTH: OK", COMES_UP_S), made.said()[-2000:]
        yield made


def test_only_the_parts_that_are_new_are_fetched(machine: Machine) -> None:
    run = machine.door.run
    with serving(UPDATES / "http") as server:
        address = f"http://{HOST}:{server.server_port}/{BUNDLE}"
        reach = f"import socket; socket.create_connection(('{HOST}', {server.server_port}), 5)"
        out = run(f'runuser -u kiosk -- python3 -c "{reach}"')
        assert out.status != 0, "the kiosk's own user reached the network"
        line = f"echo 135790 | kiosk image update {address} --officer CB01 --no-restart --json"
        done = run(line, INSTALLS_S)
        assert done.status == 0, done.out + done.err + run("journalctl -b -u rauc -o cat | tail -n 20").out
        assert json.loads(done.out.splitlines()[-1]) == {"next": "0.2.0", "restart": False}
        whole = (UPDATES / "http" / BUNDLE).stat().st_size
        print(
            f"fetched {server.sent / 1e6:.1f} of {whole / 1e6:.1f} MB in {server.asked} requests, {done.seconds:.0f} s"
        )
        assert server.sent < whole / 2
    status = json.loads(run("kiosk image status --json").out)
    assert (status["slot"], status["next_trial"], status["others"]["version"]) == ("A", "B", "0.2.0")
