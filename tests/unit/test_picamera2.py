"""The Raspberry Pi's camera against a stand-in for its library: which calls are made, and what becomes of the answers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kiosk.app.resources import load_driver
from kiosk.config import DeviceConfig
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, HealthState

NAME = "kiosk.hal.camera.picamera2"


class Job:
    """Something asked of the camera; its result may never come."""

    def __init__(self, result: Callable[[], Any]) -> None:
        self._result = result

    def get_result(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "every wait is bounded"
        return self._result()


class Picamera2:
    """The calls of the library that the driver makes, written down as they come."""

    trouble: Exception | None = None
    calls: list[tuple[str, Any]]

    def __init__(self, number: int = 0) -> None:
        if number:
            raise IndexError("list index out of range")
        self.calls = [("open", number)]
        self.started = False
        self.camera_properties = {"Model": "imx708"}
        self.late: Exception | None = None

    def create_still_configuration(self, main: dict[str, Any]) -> dict[str, Any]:
        return {"use": "still", "main": main}

    def create_preview_configuration(self, lores: dict[str, Any], buffer_count: int) -> dict[str, Any]:
        return {"use": "preview", "lores": lores, "buffer_count": buffer_count}

    def configure(self, config: dict[str, Any]) -> None:
        self.calls.append(("configure", config))

    def start(self) -> None:
        if Picamera2.trouble:
            raise Picamera2.trouble
        self.started = True

    def stop(self) -> None:
        self.started = False
        self.calls.append(("stop", None))

    def close(self) -> None:
        self.calls.append(("close", None))

    def capture_array(self, name: str, wait: bool) -> Job:
        assert (name, wait) == ("lores", False)
        # Luma 76, chroma 85 and 255 are a full red; rows are padded to 384.
        rows = np.full((360, 384), 76, np.uint8)
        rows[240:300], rows[300:] = 85, 255
        return Job(lambda: self._or_late(rows))

    def switch_mode_and_capture_array(self, config: dict[str, Any], name: str, wait: bool) -> Job:
        assert (config["use"], name, wait) == ("still", "main", False)
        picture = np.zeros((1296, 2304, 3), np.uint8)
        picture[..., 0] = 200
        return Job(lambda: self._or_late(picture))

    def _or_late(self, result: Any) -> Any:
        if self.late:
            raise self.late
        return result


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    library = ModuleType("picamera2")
    library.Picamera2 = Picamera2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", library)
    monkeypatch.setattr(Picamera2, "trouble", None)
    yield importlib.import_module(NAME)
    sys.modules.pop(NAME, None)


def test_the_small_stream_is_shown_and_the_sensor_switched_for_the_still(driver: Any, tmp_path: Path) -> None:
    camera = driver.open_device({"width": 2304, "height": 1296}, tmp_path)
    (_, (name, config)) = camera._camera.calls
    assert (name, config["use"]) == ("configure", "preview")
    assert config["lores"] == {"size": (320, 240), "format": "YUV420"}
    assert camera._still["main"] == {"format": "BGR888", "size": (2304, 1296)}
    preview, still = camera.preview(1), camera.still(1)
    assert (preview.width, preview.height, len(preview.pixels)) == (320, 240, 320 * 240 * 3)
    assert preview.pixels[0] > 200 > 60 > preview.pixels[2]
    assert (still.width, still.height, still.pixels[:3]) == (2304, 1296, b"\xc8\0\0")
    assert (camera.model, camera.simulated) == ("Raspberry Pi camera imx708", False)


def test_the_sensors_full_size_is_the_default(driver: Any, tmp_path: Path) -> None:
    assert driver.open_device({}, tmp_path)._still["main"] == {"format": "BGR888"}


def test_it_is_closed_as_the_library_wants_it(driver: Any, tmp_path: Path) -> None:
    camera = driver.open_device({}, tmp_path)
    assert camera.health() == HEALTHY
    camera.close()
    assert [name for name, _ in camera._camera.calls[-2:]] == ["stop", "close"]
    assert camera.health().state is HealthState.GONE


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(TimeoutError(), "camera.no_frame"), (RuntimeError("Camera frontend has timed out!"), "camera.failed")],
)
def test_a_picture_that_does_not_come_is_an_error(
    driver: Any, tmp_path: Path, trouble: Exception, code: str
) -> None:
    camera = driver.open_device({}, tmp_path)
    camera._camera.late = trouble
    for take in (camera.preview, camera.still):
        with pytest.raises(DeviceError) as caught:
            take(1)
        assert caught.value.code == code


def test_no_camera_and_a_camera_that_does_not_start(
    driver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeviceError, match=r"camera\.no_device"):
        driver.open_device({"camera": 1}, tmp_path)
    monkeypatch.setattr(Picamera2, "trouble", RuntimeError("Failed to start camera"))
    with pytest.raises(DeviceError, match="Failed to start camera"):
        driver.open_device({}, tmp_path)


@pytest.mark.parametrize(
    "settings", [{"width": 640}, {"camera": 9}, {"width": 641, "height": 480}, {"zoom": 1}]
)
def test_settings_that_cannot_be_used_are_refused(
    driver: Any, tmp_path: Path, settings: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match=r"camera\.bad_settings"):
        driver.open_device(settings, tmp_path)


def test_without_the_library_the_kiosk_says_so_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    sys.modules.pop(NAME, None)
    with pytest.raises(ConfigError, match=r"config\.driver_import"):
        load_driver("camera", DeviceConfig(driver="picamera2"))
