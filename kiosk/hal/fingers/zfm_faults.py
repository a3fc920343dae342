"""What goes wrong between a kiosk and a simulated ZFM module, by a script that plays the same way each time.

    seed = 7
    [[fault]]
    kind = "flip"
    chance = 0.01

`kind`: `noise` adds bytes, `drop` loses bytes, `flip` turns bits (`count` of them); `slow` answers `seconds` late;
`unplug` pulls the cable for `seconds`; `restart` is a dip of the supply: all that was in memory is gone and the module
is deaf for `seconds`; `baud` is the same, and the module comes back at another rate `baud`.
When: at each packet with `chance` 0…1, or at the packet number `packet` of the image number `image`, or at the answer
number `answer`, all counted from 1. `to = "module"` damages the kiosk's commands instead (noise, drop, flip by chance).
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec

from kiosk.errors import BadInputError
from kiosk.hal.fingers.zfm_module import Sent

Kind = Literal["noise", "drop", "flip", "slow", "unplug", "restart", "baud"]
End = Literal["kiosk", "module"]
Natural = Annotated[int, msgspec.Meta(ge=1)]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the script; see the module."""

    kind: Kind
    chance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    image: Natural | None = None
    packet: Natural = 20
    answer: Natural | None = None
    count: Natural = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    baud: Natural = 9600
    to: End = "kiosk"


class FaultScript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...] = ()
    seed: int = 1


def read_faults(path: Path) -> FaultScript:
    """A script from a `.json` or a `.toml` file. Raises `BadInputError` naming what is wrong with it."""
    decode = msgspec.json.decode if path.suffix == ".json" else msgspec.toml.decode
    try:
        return decode(path.read_bytes(), type=FaultScript)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise BadInputError("sim.bad_script", file=str(path), why=str(error)) from error


class Mischief:
    """Plays a script: says which faults are due at a packet, and damages bytes."""

    def __init__(self, script: FaultScript) -> None:
        self._faults = script.fault
        self.random = Random(script.seed)  # noqa: S311 - faults are no secret
        self.answers = 0
        self.images = 0
        self._pieces = 0
        self.played = 0

    def due(self, sent: Sent) -> list[Fault]:
        """What befalls the next packet of the module's."""
        if sent.picture:
            self._pieces += 1
            self.images += self._pieces == 1
        else:
            self.answers, self._pieces = self.answers + 1, 0
        found = [fault for fault in self._faults if fault.to == "kiosk" and self._is_due(fault, sent.picture)]
        self.played += len(found)
        return found

    def _is_due(self, fault: Fault, picture: bool) -> bool:
        if fault.image is not None:
            return picture and (fault.image, fault.packet) == (self.images, self._pieces)
        if fault.answer is not None:
            return not picture and fault.answer == self.answers
        return self.random.random() < fault.chance

    def damage(self, fault: Fault, data: bytes) -> bytes:
        """Noise, lost bytes or turned bits; other faults leave the bytes as they are."""
        damaged = bytearray(data)
        for _ in range(fault.count):
            place = self.random.randrange(len(damaged)) if damaged else 0
            if fault.kind == "noise":
                damaged.insert(place, self.random.randrange(256))
            elif fault.kind == "drop" and damaged:
                del damaged[place]
            elif fault.kind == "flip" and damaged:
                damaged[place] ^= 1 << self.random.randrange(8)
        return bytes(damaged)

    def on_command(self, data: bytes) -> bytes:
        """What of the kiosk's bytes reaches the module."""
        for fault in self._faults:
            if fault.to == "module" and self.random.random() < fault.chance:
                data = self.damage(fault, data)
                self.played += 1
        return data

    def at_wrong_rate(self, data: bytes) -> bytes:
        """What the other end makes of bytes sent at another baud rate."""
        return self.random.randbytes(len(data) // 2 + 1)
