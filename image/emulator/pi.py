"""The machine over several starts: power on, reset, trial boot, power cut."""

from __future__ import annotations

from pathlib import Path

from image.emulator.card import Card
from image.emulator.firmware import boot
from image.emulator.machine import Board, End, Machine


class Pi:
    """A card in a machine. `starts` counts how often it was started; `trial` is the firmware's one-shot flag."""

    def __init__(self, image: Path, board: Board, folder: Path) -> None:
        self.card = Card(image)
        self.board = board
        self.folder = folder
        self.starts = 0
        self.trial = False
        self.partition = 0

    def power_on(self) -> Machine:
        """Starts from what the card says; a trial boot is for once."""
        loaded = boot(self.card, self.trial)
        self.trial = False
        self.starts += 1
        self.partition = loaded.partition
        return Machine(self.card.image, loaded, self.board, self.folder / f"start-{self.starts}")

    def after(self, machine: Machine, within: float) -> End:
        """Waits for the end of a start and keeps what the guest asked of the firmware: lost with the power."""
        end = machine.wait_end(within)
        self.trial = machine.tryboot and end is End.RESET
        machine.close()
        return end
