"""A device that is looked after: what the board says of it, and when it is tried again."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.message import Message, msg
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.workflow.attended import FIRST_RETRY_S, Attended
from tests.kit import HandClock

SILENT = Health(HealthState.GONE, msg("printer.silent", port="/dev/x", sent="10 04 01"))


class Plug:
    """A device of which the test says how it is."""

    model, simulated = "plug", False

    def __init__(self, health: Health) -> None:
        self.now = health
        self.closed = 0

    def health(self) -> Health:
        return self.now

    def close(self) -> None:
        self.closed += 1


def attended(opening: Callable[[], Plug]) -> tuple[Attended[Plug], HandClock]:
    clock = HandClock()
    return Attended("printer", opening, clock, lambda: None), clock


def said(device: Attended[Plug]) -> tuple[HealthState, Message | None]:
    return device.line.state, device.line.message


def test_a_device_that_opens_but_is_gone_says_why_in_its_own_words() -> None:
    """T2: port and bytes are what a technician needs, not that something is missing."""
    plug = Plug(SILENT)
    device, _ = attended(lambda: plug)
    device.look()
    assert said(device) == (HealthState.GONE, SILENT.message)
    assert (device.gone, plug.closed) == (True, 1)


def test_a_device_lost_on_the_way_says_why_and_is_tried_again_after_a_while() -> None:
    plugs = [Plug(HEALTHY), Plug(HEALTHY)]
    waiting = iter(plugs)
    device, clock = attended(lambda: next(waiting))
    device.look()
    assert said(device) == (HealthState.OK, None)
    plugs[0].now = SILENT
    device.look()
    assert said(device) == (HealthState.GONE, SILENT.message)
    device.look()
    assert device.gone, "not at once"
    clock.sleep(FIRST_RETRY_S)
    device.look()
    assert said(device) == (HealthState.OK, None)


def test_without_words_of_its_own_it_is_called_gone() -> None:
    device, _ = attended(lambda: Plug(Health(HealthState.GONE)))
    device.look()
    assert said(device) == (HealthState.GONE, msg("device.gone", device=msg("device.printer")))


def test_a_device_that_cannot_be_opened_says_why() -> None:
    def refused() -> Plug:
        raise DeviceError("serial.busy", port="/dev/x")

    device, _ = attended(refused)
    device.look()
    assert said(device) == (HealthState.GONE, msg("serial.busy", port="/dev/x"))
