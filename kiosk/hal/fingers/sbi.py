"""Slap scanners and other readers behind a vendor's service that speaks MOSIP's Secure Biometric Interface (SBI).

The service runs on this machine; its documents count only when they are signed by a device that the trust file vouches
for. A scanner needs seconds to get ready and to see a finger, so one capture goes on across several short `capture`
calls for the same placing, and is given up when another is asked.

Rolled fingers: the specification names no part of a scanner and no request for them (“Device SubID”: 1 left slap,
2 right slap, 3 two thumbs, 4 and up any other sensor). They are taken only where the vendor documents such a part and
the setting `rolled_sub_id` names it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import msgspec

from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import msg
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.fingers import FingerImage, FingerRefused
from kiosk.hal.fingers.sbi_http import Call
from kiosk.hal.fingers.sbi_messages import (
    BUSY_CODES,
    FIRST_HASH,
    NOTHING_CODES,
    ORIENTATION,
    SIMULATED_MAKE,
    SLAP_SUB_IDS,
    Wish,
    refusal,
    slap_wish,
)
from kiosk.hal.fingers.sbi_service import SLAP, Answer, Known, Service, service
from kiosk.hal.fingers.sbi_slap import composed
from kiosk.hal.fingers.sbi_stream import frames

T = TypeVar("T")

ASK_HEALTH_EVERY_S = 1.0
RETRY_S = 0.2
BUSY_S = 30.0
"""After so long a scanner that is busy with something else counts as out of order."""
FRESH_S = 2.0
"""A capture that ended longer ago is thrown away: another person may stand there now."""
MOST_STREAM_BYTES = 50_000_000

STATES = {
    "Ready": HEALTHY,
    "Busy": Health(HealthState.DEGRADED, msg("sbi.busy")),
    "Not Ready": Health(HealthState.GONE, msg("sbi.not_ready")),
    "Not Registered": Health(HealthState.GONE, msg("sbi.unregistered")),
}


class Placing(msgspec.Struct, frozen=True):
    """What `capture` was asked for, and what that is for the service."""

    position: FingerPosition
    impression: Impression
    wish: Wish


class Errand(threading.Thread, Generic[T]):
    """One question under way, so that nobody has to wait for a service that takes its time."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="sbi-errand", daemon=True)
        self.done = threading.Event()
        self.ended = 0.0
        self._work = work
        self._answers: list[T] = []
        self._error: DeviceError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answers.append(self._work())
        except DeviceError as error:
            self._error = error
        self.ended = time.monotonic()
        self.done.set()

    def answer(self) -> T:
        """Once it is `done`. Raises the `DeviceError` the work ended with."""
        if self._error is not None:
            raise self._error
        return self._answers[0]


class Running(NamedTuple):
    """A registration capture under way."""

    placing: Placing
    transaction: str
    previous: str
    call: Call
    errand: Errand[bytes]

    @property
    def stale(self) -> bool:
        return self.errand.done.is_set() and time.monotonic() - self.errand.ended > FRESH_S


class SbiReader:
    """Implements `FingerReader`. One lock: the workflow's `capture` and the supervisor's `health` never mix."""

    def __init__(self, service: Service, known: Known) -> None:
        self._service = service
        self._known = known
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._asking: Errand[Known] | None = None
        self._chain = FIRST_HASH
        self._busy_since: float | None = None
        self._health = self._state(known)
        self._asked_health = time.monotonic()

    @property
    def simulated(self) -> bool:
        """Whether the device says so: `kiosk sim sbi` does, and production refuses it."""
        return self._known.digital_id.make == SIMULATED_MAKE

    @property
    def model(self) -> str:
        who = self._known.digital_id
        return f"{who.make} {who.model} ({who.serial_no}, SBI {self._known.place})"[:120]

    @property
    def enrolment_grade(self) -> bool:
        """MOSIP wants 500 ppi of a registration device; what comes below that is refused."""
        return self._service.settings.enrolment_grade and self._known.info.purpose == "Registration"

    @property
    def takes_slaps(self) -> bool:
        parts = frozenset(SLAP_SUB_IDS.values())
        return self._known.digital_id.device_sub_type == SLAP and parts <= self._known.info.sub_ids

    @property
    def takes_rolled(self) -> bool:
        return self._service.settings.rolled_sub_id in self._known.info.sub_ids

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> FingerImage | FingerRefused:
        """See `FingerReader`. The capture goes on after `timeout`; the next call for the same placing collects it."""
        placing = self._placing(position, impression, absent)
        if not placing.wish.fingers:
            return FingerRefused(position)
        with self._lock:
            return self._capture(placing, time.monotonic() + timeout)

    def _capture(self, placing: Placing, until: float) -> FingerImage | FingerRefused:
        while True:
            running = self._running_for(placing)
            if not running.errand.done.wait(max(0.0, until - time.monotonic())):
                return FingerRefused(placing.position)
            self._running = None
            answer = self._service.read(
                running.errand.answer(), self._known, placing.wish, running.transaction, running.previous
            )
            found = self._judged(placing, answer)
            if found is not None:
                return found
            left = until - time.monotonic()
            if left <= 0:
                return FingerRefused(placing.position)
            time.sleep(min(RETRY_S, left))

    def _running_for(self, placing: Placing) -> Running:
        """The capture under way for this placing, or a new one."""
        running = self._running
        if running is not None and running.placing == placing and not running.stale:
            return running
        if running is not None:
            running.call.abandon()
        call, transaction = self._service.call(self._known, placing.wish, self._chain)
        self._running = Running(placing, transaction, self._chain, call, Errand(call.run))
        return self._running

    def _judged(self, placing: Placing, answer: Answer) -> FingerImage | FingerRefused | None:
        """None when nothing came of it and it may be tried again. Raises `DeviceError` for what a person has to mend."""
        if answer.code in BUSY_CODES:
            self._note_busy()
            return None
        self._busy_since = None
        if answer.segments:
            self._chain = answer.hash
            if len(answer.segments) < len(placing.wish.fingers):
                return FingerRefused(placing.position, FingerTrouble.COUNT)
            return composed(placing.position, placing.impression, answer.segments)
        if answer.code == ORIENTATION:
            return FingerRefused(placing.position, FingerTrouble.PARTIAL)
        if answer.code and answer.code not in NOTHING_CODES:
            raise refusal(answer.code)
        return None

    def _note_busy(self) -> None:
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if now - self._busy_since > BUSY_S:
            raise DeviceError("sbi.busy")

    def _placing(
        self, position: FingerPosition, impression: Impression, absent: Collection[FingerPosition]
    ) -> Placing:
        wish = self._wish(position, impression, absent)
        if wish is None:
            raise DeviceError("fingers.cannot_take", position=int(position), impression=impression.value)
        return Placing(position, impression, wish)

    def _wish(
        self, position: FingerPosition, impression: Impression, absent: Collection[FingerPosition]
    ) -> Wish | None:
        """None for what the device does not take."""
        if impression is Impression.ROLLED:
            part = self._service.settings.rolled_sub_id
            if part is None or not self.takes_rolled or position.is_slap:
                return None
            return Wish(part, (position,), ())
        if self.takes_slaps:
            return slap_wish(position, absent)
        if position.is_slap:
            return None
        return Wish(min(self._known.info.sub_ids, default=0), (position,), ())

    # -- life --------------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """See `Device`. It never waits for the service: an answer is told once it is there, and none is asked for while
        a capture goes on.
        """
        if not self._lock.acquire(blocking=False):
            return self._health
        try:
            self._follow_health()
            return self._health
        finally:
            self._lock.release()

    def _follow_health(self) -> None:
        if self._running is not None and not self._running.errand.done.is_set():
            self._asking = None  # what it says now is only that it is busy with us
        elif self._asking is None:
            if time.monotonic() - self._asked_health >= ASK_HEALTH_EVERY_S:
                place = self._known.place
                self._asking = Errand(lambda: self._service.known_at(place))
        elif self._asking.done.is_set():
            self._health = self._health_of(self._asking)
            self._asking, self._asked_health = None, time.monotonic()

    def _health_of(self, asked: Errand[Known]) -> Health:
        try:
            known = asked.answer()
            if known.digital_id.serial_no != self._known.digital_id.serial_no:
                raise DeviceError("sbi.other_device", serial=known.digital_id.serial_no[:60])
        except DeviceError as error:
            return Health(HealthState.GONE, msg(error.code, **error.values))
        return self._state(known)

    def _state(self, known: Known) -> Health:
        unknown = Health(HealthState.GONE, msg("sbi.not_ready"))
        return STATES.get(known.info.device_status, unknown)

    def stream_rate(self, seconds: float) -> float:
        """Frames a second of the live picture, over up to `seconds`. Raises `DeviceError` when it shows none."""
        sub_ids = self._known.info.sub_ids
        part = SLAP_SUB_IDS[FingerPosition.RIGHT_FOUR] if self.takes_slaps else min(sub_ids, default=0)
        call = self._service.stream_call(self._known, part, seconds)
        begun, seen = time.monotonic(), 0

        def count(read: Callable[[int], bytes]) -> None:
            nonlocal seen
            for _ in frames(read):
                seen += 1

        with self._lock:
            try:
                call.pieces(count, MOST_STREAM_BYTES)
            except DeviceError:
                if not seen:
                    raise
        return seen / max(time.monotonic() - begun, 0.001)

    def close(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.call.abandon()
            running.errand.join(1.0)


def open_device(
    settings: Mapping[str, object],
    data: Path,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> SbiReader:
    """Settings: `sbi_service.Settings`. Raises `ConfigError` for one that cannot be used, `DeviceError` when no genuine
    fingerprint device answers or it is not ready.
    """
    asked = service(settings, wall)
    reader = SbiReader(asked, asked.find())
    health = reader.health()
    if health.state is HealthState.GONE and health.message is not None:
        with suppress(DeviceError):
            reader.close()
        raise DeviceError(health.message.code)
    return reader
