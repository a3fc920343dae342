"""The physics a simulation plays: one small JSON file in the data folder, changed from outside.

A scripted visit, a test or the bench panel (`kiosk dock`) writes the file; every simulated device reads it again as
soon as it has changed. Nothing but simulations and those who play with them may import this module.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import DeviceError
from kiosk.hal.files import replace_file

WORLD_FILE = Path("sim") / "world.json"
INVENTED_CARD = (
    "999085000001|171234567|Nguyễn Văn Mẫu|09031985|Nam|Thôn Ví Dụ, Hoằng Cát, Hoằng Hóa, Thanh Hóa|16032021"
)
"""What the QR code on the card of somebody who does not exist says."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Offset = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Tilt = Annotated[float, msgspec.Meta(ge=-45, le=45)]
FingerCode = Annotated[str, msgspec.Meta(pattern="^([1-9]|10)$")]
Laying = Annotated[str, msgspec.Meta(pattern="^([0-9]|10)$")]


class FingerCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of one finger's skin, and how it is laid on the reader.

    `moisture`: 0.5 is ideal, above 0.75 wet, below 0.25 dry. `sweat`: drops of sweat between the ridges, 0 none … 1
    a quarter or more of the finger. `wear`: 0 fresh ridges … 1 worn smooth by work or age. `contact`: 1 the whole
    finger, 0.3 only its tip. `pressure`: 0.5 is usual, 1 as hard as one can. `moving`: 0 still … 1 sliding away.
    `turn`: -1…1 of 45 degrees, counter-clockwise. `aside`: -1…1 of half the window, right.
    `missing`: there is no such finger to lay down.
    """

    moisture: Share = 0.5
    sweat: Share = 0.0
    wear: Share = 0.0
    contact: Share = 1.0
    pressure: Share = 0.5
    moving: Share = 0.0
    turn: Offset = 0.0
    aside: Offset = 0.0
    missing: bool = False


class World(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything around the kiosk that a simulated device can sense.

    `person` is a seed: another number is another person, with other fingers and another face. `fingers` holds the
    conditions that are not ideal, by ISO position code "1"…"10". `pace`: seconds a person takes to do as asked.
    `traces`: what earlier fingers left on the reader's glass, 0 clean … 1 smeared all over.
    `light`: 0 night, 0.5 right, 1 glaring. `background`: 0 dark … 1 white. `face_x`, `face_y`: -1…1 of half the
    picture, right and down. `distance`: 1 is right, 2 twice as far. `moving`: too restless for a sharp picture.
    `laying`: the finger laid on a reader that cannot say which it wants, "0" for none; None for one after the other.
    `wrong_finger`: the person lays another finger than the one asked, of a slap the other hand.
    `tilt`: degrees the head leans, clockwise in the picture. `side_light`: from the left of the picture at -1, from its
    right at 1. `company`: a second person beside the first. `glasses` and `hat` are worn.
    `gives`: the finger a person lays down where another was asked for, by the one asked for.
    `card`: text of the QR code on the person's card, "" for none; the camera sees it while `holding_card`, smaller with
    `distance`. `card_tilt`: degrees it leans. `card_blur`: how far out of focus, as the sigma in pixels of a picture 1280
    pixels wide. `card_glare`: the reflection of a lamp on it, 0 none … 1 as wide as the code; it wanders with the hand.
    `key`: the security key that is plugged in, another number another key, 0 none; `key_touched`: somebody touches it.
    `holding_paper`: a written paper is laid before the camera.
    `paper_mm` is left on the roll. `cutter_jammed`: the printer stops with an error. `call_pressed` counts presses of
    the call button since the world began. `present`: what the presence sensor says, None without one. `housing_open`:
    what the tamper switch senses.
    """

    person: int = 1
    fingers: dict[FingerCode, FingerCondition] = {}
    pace: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    laying: Laying | None = None
    wrong_finger: bool = False
    gives: dict[FingerCode, FingerCode] = {}
    traces: Share = 0.0
    reader_connected: bool = True
    camera_connected: bool = True
    printer_connected: bool = True
    panel_connected: bool = True
    speaker_connected: bool = True
    light: Share = 0.5
    background: Share = 1.0
    face_present: bool = True
    face_x: Offset = 0.0
    face_y: Offset = 0.0
    distance: Annotated[float, msgspec.Meta(ge=0.3, le=10)] = 1.0
    moving: bool = False
    tilt: Tilt = 0.0
    side_light: Offset = 0.0
    company: bool = False
    glasses: bool = False
    hat: bool = False
    card: str = ""
    holding_card: bool = False
    holding_paper: bool = False
    card_tilt: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    card_blur: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.0
    card_glare: Share = 0.0
    key: Annotated[int, msgspec.Meta(ge=0)] = 0
    key_touched: bool = True
    paper_mm: Annotated[float, msgspec.Meta(ge=0)] = 50_000.0
    cover_open: bool = False
    cutter_jammed: bool = False
    call_pressed: Annotated[int, msgspec.Meta(ge=0)] = 0
    present: bool | None = None
    housing_open: bool = False

    def finger(self, position: FingerPosition) -> FingerCondition:
        """The condition of a single finger; ideal when the file does not mention it."""
        return self.fingers.get(str(int(position)), FingerCondition())

    def given(self, position: FingerPosition) -> FingerPosition:
        """The finger laid down where `position` was asked for."""
        return FingerPosition(int(self.gives.get(str(int(position)), str(int(position)))))


class WorldFile:
    """The world on disk. `read` is cheap when nothing changed; `change` is safe between processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._world = World()

    def read(self) -> World:
        """The world as it is now, all defaults without a file. Raises `DeviceError` naming a file it cannot use."""
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._world = World() if stamp is None else self._load()
                self._stamp = stamp
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DeviceError("world.unreadable", file=str(self.path), reason=str(error)) from error
        return self._world

    def write(self, world: World) -> None:
        """Replace the file in one step, so that a reader sees the old world or the new one, never half of it."""
        with self._alone():
            self._replace(world)

    def change(self, **fields: object) -> World:
        """Set some fields and keep the others. Raises `msgspec.ValidationError` for a name or value out of range."""
        with self._alone():
            known = msgspec.to_builtins(self.read())
            world = msgspec.convert({**known, **msgspec.to_builtins(fields)}, World)
            self._replace(world)
        return world

    def _replace(self, world: World) -> None:
        replace_file(self.path, msgspec.json.format(msgspec.json.encode(world), indent=1) + b"\n")

    def _load(self) -> World:
        return msgspec.json.decode(self.path.read_bytes(), type=World)

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def world_in(data: Path) -> WorldFile:
    """The world of the data folder `data`, shared by all its simulated devices."""
    return WorldFile(data / WORLD_FILE)
