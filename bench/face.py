"""Face guidance on live pictures of 320×240, on one core: frames a second, beside OpenCV's bare cascade.

`python -m bench.face`. Drawn people stand before a simulated camera: right, leaning, in company, nobody. The bare
cascade does nothing but propose boxes on the same pictures in grey; ours confirms them and measures everything.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import cv2
from cv2.data import haarcascades

from bench.table import Row, lines
from kiosk.biometrics.face import FaceFinder
from kiosk.biometrics.pictures import rgb_of
from kiosk.biometrics.portrait import judge
from kiosk.hal.camera import Frame
from kiosk.hal.camera.sim import SimCamera
from kiosk.hal.world import World, WorldFile

PEOPLE = range(401, 405)
ROUNDS = 6
SCENES: dict[str, dict[str, object]] = {
    "one person": {},
    "leaning head": {"tilt": 30},
    "two people": {"company": True},
    "nobody, busy wall": {"face_present": False, "background": 0.3},
}


def rows() -> list[Row]:
    cv2.setNumThreads(1)
    finder, cascade = (
        FaceFinder(),
        cv2.CascadeClassifier(f"{haarcascades}haarcascade_frontalface_default.xml"),
    )

    def bare(frame: Frame) -> None:
        grey = cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2GRAY)
        cascade.detectMultiScale(grey, 1.1, 5, minSize=(36, 36))

    found = []
    for scene, fields in SCENES.items():
        frames = pictures(fields)
        ours, floor = seconds(finder.guide, frames), seconds(bare, frames)
        found.append(Row(f"face guidance, {scene}", 1 / ours, "frames/s", 10, at_least=True))
        found.append(Row(f"  beside the bare cascade, {scene}", 1e3 * ours, "ms", 8, floor=1e3 * floor))
    stills = pictures({}, still=True)
    found.append(
        Row("still judged, 960×1280", 1e3 * seconds(lambda still: judge(finder, still), stills), "ms", 150)
    )
    return found


def pictures(fields: dict[str, object], *, still: bool = False) -> list[Frame]:
    with tempfile.TemporaryDirectory() as folder:
        world = WorldFile(Path(folder) / "world.json")
        camera = SimCamera(world, lambda: 0.3)
        frames = []
        for person in PEOPLE:
            world.write(World())
            world.change(person=person, **fields)
            frames.append(camera.still(1) if still else camera.preview(1))
        return frames


def seconds(call: Callable[[Frame], object], frames: Sequence[Frame]) -> float:
    """Processor time of one picture: the median over all, after one round to warm up."""
    spent = []
    for turn in range(ROUNDS + 1):
        for frame in frames:
            began = time.thread_time()
            call(frame)
            if turn:
                spent.append(time.thread_time() - began)
    return median(spent)


if __name__ == "__main__":
    print("\n".join(lines(rows())))
