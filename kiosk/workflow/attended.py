"""A device that somebody looks after: opened when it is there, opened again when it comes back, never replaced."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

from kiosk.domain.message import Message, msg
from kiosk.domain.time import Clock
from kiosk.errors import DeviceError
from kiosk.hal.device import Device, Health, HealthState
from kiosk.workflow.board import DeviceLine


class Unlent(StrEnum):
    """Why a device was not lent: a visit wants it, or it is not there."""

    WANTED = "wanted"
    GONE = "gone"


D = TypeVar("D", bound=Device)
R = TypeVar("R")

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 10.0
LOOK_EVERY_S = 0.1


class Attended(Generic[D]):
    """One device of one kind. `use` belongs to the workflow's thread, `look` to the supervisor's."""

    def __init__(
        self, kind: str, open_device: Callable[[], D], clock: Clock, changed: Callable[[], None]
    ) -> None:
        self.kind = kind
        self._open_device = open_device
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._device: D | None = None
        self._health = Health(HealthState.GONE, msg("device.gone", device=msg(f"device.{kind}")))
        self._model = ""
        self._retry_s = FIRST_RETRY_S
        self._next_try = 0.0
        self._wanted = False

    @property
    def line(self) -> DeviceLine:
        """The device on the officer's board."""
        return DeviceLine(self.kind, self._model, self._health.state, self._health.message)

    @property
    def gone(self) -> bool:
        return self._device is None

    def use(self, call: Callable[[D], R], waiting: Callable[[], None]) -> R:
        """Call the device; while it is gone, keep calling `waiting` (which may raise) and go on when it is back.

        From now until `let_go` it belongs to the visit alone.
        """
        self._wanted = True
        while True:
            if self._device is None:
                self._await_return(waiting)
            try:
                with self._lock:
                    if self._device is not None:
                        return call(self._device)
            except DeviceError as error:
                self._lose(msg(error.code, **error.values))

    def try_use(self, call: Callable[[D], R]) -> R | None:
        """Call the device if it is there and free; None otherwise."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return call(self._device) if self._device is not None else None
        except DeviceError as error:
            self._lose(msg(error.code, **error.values))
            return None
        finally:
            self._lock.release()

    def let_go(self) -> None:
        """The visit is done with it for now."""
        self._wanted = False

    def lend(self, call: Callable[[D], R]) -> R | Unlent:
        """Call the device for somebody who is no citizen, as long as no visit wants it.

        What came of the call is dropped when a visit wanted the device meanwhile: it may be the citizen's.
        """
        if self._wanted:
            return Unlent.WANTED
        with self._lock:
            if self._wanted or self._device is None:
                return Unlent.WANTED if self._wanted else Unlent.GONE
            try:
                found = call(self._device)
            except DeviceError as error:
                self._lose(msg(error.code, **error.values))
                return Unlent.GONE
            return Unlent.WANTED if self._wanted else found

    def look(self) -> None:
        """Ask the device how it is, or try to open it when its time has come; never waits for a call in progress."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._device is not None:
                health = self._device.health()
                if health.state is HealthState.GONE:
                    self._lose(health.message)
                else:
                    self._set(health)
            elif self._clock.monotonic() >= self._next_try:
                self._try_open()
        except DeviceError as error:
            self._lose(msg(error.code, **error.values))
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _await_return(self, waiting: Callable[[], None]) -> None:
        while self._device is None:
            waiting()
            self._clock.sleep(LOOK_EVERY_S)
            self.look()

    def _try_open(self) -> None:
        try:
            device = self._open_device()
            health = device.health()
        except DeviceError as error:
            self._lose(msg(error.code, **error.values))
            return
        if health.state is HealthState.GONE:
            device.close()
            self._lose(health.message)
            return
        self._device, self._model, self._retry_s = device, device.model, FIRST_RETRY_S
        self._set(health)

    def _lose(self, why: Message | None) -> None:
        """Gone for now; `why` in the driver's own words where it has any."""
        self._close()
        self._next_try = self._clock.monotonic() + self._retry_s
        self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)
        self._set(Health(HealthState.GONE, why or msg("device.gone", device=msg(f"device.{self.kind}"))))

    def _close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _set(self, health: Health) -> None:
        if health != self._health:
            self._health = health
            self._changed()
