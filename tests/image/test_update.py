"""Updates on the image in QEMU, one machine that lives through them in order: `make update-test`. T2, T3.

Power cut while a slot is written; an update that serves is committed; bundles that must be refused; back to the release
before with the data of the new one; a release that does not start. Every start is a real one, from what the card says.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from image.emulator.accel import accelerator
from image.emulator.machine import Board, End
from image.emulator.pi import Pi
from image.emulator.wires import wires
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.site import COMES_UP_S, DATA, INSTALLS_S, PIN, RESTARTS_S, STICK, A, B, Site

pytestmark = pytest.mark.image

MEMORY_MB = 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("machine")
    card = folder / "card.img"
    assert (UPDATES / "stick.img").exists(), "build it first: make update-test"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    with ExitStack() as stack:
        ends = stack.enter_context(wires(folder))
        board = Board(
            memory_mb=MEMORY_MB,
            accel=accelerator(FIRST_RELEASE),
            wires=ends,
            stick=UPDATES / "stick.img",
            data_key="the update test's own",
            display=False,
        )
        made = Site(Pi(card, board, folder))
        yield made
        if made.machine:
            made.machine.close()
        for log in folder.glob("start-*/console.log"):
            shutil.copy(log, UPDATES / f"{log.parent.name}.log")


def test_a_new_card_starts_from_a_and_serves(site: Site) -> None:
    site.start()
    assert site.pi.partition == A
    assert site.verdict() == "OK slot=A version=0.1.0"
    status = site.status()
    assert (status["release"]["version"], status["slot"], status["committed"]) == ("0.1.0", "A", "A")
    assert site.out(f"kiosk image health {DATA}")


def test_bundles_that_must_not_be_installed_are_refused(site: Site) -> None:
    for name, words in (
        ("older", "0.0.9"),
        ("foreign", "bundle.foreign_signature"),
        ("cut", "bundle.truncated"),
    ):
        done = site.update(name)
        assert done.returncode == 2 and words in done.stdout + done.stderr, name
    done = site.run("rauc install /run/stick/older.raucb")
    assert done.returncode != 0 and "DOWNGRADE refused" in done.stdout + done.stderr + site.out(
        "journalctl -b -u rauc -o cat"
    )
    assert site.status()["bad"] == []


def test_nobody_is_cut_off_by_an_update(site: Site) -> None:
    """Asked for in the middle of a visit it is refused, and the citizen goes home with a slip."""
    visit = f"runuser -u kiosk -- kiosk visit {DATA} --script /usr/share/kiosk/visit.toml --json"
    site.out(f"nohup sh -c '{visit} >/run/visit.log; echo ended $? >>/run/visit.log' >/dev/null 2>&1 &")
    site.waits("test -s /run/visit.log", COMES_UP_S)
    done = site.update("good", "--no-restart")
    assert done.returncode == 2 and "update.visit" in done.stdout, done.stdout + done.stderr
    site.waits("grep -q ended /run/visit.log", COMES_UP_S)
    assert "ended 0" in site.out("cat /run/visit.log")


def test_power_cut_while_a_slot_is_written(site: Site) -> None:
    """The other slot starts, with everything in it; the half-written one is known to be so."""
    assert site.machine
    site.out(STICK)
    site.out("nohup rauc install /run/stick/good.raucb >/run/install.log 2>&1 &")
    until = time.monotonic() + INSTALLS_S
    while "rootfs.1" not in (log := site.out("tail -n 1 /run/install.log")):
        assert time.monotonic() < until and "failed" not in log, log
        time.sleep(0.5)
    time.sleep(3.0)
    site.cut()
    site.start()
    assert site.pi.partition == A
    assert site.verdict() == "OK slot=A version=0.1.0"
    assert site.status()["bad"] == ["B"]
    assert site.run("kiosk image rollback").returncode == 2, "a half-written slot is nothing to go back to"


def test_an_update_that_serves_is_committed(site: Site) -> None:
    dossiers = site.out(f"runuser -u kiosk -- kiosk dossier list {DATA} --json")
    line = f"echo {PIN} | kiosk image update /run/stick/good.raucb --officer CB01 {DATA}"
    site.out(STICK)
    site.restarts_by(line)
    assert site.pi.trial
    site.start()
    assert site.pi.partition == B
    assert site.verdict() == "OK slot=B version=0.2.0"
    status = site.status()
    assert (status["committed"], status["verdict"]["result"], status["bad"]) == ("B", "applied", [])
    assert site.out(f"runuser -u kiosk -- kiosk dossier list {DATA} --json") == dossiers


def test_back_to_the_release_before_with_the_data_of_the_new_one(site: Site) -> None:
    site.out("systemctl is-active kiosk-core.service")
    before = site.out(f"runuser -u kiosk -- kiosk audit verify {DATA} --json")
    assert '"whole":true' in before
    site.restarts_by(f"echo {PIN} | kiosk image rollback --officer CB01 {DATA}")
    site.start()
    assert site.pi.partition == A
    assert site.verdict() == "OK slot=A version=0.1.0"
    assert '"whole":true' in site.out(f"runuser -u kiosk -- kiosk audit verify {DATA} --json")
    agreed = [kind for kind in site.told() if kind.endswith("agreed")]
    assert agreed == ["update.agreed", "update.rollback_agreed"]
    assert site.told("release.*") == ["release.started"] * 3


def test_a_release_that_does_not_start_falls_back_by_itself(site: Site) -> None:
    site.out(STICK)
    site.restarts_by(f"echo {PIN} | kiosk image update /run/stick/broken.raucb --officer CB01 {DATA}")
    site.machine = site.pi.power_on()
    assert site.pi.partition == B
    assert site.verdict().startswith("FAILED trial-slot why=core-not-active slot=B")
    assert site.ends(RESTARTS_S) is End.RESET and not site.pi.trial
    site.start()
    assert site.pi.partition == A
    assert site.verdict() == "OK slot=A version=0.1.0"
    status = site.status()
    assert status["release"]["version"] == "0.1.0", "what runs, not what was asked for"
    assert (status["verdict"]["result"], status["verdict"]["why"], status["bad"]) == (
        "not-applied", "core-not-active", ["B"],
    )  # fmt: skip
    assert site.told("update.not_applied") == ["update.not_applied"]
