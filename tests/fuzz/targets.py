"""What strangers' bytes go into: ZFM packets, ESC/POS status bytes, answers of a Secure Biometric Interface service.

A target lets `DeviceError` pass and nothing else. Each is a function of bytes, for any fuzzer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import DeviceError
from kiosk.hal.fingers.iso19794_4 import read_print
from kiosk.hal.fingers.sbi_http import Place
from kiosk.hal.fingers.sbi_jws import Trust
from kiosk.hal.fingers.sbi_keys import new_keys
from kiosk.hal.fingers.sbi_messages import (
    FIRST_HASH,
    DeviceInfo,
    DigitalId,
    InfoEntry,
    decoded,
    packed,
    slap_wish,
)
from kiosk.hal.fingers.sbi_scanner import finger_record
from kiosk.hal.fingers.sbi_service import Known, Service, Settings
from kiosk.hal.fingers.sbi_stream import frames
from kiosk.hal.fingers.zfm_protocol import (
    Framer,
    encode,
    read_answer,
    read_number,
    read_parameters,
    read_product,
)
from kiosk.hal.printer.commands import Query, has_failed, parse_status
from kiosk.hal.printer.ear import Ear

ADDRESS = 0xFFFFFFFF
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WISH = slap_wish(FingerPosition.RIGHT_FOUR, ())


def zfm(data: bytes) -> None:
    """Bytes of a line in two pieces; every packet's payload as every kind of answer."""
    framer = Framer(ADDRESS)
    for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
        framer.feed(piece)
        while packet := framer.next():
            for read in (read_answer, read_parameters, read_product, read_number):
                with suppress(DeviceError):
                    read(packet.payload)
    assert framer.kept <= len(data)
    for read in (read_parameters, read_product, read_number):
        with suppress(DeviceError):
            read(data)


class _Talker:
    """A printer that says these bytes, some at a time, and then nothing; time passes as it is listened to."""

    name = "talker"

    def __init__(self, said: bytes) -> None:
        self._left = said
        self.seconds = 0.0

    def send(self, data: bytes, timeout: float) -> None:
        self.seconds += 0.001

    def receive(self, timeout: float) -> bytes:
        size = self._left[0] % 4 if self._left else 0
        piece, self._left = self._left[1 : 1 + size], self._left[1 + size :]
        self.seconds += 0.001 if piece else timeout
        return piece

    def lasting(self, count: int) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing is open."""


def escpos(data: bytes) -> None:
    """Status bytes and noise in any order."""
    line = _Talker(data)
    answers = Ear(line, lambda: line.seconds).ask(1.0)
    parse_status(answers)
    has_failed(answers)
    parse_status({what: data[index : index + 1] for index, what in enumerate(Query)})
    assert line.seconds < 5


@lru_cache(maxsize=1)
def _service() -> Service:
    return Service(Settings(trust="", env="Developer"), Trust([new_keys().root]), lambda: NOW)


def sbi(data: bytes) -> None:
    """As an answer, as a signed document, as a finger record, as a stream."""
    known = Known(Place("127.0.0.1", 4501), DeviceInfo("Ready", ""), DigitalId("1", "m", "m", "Finger"))
    source = BytesIO(data)
    tries: tuple[Callable[[], object], ...] = (
        lambda: _service().read(data, known, WISH, "t-1", FIRST_HASH),
        lambda: decoded(list[InfoEntry], data, "info"),
        lambda: decoded(DeviceInfo, data, "info"),
        lambda: decoded(DigitalId, data, "id"),
        lambda: _service().digital_id(data.decode("utf-8", "replace")),
        lambda: _service().digital_id(f"{packed(data)}.e30.AAAA"),
        lambda: read_print(data),
        lambda: list(frames(source.read)),
    )
    for attempt in tries:
        with suppress(DeviceError):
            attempt()


TARGETS: dict[str, Callable[[bytes], None]] = {"zfm": zfm, "escpos": escpos, "sbi": sbi}

SEEDS: dict[str, list[bytes]] = {
    "zfm": [encode(ADDRESS, 7, bytes([0]) + bytes(16)), encode(ADDRESS, 2, bytes(128))],
    "escpos": [b"\x03\x12\x12\x12", b"\x01\x16\x01\x32\x01\x72", b"\x02\x00\x0f"],
    "sbi": [
        finger_record(2, (4, 4), bytes(16), 500, 0, 2005, "raw"),
        finger_record(2, (4, 4), bytes(16), 500, 0, 2011, "PNG"),
        finger_record(2, (4, 4), bytes(16), 500, 0, 2011, "JPEG2000"),
        b'[{"deviceInfo":"e30.e30.AAAA","error":{"errorCode":"0","errorInfo":""}}]',
        b'{"biometrics":[{"specVersion":"0.9.5","data":"e30.e30.AAAA","hash":"","error":null}]}',
        b'{"alg":"RS256","typ":"JWT","x5c":["AAAA"]}',
        b"--BoundaryString\r\nContent-Length:4\r\n\r\n\xff\xd8ab\r\n\r\n",
    ],
}
"""Where a fuzzer may begin."""
