"""Whether hardware virtualisation really works here: /dev/kvm may be there and still not run a kernel."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
import time
from pathlib import Path

from image.emulator.card import Card
from image.emulator.firmware import boot

DEVICE = Path("/dev/kvm")
PROBE_S = 20.0
BEGUN = "Run /init as init process"


@functools.cache
def accelerator(image: Path) -> str:
    """`kvm` where the card's own kernel comes as far as its first program with it, `tcg` everywhere else.

    `KIOSK_QEMU_ACCEL` decides without a trial.
    """
    if named := os.environ.get("KIOSK_QEMU_ACCEL"):
        return named
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return "tcg"
    loaded = boot(Card(image), trial=False)
    with tempfile.TemporaryDirectory() as folder:
        kernel, initrd = Path(folder, "kernel"), Path(folder, "initrd")
        kernel.write_bytes(loaded.kernel)
        initrd.write_bytes(loaded.initrd)
        return "kvm" if starts(kernel, initrd, Path(folder, "console.log")) else "tcg"


def starts(kernel: Path, initrd: Path, console: Path) -> bool:
    """Whether the kernel hands over to its first program in time."""
    qemu = subprocess.Popen(
        [
            *("qemu-system-x86_64", "-M", "q35", "-accel", "kvm", "-cpu", "host", "-m", "512", "-nodefaults"),
            *("-display", "none", "-no-reboot", "-serial", f"file:{console}"),
            *("-kernel", str(kernel), "-initrd", str(initrd), "-append", "console=ttyS0 panic=1"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + PROBE_S
    try:
        while time.monotonic() < until and qemu.poll() is None:
            if console.exists() and BEGUN in console.read_text(errors="replace"):
                return True
            time.sleep(0.2)
        return False
    finally:
        qemu.kill()
        qemu.wait()
