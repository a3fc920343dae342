"""USB cameras (UVC) through OpenCV and Video4Linux.

The camera runs at its full size all the time, and the preview is a smaller copy: changing the size would stop the
stream and let exposure begin anew. Reading happens in a thread of the device's own, so that a camera which hangs
holds up nobody for longer than asked; the thread ends with its last read (the kernel's wait is ten seconds).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import msgspec

from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.camera import Frame
from kiosk.hal.device import HEALTHY, Health, HealthState

VIDEO4LINUX = 81
"""Major number of /dev/video*, fixed by the kernel."""
PREVIEW_WIDTH, PREVIEW_HEIGHT = 320, 240
OPEN_S = 5.0
STALE_FRAMES = 2
"""Frames the kernel may have kept from before; the still is the one after them."""

Pixels = Annotated[int, msgspec.Meta(ge=160, le=8192)]


class UvcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`device`: "/dev/video0", or better its lasting name in /dev/v4l/by-id. `width`, `height`: of the still.

    `source`: a video file in the place of a camera, for benches.
    """

    device: str = "/dev/video0"
    width: Pixels = 1280
    height: Pixels = 720
    source: str = ""


def open_device(settings: Mapping[str, object], data: Path) -> UvcCamera:
    """Raises `ConfigError` for settings it does not know, `DeviceError` when no camera answers."""
    try:
        known = msgspec.convert(dict(settings), UvcSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("camera.bad_settings", reason=str(error)) from error
    return UvcCamera(known)


class UvcCamera:
    """Implements `Camera`."""

    def __init__(self, settings: UvcSettings) -> None:
        self._settings = settings
        self._name = settings.source or settings.device
        self.simulated = bool(settings.source)
        self.model = f"{'sim ' if settings.source else ''}USB camera, {self._name}"
        self._reader = ThreadPoolExecutor(1, "camera")
        self._capture: Any = None
        try:
            self._capture = self._call(self._open, OPEN_S)
        except DeviceError:
            self._reader.shutdown(wait=False, cancel_futures=True)
            raise

    def health(self) -> Health:
        """Whether the device is still there; a picture is not taken for it."""
        if not Path(self._name).exists():
            error = self._no_frame()
            return Health(HealthState.GONE, Message(error.code, dict(error.values)))
        return HEALTHY

    def close(self) -> None:
        """Released as soon as a read in progress ends."""
        self._reader.submit(self._capture.release)
        self._reader.shutdown(wait=False)

    def preview(self, timeout: float) -> Frame:
        """See `Camera`."""
        import cv2

        picture = self._call(lambda: self._read(0), timeout)
        height, width = picture.shape[:2]
        scale = min(PREVIEW_WIDTH / width, PREVIEW_HEIGHT / height, 1.0)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return _frame(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))

    def still(self, timeout: float) -> Frame:
        """See `Camera`; in the size the camera really gives."""
        return _frame(self._call(lambda: self._read(STALE_FRAMES), timeout))

    def _call(self, task: Any, timeout: float) -> Any:
        try:
            return self._reader.submit(task).result(timeout)
        except TimeoutError as error:
            raise self._no_frame() from error

    def _open(self) -> Any:
        import cv2

        if not Path(self._name).exists():
            raise DeviceError("camera.no_device", device=self._name)
        if not self._settings.source:
            _refuse_others(Path(self._name))
        # Its warnings would be a second line beside ours.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        capture = self._capture_of(cv2)
        if not capture.isOpened():
            capture.release()
            raise DeviceError("camera.no_device", device=self._name)
        return capture

    def _capture_of(self, cv2: Any) -> Any:
        if self._settings.source:
            return cv2.VideoCapture(self._name)
        capture = cv2.VideoCapture(self._name, cv2.CAP_V4L2)
        # Uncompressed pictures of this size do not fit through USB 2 at a useful rate.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._settings.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._settings.height)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    def _read(self, stale: int) -> Any:
        """The next picture, BGR, after `stale` others."""
        import cv2

        if self._settings.source:
            stale = 0
        for _ in range(stale):
            self._capture.grab()
        found, picture = self._capture.read()
        if not found and self._settings.source:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            found, picture = self._capture.read()
        if not found:
            raise self._no_frame()
        return picture

    def _no_frame(self) -> DeviceError:
        return DeviceError("camera.no_frame", device=self._name)


def _refuse_others(device: Path) -> None:
    """Raises `DeviceError` for a device that is no camera, or that this user may not open: OpenCV tells neither."""
    status = device.stat()
    if not stat.S_ISCHR(status.st_mode) or os.major(status.st_rdev) != VIDEO4LINUX:
        raise DeviceError("camera.not_a_camera", device=str(device))
    if not os.access(device, os.R_OK | os.W_OK):
        raise DeviceError("camera.not_allowed", device=str(device))


def _frame(bgr: Any) -> Frame:
    import cv2

    height, width = bgr.shape[:2]
    return Frame(width, height, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).tobytes())
