"""Simulated security keys: the world says which is plugged in and whether somebody touches it. They speak real CTAPHID
frames on a wire of their own, so that the real code runs. Needs the optional part `fido2`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fido2.hid import CtapHidDevice

from kiosk.hal.files import replace_file
from kiosk.hal.keys.authenticator import Authenticator
from kiosk.hal.keys.ctap import CtapKeys, Plug
from kiosk.hal.keys.ctap_wire import Fault, KeyWire, opened
from kiosk.hal.world import WorldFile, world_in


class Socket:
    """The machine's one socket for keys; what a key has counted up to is kept in `folder`."""

    def __init__(self, world: WorldFile, folder: Path) -> None:
        self._world = world
        self._folder = folder

    def plugged(self) -> list[Plug]:
        number = self._world.read().key
        return [lambda: self._open(number)] if number else []

    def _open(self, number: int) -> CtapHidDevice:
        seed = hashlib.sha256(f"kiosk simulated key {number}".encode()).digest()
        key = Authenticator(seed, lambda: self._count(number))
        return opened(KeyWire(key, self._touched, lambda: self._world.read().key == number, Fault.NONE))

    def _touched(self) -> bool:
        return self._world.read().key_touched

    def _count(self, number: int) -> int:
        file = self._folder / f"key-{number}"
        counted = int(file.read_text(encoding="ascii")) + 1 if file.exists() else 1
        replace_file(file, str(counted).encode())
        return counted


def open_device(settings: Mapping[str, object], data: Path) -> CtapKeys:
    """No settings."""
    world = world_in(data)
    return CtapKeys(Socket(world, world.path.parent).plugged, simulated=True)
