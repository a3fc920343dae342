"""The contract of a camera."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kiosk.hal.device import Device


class Frame(msgspec.Struct, frozen=True):
    """8-bit RGB, row-major, `width × height × 3` bytes."""

    width: int
    height: int
    pixels: bytes


class Camera(Device, Protocol):
    """A camera that shows a small preview and takes a full-resolution still."""

    def preview(self, timeout: float) -> Frame:
        """The newest frame, 320×240 or near; raises `DeviceError` after `timeout` seconds without one."""
        ...

    def still(self, timeout: float) -> Frame:
        """A full-resolution picture taken now; raises `DeviceError` after `timeout` seconds without one."""
        ...
