"""The inside of a simulated ESC/POS printer: buffer, motor, sensors, cutter, and the paper that comes out.

Bytes go in as they come over the cable, status bytes go out; the roll, the cover and the cutter are those of the
world file. Pieces of paper are written as pictures, torn ones as torn.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from kiosk.hal.files import replace_file
from kiosk.hal.printer.bitmap import DOTS_PER_MM, PAPER_WIDTH, Bitmap
from kiosk.hal.printer.commands import (
    COVER_OPEN,
    ERROR_HAPPENED,
    OFFLINE,
    REALTIME,
    ROLL_ENDED,
    ROLL_NEAR_END,
    STOPPED_FOR_PAPER,
    Query,
)
from kiosk.hal.printer.decoder import CutShortError, DecodeError, Press
from kiosk.hal.world import World, WorldFile

BUFFER_BYTES = 8192
"""The receive buffer; when it is full the printer takes nothing more, questions included."""
LOW_MM = 3_000.0
FIXED = 0x12
CUTTER_ERROR = 0x08
STRIDE = PAPER_WIDTH // 8
QUESTIONS = frozenset(int(what) for what in Query)
CUT, TELL = b"\x1dV", b"\x1dr"


class Mechanism:
    """`mm_per_second`: the motor's pace."""

    def __init__(self, world: WorldFile, out: Path, mm_per_second: float) -> None:
        self._world, self._out, self._speed = world, out, mm_per_second
        self._data = bytearray()
        self._press = Press(self._data, STRIDE)
        self._last = deque[int](maxlen=3)
        self._printed = 0
        self._torn = False
        self._moved_at: float | None = None
        self._owed = b""
        self.refused: list[str] = []

    @property
    def room(self) -> int:
        """Bytes it takes now."""
        return max(0, BUFFER_BYTES - len(self._data) + self._press.at)

    def receive(self, data: bytes) -> bytes:
        """Take bytes; the answers to real-time questions among them, wherever they stand."""
        answers = bytearray()
        for value in data:
            self._last.append(value)
            asked = bytes(self._last)
            if asked[:-1] == REALTIME and value in QUESTIONS:
                answers.append(self._answer(Query(value)))
        self._data += data
        return bytes(answers)

    def advance(self, now: float) -> bytes:
        """Print for the time since the last call; the reports that fell due."""
        rows = self._rows_until(now)
        if self._stopped(self._world.read()):
            self._tear()
            return b""
        while rows >= self._pending:
            rows -= self._move(self._pending)
            if self._pending or not self._obey():
                break
        else:
            self._move(rows)
        reports, self._owed = self._owed, b""
        return reports

    def break_off(self) -> None:
        """The cable is pulled: what hangs out, and what is still to come of it, is no whole slip."""
        self._torn = self._torn or bool(self._printed or self._pending or self._data)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be printed."""
        return not self._pending and not self._data

    def _rows_until(self, now: float) -> int:
        """Rows the motor can have moved since the last call; a fraction of a row is kept for the next."""
        dots_a_second = self._speed * DOTS_PER_MM
        before = now if self._moved_at is None else self._moved_at
        rows = int((now - before) * dots_a_second)
        self._moved_at = before + rows / dots_a_second
        return rows

    @property
    def _pending(self) -> int:
        return len(self._press.rows) // STRIDE - self._printed

    def _move(self, rows: int) -> int:
        """Move paper, as much as there is."""
        if not rows:
            return 0
        left = self._world.read().paper_mm * DOTS_PER_MM
        moved = min(rows, int(left))
        self._world.change(paper_mm=(left - moved) / DOTS_PER_MM)
        self._printed += moved
        return moved

    def _obey(self) -> bool:
        """Carry out the next command; False when there is none, or the printer stopped."""
        world = self._world.read()
        if self._stopped(world) or (world.cutter_jammed and self._data[self._press.at :].startswith(CUT)):
            return False
        try:
            name = self._press.step()
        except CutShortError:
            return False
        except DecodeError as error:
            self.refused.append(f"{error.values['offset']}: {error.values['reason']}")
            self._press.at = int(error.values["offset"]) + 1
            self._forget()
            return True
        if name == TELL:
            self._owed += bytes([_paper(world) >> 2 & 0x03 | _paper(world) >> 3 & 0x0C])
        elif name == CUT:
            self._cut()
        self._forget()
        return True

    def _forget(self) -> None:
        """What was carried out leaves the buffer."""
        del self._data[: self._press.at]
        self._press.at = 0

    def _cut(self) -> None:
        """The cutter waits for the paper it feeds."""
        self._move(self._pending)
        if self._printed:
            self._write(torn=self._torn or self._pending > 0)
        self._torn = False

    def _tear(self) -> None:
        """A person takes the piece that hangs out, when the printer stopped in the middle of one."""
        if self._printed:
            self._write(torn=True)
            self._torn = True

    def _write(self, *, torn: bool) -> None:
        size = self._printed * STRIDE
        piece = Bitmap(PAPER_WIDTH, self._printed, bytes(self._press.rows[:size]))
        del self._press.rows[:size]
        self._printed = 0
        if any(piece.rows):
            number = sum(1 for _ in self._out.glob("slip-*.png")) + 1
            replace_file(self._out / f"slip-{number:04}{'-torn' if torn else ''}.png", piece.to_png())

    def _stopped(self, world: World) -> bool:
        return world.cover_open or world.paper_mm * DOTS_PER_MM < 1

    def _answer(self, what: Query) -> int:
        world = self._world.read()
        out = world.paper_mm * DOTS_PER_MM < 1
        stopped = self._stopped(world) or world.cutter_jammed
        match what:
            case Query.PRINTER:
                return FIXED | (OFFLINE if stopped else 0)
            case Query.OFFLINE:
                return (
                    FIXED
                    | (COVER_OPEN if world.cover_open else 0)
                    | (STOPPED_FOR_PAPER if out else 0)
                    | (ERROR_HAPPENED if world.cutter_jammed else 0)
                )
            case Query.ERROR:
                return FIXED | (CUTTER_ERROR if world.cutter_jammed else 0)
            case Query.PAPER:
                return FIXED | _paper(world)


def _paper(world: World) -> int:
    out, low = world.paper_mm * DOTS_PER_MM < 1, world.paper_mm < LOW_MM
    return (ROLL_ENDED if out else 0) | (ROLL_NEAR_END if low else 0)
