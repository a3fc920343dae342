"""FIDO2 keys on USB, by their hidraw nodes (`/dev/hidraw*`), which are looked for at every call."""

from __future__ import annotations

import os
import select
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from fido2.hid import CtapHidDevice, list_descriptors
from fido2.hid.base import CtapHidConnection, HidDescriptor

from kiosk.hal.keys.ctap import CtapKeys, Plug

SILENT_S = 2.0
"""A key that works says so ten times a second (CTAP 2.1, section 11.2.9.2.1)."""


class Hidraw(CtapHidConnection):
    """One key's node. A key that is silent for too long raises `OSError`, as one that is pulled does."""

    def __init__(self, descriptor: HidDescriptor) -> None:
        self._size = descriptor.report_size_in
        self._handle = os.open(descriptor.path, os.O_RDWR | os.O_CLOEXEC)

    def read_packet(self) -> bytes:
        if not select.select([self._handle], [], [], SILENT_S)[0]:
            raise TimeoutError("silent")
        return os.read(self._handle, self._size)

    def write_packet(self, data: bytes) -> None:
        os.write(self._handle, b"\0" + data)  # the number of the report goes first

    def close(self) -> None:
        os.close(self._handle)


def plugged() -> list[Plug]:
    descriptors: list[HidDescriptor] = list_descriptors()  # type: ignore[no-untyped-call]
    return [partial(_open, descriptor) for descriptor in descriptors]


def open_device(settings: Mapping[str, object], data: Path) -> CtapKeys:
    """No settings; nothing is opened before an officer is waited for."""
    return CtapKeys(plugged)


def _open(descriptor: HidDescriptor) -> CtapHidDevice:
    connection = Hidraw(descriptor)
    try:
        return CtapHidDevice(descriptor, connection)
    except BaseException:
        connection.close()
        raise
