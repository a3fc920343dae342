"""A printer of paper files: it lays out, encodes, reads its own bytes back and burns them row by row.

The roll, the cover and the cable are those of the world file, so that another process can pull the paper while a
slip is being printed. What comes out lies in `paper/` of the data folder.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Slip
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.files import replace_file
from kiosk.hal.printer import NotPrinted, Printed, PrinterStatus
from kiosk.hal.printer.bitmap import DOTS_PER_MM, PAPER_WIDTH, Bitmap
from kiosk.hal.printer.commands import encode
from kiosk.hal.printer.decoder import decode
from kiosk.hal.printer.layout import Page
from kiosk.hal.printer.typeset import Fonts
from kiosk.hal.world import World, world_in

LOW_MM = 3_000.0
"""Three metres, some twenty slips: time to fetch a roll."""
STRIDE_MM = 8
"""Paper moved between two looks at the cover, the roll and the cable."""
NUMBER = re.compile(r"[A-Z0-9-]{1,64}", re.ASCII)
"""Numbers name files; nothing else may."""


class SimSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mm_per_second`: how fast the paper moves (real ones: 100…250); 0 prints at once."""

    mm_per_second: float = 150.0


def open_device(settings: Mapping[str, object], data: Path) -> SimPrinter:
    """The simulated printer of the data folder `data`. Raises `ConfigError` for settings it does not know."""
    try:
        known = msgspec.convert(dict(settings), SimSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("printer.bad_settings", reason=str(error)) from error
    return SimPrinter(known, data)


class SimPrinter:
    """An 80 mm printer with a roll that runs out."""

    model = "sim receipt printer, 80 mm"
    simulated = True

    def __init__(
        self,
        settings: SimSettings,
        data: Path,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speed = settings.mm_per_second
        self._folder = data / "paper"
        self._world = world_in(data)
        self._sleep, self._clock = sleep, clock
        self._page = Page(PAPER_WIDTH, Fonts())

    def status(self, timeout: float) -> PrinterStatus:
        """What the sensors say now. Raises `DeviceError` when the cable is out; never takes `timeout` long."""
        return _status(self._connected())

    def health(self) -> Health:
        try:
            world = self._connected()
        except DeviceError as error:
            return Health(HealthState.GONE, Message(error.code, dict(error.values)))
        status = _status(world)
        if status is PrinterStatus.OK:
            return HEALTHY
        return Health(HealthState.DEGRADED, msg(f"printer.{status}", metres=int(world.paper_mm // 1000)))

    def print_slip(self, slip: Slip, timeout: float) -> Printed | NotPrinted:
        """Print and cut, or leave a torn strip when paper or cover fail half-way.

        Raises `BadInputError` for a number that is not capitals, digits and hyphens; `DeviceError` when the cable
        is out or the paper moves for longer than `timeout` seconds.
        """
        if not NUMBER.fullmatch(slip.number):
            raise BadInputError("printer.bad_number", number=slip.number)
        job = encode(self._page.render(slip))
        strip = decode(job).bitmap
        status = _status(self._connected())
        if status in STOPS:
            return NotPrinted(status)
        with _on_disk():
            return self._burn(slip.number, job, strip, self._clock() + timeout)

    def close(self) -> None:
        """Nothing is held open."""

    def _burn(self, number: str, job: bytes, strip: Bitmap, deadline: float) -> Printed | NotPrinted:
        moved = 0
        try:
            while moved < strip.height:
                moved += self._advance(strip.height - moved, deadline)
                status = _status(self._connected())
                if status in STOPS and moved < strip.height:
                    self._tear(number, strip.top(moved))
                    return NotPrinted(status)
        except DeviceError:
            self._tear(number, strip.top(moved))
            raise
        return Printed(_status(self._world.read()), self._deliver(number, job, strip))

    def _advance(self, rows: int, deadline: float) -> int:
        """Move at most one stride of paper; the rows that were really on the roll."""
        if self._clock() > deadline:
            raise DeviceError("printer.timeout")
        wanted = min(STRIDE_MM, rows / DOTS_PER_MM)
        if self._speed:
            self._sleep(wanted / self._speed)
        left = self._connected().paper_mm
        moved = min(wanted, left)
        self._world.change(paper_mm=left - moved)
        return int(moved * DOTS_PER_MM)

    def _connected(self) -> World:
        world = self._world.read()
        if not world.printer_connected:
            raise DeviceError("printer.gone")
        return world

    def _deliver(self, number: str, job: bytes, strip: Bitmap) -> str:
        name = self._free(number)
        picture = self._folder / f"{name}.png"
        replace_file(self._folder / f"{name}.escpos", job)
        replace_file(picture, strip.to_png())
        return str(picture)

    def _tear(self, number: str, strip: Bitmap) -> None:
        replace_file(self._folder / f"{self._free(f'{number}-torn')}.png", strip.to_png())

    def _free(self, name: str) -> str:
        """`name`, or `name-2`, `name-3`… when it was printed before."""
        candidate, count = name, 1
        while any((self._folder / f"{candidate}{ending}").exists() for ending in (".png", ".escpos")):
            count += 1
            candidate = f"{name}-{count}"
        return candidate


@contextmanager
def _on_disk() -> Iterator[None]:
    """The simulated paper lies on the kiosk's disk: without room there the printer is as good as unplugged."""
    try:
        yield
    except DeviceError:
        raise
    except OSError as error:
        raise DeviceError("printer.gone") from error


STOPS = frozenset({PrinterStatus.PAPER_OUT, PrinterStatus.COVER_OPEN})


def _status(world: World) -> PrinterStatus:
    if world.cover_open:
        return PrinterStatus.COVER_OPEN
    # Less than one dot cannot be moved any more.
    if world.paper_mm * DOTS_PER_MM < 1:
        return PrinterStatus.PAPER_OUT
    return PrinterStatus.PAPER_LOW if world.paper_mm < LOW_MM else PrinterStatus.OK
