"""A bench camera: a picture, or the pictures of a folder in the order of their names, shown as if it were live.

A folder that is taken away is a cable that is pulled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.camera import Frame
from kiosk.hal.device import HEALTHY, Health, HealthState

PREVIEW_SIZE = (320, 240)
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp"})


class FilesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`path`: a picture or a folder of pictures. `fps`: pictures a second; below 1 each stays longer."""

    path: str
    fps: Annotated[float, msgspec.Meta(gt=0, le=60)] = 8.0


def open_device(settings: Mapping[str, object], data: Path) -> FilesCamera:
    """A relative `path` lies in the data folder. Raises `ConfigError`, and `DeviceError` when nothing lies there."""
    try:
        known = msgspec.convert(dict(settings), FilesSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("camera.bad_settings", reason=str(error)) from error
    camera = FilesCamera(data / known.path, known.fps)
    camera.preview(0)
    return camera


class FilesCamera:
    """Implements `Camera`."""

    simulated = True

    def __init__(self, place: Path, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.model = f"sim camera of pictures, {place.name}"
        self._place, self._fps, self._clock = place, fps, clock
        self._began = clock()

    def health(self) -> Health:
        try:
            self._current()
        except DeviceError as error:
            return Health(HealthState.GONE, Message(error.code, dict(error.values)))
        return HEALTHY

    def close(self) -> None:
        """Nothing is held open."""

    def preview(self, timeout: float) -> Frame:
        """See `Camera`; the whole picture, made to fit."""
        return self._take(PREVIEW_SIZE)

    def still(self, timeout: float) -> Frame:
        """See `Camera`; the picture in its own size."""
        return self._take(None)

    def _take(self, size: tuple[int, int] | None) -> Frame:
        from PIL import Image, ImageOps

        path = self._current()
        try:
            with Image.open(path) as file:
                picture: Any = ImageOps.exif_transpose(file).convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DeviceError("camera.no_pictures", place=str(path)) from error
        if size is not None:
            picture.thumbnail(size)
        return Frame(picture.width, picture.height, picture.tobytes())

    def _current(self) -> Path:
        """The picture whose turn it is."""
        pictures = self._pictures()
        if not pictures:
            raise DeviceError("camera.no_pictures", place=str(self._place))
        return pictures[int((self._clock() - self._began) * self._fps) % len(pictures)]

    def _pictures(self) -> list[Path]:
        try:
            if self._place.is_file():
                return [self._place]
            return sorted(path for path in self._place.iterdir() if path.suffix.lower() in ENDINGS)
        except OSError:
            return []
