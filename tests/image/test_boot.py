"""The image of this working tree, started in QEMU with reader and printer on serial ports: `make boot-test`.

One machine lives through it in order: first start on a blank card, a citizen, a power cut, the next start. The camera is
simulated, QEMU has none, and the picture says that it is a demonstration.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from image.emulator.accel import accelerator
from image.emulator.machine import Board, Machine
from image.emulator.pi import Pi
from image.emulator.wires import Wires, wires
from kiosk.biometrics.codes import read_qr
from kiosk.domain.message import Message, msg
from kiosk.hal.camera import Frame
from kiosk.locale import Words
from kiosk.tui.palette import NAVY, PAPER
from tests.image.built import ARCH, TEST_CARD, TEST_IMAGE
from tests.image.looking import is_black, likeness, place, shows, wait_written

pytestmark = pytest.mark.image

MEMORY_MB, IN_USE_MB = 768, 450
MOST_EXPOSED = 1.5
CLOSED = ("kiosk-core", "kiosk-face", "kiosk-citizen", "kiosk-repair", "kiosk-console")
COMES_UP_S, VISIT_S, SAYS_S = 900.0, 900.0, 120.0
DATA = "--data /var/lib/kiosk"
CONFIG, DARK_S = "/etc/kiosk/kiosk.toml", 20
WELCOME = Words("vi").say(msg("welcome"))
FIRST_ISSUE = msg("activity.first_issue")
OTHER = "Hôm nay nghỉ, mời ông/bà quay lại sau"
BARE = " ".join(
    f"systemd.mask=kiosk-{unit}" for unit in ("core.service", "face.service", "console.timer", "health.timer")
)
WAV_HEADER_BYTES, STILL, SPOKEN = 44, 100, 3000
FIGURES: dict[str, object] = {}


class Started:
    """The machine in its present start, and what hangs on it."""

    def __init__(self, pi: Pi, ends: Wires, folder: Path) -> None:
        self.pi, self.ends, self.folder = pi, ends, folder
        self.again_s = 0.0
        self.machine = self.start()

    def start(self, append: str = "") -> Machine:
        self.pi.board = self.pi.board._replace(append=append)
        self.machine = self.pi.comes_up(COMES_UP_S)
        return self.machine

    def run(self, command: str, within: float = 300.0) -> str:
        """Output of a command in the guest that has to succeed."""
        ran = self.machine.door.run(command, within)
        assert ran.status == 0, f"{command}: {ran.err or ran.out}"
        return ran.out

    def picture(self, name: str) -> Path:
        file = self.folder / f"{name}.png"
        self.machine.monitor.screenshot(file)
        return file

    def wait_welcome(self, name: str) -> float:
        """Seconds from power-on until the words of the welcome screen stand on the picture."""
        waits(lambda: shows(self.picture(name), WELCOME), COMES_UP_S, f"no welcome screen: {name}.png")
        return self.machine.seconds

    def wait_words(self, message: Message, name: str) -> None:
        """Until the screen shows what a citizen is told."""
        words = Words("vi").say(message)
        waits(lambda: shows(self.picture(name), words), SAYS_S, f"not on the screen: {words}: {name}.png")

    def touch(self, message: Message) -> None:
        """A finger on these words."""
        self.machine.monitor.touch(*place(self.picture("touched"), Words("vi").say(message)))

    def power_off(self) -> None:
        self.machine.cut_power()
        self.pi.after(self.machine, 60.0)


def loudest(sound: Path) -> int:
    """The largest sample, of 16 bits, that QEMU has written so far; it writes the lengths into the header at the end."""
    samples = sound.read_bytes()[WAV_HEADER_BYTES:] if sound.exists() else b""
    return max(
        (abs(sample) for (sample,) in struct.iter_unpack("<h", samples[: len(samples) // 2 * 2])), default=0
    )


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def most_common(picture: Path, count: int) -> list[tuple[int, tuple[int, ...]]]:
    """How many pixels have a colour, the most frequent first."""
    image = Image.open(picture).convert("RGB")
    found = image.getcolors(image.width * image.height)
    assert found is not None
    return sorted(((often, tuple(colour)) for often, colour in found), reverse=True)[:count]  # type: ignore[arg-type]


def waits(there: Callable[[], bool], within: float, otherwise: str) -> None:
    until = time.monotonic() + within
    while not there():
        assert time.monotonic() < until, otherwise
        time.sleep(1.0)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("machine")
    image = folder / "card.img"
    assert (TEST_CARD).exists(), "build it first: make boot-test"
    subprocess.run(["cp", "--sparse=always", TEST_CARD, image], check=True)
    with ExitStack() as stack:
        ends = stack.enter_context(wires(folder))
        board = Board(
            ARCH,
            memory_mb=MEMORY_MB,
            accel=accelerator(TEST_CARD),
            wires=ends,
            data_key="the boot test's own",
            sound=folder / "sound.wav",
        )
        machine = Started(Pi(image, board, folder), ends, folder)
        stack.callback(lambda: machine.machine.close())
        yield machine
    keep(folder)


def keep(folder: Path) -> None:
    """Pictures, console and figures beside the image, for people."""
    kept = TEST_IMAGE / "boot-test"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for file in (*folder.glob("*.png"), *folder.glob("slips/*.png"), *folder.glob("start-*/console.log")):
        shutil.copy(file, kept / f"{file.parent.name}-{file.name}")
    (kept / "figures.json").write_text(json.dumps(FIGURES, indent=1) + "\n")
    print(json.dumps(FIGURES))


def test_a_blank_card_comes_up_with_the_welcome_screen(started: Started) -> None:
    """T1, C1: power on, and the words a citizen reads stand on the picture; others do not."""
    FIGURES["first_start_s"] = round(started.wait_welcome("welcome"))
    assert likeness(started.picture("welcome"), OTHER) < likeness(started.picture("welcome"), WELCOME) - 0.2
    assert "/dev/mapper/system on / type erofs (ro" in started.run("mount")
    assert "/dev/mapper/data on /var/lib/kiosk" not in started.run("mount")
    assert started.run("cat /sys/class/block/dm-1/dm/uuid").startswith("CRYPT-LUKS2")


def test_a_citizen_goes_home_with_a_slip(started: Started) -> None:
    """C1, X1: over the real drivers, on a machine of 768 MB, in at most 450 MB of it."""
    started.run("nohup sh -c 'while sleep 2; do free -m | sed -n 2p; done' >/run/memory 2>&1 &")
    script = f"runuser -u kiosk -- kiosk visit {DATA} --script /usr/share/kiosk/visit.toml --json"
    lines = [json.loads(line) for line in started.run(script, VISIT_S).splitlines()]
    number = lines[-1]["dossier"]
    # A slow machine may take the printer for gone in mid-slip: then the slip is printed again whole, the last one counts.
    slip = Image.open(max(started.ends.slips.glob("*.png"))).convert("RGB")
    assert read_qr(Frame(slip.width, slip.height, slip.tobytes())) == number
    assert number in started.run(f"runuser -u kiosk -- kiosk dossier list {DATA}")
    used = [
        int(line.split()[1]) - int(line.split()[6]) for line in started.run("cat /run/memory").splitlines()
    ]
    FIGURES["memory_mb"] = max(used)
    assert max(used) <= IN_USE_MB


def test_nothing_has_failed_and_nothing_is_open(started: Started) -> None:
    assert started.run("systemctl --failed --no-legend") == ""
    bad = "Found ordering cycle|core dumped|segfault"
    assert started.run(f"journalctl -b -o cat | grep -E '{bad}' || true") == ""
    assert started.run("ss -Hltun 'src != 127.0.0.0/8 and src != [::1]' | grep -v ':68\\b' || true") == ""
    assert "policy drop" in started.run("nft list ruleset")
    assert started.run("cat /proc/sys/kernel/sysrq").strip() == "0"


def test_what_serves_people_is_closed(started: Started) -> None:
    """As the running systemd judges it. What mounts for everybody, or judges the start, is root's and runs to its end."""
    units = " ".join(f"{name}.service" for name in CLOSED)
    table = started.run(
        f"for unit in {units}; do systemd-analyze security --no-pager $unit | tail -n 1; done"
    )
    exposed = dict(re.findall(r"level for (kiosk-\S+)\.service: ([0-9.]+)", table))
    FIGURES["exposure"] = {name: float(level) for name, level in exposed.items()}
    assert set(exposed) == set(CLOSED)
    assert all(float(level) <= MOST_EXPOSED for level in exposed.values())


def test_a_killed_screen_is_back(started: Started) -> None:
    """The terminal stays; the program in it, and the compositor round it, come back by themselves."""
    started.run("pkill -KILL -f '[k]iosk citizen'")
    started.wait_welcome("after-the-program")
    started.run("systemctl kill --signal=KILL kiosk-face.service")
    waits(lambda: not shows(started.picture("without"), WELCOME), 60.0, "the display did not go")
    started.wait_welcome("after-the-display")


def test_where_there_is_no_display_the_console_shows_the_same(started: Started) -> None:
    """C1: in the kiosk's own letters and colours, and the display comes back afterwards."""
    started.run("systemctl stop kiosk-face.service && systemctl start kiosk-citizen.service")
    wait_written(started.machine.door, *WELCOME.split(), within=SAYS_S)
    colours = {colour for _, colour in most_common(started.picture("console"), 3)}
    assert {rgb(PAPER), rgb(NAVY)} <= colours
    started.run("systemctl start kiosk-face.service")
    started.wait_welcome("after-the-console")


def test_a_power_cut_loses_nothing(started: Started) -> None:
    """T2: the machine that was not asked comes back by itself, with the dossier its slip promises."""
    known = started.run(f"runuser -u kiosk -- kiosk dossier list {DATA}")
    identity = started.run("cat /etc/machine-id")
    started.power_off()
    started.start()
    started.again_s = started.wait_welcome("again")
    FIGURES["start_s"] = round(started.again_s)
    assert started.run(f"runuser -u kiosk -- kiosk dossier list {DATA}") == known
    assert started.run("cat /etc/machine-id") == identity


def test_the_screen_goes_dark_and_the_first_touch_only_wakes_it(started: Started) -> None:
    """C1: an old person's first touch chooses nothing that could not be seen."""
    started.run(f"sed -i 's/^dark_after = .*/dark_after = {DARK_S}/' {CONFIG}; systemctl restart kiosk-core")
    waits(lambda: is_black(started.picture("dark")), COMES_UP_S, "not dark: dark.png")
    started.machine.monitor.touch(0.5, 0.5)
    started.wait_words(msg("welcome"), "woken")
    started.run(f"sed -i 's/^dark_after = .*/dark_after = 0/' {CONFIG}; systemctl restart kiosk-core")
    started.wait_welcome("lit")


def test_the_question_is_read_aloud(started: Started) -> None:
    """C7: F8, and the loudspeaker speaks; until then it was still."""
    started.wait_welcome("still")
    assert loudest(started.folder / "sound.wav") <= STILL
    started.machine.monitor.press("f8")
    waits(lambda: loudest(started.folder / "sound.wav") >= SPOKEN, SAYS_S, "nothing was heard")


def test_a_full_card_begins_nothing_and_recovers(started: Started) -> None:
    """T2: not a byte is left; the citizen is sent to the officer, and served again once there is room."""
    started.run(
        "fallocate -l $(df --output=avail -B1 /data | tail -n 1) /data/full; cat /dev/zero >/data/fuller || true"
    )
    started.touch(FIRST_ISSUE)
    started.wait_words(msg("out_of_service"), "full")
    assert started.run("systemctl is-active kiosk-core.service").strip() == "active"
    started.run("rm /data/full /data/fuller")
    started.wait_welcome("room-again")


def test_a_touch_begins_a_visit(started: Started) -> None:
    """C1: the finger falls on what is shown, through compositor and terminal."""
    started.touch(FIRST_ISSUE)
    started.wait_words(msg("language"), "touched")


def test_how_long_a_bare_start_takes(started: Started) -> None:
    """For comparison, told and not judged: the same image without the kiosk's own programs."""
    started.power_off()
    machine = started.start(BARE)
    multi_user = "systemctl is-active multi-user.target"
    waits(lambda: machine.door.run(multi_user).status == 0, COMES_UP_S, "no multi-user start")
    FIGURES["bare_start_s"] = round(machine.seconds)
    FIGURES["resets"] = started.pi.resets
    FIGURES["start_to_bare"] = round(started.again_s / machine.seconds, 2)
