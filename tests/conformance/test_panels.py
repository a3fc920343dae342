"""One suite for every panel: whatever drives lamp, button, sensor and switch, the kiosk meets the same contract."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from gpiozero.pins.mock import MockFactory

from kiosk.hal.device import HealthState
from kiosk.hal.panel import Lamp, Panel
from kiosk.hal.panel.gpio import GpioPanel, read_settings
from kiosk.hal.panel.sim import open_device
from kiosk.hal.world import world_in

BUTTON, TAMPER, PRESENCE = 17, 27, 22
LAMPS = {"lamp_ready": 5, "lamp_busy": 6, "lamp_call": 13, "lamp_fault": 19}


class Hands(Protocol):
    """What a person does to a panel."""

    panel: Panel

    def press(self) -> None: ...

    def stand(self, here: bool) -> None: ...

    def housing(self, opened: bool) -> None: ...

    def lit(self) -> list[str]:
        """The lamps that can be seen to burn."""
        ...


class SimHands:
    def __init__(self, data: Path) -> None:
        self._world = world_in(data)
        self._lamp = data / "sim" / "lamp"
        self.panel: Panel = open_device({}, data)

    def press(self) -> None:
        self._world.change(call_pressed=self._world.read().call_pressed + 1)

    def stand(self, here: bool) -> None:
        self._world.change(present=here)

    def housing(self, opened: bool) -> None:
        self._world.change(housing_open=opened)

    def lit(self) -> list[str]:
        return [self._lamp.read_text().strip()]


class GpioHands:
    def __init__(self, data: Path) -> None:
        self._pins = MockFactory()
        self._now = 0.0
        self._pins.pin(TAMPER).pull = "up"
        self._pins.pin(TAMPER).drive_low()
        settings = {"button": BUTTON, "tamper": TAMPER, "presence": PRESENCE, **LAMPS}
        self.panel: Panel = GpioPanel(read_settings(settings), self._pins, lambda: self._now)
        self.housing(opened=False)
        self.panel.tampered()

    def press(self) -> None:
        self._drive(BUTTON, low=True)
        self._drive(BUTTON, low=False)

    def stand(self, here: bool) -> None:
        self._drive(PRESENCE, low=not here)

    def housing(self, opened: bool) -> None:
        self._drive(TAMPER, low=not opened)

    def lit(self) -> list[str]:
        return [name.removeprefix("lamp_") for name, pin in LAMPS.items() if self._pins.pin(pin).state]

    def _drive(self, pin: int, low: bool) -> None:
        found = self._pins.pin(pin)
        found.drive_low() if low else found.drive_high()
        self._now += 0.2


@pytest.fixture(params=[SimHands, GpioHands], ids=["sim", "gpio"])
def hands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hands]:
    make: Callable[[Path], Hands] = request.param
    made = make(tmp_path)
    yield made
    made.panel.close()


def test_each_lamp_burns_alone(hands: Hands) -> None:
    for lamp in [*Lamp, Lamp.READY]:
        hands.panel.show(lamp)
        hands.panel.show(lamp)
        assert hands.lit() == [lamp]


def test_a_press_is_told_once(hands: Hands) -> None:
    assert not hands.panel.call_pressed()
    hands.press()
    assert [hands.panel.call_pressed() for _ in range(2)] == [True, False]
    hands.press()
    hands.press()
    assert [hands.panel.call_pressed() for _ in range(3)] == [True, True, False]


def test_who_stands_there_is_sensed(hands: Hands) -> None:
    for here in (True, False, True):
        hands.stand(here)
        assert hands.panel.present() is here


def test_an_open_housing_is_told_as_long_as_it_is_open(hands: Hands) -> None:
    assert not hands.panel.tampered()
    hands.housing(opened=True)
    assert hands.panel.tampered() and hands.panel.tampered()
    hands.housing(opened=False)
    assert not hands.panel.tampered()


def test_it_says_what_it_is_and_is_well(hands: Hands) -> None:
    assert hands.panel.model
    assert hands.panel.simulated, "neither the file nor the mock pins are a real panel"
    assert hands.panel.health().state is HealthState.OK


def test_closing_leaves_no_thread(hands: Hands) -> None:
    before = set(threading.enumerate())
    for lamp in Lamp:
        hands.panel.show(lamp)
    hands.panel.close()
    assert set(threading.enumerate()) <= before
