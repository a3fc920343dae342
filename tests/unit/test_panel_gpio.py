"""The panel on pins, as far as the contract does not say it: wiring, debouncing, the buzzer, bad settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.panel import Lamp
from kiosk.hal.panel.gpio import Debounced, GpioPanel, open_device, read_settings

STILL = 0.03


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


# -- lamps and buzzer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("high", [True, False])
def test_one_lamp_of_three_colours(pins: MockFactory, high: bool) -> None:
    settings = {"red": 5, "green": 6, "blue": 13, "lamp_active_high": high}
    panel = GpioPanel(read_settings(settings), pins)
    shown = {}
    for lamp in Lamp:
        panel.show(lamp)
        shown[lamp] = tuple(int(bool(pins.pin(pin).state) is high) for pin in (5, 6, 13))
    assert shown == {
        Lamp.READY: (0, 1, 0),
        Lamp.BUSY: (0, 0, 1),
        Lamp.CALL: (1, 1, 0),
        Lamp.FAULT: (1, 0, 0),
    }
    panel.close()


def test_the_buzzer_sounds_twice_for_a_call_and_for_nothing_else(pins: MockFactory) -> None:
    panel = GpioPanel(read_settings({"buzzer": 12}), pins)
    for lamp in (Lamp.READY, Lamp.BUSY, Lamp.FAULT):
        panel.show(lamp)
    assert [state.state for state in pins.pin(12).states] == [False]
    panel.show(Lamp.CALL)
    panel._buzzer._blink_thread.join(5)
    pins.pin(12).assert_states([False, True, False, True, False])
    panel.close()


def test_closing_silences_the_buzzer(pins: MockFactory) -> None:
    panel = GpioPanel(read_settings({"buzzer": 12}), pins)
    panel.show(Lamp.CALL)
    panel.close()
    assert not pins.pin(12).state


def test_what_is_not_wired_says_nothing(pins: MockFactory) -> None:
    panel = GpioPanel(read_settings({"lamp_fault": 5}), pins)
    assert (panel.present(), panel.call_pressed(), panel.tampered()) == (None, False, False)
    panel.close()


def test_a_sensor_that_pulls_low(pins: MockFactory) -> None:
    panel = GpioPanel(read_settings({"presence": 4, "presence_active_high": False}), pins)
    pins.pin(4).drive_low()
    assert panel.present() is True
    pins.pin(4).drive_high()
    assert panel.present() is False
    panel.close()


def test_a_cut_wire_counts_as_an_opened_housing(pins: MockFactory) -> None:
    panel = GpioPanel(read_settings({"tamper": 4}), pins)
    assert panel.tampered(), "nothing pulls the pin low"
    panel.close()


def test_an_opening_between_two_questions_is_not_missed(pins: MockFactory) -> None:
    now = itertools.count(step=1.0)
    pins.pin(4).pull = "up"
    panel = GpioPanel(read_settings({"tamper": 4}), pins, lambda: next(now))
    pins.pin(4).drive_low()
    assert [panel.tampered() for _ in range(2)] == [False, False]
    pins.pin(4).drive_high()
    pins.pin(4).drive_low()
    assert [panel.tampered() for _ in range(2)] == [True, False]
    panel.close()


# -- debouncing --------------------------------------------------------------------------------------------------

Edges = list[tuple[bool, float]]


def closings(edges: Edges, later: float = 10.0) -> int:
    contact = Debounced(closed=False, still_s=STILL)
    now = 0.0
    for closed, after in edges:
        now += after
        contact.edge(closed, now)
    return contact.closings(now + later)


def bounces(closed: bool) -> st.SearchStrategy[Edges]:
    """A contact that comes to `closed` over up to eight bounces, each shorter than `STILL`."""
    gap = st.floats(0.0001, STILL * 0.9)
    chatter = st.lists(gap, max_size=8).map(lambda gaps: gaps[: len(gaps) // 2 * 2])
    return chatter.map(
        lambda gaps: [(closed, 1.0), *((closed ^ (n % 2 == 0), gap) for n, gap in enumerate(gaps))]
    )


@given(presses=st.lists(st.tuples(bounces(True), bounces(False)), max_size=5))
def test_every_press_counts_once_however_the_contact_bounces(presses: list[tuple[Edges, Edges]]) -> None:
    assert closings([edge for press in presses for way in press for edge in way]) == len(presses)


@given(gaps=st.lists(st.floats(0.0001, STILL * 0.9), max_size=20))
def test_noise_shorter_than_a_press_calls_nobody(gaps: list[float]) -> None:
    """Whatever flickers and ends open: a radio near the wire."""
    edges = [(n % 2 == 0, gap) for n, gap in enumerate(gaps[: len(gaps) // 2 * 2])]
    assert closings(edges) == 0


@given(edges=st.lists(st.tuples(st.booleans(), st.floats(0.0, 0.2)), max_size=30))
def test_closings_and_openings_alternate(edges: Edges) -> None:
    contact = Debounced(closed=False, still_s=STILL)
    now = 0.0
    for closed, after in edges:
        now += after
        contact.edge(closed, now)
        assert contact.closings(now) - contact.openings(now) == contact.closed(now)


def test_a_button_held_down_counts_before_it_is_let_go(pins: MockFactory) -> None:
    now = [0.0]
    panel = GpioPanel(read_settings({"button": 17}), pins, lambda: now[0])
    pins.pin(17).drive_low()
    assert not panel.call_pressed()
    now[0] = 0.1
    assert [panel.call_pressed() for _ in range(2)] == [True, False]
    panel.close()


# -- trouble -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({}, "panel.gpio_no_pins", "button"),
        ({"knob": 4}, "panel.gpio_settings", "knob"),
        ({"button": 40}, "panel.gpio_settings", "27"),
        ({"button": "GPIO4"}, "panel.gpio_settings", "int"),
        ({"button": True}, "panel.gpio_settings", "int"),
        ({"button": 4, "tamper": 4}, "panel.gpio_pin_twice", "4"),
        ({"red": 4, "green": 5}, "panel.gpio_colour", "blue"),
        ({"button": 4, "debounce_s": 5.0}, "panel.gpio_settings", "debounce_s"),
    ],
)
def test_bad_settings_are_refused_by_name(
    tmp_path: Path, settings: dict[str, object], code: str, named: str
) -> None:
    with pytest.raises(ConfigError, match=named) as refused:
        open_device(settings, tmp_path)
    assert refused.value.code == code


def test_a_machine_without_pins_is_said_plainly(tmp_path: Path) -> None:
    """Here lgpio is missing or finds no chip; a simulation never takes its place."""
    with pytest.raises((ConfigError, DeviceError)) as refused:
        open_device({"button": 4}, tmp_path)
    assert refused.value.code in ("panel.gpio_library", "panel.gpio_none")


def test_pins_that_another_program_holds_are_named(pins: MockFactory) -> None:
    held = GpioPanel(read_settings({"lamp_ready": 5}), pins)
    with pytest.raises(DeviceError, match="GPIO5") as refused:
        GpioPanel(read_settings({"button": 4, "lamp_busy": 5}), pins)
    assert refused.value.code == "panel.gpio_pin"
    held.close()
