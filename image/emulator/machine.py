"""One start of the machine: QEMU with the card, what hangs on its ports, its screen and its power switch."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from image.emulator.control import PORT, Door
from image.emulator.firmware import Boot
from image.emulator.qmp import Monitor, connect
from image.emulator.wires import WITH_US, Wires

FIRMWARE_PORT = "fw"
STOPS_S = 10.0
DEVICE_TREE = "machine.dtb"
SERIAL_NUMBER = "6b696f73-6b30-4000-8000-000000000001"
EMULATED = "Westmere"
"""As old as numpy's wheels allow: QEMU 7.2 emulates AVX2's gather wrongly, and numpy crashes on it."""
PATIENT = "systemd.default_device_timeout_sec=600 systemd.default_timeout_start_sec=600 systemd.show_status=1"
"""A machine without hardware virtualisation is several times slower than a Raspberry Pi; its console says how far it is."""


class Board(NamedTuple):
    """The machine's hardware. `data_key`: what stands for the key in a Raspberry Pi's one-time memory. `ssh_port`: of this
    machine's loopback, where the guest's port 22 is found while it has a network. `sound`: with it there is a USB
    loudspeaker, and what it plays is written there as WAV. `window`: where the screen is shown, as QEMU's `-display`."""

    arch: str = "amd64"
    memory_mb: int = 1024
    cpus: int = 2
    accel: str = "tcg"
    wires: Wires | None = None
    stick: Path | None = None
    data_key: str = ""
    append: str = ""
    display: bool = True
    network: bool = False
    ssh_port: int = 0
    sound: Path | None = None
    window: str = "none"


class End(StrEnum):
    """How a run ended."""

    RESET = "guest-reset"
    OFF = "guest-shutdown"
    CUT = "power cut"
    QUIT = "host-qmp-quit"
    DIED = "died"


class Machine:
    """Running from the constructor on. `folder` keeps console log, sockets and pictures of this start."""

    def __init__(self, image: Path, boot: Boot, board: Board, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.sock"):
            old.unlink()
        self.folder, self.began = folder, time.monotonic()
        self.console = folder / "console.log"
        self.tryboot = False
        (folder / "kernel").write_bytes(boot.kernel)
        (folder / "initrd").write_bytes(boot.initrd)
        if board.arch == "arm64":
            name_machine(board, folder / DEVICE_TREE)
        self._log = (folder / "qemu.log").open("wb")
        self._process = subprocess.Popen(
            [*WITH_US, *command_line(image, boot, board, folder)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self.monitor = Monitor(folder / "qmp.sock")
        self.door = Door(folder / f"{PORT}.sock", self.monitor)
        self._cut = False
        self._mailbox = connect(folder / f"{FIRMWARE_PORT}.sock", 10.0)
        self._postman = threading.Thread(target=self._read_mailbox, daemon=True)
        self._postman.start()

    @property
    def seconds(self) -> float:
        """Since power-on."""
        return time.monotonic() - self.began

    def said(self) -> str:
        """What the console has said so far."""
        return self.console.read_text(encoding="utf-8", errors="replace") if self.console.exists() else ""

    def wait_said(self, text: str, within: float) -> bool:
        """Whether the console says it in time; at once when the machine has stopped."""
        until = time.monotonic() + within
        while time.monotonic() < until and self._process.poll() is None and text not in self.said():
            time.sleep(0.2)
        return text in self.said()

    def cut_power(self) -> None:
        """No farewell: what the guest had not written is lost."""
        self._cut = True
        self._process.kill()
        self._process.wait()

    def wait_end(self, within: float) -> End:
        """Raises `subprocess.TimeoutExpired` when it goes on."""
        self._process.wait(within)
        if self._cut:
            return End.CUT
        event = self.monitor.wait_event("SHUTDOWN", 1.0)
        data = event.get("data") if event else None
        reason = data.get("reason") if isinstance(data, dict) else None
        return End(str(reason)) if reason in set(End) else End.DIED

    def close(self) -> None:
        """Switched off if it still runs."""
        if self._process.poll() is None:
            self.cut_power()
        self.monitor.close()
        self.door.close()
        self._postman.join(STOPS_S)
        self._mailbox.close()
        self._log.close()

    def _read_mailbox(self) -> None:
        """What the guest asks of the firmware: `tryboot` or `normal`, for the next start alone."""
        while data := receive(self._mailbox):
            word = data.split()[-1] if data.split() else b""
            self.tryboot = word == b"tryboot"


def receive(link: socket.socket) -> bytes:
    try:
        return link.recv(4096)
    except OSError:
        return b""


def command_line(image: Path, boot: Boot, board: Board, folder: Path) -> list[str]:
    """QEMU's whole command line."""
    words = (boot.command_line, f"console={console(board)}", PATIENT, board.append)
    return [
        *processor(board),
        *size(board),
        *("-nodefaults", "-display", board.window, "-no-reboot"),
        *(["-dtb", str(folder / DEVICE_TREE)] if board.arch == "arm64" else []),
        *("-uuid", SERIAL_NUMBER, "-action", "watchdog=none", "-device", "virtio-rng-pci"),
        *("-kernel", str(folder / "kernel"), "-initrd", str(folder / "initrd"), "-append", " ".join(words)),
        *("-drive", f"file={image},format=raw,if=none,id=card,cache=writethrough"),
        *("-device", "virtio-blk-pci,drive=card,serial=card"),
        *("-qmp", f"unix:{folder / 'qmp.sock'},server=on,wait=off"),
        *("-chardev", f"file,id=console,path={folder / 'console.log'}", "-serial", "chardev:console"),
        *ports(folder),
        *(["-device", "VGA" if board.arch == "amd64" else "virtio-gpu-pci"] if board.display else []),
        *("-device", "qemu-xhci,id=usb", "-device", "usb-tablet", "-device", "usb-kbd"),
        *attached(board),
    ]


def size(board: Board) -> list[str]:
    return ["-m", str(board.memory_mb), "-smp", str(board.cpus)]


def name_machine(board: Board, file: Path) -> None:
    """A Raspberry Pi's device tree has its serial number, QEMU's board none: QEMU's own tree, and the number in it."""
    qemu, _, machine, *rest = processor(board)
    dump = [qemu, "-M", f"{machine},dumpdtb={file}", *rest, *size(board), "-display", "none"]
    subprocess.run(dump, check=True, capture_output=True)
    subprocess.run(["fdtput", "-t", "s", file, "/", "serial-number", SERIAL_NUMBER], check=True)


def processor(board: Board) -> list[str]:
    if board.arch == "arm64":
        return ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi"]
    accel = "tcg,thread=multi" if board.accel == "tcg" else board.accel
    model = EMULATED if board.accel == "tcg" else "host"
    return ["qemu-system-x86_64", "-M", "q35", "-cpu", model, "-accel", accel]


def console(board: Board) -> str:
    return "ttyAMA0" if board.arch == "arm64" else "ttyS0"


def ports(folder: Path) -> list[str]:
    """The test's door, and the mailbox that stands for the firmware's."""
    words = ["-device", "virtio-serial-pci"]
    for name in (PORT, FIRMWARE_PORT):
        words += ["-chardev", f"socket,id={name},path={folder / name}.sock,server=on,wait=off"]
        words += ["-device", f"virtserialport,chardev={name},name=org.kiosk.{name},id=port-{name}"]
    return words


def attached(board: Board) -> list[str]:
    """Reader on PCI, printer on USB as a real one with an FTDI converter; the loudspeaker; the update
    stick; a network on which 10.0.2.2 is this machine; the key."""
    words: list[str] = []
    if board.wires:
        words += ["-chardev", f"serial,id=reader,path={board.wires.reader}"]
        words += ["-device", "pci-serial,chardev=reader"]
        words += ["-chardev", f"serial,id=printer,path={board.wires.printer}"]
        words += ["-device", "usb-serial,chardev=printer,always-plugged=on"]
    if board.sound:
        words += ["-audiodev", f"wav,id=sound,path={board.sound}", "-device", "usb-audio,audiodev=sound"]
    if board.stick:
        words += ["-drive", f"file={board.stick},format=raw,if=none,id=stick,readonly=on"]
        words += ["-device", "virtio-blk-pci,drive=stick,serial=stick"]
    if board.network:
        forward = f",hostfwd=tcp:127.0.0.1:{board.ssh_port}-:22" if board.ssh_port else ""
        words += ["-netdev", f"user,id=net{forward}", "-device", "virtio-net-pci,netdev=net"]
    if board.data_key and board.arch == "amd64":
        words += ["-smbios", f"type=11,value=io.systemd.credential:kiosk.data-key={board.data_key}"]
    elif board.data_key:
        words += ["-fw_cfg", f"name=opt/io.systemd.credentials/kiosk.data-key,string={board.data_key}"]
    return words
