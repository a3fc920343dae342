"""Twenty power cuts at random moments of first starts, visits and installs, in QEMU: `make power-test`. T2, X1.

After each the machine comes back healthy by itself, its audit chain is whole, and it has every dossier that a slip in
somebody's hand promises. A cut ends QEMU as it stands: what the guest had not written to its card is lost.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from image.emulator.accel import accelerator
from image.emulator.machine import Board
from image.emulator.pi import Pi
from image.emulator.wires import Wires, wires
from kiosk.biometrics.codes import read_qr
from kiosk.domain.personal_number import PersonalNumber
from kiosk.hal.camera import Frame
from kiosk.store.demo_people import invented_people
from tests.image.built import FIRST_RELEASE, UPDATES
from tests.image.site import DATA, STICK, A, Site

pytestmark = pytest.mark.image

FIRST_STARTS, VISITS, INSTALLS = 6, 9, 6
INSTALL_S = 150.0
"""About as long as both slots take to be written on an emulated machine."""
VISIT_S = 900.0
ADULT_BEFORE = 2008
HEALTHY = "OK slot=A version=0.1.0"
SEED = int(os.environ.get("KIOSK_SEED", str(time.time_ns() % 1_000_000)))


class Sum:
    """The account of the run. `moments`: kind of cut, and seconds after what was cut had begun. `resets`: starts that the
    emulated processor tripped over."""

    def __init__(self) -> None:
        self.dice = random.Random(SEED)
        self.moments: list[tuple[str, float]] = []
        self.slips: set[str] = set()
        self.first_start_s = self.visit_s = 0.0
        self.resets = 0

    def moment(self, kind: str, longest: float) -> float:
        """Drawn, noted, and waited for."""
        seconds = self.dice.uniform(0.5, longest)
        self.moments.append((kind, round(seconds, 1)))
        print(f"cut {len(self.moments)}: {kind} after {seconds:.1f} s", flush=True)
        time.sleep(seconds)
        return seconds


@pytest.fixture(scope="module")
def account() -> Iterator[Sum]:
    made = Sum()
    yield made
    known = {"seed": SEED, "cuts": made.moments, "slips": len(made.slips), "resets": made.resets}
    (UPDATES / "power-cuts.json").write_text(json.dumps(known, indent=1) + "\n")


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wires]:
    with wires(tmp_path_factory.mktemp("wires")) as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machine")


def fresh(folder: Path, ends: Wires) -> Site:
    """A machine with a card as it comes from `kiosk image flash`."""
    assert (UPDATES / "stick.img").exists(), "build it first: make power-test"
    card = folder / "card.img"
    subprocess.run(["cp", "--sparse=always", FIRST_RELEASE, card], check=True)
    stick = UPDATES / "stick.img"
    board = Board(
        accel=accelerator(FIRST_RELEASE),
        wires=ends,
        stick=stick,
        data_key="power cuts",
        display=False,
    )
    return Site(Pi(card, board, folder))


@pytest.fixture(scope="module")
def site(folder: Path, ends: Wires) -> Iterator[Site]:
    """The one that goes on living after its first starts."""
    made = fresh(folder, ends)
    yield made
    if made.machine:
        made.machine.close()


def comes_back(site: Site, account: Sum) -> None:
    """Healthy, its chain and its configuration whole."""
    before = site.pi.resets
    site.start()
    account.resets += site.pi.resets - before
    assert site.pi.partition == A
    assert site.verdict() == HEALTHY
    assert site.out("systemctl --failed --no-legend") == ""
    site.out("cmp /etc/kiosk/kiosk.toml /usr/share/kiosk/etc/kiosk.toml")
    assert '"whole":true' in site.out(f"runuser -u kiosk -- kiosk audit verify {DATA} --json")


def keeps_promises(site: Site, account: Sum, ends: Wires) -> None:
    """Every slip on which a number can be read has its sealed dossier, half a slip too."""
    listed = json.loads(site.out(f"runuser -u kiosk -- kiosk dossier list {DATA} --json"))
    sealed = {line["dossier"] for line in listed if line["sealed"]}
    account.slips |= {number for file in ends.slips.glob("*.png") if (number := slip_number(file))}
    assert account.slips <= sealed, f"seed {SEED}: {account.slips - sealed}"


def slip_number(file: Path) -> str | None:
    slip = Image.open(file).convert("RGB")
    return read_qr(Frame(slip.width, slip.height, slip.tobytes()))


def adults() -> Iterator[PersonalNumber]:
    """Of the people the test image's roster knows."""
    numbers = (PersonalNumber(person.number) for person in invented_people(200, 1))
    return (number for number in numbers if number.birth_year < ADULT_BEFORE)


def begin_visit(site: Site, number: PersonalNumber) -> None:
    script = f"--script /usr/share/kiosk/visit.toml --answer identify.number={number.text}"
    site.out("rm -f /run/visit.log")
    visit = f"runuser -u kiosk -- kiosk visit {DATA} {script} --json"
    site.out(f"nohup sh -c '{visit} >/run/visit.log 2>&1; echo ended $? >>/run/visit.log' >/dev/null 2>&1 &")


def test_first_starts(folder: Path, ends: Wires, account: Sum, site: Site) -> None:
    """T1: a half-made data partition is made again, or gone on with. The last card lives on."""
    comes_back(site, account)
    account.first_start_s = site.machine.seconds if site.machine else 0.0
    for _ in range(FIRST_STARTS):
        site.cut()
        site.pi = fresh(folder, ends).pi
        site.machine = site.pi.power_on()
        account.moment("first start", account.first_start_s)
        site.cut()
        comes_back(site, account)


def test_visits(site: Site, ends: Wires, account: Sum) -> None:
    """X1: the same citizen begins again where the power went, the next one when the slip is out."""
    people = adults()
    began = time.monotonic()
    begin_visit(site, next(people))
    site.waits("grep -q ended /run/visit.log", VISIT_S)
    assert "ended 0" in site.out("cat /run/visit.log")
    account.visit_s = time.monotonic() - began
    keeps_promises(site, account, ends)
    assert account.slips
    number = next(people)
    for _ in range(VISITS):
        known = len(account.slips)
        begin_visit(site, number)
        account.moment("visit", account.visit_s)
        site.cut()
        comes_back(site, account)
        keeps_promises(site, account, ends)
        if len(account.slips) > known:
            number = next(people)


def test_installs(site: Site, ends: Wires, account: Sum) -> None:
    """T2: the slot that runs is not touched; the other is whole, or known to be bad."""
    for _ in range(INSTALLS):
        site.out(STICK)
        site.out("nohup rauc install /run/stick/good.raucb >/run/install.log 2>&1 &")
        account.moment("install", INSTALL_S)
        site.cut()
        comes_back(site, account)
        keeps_promises(site, account, ends)


def test_the_last_citizen_goes_home(site: Site, ends: Wires, account: Sum) -> None:
    """After all of them the machine serves, and an update that is left in peace is taken."""
    assert len(account.moments) == FIRST_STARTS + VISITS + INSTALLS >= 20
    known = len(account.slips)
    *_, number = adults()
    begin_visit(site, number)
    site.waits("grep -q ended /run/visit.log", VISIT_S)
    assert "ended 0" in site.out("cat /run/visit.log")
    keeps_promises(site, account, ends)
    assert len(account.slips) == known + 1
    site.out(STICK)
    assert site.run("rauc install /run/stick/good.raucb", 1800.0).returncode == 0
