"""A simulated fingerprint reader: invented people lay their fingers down as the world file says.

After each try a person does what the coach says (wipes, moistens, lays the finger flat), so trying again helps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage, FingerRefused, Verdict
from kiosk.hal.fingers.hand import MASTERS_FOLDER, Hand, laid
from kiosk.hal.fingers.zfm_module import KINDS as MODULES
from kiosk.hal.fingers.zfm_module import NO_FINGER, alike, judged, template_of, windowed
from kiosk.hal.fingers.zfm_protocol import Code
from kiosk.hal.world import World, WorldFile, world_in

if TYPE_CHECKING:
    from kiosk.hal.fingers.texture import Grey

HANG_PX = {2: 90, 3: 0, 4: 50, 5: 130, 7: 90, 8: 0, 9: 50, 10: 130, 1: 0, 6: 0}
"""How much lower than the middle finger each finger of a slap lies, in pixels at 500 ppi."""

GAP_PX = 24
"""Bare glass between the fingers of a slap."""


class Kind(msgspec.Struct, frozen=True):
    """What a simulated reader can take."""

    model: str
    slaps: bool
    rolled: bool
    enrolment_grade: bool


KINDS = {
    "tenprint": Kind("sim ten-print reader, 500 ppi", slaps=True, rolled=True, enrolment_grade=True),
    "single": Kind("sim single-finger reader", slaps=False, rolled=False, enrolment_grade=False),
}


class SimFingerReader:
    """Implements `FingerReader` and `TemplateReader`. `masters` is the folder where invented fingers are kept between
    starts."""

    simulated = True
    template_format = "sim"

    def __init__(
        self, kind: Kind, world: WorldFile, masters: Path, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._kind = kind
        self._world = world
        self._sleep = sleep
        self._hand = Hand(masters)
        self._asked: tuple[FingerPosition, Impression] | str | None = None
        self._waited = 0.0

    @property
    def model(self) -> str:
        return self._kind.model

    @property
    def enrolment_grade(self) -> bool:
        return self._kind.enrolment_grade

    @property
    def takes_slaps(self) -> bool:
        return self._kind.slaps

    @property
    def takes_rolled(self) -> bool:
        return self._kind.rolled

    def health(self) -> Health:
        try:
            self._connected()
        except DeviceError as error:
            return Health(HealthState.GONE, _gone(error))
        return HEALTHY

    def close(self) -> None:
        self._hand.forget_masters()

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> FingerImage | FingerRefused:
        """See `FingerReader`. Nothing is laid down before the person's pace is over, nor by who lacks the fingers."""
        self._check_able(position, impression)
        acts = self._await_person((position, impression), timeout)
        world = self._connected()
        fingers = [finger for finger in laid(world, position) if not world.finger(finger).missing]
        if not acts or not fingers:
            return FingerRefused(position)
        self._asked = None
        tries = self._hand.count_try(world, position, impression)
        prints = [self._hand.press(world, finger, impression, tries) for finger in fingers]
        pixels = _side_by_side(fingers, prints) if position.is_slap else prints[0]
        height, width = pixels.shape
        return FingerImage(position, impression, width, height, ENROLMENT_PPI, pixels.tobytes())

    # -- templates: whose finger it is, where a reader of this window could make it out ---------------------------

    def enrol_template(self, timeout: float, again: Callable[[], None]) -> bytes | Verdict:
        """See `TemplateReader`. The world's `laying` names the finger; without it that is the right index finger."""
        first = self._read_finger(timeout)
        if isinstance(first, Verdict):
            return first
        again()
        second = self._read_finger(timeout)
        if isinstance(second, Verdict):
            return second
        return first if alike(first, second) else Verdict.DIFFERENT

    def match_template(self, template: bytes, timeout: float) -> Verdict:
        """See `TemplateReader`."""
        seen = self._read_finger(timeout)
        if isinstance(seen, Verdict):
            return seen
        return Verdict.SAME if alike(seen, template) else Verdict.DIFFERENT

    def _read_finger(self, timeout: float) -> bytes | Verdict:
        """The template of what lies on the glass, as a small module would make it."""
        if self._connected().laying == NO_FINGER:
            self._sleep(timeout)
            return Verdict.NO_FINGER
        acts = self._await_person("template", timeout)
        world = self._connected()
        (finger,) = laid(world, FingerPosition(int(world.laying or FingerPosition.RIGHT_INDEX)))
        if not acts or world.finger(finger).missing:
            return Verdict.NO_FINGER
        self._asked = None
        tries = self._hand.count_try(world, finger, Impression.FLAT)
        window = windowed(self._hand.press(world, finger, Impression.FLAT, tries), MODULES["r307"].size)
        if judged(window) != Code.OK:
            return Verdict.UNREADABLE
        return template_of(world.person, int(world.given(finger)), window.tobytes())

    def _await_person(self, what: tuple[FingerPosition, Impression] | str, timeout: float) -> bool:
        """Whether the person acts within `timeout`; asking again for the same finger goes on with the same wait."""
        if self._asked != what:
            self._asked, self._waited = what, 0.0
        left = max(0.0, self._connected().pace - self._waited)
        self._sleep(min(left, timeout))
        self._waited += min(left, timeout)
        return left <= timeout

    def _check_able(self, position: FingerPosition, impression: Impression) -> None:
        rolled = impression is Impression.ROLLED
        if (position.is_slap and (rolled or not self.takes_slaps)) or (rolled and not self.takes_rolled):
            raise DeviceError("fingers.cannot_take", position=int(position), impression=impression.value)

    def _connected(self) -> World:
        world = self._world.read()
        if not world.reader_connected:
            raise DeviceError("fingers.gone")
        return world


def open_device(settings: Mapping[str, object], data: Path) -> SimFingerReader:
    """Settings: `reader = "tenprint"` (the default) or `"single"`. Raises `ConfigError` for another."""
    name = str(settings.get("reader", "tenprint"))
    if name not in KINDS:
        raise ConfigError("fingers.unknown_reader", reader=name, known=", ".join(KINDS))
    return SimFingerReader(KINDS[name], world_in(data), data / MASTERS_FOLDER)


def _gone(error: DeviceError) -> Message:
    return (
        msg("device.gone", device=msg("device.fingers"))
        if error.code == "fingers.gone"
        else msg(error.code, **error.values)
    )


def _side_by_side(fingers: Sequence[FingerPosition], prints: Sequence[Grey]) -> Grey:
    """One wide picture as a slap reader makes it; a missing finger leaves no gap in it."""
    from kiosk.hal.fingers.ridges import FLAT_SIZE, bare_glass

    width, height = FLAT_SIZE
    deepest = max(HANG_PX[int(finger)] for finger in fingers)
    pitch = width + GAP_PX
    slap = bare_glass(pitch * len(prints), height + deepest)
    for index, (finger, print_) in enumerate(zip(fingers, prints, strict=True)):
        top = HANG_PX[int(finger)]
        slap[top : top + height, index * pitch : index * pitch + width] = print_
    return slap
