"""The Raspberry Pi's camera through its own library (Debian package python3-picamera2, not on the package index).

Written from the Picamera2 manual and the library's source, and tested against a stand-in with the same calls: it
has not run on a Raspberry Pi yet. The library calls a picture in the order red, green, blue "BGR888". On models
before the Pi 5 the small stream can only be YUV 4:2:0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import picamera2

from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.camera import Frame
from kiosk.hal.device import HEALTHY, Health, HealthState

PREVIEW_WIDTH, PREVIEW_HEIGHT = 320, 240
RGB = "BGR888"
PREVIEW_BUFFERS = 2
"""As few as keep the stream running: the camera's memory is short on a 1 GB board."""

Pixels = Annotated[int, msgspec.Meta(ge=320, le=8192, multiple_of=2)]


class PicameraSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`camera`: its number. `width`, `height`: of the still; the sensor's full size without them."""

    camera: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    width: Pixels | None = None
    height: Pixels | None = None


def open_device(settings: Mapping[str, object], data: Path) -> PiCamera:
    """Raises `ConfigError` for settings it does not know, `DeviceError` when there is no such camera."""
    try:
        known = msgspec.convert(dict(settings), PicameraSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("camera.bad_settings", reason=str(error)) from error
    if (known.width is None) != (known.height is None):
        raise ConfigError("camera.bad_settings", reason="width and height go together")
    return PiCamera(known)


class PiCamera:
    """Implements `Camera`."""

    simulated = False

    def __init__(self, settings: PicameraSettings) -> None:
        self._name = str(settings.camera)
        try:
            self._camera = picamera2.Picamera2(settings.camera)
        except (RuntimeError, IndexError, OSError) as error:
            raise DeviceError("camera.no_device", device=self._name) from error
        try:
            self._start(settings)
        except (RuntimeError, OSError, ValueError) as error:
            self._camera.close()
            raise self._failed(error) from error
        self.model = f"Raspberry Pi camera {self._camera.camera_properties.get('Model', '')}".strip()

    def health(self) -> Health:
        """Whether the stream runs; a picture is not taken for it."""
        if self._camera.started:
            return HEALTHY
        return Health(HealthState.GONE, Message("camera.no_frame", {"device": self._name}))

    def close(self) -> None:
        self._camera.stop()
        self._camera.close()

    def preview(self, timeout: float) -> Frame:
        """See `Camera`; from the small stream."""
        import cv2

        job = self._camera.capture_array("lores", wait=False)
        rows = self._result(job, timeout)
        # Rows may be padded on the right; three planes lie below one another.
        rgb = cv2.cvtColor(rows, cv2.COLOR_YUV2RGB_I420)[:PREVIEW_HEIGHT, :PREVIEW_WIDTH]
        return _frame(rgb)

    def still(self, timeout: float) -> Frame:
        """See `Camera`; the sensor is switched to its full size for one picture and back."""
        job = self._camera.switch_mode_and_capture_array(self._still, "main", wait=False)
        return _frame(self._result(job, timeout))

    def _start(self, settings: PicameraSettings) -> None:
        main: dict[str, Any] = {"format": RGB}
        if settings.width is not None:
            main["size"] = (settings.width, settings.height)
        small = {"size": (PREVIEW_WIDTH, PREVIEW_HEIGHT), "format": "YUV420"}
        self._still = self._camera.create_still_configuration(main=main)
        preview = self._camera.create_preview_configuration(lores=small, buffer_count=PREVIEW_BUFFERS)
        self._camera.configure(preview)
        self._camera.start()

    def _result(self, job: Any, timeout: float) -> Any:
        try:
            return job.get_result(timeout=timeout)
        except TimeoutError as error:
            raise DeviceError("camera.no_frame", device=self._name) from error
        except (RuntimeError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> DeviceError:
        return DeviceError("camera.failed", device=self._name, why=str(error))


def _frame(rgb: Any) -> Frame:
    height, width = rgb.shape[:2]
    return Frame(width, height, rgb.tobytes())
