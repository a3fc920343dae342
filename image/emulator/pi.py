"""The machine over several starts: power on, reset, trial boot, power cut."""

from __future__ import annotations

from pathlib import Path

from image.emulator.card import Card
from image.emulator.firmware import boot
from image.emulator.machine import Board, End, Machine

STARTS_AT_MOST = 3
ENDS_S = 60.0


class DownError(Exception):
    """The machine does not come up; what its console said last."""


class Pi:
    """A card in a machine. `starts` counts how often it was started, `resets` how often it was because it had not come up;
    `trial` is the firmware's one-shot flag."""

    def __init__(self, image: Path, board: Board, folder: Path) -> None:
        self.card = Card(image)
        self.board = board
        self.folder = folder
        self.starts = 0
        self.resets = 0
        self.trial = False
        self.partition = 0

    def power_on(self) -> Machine:
        """Starts from what the card says; a trial boot is for once."""
        loaded = boot(self.card, self.trial)
        self.trial = False
        self.starts += 1
        self.partition = loaded.partition
        return Machine(self.card.image, loaded, self.board, self.folder / f"start-{self.starts}")

    def comes_up(self, within: float) -> Machine:
        """Powered on until the test's door is open, and again after a reset, as the firmware does: the kernel restarts the
        machine after a panic. Emulated processors trip now and then while it patches itself, in an Oops `int3`, and QEMU
        itself falls; resets without end are none of that. Raises `DownError`; `subprocess.TimeoutExpired` when it neither
        opens nor ends."""
        for _ in range(STARTS_AT_MOST):
            machine = self.power_on()
            if machine.door.wait(within):
                return machine
            said = machine.said()[-2000:]
            end = self.after(machine, ENDS_S)
            if end not in (End.RESET, End.DIED):
                raise DownError(f"{end}: {said}")
            self.resets += 1
        raise DownError(f"{STARTS_AT_MOST} resets: {said}")

    def after(self, machine: Machine, within: float) -> End:
        """Waits for the end of a start and keeps what the guest asked of the firmware: lost with the power."""
        end = machine.wait_end(within)
        self.trial = machine.tryboot and end is End.RESET
        machine.close()
        return end
