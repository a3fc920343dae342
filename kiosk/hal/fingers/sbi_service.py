"""One device behind a Secure Biometric Interface service: found, believed only after its signatures, asked."""

from __future__ import annotations

import ipaddress
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.fingers.iso19794_4 import Print, read_print
from kiosk.hal.fingers.sbi_http import Call, Place, Verb, is_open
from kiosk.hal.fingers.sbi_jws import Trust, read_trust, unpacked
from kiosk.hal.fingers.sbi_messages import (
    FINGERS,
    SUCCESS,
    Biometric,
    DeviceInfo,
    DigitalId,
    Finger,
    Found,
    InfoEntry,
    Wish,
    capture_entries,
    capture_request,
    decoded,
    next_hash,
    refusal,
)

PORTS = range(4501, 4601)
"""Where a service may listen (“MDS Specification”)."""
SCAN_S, KNOCK_S, DISCOVER_S, INFO_S = 4.0, 0.05, 1.0, 3.0
LATE_S = 5.0
"""How long after its own time a capture may still be answered."""
SLAP = "Slap"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See docs/devices.md."""

    trust: str
    address: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    serial: str = ""
    env: Literal["Staging", "Developer", "Pre-Production", "Production"] = "Production"
    score: Annotated[int, msgspec.Meta(ge=1, le=100)] = 60
    capture_s: Annotated[float, msgspec.Meta(ge=1, le=60)] = 10.0
    clock_tolerance_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 120.0
    rolled_sub_id: Annotated[int, msgspec.Meta(ge=4, le=99)] | None = None
    enrolment_grade: bool = True


def read_settings(settings: Mapping[str, object]) -> Settings:
    """Raises `ConfigError` naming what is wrong; an address beyond this machine is refused."""
    given = dict(settings)
    port = given.get("port")
    if isinstance(port, str) and port.isascii() and port.isdigit():
        given["port"] = int(port)
    try:
        known = msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError("sbi.setting", reason=str(error)) from error
    if not is_loopback(known.address):
        raise ConfigError("sbi.setting_address", given=known.address)
    return known


def is_loopback(address: str) -> bool:
    """Whether it is an address, not a name, of this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class Known(NamedTuple):
    """A device whose signatures held."""

    place: Place
    info: DeviceInfo
    digital_id: DigitalId


class Segment(NamedTuple):
    """One finger of an answer."""

    finger: FingerPosition
    print: Print


class Answer(NamedTuple):
    """The fingers of a capture and the end of the hash chain; `code` when the service has none (0: it has)."""

    segments: tuple[Segment, ...]
    hash: str
    code: int = SUCCESS


class Service:
    """Questions to the devices of one machine. `wall` tells UTC."""

    def __init__(self, settings: Settings, trust: Trust, wall: Callable[[], datetime]) -> None:
        self.settings = settings
        self._trust = trust
        self._wall = wall

    def find(self) -> Known:
        """The first fingerprint device that is genuine. Raises `DeviceError`: why the last one is not, or none is there."""
        last: DeviceError | None = None
        for place in self._places():
            try:
                return self.known_at(place)
            except DeviceError as error:
                last = error
        raise last or DeviceError("sbi.none", first=PORTS[0], last=PORTS[-1])

    def _places(self) -> Iterator[Place]:
        """Where to ask. The whole range is knocked at when no port is named; a service without fingers is passed by."""
        address, port = self.settings.address, self.settings.port
        if port is not None:
            yield Place(address, port)
            return
        until = time.monotonic() + SCAN_S
        for place in (Place(address, port) for port in PORTS):
            if time.monotonic() < until and is_open(place, KNOCK_S) and self._discovers(place):
                yield place

    def _discovers(self, place: Place) -> bool:
        try:
            body = Call(place, Verb.DISCOVER, b'{"type":"Finger"}', DISCOVER_S).run()
            return bool(decoded(list[Found], body, "devices"))
        except DeviceError:
            return False

    def known_at(self, place: Place) -> Known:
        """Ask for the device info, check every signature. Raises `DeviceError`."""
        body = Call(place, Verb.INFO, b"", INFO_S).run()
        last: DeviceError | None = None
        for entry in decoded(list[InfoEntry], body, "device info"):
            try:
                known = self._known(place, entry)
            except DeviceError as error:
                last = error
                continue
            if known.digital_id.type == "Finger" and self.settings.serial in ("", known.digital_id.serial_no):
                return known
            last = DeviceError("sbi.other_device", serial=_short(known.digital_id.serial_no))
        raise last or DeviceError("sbi.unplugged")

    def _known(self, place: Place, entry: InfoEntry) -> Known:
        code = entry.error.code if entry.error else SUCCESS
        if not entry.device_info or "." not in entry.device_info:
            raise refusal(code) if code else DeviceError("sbi.unregistered")
        info = decoded(DeviceInfo, self._trust.opened(entry.device_info, self._wall()), "device info")
        return Known(_base(info.callback_id, place), info, self.digital_id(info.digital_id))

    def digital_id(self, token: str) -> DigitalId:
        """Who signed. Raises `DeviceError`."""
        return decoded(DigitalId, self._trust.opened(token, self._wall()), "digital id")

    def call(self, known: Known, wish: Wish, previous: str) -> tuple[Call, str]:
        """A registration capture that is not asked yet, and its transaction."""
        transaction, seconds = str(uuid.uuid4()), self.settings.capture_s
        own = self.settings
        document = capture_request(
            known.info, wish, own.env, own.score, seconds, transaction, previous, self._wall()
        )
        return Call(known.place, Verb.REGISTRATION_CAPTURE, document, seconds + LATE_S), transaction

    def stream_call(self, known: Known, sub_id: int, seconds: float) -> Call:
        """A live picture that is not asked for yet."""
        document = {
            "deviceId": known.info.device_id or "",
            "deviceSubId": sub_id,
            "timeout": int(seconds * 1000),
        }
        return Call(known.place, Verb.STREAM, msgspec.json.encode(document), seconds)

    def read(self, body: bytes, known: Known, wish: Wish, transaction: str, previous: str) -> Answer:
        """Every finger checked: signature, device, transaction, time, name, hash. Raises `DeviceError`."""
        segments: list[Segment] = []
        code = SUCCESS
        for entry in capture_entries(body):
            if entry.error is not None and entry.error.code != SUCCESS:
                code = code or entry.error.code
                continue
            segment, previous = self._segment(entry, known, wish, transaction, previous)
            if segment.finger in [earlier.finger for earlier in segments]:
                raise DeviceError("sbi.fingers", named=_short(segment.finger.name))
            segments.append(segment)
        return Answer(tuple(segments), previous, code)

    def _segment(
        self, entry: Biometric, known: Known, wish: Wish, transaction: str, previous: str
    ) -> tuple[Segment, str]:
        signed = self._trust.opened(entry.data or "", self._wall())
        data = decoded(Finger, signed, "finger")
        self._check(data, known, transaction)
        record = unpacked(data.bio_value)
        chained = next_hash(previous, record)
        if (entry.hash or "").upper() != chained:
            raise DeviceError("sbi.hash")
        finger = FINGERS.get(data.bio_sub_type)
        seen = read_print(record)
        if finger is None or finger not in wish.fingers or seen.position not in (0, int(finger)):
            raise DeviceError("sbi.fingers", named=_short(data.bio_sub_type))
        if seen.ppi < ENROLMENT_PPI:
            raise DeviceError("sbi.resolution", ppi=seen.ppi, least=ENROLMENT_PPI)
        return Segment(finger, seen), chained

    def _check(self, data: Finger, known: Known, transaction: str) -> None:
        """That this is the answer to our question, by this device, now."""
        if data.transaction_id != transaction:
            raise DeviceError("sbi.replay", what="transactionId")
        off = abs((_moment(data.timestamp) - self._wall()).total_seconds())
        if off > self.settings.clock_tolerance_s:
            raise DeviceError("sbi.clock", seconds=int(off), most=int(self.settings.clock_tolerance_s))
        if self.digital_id(data.digital_id) != known.digital_id:
            raise DeviceError("sbi.replay", what="digitalId")
        expected = ("Finger", "Registration", self.settings.env)
        if (data.bio_type, data.purpose, data.env) != expected:
            raise DeviceError("sbi.purpose", env=_short(data.env), purpose=_short(data.purpose))


def service(settings: Mapping[str, object], wall: Callable[[], datetime]) -> Service:
    """Raises `ConfigError`."""
    known = read_settings(settings)
    return Service(known, read_trust(Path(known.trust)), wall)


def _base(callback: str | None, place: Place) -> Place:
    """The base URL a device names takes precedence over where it was found; never beyond this machine."""
    if not callback:
        return place
    try:
        parts = urlsplit(callback)
        named = Place(parts.hostname or "", parts.port or 80)
    except ValueError as error:
        raise DeviceError("sbi.callback", named=_short(callback)) from error
    if parts.scheme.lower() != "http" or not is_loopback(named.address):
        raise DeviceError("sbi.callback", named=_short(callback))
    return named


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
    except ValueError as error:
        raise DeviceError("sbi.garbled", what="timestamp") from error
    return moment


def _short(text: str | None) -> str:
    return "".join(c for c in (text or "")[:60] if c.isprintable()) or "—"
