"""Fingerprint modules of the ZFM family (ZFM-20, R30x, R503, AS608) on a serial line.

They take one flat finger at a time in 16 greys through a small window: enough for an officer's log-in, a hand-over
and for training, never for enrolment grade. Several seconds of line time an image, so an image is fetched only when
the module itself could read the finger.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import msg
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState, Transfer
from kiosk.hal.fingers import FingerImage, FingerRefused, Verdict
from kiosk.hal.fingers.zfm_line import Line
from kiosk.hal.fingers.zfm_protocol import (
    LARGEST_TEMPLATE,
    PACKET_SIZES,
    PPI,
    SIZES,
    Answer,
    Code,
    Command,
    Size,
    grey_of,
)
from kiosk.hal.fingers.zfm_rate import RateNote
from kiosk.hal.fingers.zfm_start import (
    RING_LAY,
    RING_LIFT,
    RING_OFF,
    USUAL_BAUD,
    Found,
    change_baud,
    find,
    read_settings,
)
from kiosk.hal.serial_port import Dial, open_serial

LOOK_EVERY_S = 0.05
ASK_HEALTH_EVERY_S = 1.0
HEALTH_S = 0.35
RING_STAYS_S, RING_S = 3.0, 0.2
UPLOADS = 6
"""How often an image is fetched again before the line is given up."""
LOADS = 4
"""How often a template is sent again."""
WARY_AT_FIRST, WARY_IMAGES = 5, 20
"""So many images after the start, and after trouble on the line, are fetched until two transfers agree: two turned bits
can leave the sum of a packet as it was, and a line has to earn that one transfer is enough."""

REFUSALS = {
    Code.TOO_DRY: FingerTrouble.DRY,
    Code.TOO_WET: FingerTrouble.WET,
    Code.TOO_MESSY: FingerTrouble.WET,
    Code.TOO_FEW_FEATURES: FingerTrouble.PARTIAL,
    Code.NO_IMAGE: FingerTrouble.PARTIAL,
}
"""What the module says of a finger it could not read."""


class ZfmReader:
    """Implements `FingerReader` and `TemplateReader`. One lock: the workflow's capture and the supervisor's `health`
    never mix."""

    simulated = False
    template_format = "zfm"
    enrolment_grade = False
    takes_slaps = False
    takes_rolled = False

    def __init__(
        self,
        line: Line,
        size: Size | None,
        found: Found,
        rates: RateNote,
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.line = line
        self.found = found
        self._rates = rates
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._size = size or (Size(*found.product[1:]) if found.product else None)
        self._lifted = True
        self._ring = RING_OFF
        self._troubles = line.troubles
        self._wary = WARY_AT_FIRST
        self._health = HEALTHY
        self._asked_health = self._captured = now()

    @property
    def last_transfer(self) -> Transfer | None:
        """What the newest image took on the line, one transfer of it."""
        return self.line.last_transfer

    @property
    def model(self) -> str:
        name = self.found.product.model if self.found.product else ""
        return f"ZFM {name or 'R30x/AS608'} ({self.line.name}, {self.line.baud} baud)"

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> FingerImage | FingerRefused:
        """See `FingerReader`. The finger of the last image must have been lifted in between.

        The image is fetched after `timeout` is over, if need be: `timeout` is how long to wait for the finger.
        """
        if position.is_slap or impression is Impression.ROLLED:
            raise DeviceError("fingers.cannot_take", position=int(position), impression=impression.value)
        with self._lock:
            return self._capture(position, impression, timeout)

    def _capture(
        self, position: FingerPosition, impression: Impression, timeout: float
    ) -> FingerImage | FingerRefused:
        until = self._now() + timeout
        self._show(RING_LAY)
        while True:
            trouble = self.await_finger(until)
            sent = self._fetch() if trouble is FingerTrouble.NONE else None
            self._captured = self._now()
            if sent is not None and self._size is not None:
                self._lifted = False
                self._show(RING_LIFT)
                width, height = self._size
                return FingerImage(position, impression, width, height, PPI, grey_of(sent))
            if self._now() >= until:
                lost = trouble is FingerTrouble.NONE
                return FingerRefused(position, FingerTrouble.NOTHING if lost else trouble)

    def await_finger(self, until: float, place: int = 1) -> FingerTrouble:
        """Wait for a finger the module can read into its buffer `place`: NONE; otherwise what it said last of one."""
        trouble = FingerTrouble.NOTHING
        while True:
            seen = self._look(place)
            if seen is FingerTrouble.NONE:
                return seen
            trouble = trouble if seen is FingerTrouble.NOTHING else seen
            if self._now() >= until:
                return trouble
            self._sleep(LOOK_EVERY_S)

    def _look(self, place: int) -> FingerTrouble:
        code = self.ask(Command.GET_IMAGE).code
        if code in (Code.NO_FINGER, Code.NOT_TAKEN):
            self._lifted = self._lifted or code == Code.NO_FINGER
            return FingerTrouble.NOTHING
        self.expect_ok(Command.GET_IMAGE, code)
        if not self._lifted:
            return FingerTrouble.NOTHING
        code = self.ask(Command.EXTRACT, bytes([place])).code
        if code in REFUSALS:
            return REFUSALS[Code(code)]
        self.expect_ok(Command.EXTRACT, code)
        return FingerTrouble.NONE

    def _fetch(self) -> bytes | None:
        """The image as sent; None when the module has none any more. Raises `DeviceError` on a hopeless line."""
        for baud in dict.fromkeys((self.line.baud, min(self.line.baud, self.found.original_baud))):
            if baud != self.line.baud:
                change_baud(self.line, baud)
            earlier: bytes | None = None
            for _ in range(UPLOADS):
                sent = self.line.fetch(Command.SEND_IMAGE, self._size.sent_bytes if self._size else 0)
                self._note_troubles()
                if sent == b"":
                    return None
                if sent is None or not self._fits(sent):
                    continue
                if self._wary == 0 or sent == earlier:
                    self._wary = max(0, self._wary - 1)
                    return sent
                earlier = sent
        raise self._garbled(Command.SEND_IMAGE)

    def _fits(self, sent: bytes) -> bool:
        """Whether this is a whole image; the first one tells the size when nobody else does."""
        if self._size is None:
            self._size = SIZES.get(len(sent))
            if self._size is None:
                raise DeviceError("zfm.size", port=self.line.name, received=len(sent))
        return len(sent) == self._size.sent_bytes

    def _note_troubles(self) -> None:
        if self.line.troubles != self._troubles:
            self._troubles, self._wary = self.line.troubles, WARY_IMAGES

    # -- templates: whether this is the officer's finger --------------------------------------------------------

    def enrol_template(self, timeout: float, again: Callable[[], None]) -> bytes | Verdict:
        """See `TemplateReader`. Nothing stays in the module's own memory for templates.

        Only after it has gone to the module and come back whole is a template any use: not every clone may do that.
        """
        with self._lock:
            for buffer in (1, 2):
                missing = self._take_features(buffer, timeout)
                if missing:
                    return missing
                self._lifted = False
                if buffer == 1:
                    again()
            code = self.ask(Command.MERGE).code
            if code == Code.CANNOT_MERGE:
                return Verdict.DIFFERENT
            self.expect_ok(Command.MERGE, code)
            template = self._fetch_template(1)
            self._load_template(template)
            return template

    def match_template(self, template: bytes, timeout: float) -> Verdict:
        """See `TemplateReader`; as the module itself judges."""
        with self._lock:
            missing = self._take_features(1, timeout)
            if missing:
                return missing
            self._lifted = False
            self._load_template(template)
            code = self.ask(Command.MATCH).code
            if code == Code.NO_MATCH:
                return Verdict.DIFFERENT
            self.expect_ok(Command.MATCH, code)
            return Verdict.SAME

    def _fetch_template(self, buffer: int) -> bytes:
        """What is in a buffer, twice the same: two turned bits can leave the sum of a packet as it was."""
        earlier: bytes | None = None
        for _ in range(UPLOADS):
            sent = self.line.fetch(Command.SEND_TEMPLATE, data=bytes([buffer]))
            self._note_troubles()
            if sent and sent == earlier and len(sent) <= LARGEST_TEMPLATE:
                return sent
            earlier = sent
        raise self._garbled(Command.SEND_TEMPLATE)

    def _load_template(self, template: bytes) -> None:
        """Into the second buffer; read back, for the module does not say whether it came whole."""
        step = self.found.parameters.packet if self.found.parameters else PACKET_SIZES[2]
        for _ in range(LOADS):
            self.expect_ok(Command.TAKE_TEMPLATE, self.ask(Command.TAKE_TEMPLATE, b"\2").code)
            self.line.send_pieces(template, step)
            if self.line.fetch(Command.SEND_TEMPLATE, data=b"\2") == template:
                return
            self._note_troubles()
        raise self._garbled(Command.TAKE_TEMPLATE)

    def _garbled(self, command: Command) -> DeviceError:
        return DeviceError("zfm.garbled", port=self.line.name, baud=self.line.baud, sent=command.name)

    def _take_features(self, buffer: int, timeout: float) -> Verdict | None:
        """None when the finger was read into `buffer`."""
        self._show(RING_LAY)
        trouble = self.await_finger(self._now() + timeout, buffer)
        self._captured = self._now()
        if trouble is FingerTrouble.NONE:
            self._show(RING_LIFT)
            return None
        return Verdict.NO_FINGER if trouble is FingerTrouble.NOTHING else Verdict.UNREADABLE

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self, command: Command, data: bytes = b"") -> Answer:
        """As `Line.ask`; a module that has forgotten that it was told the password is told again."""
        answer = self.line.ask(command, data)
        if answer.code in (Code.WRONG_PASSWORD, Code.PASSWORD_FIRST):
            self.line.verify(HEALTH_S)
            answer = self.line.ask(command, data)
        self._note_troubles()
        return answer

    def expect_ok(self, command: Command, code: int) -> None:
        """Raises `DeviceError` for any other answer."""
        if code != Code.OK:
            raise DeviceError("zfm.refused", port=self.line.name, sent=command.name, received=f"{code:#04x}")

    def _show(self, ring: bytes) -> None:
        if self.found.ring and ring != self._ring:
            self.line.ask_once(Command.RING_LIGHT, ring, RING_S)
            self._ring = ring

    # -- life --------------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """See `Device`; during a capture, and for a second after the last question, the last answer."""
        if not self._lock.acquire(blocking=False):
            return self._health
        try:
            if self._now() - self._asked_health >= ASK_HEALTH_EVERY_S:
                self._health = self._ask_health()
                self._asked_health = self._now()
            return self._health
        finally:
            self._lock.release()

    def _ask_health(self) -> Health:
        try:
            if not any(self.line.verify(HEALTH_S) for _ in range(2)):
                code = "zfm.silent"
                raise DeviceError(code, port=self.line.name, baud=self.line.baud, sent="VERIFY_PASSWORD")
            if self._now() - self._captured > RING_STAYS_S:
                self._show(RING_OFF)
        except DeviceError as error:
            return Health(HealthState.GONE, msg(error.code, **error.values))
        self._note_troubles()
        if self._wary and self.line.troubles:
            noisy = msg("zfm.noisy", port=self.line.name, baud=self.line.baud, count=self.line.troubles)
            return Health(HealthState.DEGRADED, noisy)
        return HEALTHY

    def close(self) -> None:
        """Put the baud rate back as it was found, as far as the module still answers."""
        with self._lock:
            try:
                self._show(RING_OFF)
                if change_baud(self.line, self.found.original_baud) == self.found.original_baud:
                    self._rates.forget()
            except DeviceError:
                pass  # a dead module cannot be put back; the next start finds it by probing, and the note tells what it had
            finally:
                self.line.close()


def open_device(
    settings: Mapping[str, object],
    data: Path,
    dial: Dial = open_serial,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> ZfmReader:
    """Settings: `port`; `baud`, the rate to go to; `address`, `password`; `width` and `height` of the image for modules
    that do not tell and have an unusual one. `dial` opens the port: a recorder or a replay may stand in.

    Raises `ConfigError` naming a bad setting, `DeviceError` when the port or the module cannot be used.
    """
    chosen = read_settings(settings)
    rates = RateNote(data, chosen.port)
    line = Line(dial(chosen.port, USUAL_BAUD), chosen.port, chosen.address, now, sleep, chosen.password)
    try:
        return ZfmReader(line, chosen.size, find(line, chosen, rates), rates, now, sleep)
    except DeviceError:
        line.close()
        raise
