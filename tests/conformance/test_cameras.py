"""One suite for every camera that can be tried here: the simulation, pictures in a folder, a video in place of USB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.biometrics.pictures import rgb_of
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.camera import Camera, files, sim, uvc
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.world import world_in

STILL_SIZE = (640, 480)


class Rig:
    """A camera, how it is opened again, and a hand that pulls its cable out and puts it back."""

    def __init__(
        self, open_device: Callable[[], Camera], pull: Callable[[], Any], back: Callable[[], Any]
    ) -> None:
        self.open, self.pull, self.back = open_device, pull, back
        self.camera = open_device()


def red_picture() -> np.ndarray:
    """Red on the left, blue on the right: a driver that swaps colours or sides is found out."""
    picture = np.zeros((STILL_SIZE[1], STILL_SIZE[0], 3), np.uint8)
    picture[:, : STILL_SIZE[0] // 2] = (0, 0, 255)
    picture[:, STILL_SIZE[0] // 2 :] = (255, 0, 0)
    return picture


def moved(place: Path) -> tuple[Callable[[], Any], Callable[[], Any]]:
    away = place.with_name(f"{place.name}.away")
    return lambda: place.rename(away), lambda: away.rename(place)


def sim_rig(folder: Path) -> Rig:
    world = world_in(folder)
    plug: Callable[[bool], Any] = lambda there: world.change(camera_connected=there)  # noqa: E731
    return Rig(lambda: sim.open_device({}, folder), lambda: plug(False), lambda: plug(True))


def files_rig(folder: Path) -> Rig:
    (folder / "pictures").mkdir()
    for name in ("a.png", "b.jpg"):
        cv2.imwrite(str(folder / "pictures" / name), red_picture())
    settings: dict[str, object] = {"path": "pictures", "fps": 30.0}
    return Rig(lambda: files.open_device(settings, folder), *moved(folder / "pictures"))


def video(path: Path, frames: int = 5) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, STILL_SIZE)
    for _ in range(frames):
        writer.write(red_picture())
    writer.release()
    return path


def uvc_rig(folder: Path) -> Rig:
    path = video(folder / "video.avi")
    settings: dict[str, object] = {"source": str(path)}
    return Rig(lambda: uvc.open_device(settings, folder), *moved(path))


RIGS = {"sim": sim_rig, "files": files_rig, "uvc": uvc_rig}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made = RIGS[request.param](tmp_path)
    yield made
    made.camera.close()


def test_preview_is_small_and_still_is_full(rig: Rig) -> None:
    preview, still = rig.camera.preview(5), rig.camera.still(5)
    assert preview.width <= 320
    assert preview.height <= 240
    assert still.width * still.height > preview.width * preview.height
    for frame in (preview, still):
        assert len(frame.pixels) == frame.width * frame.height * 3


def test_it_goes_on_for_longer_than_its_pictures(rig: Rig) -> None:
    for _ in range(12):
        assert rig.camera.preview(5).width > 0


def test_it_says_what_it_is(rig: Rig) -> None:
    assert rig.camera.simulated
    assert rig.camera.model.startswith("sim")


def test_a_camera_that_is_gone_is_an_error_and_can_be_opened_again(rig: Rig) -> None:
    """T2: what a supervisor does: health says gone, closed, tried until it is back."""
    assert rig.camera.health() == HEALTHY
    rig.pull()
    health = rig.camera.health()
    assert health.state is HealthState.GONE
    assert health.message is not None
    rig.camera.close()
    with pytest.raises(DeviceError):
        rig.open().preview(5)
    rig.back()
    rig.camera = rig.open()
    assert rig.camera.health() == HEALTHY
    assert rig.camera.preview(5).width > 0


@pytest.mark.parametrize("name", ["files", "uvc"])
def test_colours_and_sides_are_right(tmp_path: Path, name: str) -> None:
    rig = RIGS[name](tmp_path)
    for frame in (rig.camera.preview(5), rig.camera.still(5)):
        rows = rgb_of(frame).astype(int)
        left, right = rows[:, : frame.width // 3].mean((0, 1)), rows[:, -frame.width // 3 :].mean((0, 1))
        assert left[0] > 200 > 60 > left[2]
        assert right[2] > 200 > 60 > right[0]
    assert (rig.camera.still(5).width, rig.camera.still(5).height) == STILL_SIZE
    rig.camera.close()


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        (files, {}),
        (files, {"path": "x", "fps": 0}),
        (uvc, {"device": 3}),
        (uvc, {"width": "wide"}),
        (uvc, {"zoom": 2}),
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    module: Any, settings: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"camera\.bad_settings"):
        module.open_device(settings, tmp_path)


@pytest.mark.parametrize(
    ("module", "settings", "code"),
    [
        (files, {"path": "nowhere"}, "camera.no_pictures"),
        (files, {"path": "empty"}, "camera.no_pictures"),
        (files, {"path": "broken.png"}, "camera.no_pictures"),
        (uvc, {"device": "/dev/video99"}, "camera.no_device"),
        (uvc, {"device": "/dev/null"}, "camera.not_a_camera"),
        (uvc, {"device": "/etc/hostname"}, "camera.not_a_camera"),
        (uvc, {"source": "/dev/null"}, "camera.no_device"),
    ],
)
def test_a_camera_that_is_not_there_is_said(
    module: Any, settings: dict[str, object], code: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    with pytest.raises(DeviceError) as caught:
        module.open_device(settings, tmp_path)
    assert caught.value.code == code


def test_pictures_follow_one_another_at_their_pace(tmp_path: Path) -> None:
    now = [0.0]
    for number, shade in enumerate((10, 120, 240)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((48, 64, 3), shade, np.uint8))
    camera = files.FilesCamera(tmp_path, 2.0, lambda: now[0])
    seen = []
    for step in range(8):
        now[0] = step * 0.25
        seen.append(camera.preview(0).pixels[0])
    assert seen == [10, 10, 120, 120, 240, 240, 10, 10]


def test_a_camera_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read goes on in the driver's own thread and ends there."""
    import threading

    rig = uvc_rig(tmp_path)
    assert isinstance(rig.camera, uvc.UvcCamera)
    hangs = threading.Event()
    monkeypatch.setattr(rig.camera, "_read", lambda stale: hangs.wait(5))
    with pytest.raises(DeviceError, match=r"camera\.no_frame"):
        rig.camera.preview(0.05)
    rig.camera.close()
    hangs.set()
    for thread in threading.enumerate():
        if thread.name.startswith("camera"):
            thread.join(5)
            assert not thread.is_alive()
