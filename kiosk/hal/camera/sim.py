"""A simulated camera: a drawn person before it, as the world file says, or a card held up to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.domain.message import Message, msg
from kiosk.errors import DeviceError
from kiosk.hal.camera import Frame
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.world import World, WorldFile, world_in

if TYPE_CHECKING:
    from kiosk.hal.camera.drawing import Bust
    from kiosk.hal.camera.scene import Card

PREVIEW_SIZE = (320, 240)
STILL_SIZE = (960, 1280)
COMPANION = 5000
"""What is added to a person's seed for who stands beside them."""


class SimCamera:
    """Implements `Camera`. Preview and still show the same height of the scene; the still is cut to portrait."""

    model = "sim camera"
    simulated = True

    def __init__(self, world: WorldFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._world = world
        self._clock = clock
        self._frames = 0
        self._bust = lru_cache(maxsize=2)(_draw_bust)
        self._card = lru_cache(maxsize=1)(_draw_card)

    def health(self) -> Health:
        try:
            self._connected()
        except DeviceError as error:
            return Health(HealthState.GONE, _gone(error))
        return HEALTHY

    def close(self) -> None:
        self._bust.cache_clear()
        self._card.cache_clear()

    def preview(self, timeout: float) -> Frame:
        """See `Camera`."""
        return self._take(PREVIEW_SIZE)

    def still(self, timeout: float) -> Frame:
        """See `Camera`."""
        return self._take(STILL_SIZE)

    def _connected(self) -> World:
        world = self._world.read()
        if not world.camera_connected:
            raise DeviceError("camera.gone")
        return world

    def _take(self, size: tuple[int, int]) -> Frame:
        from kiosk.hal.camera import scene

        world = self._connected()
        self._frames += 1
        picture = scene.wall(world, size)
        if world.holding_card and world.card:
            picture = scene.show_card(picture, self._card(world.card), world, self._frames)
        elif world.holding_paper:
            picture = scene.show_paper(picture, world)
        elif world.face_present:
            if world.company:
                picture = scene.show_company(picture, self._bust(world.person + COMPANION), world)
            bust = self._bust(world.person, world.glasses, world.hat)
            picture = scene.show_face(picture, bust, world, self._clock())
        return scene.expose(picture, world, self._frames)


def open_device(settings: Mapping[str, object], data: Path) -> SimCamera:
    """No settings: everything before the camera is in the world file."""
    return SimCamera(world_in(data))


def _gone(error: DeviceError) -> Message:
    return (
        msg("device.gone", device=msg("device.camera"))
        if error.code == "camera.gone"
        else msg(error.code, **error.values)
    )


def _draw_bust(person: int, glasses: bool = False, hat: bool = False) -> Bust:
    from kiosk.hal.camera.drawing import draw_bust
    from kiosk.hal.camera.worn import put_on_glasses, put_on_hat

    return draw_bust(person, *[put_on_glasses] * glasses, *[put_on_hat] * hat)


def _draw_card(text: str) -> Card:
    from kiosk.hal.camera.scene import card_with

    return card_with(text)
