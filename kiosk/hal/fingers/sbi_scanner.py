"""A simulated scanner behind its service: what it is, the documents it signs, the invented fingers laid on it."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.fingers.hand import MASTERS_FOLDER, Hand
from kiosk.hal.fingers.iso19794_4 import (
    CAPTURED_2011,
    HEAD_2005,
    HEAD_2011,
    IMAGE_2011,
    MAGIC,
    V2005,
    V2011,
    VIEW_2005,
)
from kiosk.hal.fingers.sbi_faults import STATES, Fault
from kiosk.hal.fingers.sbi_messages import (
    BUSY,
    FINGERS,
    NAMES,
    NO_FINGER,
    SIMULATED_MAKE,
    SLAP_SUB_IDS,
    packed,
)
from kiosk.hal.world import World, WorldFile, world_in

if TYPE_CHECKING:
    from kiosk.hal.fingers.sbi_keys import Keys, Signer
    from kiosk.hal.fingers.texture import Grey

LOOK_S = 0.02
ROLLED_SUB_ID = 4
"""The part for rolled fingers of the kind `rolls`; the specification leaves 4 and up to the vendor."""
PARTS = {part: slap for slap, part in SLAP_SUB_IDS.items()}
MIRRORED = 5
"""From a finger of the right hand to the same one of the left, by position code."""
FRAME_SIZE = (160, 120)


class Kind(NamedTuple):
    """`edition`: of the finger records, 2005 or 2011; `coding`: of their images, raw, PNG or JPEG2000."""

    sub_type: str
    parts: tuple[int, ...]
    edition: int = 2011
    coding: str = "JPEG2000"


KINDS = {
    "slap": Kind("Slap", (1, 2, 3)),
    "rolls": Kind("Slap", (1, 2, 3, ROLLED_SUB_ID), coding="PNG"),
    "single": Kind("Single", (1,), edition=2005, coding="raw"),
}


class Wanted(NamedTuple):
    """The question of an RCAPTURE, as far as it matters here."""

    transaction: str
    env: str
    part: int
    fingers: tuple[FingerPosition, ...]
    previous: str
    seconds: float
    impression: Impression


class Scanner:
    """One device. `answer` gives the JSON for a verb, or None when the caller went away."""

    def __init__(self, kind: Kind, world: WorldFile, masters: Path, keys: Keys) -> None:
        self.kind, self.keys = kind, keys
        self.state = ""
        self._state_until = 0.0
        self._world = world
        self._hand = Hand(masters)
        self._capturing = threading.Lock()

    def enter(self, fault: Fault) -> None:
        """Be in the state of the fault for its time."""
        self.state, self._state_until = fault.kind, time.monotonic() + fault.seconds

    def trouble(self) -> tuple[str, int]:
        """Device status and error code now."""
        if not self._world.read().reader_connected:
            return STATES["gone"]
        if self.state and time.monotonic() < self._state_until:
            return STATES[self.state]
        return ("Busy", BUSY) if self._capturing.locked() else ("Ready", 0)

    def discovery(self, port: int) -> list[dict[str, Any]]:
        status, code = self.trouble()
        return [
            {
                **self._about(status, port),
                "digitalId": packed(msgspec.json.encode(self._digital_id())),
                "error": error(code),
            }
        ]

    def info(self, port: int, fault: str = "") -> list[dict[str, Any]]:
        """Unsigned when it is not registered, with its error when it is not ready."""
        status, code = self.trouble()
        if code == STATES["gone"][1]:
            return [{"deviceInfo": "", "error": error(code)}]
        about = self._about(status, port)
        if fault == "callback":
            about["callbackId"] = "http://192.0.2.1:4501/"
        about |= {"digitalId": self._signed_id(fault), "env": "Developer", "firmware": "1.0"}
        document = msgspec.json.encode(about)
        unsigned = code == STATES["unregistered"][1] or fault == "unsigned"
        token = packed(document) if unsigned else self._signed(document, fault)
        return [{"deviceInfo": token, "error": error(code)}]

    def capture(
        self, request: Mapping[str, Any], fault: Fault | None, going_on: Callable[[], bool]
    ) -> dict[str, Any] | list[dict[str, Any]]:
        """Wait for the person, sign what they lay down; `going_on` says when nobody listens any more."""
        if fault is not None and fault.kind == "error":
            return failed(fault.code)
        if (code := self.trouble()[1]) or not self._capturing.acquire(blocking=False):
            return failed(code or BUSY)
        try:
            wanted = self._wanted(request)
            prints = self._await_person(wanted, going_on)
        finally:
            self._capturing.release()
        if code := self.trouble()[1]:
            return failed(code)
        return self._biometrics(wanted, prints, fault.kind if fault else "") if prints else failed(NO_FINGER)

    def frame(self, number: int) -> bytes:
        """One JPEG of the live picture."""
        from PIL import Image

        out = io.BytesIO()
        Image.new("L", FRAME_SIZE, 200 + number % 40).save(out, "JPEG")
        return out.getvalue()

    # -- who it is ---------------------------------------------------------------------------------------------

    def _digital_id(self, serial: str = "999000000001") -> dict[str, str]:
        return {
            "serialNo": serial,
            "make": SIMULATED_MAKE,
            "model": f"{self.kind.sub_type.lower()} scanner",
            "type": "Finger",
            "deviceSubType": self.kind.sub_type,
            "deviceProvider": "Nobody",
            "deviceProviderId": "NOBODY.1",
            "dateTime": moment(),
        }

    def _about(self, status: str, port: int) -> dict[str, Any]:
        registered = status != "Not Registered"
        return {
            "deviceId": "1" if registered else "",
            "deviceStatus": status,
            "certification": "L0",
            "serviceVersion": "0.9.5",
            "deviceSubId": [str(part) for part in self.kind.parts],
            "callbackId": f"http://127.0.0.1:{port}/",
            "deviceCode": "999000000001" if registered else "",
            "purpose": "Registration" if registered else "",
            "specVersion": ["0.9.5"],
        }

    def _signed_id(self, fault: str) -> str:
        serial = "999000000002" if fault == "other_device" else "999000000001"
        return self.keys.device.signed(msgspec.json.encode(self._digital_id(serial)))

    def _signed(self, document: bytes, fault: str) -> str:
        signers: dict[str, Signer] = {"foreign": self.keys.foreign, "expired": self.keys.expired}
        token = signers.get(fault, self.keys.device).signed(document)
        if fault == "signature":
            head, _, signature = token.split(".")
            return f"{head}.{packed(document.replace(b'999', b'998'))}.{signature}"
        return token

    # -- fingers -----------------------------------------------------------------------------------------------

    def _wanted(self, request: Mapping[str, Any]) -> Wanted:
        bio = request["bio"][0]
        part = int(bio["deviceSubId"])
        excepted = [FINGERS[name] for name in bio.get("exception", ())]
        named = tuple(FINGERS[name] for name in bio.get("bioSubType", ()))
        slap = PARTS.get(part) if self.kind.sub_type == "Slap" else None
        fingers = tuple(f for f in slap.members if f not in excepted) if slap else named
        rolled = Impression.ROLLED if part == ROLLED_SUB_ID else Impression.FLAT
        seconds = int(request["timeout"]) / 1000
        return Wanted(
            request["transactionId"], request["env"], part, fingers, bio["previousHash"], seconds, rolled
        )

    def _await_person(self, wanted: Wanted, going_on: Callable[[], bool]) -> dict[FingerPosition, Grey]:
        begun = time.monotonic()
        while time.monotonic() < begun + wanted.seconds and going_on():
            world = self._world.read()
            if self.trouble()[1] not in (0, BUSY):
                return {}
            there = [finger for finger in wanted.fingers if not world.finger(finger).missing]
            if there and time.monotonic() >= begun + world.pace:
                return self._pressed(world, wanted, there)
            time.sleep(LOOK_S)
        return {}

    def _pressed(
        self, world: World, wanted: Wanted, there: Sequence[FingerPosition]
    ) -> dict[FingerPosition, Grey]:
        placing = wanted.fingers[0] if len(wanted.fingers) == 1 else PARTS[wanted.part]
        tries = self._hand.count_try(world, placing, wanted.impression)
        return {finger: self._hand.press(world, finger, wanted.impression, tries) for finger in there}

    def _biometrics(self, wanted: Wanted, prints: dict[FingerPosition, Grey], fault: str) -> dict[str, Any]:
        entries: list[dict[str, Any]] = []
        previous = wanted.previous
        fingers = wanted.fingers[:-1] if fault == "fewer" else wanted.fingers
        for finger in fingers + fingers[:1] * (fault == "twice"):
            if finger not in prints:
                entries.append({"specVersion": "0.9.5", "data": "", "hash": "", "error": error(NO_FINGER)})
                continue
            code = ROLLED if wanted.impression is Impression.ROLLED or fault == "rolled" else FLAT
            record = self._spoiled(self._record(finger, prints[finger], code, fault), fault)
            document = msgspec.json.encode(self._data(finger, record, wanted, fault))
            token = packed(document) if fault == "unsigned" else self._signed(document, fault)
            previous = _chained("" if fault == "hash" else previous, record)
            entries.append({"specVersion": "0.9.5", "data": token, "hash": previous, "error": error(0)})
        return {"biometrics": entries}

    def _data(self, finger: FingerPosition, record: bytes, wanted: Wanted, fault: str) -> dict[str, Any]:
        other = FingerPosition((finger + MIRRORED - 1) % 10 + 1)
        return {
            "digitalId": self._signed_id(fault),
            "deviceCode": "999000000001",
            "deviceServiceVersion": "0.9.5",
            "bioType": "Finger",
            "bioSubType": NAMES[other if fault == "names" else finger],
            "purpose": "Registration",
            "env": "Staging" if fault == "env" else wanted.env,
            "bioValue": packed(record),
            "transactionId": "0000-0000" if fault == "transaction" else wanted.transaction,
            "timestamp": moment(3600 if fault == "old" else 0),
            "requestedScore": "60",
            "qualityScore": "70",
        }

    def _record(self, finger: FingerPosition, pixels: Grey, impression: int, fault: str) -> bytes:
        height, width = pixels.shape
        ppi = 250 if fault == "coarse" else ENROLMENT_PPI
        packing = self.kind.edition, "WSQ" if fault == "wsq" else self.kind.coding
        return finger_record(int(finger), (width, height), pixels.tobytes(), ppi, impression, *packing)

    def _spoiled(self, record: bytes, fault: str) -> bytes:
        return record[:-20] if fault == "record" else record


FLAT, ROLLED = 0, 1
CODES = {
    2005: {"raw": 0, "WSQ": 2, "JPEG2000": 4, "PNG": 5},
    2011: {"raw": 0, "WSQ": 2, "JPEG2000": 5, "PNG": 6},
}


def finger_record(
    position: int, size: tuple[int, int], pixels: bytes, ppi: int, impression: int, edition: int, coding: str
) -> bytes:
    """An ISO/IEC 19794-4 record of one finger; "WSQ" only says that it is compressed so."""
    data = pixels if coding in ("raw", "WSQ") else _compressed(size, pixels, coding)
    code = CODES[edition][coding]
    if edition == 2005:
        whole = HEAD_2005.size + VIEW_2005.size + len(data)
        head = HEAD_2005.pack(
            MAGIC, V2005, whole.to_bytes(6, "big"), 0, 31, 1, 1, ppi, ppi, ppi, ppi, 8, code, 0
        )
        view = VIEW_2005.pack(VIEW_2005.size + len(data), position, 1, 1, 255, impression, *size, 0)
        return head + view + data
    quality = struct.pack(">B", 0)
    image = IMAGE_2011.pack(position, 1, 1, ppi, ppi, ppi, ppi, 8, code, impression, *size, len(data))
    length = CAPTURED_2011.size + len(quality) + len(image) + len(data)
    head = HEAD_2011.pack(MAGIC, V2011, HEAD_2011.size + length, 1, 0, 1)
    return head + CAPTURED_2011.pack(length, b"\xff" * 9, 0, 0, 0) + quality + image + data


def _compressed(size: tuple[int, int], pixels: bytes, coding: str) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("L", size, pixels).save(out, coding)
    return out.getvalue()


def _chained(previous: str, record: bytes) -> str:
    before = bytes.fromhex(previous) if previous else hashlib.sha256(b"x").digest()
    return hashlib.sha256(before + hashlib.sha256(record).digest()).hexdigest().upper()


def error(code: int) -> dict[str, str]:
    """The error of an answer; "0" is success."""
    return {"errorCode": str(code), "errorInfo": "Success" if code == 0 else f"Invented error {code}"}


def failed(code: int) -> dict[str, Any]:
    """An RCAPTURE's answer without a finger."""
    return {"biometrics": [{"specVersion": "", "data": "", "hash": "", "error": error(code)}]}


def moment(ago: float = 0.0) -> str:
    """The time as the specification writes it."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def scanner_in(data: Path, kind: str, keys: Keys) -> Scanner:
    """A scanner before the person of the world in the folder `data`."""
    return Scanner(KINDS[kind], world_in(data), data / MASTERS_FOLDER, keys)
