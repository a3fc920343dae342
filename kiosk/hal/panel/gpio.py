"""A panel of lamps, contacts and a buzzer on the pins of a Raspberry Pi, through gpiozero.

Wiring: a lamp between its pin (through its resistor or driver) and ground; the call button and the tamper switch to
ground, the pin pulled up. The tamper switch is closed while the housing is shut, so that a cut wire counts as opened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from gpiozero import LED, RGBLED, Button, Buzzer, DigitalInputDevice, Factory, GPIOZeroError

from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.panel import Lamp

Pin = Annotated[int, msgspec.Meta(ge=0, le=27)]
Debounce = Annotated[float, msgspec.Meta(ge=0.001, le=1)]

COLOURS = {Lamp.READY: (0, 1, 0), Lamp.BUSY: (0, 0, 1), Lamp.CALL: (1, 1, 0), Lamp.FAULT: (1, 0, 0)}
"""Red, green, blue: green, blue, yellow, red."""
CALL_BEEPS = 2
BEEP_S = 0.15


class GpioSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pins by their BCM numbers; what is left out is not there.

    `red`, `green`, `blue` are one lamp of three colours; `lamp_…` are lamps of their own. `lamp_active_high` false: a
    lamp lights when its pin is low. `debounce_s`: a contact counts once it has been still for so long.
    `presence_active_high` false: the sensor pulls its pin low when somebody is there.
    """

    red: Pin | None = None
    green: Pin | None = None
    blue: Pin | None = None
    lamp_ready: Pin | None = None
    lamp_busy: Pin | None = None
    lamp_call: Pin | None = None
    lamp_fault: Pin | None = None
    lamp_active_high: bool = True
    button: Pin | None = None
    tamper: Pin | None = None
    presence: Pin | None = None
    presence_active_high: bool = True
    buzzer: Pin | None = None
    debounce_s: Debounce = 0.03

    @property
    def pins(self) -> dict[str, int]:
        """The pins in use by the names of their settings."""
        return {name: value for name in PINS if (value := getattr(self, name)) is not None}


SWITCHES = {"lamp_active_high", "presence_active_high", "debounce_s"}
PINS = tuple(name for name in GpioSettings.__struct_fields__ if name not in SWITCHES)
COLOUR_PINS = ("red", "green", "blue")


def open_device(settings: Mapping[str, object], data: Path) -> GpioPanel:
    """The panel on the pins named. Raises `ConfigError` for settings it cannot use, `DeviceError` without pins."""
    known = read_settings(settings)
    return GpioPanel(known, pins_of_this_machine())


def read_settings(settings: Mapping[str, object]) -> GpioSettings:
    """Raises `ConfigError` saying which setting is wrong and what is expected."""
    try:
        known = msgspec.convert(dict(settings), GpioSettings)
    except msgspec.ValidationError as error:
        raise ConfigError("panel.gpio_settings", why=str(error), known=", ".join(PINS)) from error
    if not known.pins:
        raise ConfigError("panel.gpio_no_pins", known=", ".join(PINS))
    used = list(known.pins.values())
    for name, pin in known.pins.items():
        if used.count(pin) > 1:
            raise ConfigError("panel.gpio_pin_twice", name=name, pin=pin)
    missing = [name for name in COLOUR_PINS if name not in known.pins]
    if missing and len(missing) < len(COLOUR_PINS):
        raise ConfigError("panel.gpio_colour", missing=", ".join(missing))
    return known


def pins_of_this_machine() -> Factory:
    """The kernel's GPIO device through lgpio, named outright: gpiozero's own choice tries one way after the other."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise ConfigError("panel.gpio_library", why=str(error)) from error
    try:
        return LGPIOFactory()
    except Exception as error:
        # lgpio raises a class of its own, without a common root.
        raise DeviceError("panel.gpio_none", why=str(error)) from error


class Debounced:
    """A contact whose level counts once it has been still for `still_s`; it counts how often it was closed."""

    def __init__(self, closed: bool, still_s: float) -> None:
        self._still_s = still_s
        self._raw = self._settled = closed
        self._since = float("-inf")
        self._closings = self._openings = 0

    def edge(self, closed: bool, now: float) -> None:
        """The contact is closed, or not, from `now` on."""
        self._settle(now)
        if closed != self._raw:
            self._raw, self._since = closed, now

    def closed(self, now: float) -> bool:
        self._settle(now)
        return self._settled

    def closings(self, now: float) -> int:
        """How often it was closed so far."""
        self._settle(now)
        return self._closings

    def openings(self, now: float) -> int:
        self._settle(now)
        return self._openings

    def _settle(self, now: float) -> None:
        if self._raw != self._settled and now - self._since >= self._still_s:
            self._settled = self._raw
            self._closings += self._raw
            self._openings += not self._raw


class Contact:
    """A button or switch to ground. Edges come on gpiozero's thread, questions on the supervisor's."""

    def __init__(self, pin: int, pins: Factory, still_s: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._button = Button(pin, pull_up=True, pin_factory=pins)
        self._state = Debounced(self._button.is_pressed, still_s)
        self._button.when_pressed = lambda: self._edge(closed=True)
        self._button.when_released = lambda: self._edge(closed=False)

    @property
    def closed(self) -> bool:
        with self._lock:
            return self._state.closed(self._clock())

    @property
    def closings(self) -> int:
        with self._lock:
            return self._state.closings(self._clock())

    @property
    def openings(self) -> int:
        with self._lock:
            return self._state.openings(self._clock())

    def close(self) -> None:
        self._button.close()

    def _edge(self, closed: bool) -> None:
        with self._lock:
            self._state.edge(closed, self._clock())


class GpioPanel:
    """Implements `Panel` on the pins of `pins`, which it closes with itself."""

    model = "GPIO panel"

    def __init__(
        self, settings: GpioSettings, pins: Factory, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._pins = pins
        self._clock = clock
        self._parts: list[Any] = []
        self._shown: Lamp | None = None
        self._answered = self._opened = 0
        try:
            self._build()
        except GPIOZeroError as error:
            self.close()
            raise DeviceError("panel.gpio_pin", why=str(error)) from error

    @property
    def simulated(self) -> bool:
        """True on gpiozero's own mock pins."""
        return type(self._pins).__module__ == "gpiozero.pins.mock"

    def show(self, lamp: Lamp) -> None:
        """Light `lamp`; the buzzer sounds twice when somebody begins to call."""
        if lamp is self._shown:
            return
        with _pin_trouble():
            self._light(lamp)
            if self._buzzer is not None and lamp is Lamp.CALL:
                self._buzzer.beep(BEEP_S, BEEP_S, CALL_BEEPS)
        self._shown = lamp

    def call_pressed(self) -> bool:
        if self._button is None or self._answered >= self._button.closings:
            return False
        self._answered += 1
        return True

    def present(self) -> bool | None:
        if self._sensor is None:
            return None
        with _pin_trouble():
            return bool(self._sensor.is_active)

    def tampered(self) -> bool:
        if self._switch is None:
            return False
        openings = self._switch.openings
        since, self._opened = openings > self._opened, openings
        return since or not self._switch.closed

    def health(self) -> Health:
        """Pins cannot tell whether a lamp hangs on them; only a chip that does not answer is noticed."""
        try:
            self.present()
        except DeviceError as error:
            return Health(HealthState.GONE, Message(error.code, dict(error.values)))
        return HEALTHY

    def close(self) -> None:
        """Everything dark and silent; no thread is left."""
        for part in self._parts:
            part.close()
        self._parts.clear()
        self._pins.close()

    def _build(self) -> None:
        known, pins = self._settings, self._pins
        high = known.lamp_active_high
        self._colours = None
        if known.red is not None:
            colours = [getattr(known, name) for name in COLOUR_PINS]
            self._colours = self._add(RGBLED(*colours, active_high=high, pwm=False, pin_factory=pins))
        self._lamps = {
            lamp: self._add(LED(known.pins[f"lamp_{lamp}"], active_high=high, pin_factory=pins))
            for lamp in Lamp
            if f"lamp_{lamp}" in known.pins
        }
        self._button = self._contact(known.button)
        self._switch = self._contact(known.tamper)
        self._sensor: Any = None
        self._buzzer: Any = None
        if known.presence is not None:
            self._sensor = self._add(_sensor(known.presence, known.presence_active_high, pins))
        if known.buzzer is not None:
            self._buzzer = self._add(Buzzer(known.buzzer, pin_factory=pins))

    def _contact(self, pin: int | None) -> Contact | None:
        if pin is None:
            return None
        contact = Contact(pin, self._pins, self._settings.debounce_s, self._clock)
        self._parts.append(contact)
        return contact

    def _add(self, part: Any) -> Any:
        self._parts.append(part)
        return part

    def _light(self, lamp: Lamp) -> None:
        if self._colours is not None:
            self._colours.color = COLOURS[lamp]
        for each, led in self._lamps.items():
            led.value = each is lamp


def _sensor(pin: int, active_high: bool, pins: Factory) -> Any:
    """A sensor that drives its pin both ways; the pull only quietens a loose wire."""
    return DigitalInputDevice(pin, pull_up=not active_high, pin_factory=pins)


@contextmanager
def _pin_trouble() -> Iterator[None]:
    try:
        yield
    except (GPIOZeroError, OSError) as error:
        raise DeviceError("panel.gpio_pin", why=str(error)) from error
