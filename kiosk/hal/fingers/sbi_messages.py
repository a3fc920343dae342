"""Questions and answers of the Secure Biometric Interface, as far as fingers need them.

Source: “MDS Specification” (docs.mosip.io, 0.9.5): “Device Discovery”, “Device Info”, “Registration Capture”, and “Secure
Biometric Interface (SBI)” for device sub-ids and error codes. The published specification is 0.9.5; “SBI 1.0” is its
name for services that sign on the host. Numbers are text in MOSIP's mock: both are read.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import DeviceError

T = TypeVar("T")
Number = int | str
Text = str | None

NAMES = {
    FingerPosition.RIGHT_THUMB: "Right Thumb",
    FingerPosition.RIGHT_INDEX: "Right IndexFinger",
    FingerPosition.RIGHT_MIDDLE: "Right MiddleFinger",
    FingerPosition.RIGHT_RING: "Right RingFinger",
    FingerPosition.RIGHT_LITTLE: "Right LittleFinger",
    FingerPosition.LEFT_THUMB: "Left Thumb",
    FingerPosition.LEFT_INDEX: "Left IndexFinger",
    FingerPosition.LEFT_MIDDLE: "Left MiddleFinger",
    FingerPosition.LEFT_RING: "Left RingFinger",
    FingerPosition.LEFT_LITTLE: "Left LittleFinger",
}
FINGERS = {name: finger for finger, name in NAMES.items()}

SLAP_SUB_IDS = {FingerPosition.LEFT_FOUR: 1, FingerPosition.RIGHT_FOUR: 2, FingerPosition.TWO_THUMBS: 3}
"""The part of a slap scanner for each placing."""

SIMULATED_MAKE = "sim"
"""The maker a simulated device names."""

SUCCESS, NO_FINGER, ORIENTATION = 0, 101, 105
NOT_READY, BUSY = 110, 111
NOTHING_CODES = frozenset({NO_FINGER, 701})
BUSY_CODES = frozenset({BUSY, 703})
"""110, 111, 701 (time is over) and 703 (a capture is going on) are not in the specification; MOSIP's mock answers them."""
WORDS = {
    100: "sbi.unregistered",
    103: "sbi.tampered",
    106: "sbi.unplugged",
    107: "sbi.key_expired",
    110: "sbi.not_ready",
    202: "sbi.unplugged",
    705: "sbi.unplugged",
}
"""Codes a technician can do something about; others are told by their number."""

FIRST_HASH = hashlib.sha256(b"").hexdigest().upper()
"""What the chain of captures begins with."""


class Trouble(msgspec.Struct, rename="camel"):
    """What is wrong, by the specification's number."""

    error_code: Number | None = 0
    error_info: Text = ""

    @property
    def code(self) -> int:
        """-1 when it is no number."""
        text = str(self.error_code or 0).strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


class Found(msgspec.Struct, rename="camel"):
    """One device in the answer to a discovery: not signed, believed no further than that somebody is there."""

    device_status: Text = None
    error: Trouble | None = None


class InfoEntry(msgspec.Struct, rename="camel"):
    """One device in the answer to the question for device info."""

    device_info: Text = ""
    error: Trouble | None = None


class DeviceInfo(msgspec.Struct, rename="camel"):
    """What a device says of itself, signed."""

    device_status: str
    digital_id: str
    device_id: Text = ""
    device_code: Text = ""
    device_sub_id: Annotated[list[Number], msgspec.Meta(max_length=32)] = []
    callback_id: Text = ""
    env: Text = ""
    purpose: Text = ""
    certification: Text = ""
    spec_version: Annotated[list[str], msgspec.Meta(max_length=32)] = []

    @property
    def sub_ids(self) -> frozenset[int]:
        texts = [str(number) for number in self.device_sub_id]
        return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 6)


class DigitalId(msgspec.Struct, frozen=True, rename="camel"):
    """Which device it is. `date_time` tells when the statement was made, so it is not part of who it is."""

    serial_no: str
    make: str
    model: str
    type: str
    device_sub_type: Text = ""
    device_provider: Text = ""


class Biometric(msgspec.Struct, rename="camel"):
    """One finger of a capture: `data` is signed, `hash` chains it to the one before."""

    data: Text = ""
    hash: Text = ""
    error: Trouble | None = None


class Captured(msgspec.Struct, rename="camel"):
    biometrics: Annotated[list[Biometric], msgspec.Meta(max_length=16)]


class Finger(msgspec.Struct, rename="camel"):
    """The signed data of one finger. `bio_value`: base64url of an ISO/IEC 19794-4 record."""

    digital_id: str
    bio_type: str
    bio_sub_type: str
    bio_value: str
    transaction_id: str
    timestamp: str
    device_code: Text = ""
    purpose: Text = ""
    env: Text = ""


class Wish(msgspec.Struct, frozen=True):
    """What one capture asks for; `excepted` are the other fingers of the scanner's part."""

    sub_id: int
    fingers: tuple[FingerPosition, ...]
    excepted: tuple[FingerPosition, ...]


def slap_wish(position: FingerPosition, absent: Collection[FingerPosition]) -> Wish:
    """A slap scanner takes a single finger as the slap it belongs to, with the others excepted."""
    slap = position if position.is_slap else _slap_of(position)
    fingers = tuple(finger for finger in position.members if finger not in absent or not position.is_slap)
    return Wish(SLAP_SUB_IDS[slap], fingers, tuple(f for f in slap.members if f not in fingers))


def _slap_of(finger: FingerPosition) -> FingerPosition:
    return next(slap for slap in SLAP_SUB_IDS if finger in slap.members)


def capture_request(
    info: DeviceInfo,
    wish: Wish,
    env: str,
    score: int,
    seconds: float,
    transaction: str,
    previous: str,
    at: datetime,
) -> bytes:
    """The body of an RCAPTURE."""
    bio = {
        "type": "Finger",
        "count": len(wish.fingers),
        "bioSubType": [NAMES[finger] for finger in wish.fingers],
        "exception": [NAMES[finger] for finger in wish.excepted],
        "requestedScore": score,
        "deviceId": info.device_id or "",
        "deviceSubId": wish.sub_id,
        "previousHash": previous,
    }
    document = {
        "env": env,
        "purpose": "Registration",
        "specVersion": next(iter(info.spec_version), "0.9.5"),
        "timeout": int(seconds * 1000),
        "captureTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "transactionId": transaction,
        "bio": [bio],
        "customOpts": {},
    }
    return msgspec.json.encode(document)


def decoded(kind: type[T], body: bytes, what: str) -> T:
    """JSON as `kind`. Raises `DeviceError` naming `what` it should have been."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DeviceError("sbi.garbled", what=what) from error


def packed(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def capture_entries(body: bytes) -> list[Biometric]:
    """The fingers of an answer. A service that cannot capture answers with its device info instead: one entry, an error."""
    if not body.lstrip().startswith(b"["):
        return decoded(Captured, body, "biometrics").biometrics
    entries = decoded(list[InfoEntry], body, "biometrics")
    trouble = next((entry.error for entry in entries if entry.error is not None), None)
    return [Biometric(error=trouble if trouble and trouble.code != SUCCESS else Trouble(BUSY))]


def trouble_of(entries: Sequence[Biometric]) -> int:
    """The first error of an answer without any finger; 0 when there is a finger or an empty list."""
    codes = [entry.error.code for entry in entries if entry.error is not None]
    return 0 if any(entry.data for entry in entries) else next((code for code in codes if code), 0)


def next_hash(previous: str, record: bytes) -> str:
    """The chain's next value: of the two hashes as bytes, as MOSIP's mock computes it; hexadecimal, capitals."""
    joined = bytes.fromhex(previous) + hashlib.sha256(record).digest()
    return hashlib.sha256(joined).hexdigest().upper()


def refusal(code: int, info: str | None = "") -> DeviceError:
    """A service's error in our words; what it says itself is kept short."""
    said = "".join(c for c in (info or "")[:80] if c.isprintable())
    return (
        DeviceError(WORDS[code]) if code in WORDS else DeviceError("sbi.error", number=code, said=said or "—")
    )
