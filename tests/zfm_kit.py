"""A simulated ZFM module in memory, with the real driver on it; time passes as fast as the program goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.hand import MASTERS_FOLDER
from kiosk.hal.fingers.zfm import ZfmReader, open_device
from kiosk.hal.fingers.zfm_faults import Fault, FaultScript
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_protocol import grey_of
from kiosk.hal.fingers.zfm_wire import Exchange, LoopPort
from kiosk.hal.serial_port import Dial, SerialLike
from kiosk.hal.world import World, world_in

INDEX = FingerPosition.RIGHT_INDEX
FLAT = Impression.FLAT


def hands(data: Path, masters: Path, person: int = 85) -> Path:
    """A data folder with a world, whose fingers were grown before."""
    (data / MASTERS_FOLDER).parent.mkdir(parents=True)
    (data / MASTERS_FOLDER).symlink_to(masters)
    world_in(data).write(World(person=person))
    return data


class Desk:
    """A module, its line and its driver."""

    def __init__(self, data: Path, kind: str = "r307", *faults: Fault, seed: int = 1, **module: int) -> None:
        self.data = data
        self.world = world_in(data)
        self.module = module_in(data, kind, lambda: self.port.now(), **module)
        self.exchange = Exchange(self.module, FaultScript(faults, seed))
        self.port = LoopPort(self.exchange)

    def open(self, dial: Dial | None = None, **settings: Any) -> ZfmReader:
        """The driver on this line; a new port each time, as after plugging in."""
        self.port = self._again()
        return open_device(
            {"port": "loop", **settings},
            self.data,
            dial=dial or self.dial,
            now=lambda: self.port.now(),
            sleep=lambda seconds: self.port.sleep(seconds),
        )

    def dial(self, name: str, baud: int) -> SerialLike:
        self.port.baudrate = baud
        return self.port

    def truth(self) -> bytes:
        """The pixels the module had in its memory when it was last asked for them."""
        return grey_of(self.module.fetched)

    def _again(self) -> LoopPort:
        port = LoopPort(self.exchange)
        port.sleep(self.port.now())
        return port


def taken(reader: ZfmReader, timeout: float = 5.0) -> FingerImage:
    image = reader.capture(INDEX, FLAT, timeout)
    assert isinstance(image, FingerImage)
    return image
