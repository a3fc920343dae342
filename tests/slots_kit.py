"""A machine with two slots, in files: its `bootconfig`, its firmware's flag, and power that can be cut at any write."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

OVERLAY = Path(__file__).parents[1] / "image" / "overlay"
BACKEND = OVERLAY / "usr/lib/rauc/tryboot-backend"
HEALTH = OVERLAY / "usr/lib/kiosk/health"
PRE_INSTALL = OVERLAY / "usr/lib/rauc/pre-install"
WRITERS = ("dd", "rm", "sync", "mv", "mkdir")
SHIM = """#!/bin/sh
step() {{ n=$(($(cat "$COUNT") + 1)); echo $n > "$COUNT"; if [ $n = "$CUT" ]; then kill -9 0; fi; }}
step
{tool} "$@"
status=$?
step
exit $status
"""
"""Before and after each write the power may go: the whole group of processes is killed."""

RAUC = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  "status mark-good") exec "$BACKEND" set-state "$("$BACKEND" get-current)" good ;;
  "status mark-bad booted") exec "$BACKEND" set-state "$("$BACKEND" get-current)" bad ;;
  "status mark-active booted") exec "$BACKEND" set-primary "$("$BACKEND" get-current)" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >> "$CALLS"
case "$1" in
  is-active) n=$(($(cat "$ASKED") + 1)); echo $n > "$ASKED"; [ "$n" -gt "$ACTIVE_AFTER" ] ;;
esac
"""


class State(NamedTuple):
    """Slots as letters; `pending` is "" when no slot is to be tried."""

    committed: str
    pending: str
    booted: str


class Machine:
    """`cut` counts half steps of writing: the power goes at that one, 0 never."""

    def __init__(
        self, folder: Path, state: State, *, armed: bool = False, firmware_speaks: bool = False
    ) -> None:
        self.folder = folder
        self.bootconfig, self.run, self.proc = (folder / name for name in ("bootconfig", "run", "proc"))
        for place in (self.bootconfig, self.run, self.proc, folder / "bin", folder / "data"):
            place.mkdir(parents=True, exist_ok=True)
        (self.bootconfig / "autoboot.txt").write_text(autoboot(state.committed))
        if state.pending:
            (self.bootconfig / "pending").write_text(state.pending)
        if armed:
            (self.run / "systemd").mkdir()
            (self.run / "systemd/reboot-param").write_text("0 tryboot\n")
        (folder / "release").write_text('VERSION="1.0.0"\nCOMPATIBLE=kiosk-cccd\n')
        (folder / "kiosk.toml").touch()
        self.starts = 0
        self._boot(state.booted, firmware_speaks)

    def _boot(self, slot: str, firmware_speaks: bool) -> None:
        said = "AB"[slot == "A"] if firmware_speaks else slot
        self.starts += 1
        (self.proc / "sys/kernel/random").mkdir(parents=True, exist_ok=True)
        (self.proc / "sys/kernel/random/boot_id").write_text(f"start-{self.starts}\n")
        (self.proc / "cmdline").write_text(f"root=PARTLABEL=x rauc.slot={said} quiet\n")
        chosen = self.proc / "device-tree/chosen/bootloader"
        if firmware_speaks:
            chosen.mkdir(parents=True)
            (chosen / "partition").write_bytes((2 + (slot == "B")).to_bytes(4, "big"))

    def restart(self, *, power_cut: bool = False) -> str:
        """The slot the firmware starts now; the request for a trial is for once and does not survive a power cut."""
        flag = self.run / "systemd/reboot-param"
        trial = flag.exists() and not power_cut
        flag.unlink(missing_ok=True)
        slot = other(self.state.committed) if trial else self.state.committed
        self._boot(slot, firmware_speaks=False)
        return slot

    @property
    def state(self) -> State:
        pending = self.bootconfig / "pending"
        return State(
            committed_in((self.bootconfig / "autoboot.txt").read_text()),
            pending.read_text() if pending.exists() else "",
            self.backend("get-current"),
        )

    @property
    def armed(self) -> bool:
        return (self.run / "systemd/reboot-param").exists()

    def bad(self, slot: str) -> bool:
        return (self.bootconfig / f"slot-{slot}.bad").exists()

    def backend(self, *args: str, cut: int = 0) -> str:
        """What it says. Raises `CalledProcessError` when it refuses; a power cut is none."""
        done = self._run([BACKEND, *args], cut)
        if done.returncode not in (0, -signal.SIGKILL):
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        return done.stdout.strip()

    def health(
        self, *, serves: bool = True, cycle: bool = False, active_after: int = 0, cut: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """The verdict on this start. `active_after`: how often the core is still starting when it is asked."""
        for name, text in (("rauc", RAUC), ("systemctl", SYSTEMCTL), ("sleep", "#!/bin/sh\n")):
            self._program(name, text)
        self._program("kiosk", f"#!/bin/sh\nexit {0 if serves else 1}\n")
        self._program("journalctl", f"#!/bin/sh\necho '{'Found ordering cycle' if cycle else 'Started'}'\n")
        (self.folder / "asked").write_text("0")
        return self._run([HEALTH], cut, ACTIVE_AFTER=str(active_after), PATIENCE="30")

    @property
    def falls_back(self) -> bool:
        """Whether the verdict asked for a restart; `kiosk-fallback.path` watches for it."""
        return (self.run / "kiosk/fall-back").exists()

    @property
    def calls(self) -> str:
        place = self.folder / "calls"
        return place.read_text() if place.exists() else ""

    @property
    def verdict(self) -> dict[str, str]:
        place = self.folder / "data/verdict"
        return dict(line.split("=", 1) for line in place.read_text().split()) if place.exists() else {}

    def writes(self) -> int:
        """How many half steps the last call took."""
        return int((self.folder / "count").read_text())

    def _program(self, name: str, text: str) -> None:
        place = self.folder / "bin" / name
        place.write_text(text)
        place.chmod(0o755)

    def _run(self, command: list[str | Path], cut: int, **more: str) -> subprocess.CompletedProcess[str]:
        for name in WRITERS:
            self._program(name, SHIM.format(tool=shutil.which(name)))
        (self.folder / "count").write_text("0")
        own = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "SLOTS": str(OVERLAY / "usr/lib/kiosk/slots.sh"),
            "BACKEND": str(BACKEND),
            "BOOTCONFIG": str(self.bootconfig),
            "RUN": str(self.run),
            "PROC": str(self.proc),
            "FIRMWARE_PORT": str(self.folder / "none"),
            "RELEASE": str(self.folder / "release"),
            "VERDICT": str(self.folder / "data/verdict"),
            "CONFIG": str(self.folder / "kiosk.toml"),
            "CONSOLE": str(self.folder / "console"),
            "COUNT": str(self.folder / "count"),
            "ASKED": str(self.folder / "asked"),
            "CALLS": str(self.folder / "calls"),
            "CUT": str(cut),
        }
        return subprocess.run(
            command, env={**own, **more}, start_new_session=True, capture_output=True, text=True, check=False
        )


def autoboot(committed: str) -> str:
    mine = 2 if committed == "A" else 3
    return f"[all]\ntryboot_a_b=1\nboot_partition={mine}\n[tryboot]\nboot_partition={5 - mine}\n"


def committed_in(text: str) -> str:
    """As the firmware reads it; fails for a file it could not start from."""
    assert text in (autoboot("A"), autoboot("B")), text
    return "A" if text == autoboot("A") else "B"


def other(slot: str) -> str:
    return "B" if slot == "A" else "A"
