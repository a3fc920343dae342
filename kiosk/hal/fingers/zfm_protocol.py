"""The packets of the ZFM family of fingerprint modules (ZFM-20, R30x, R503, AS608): made, found and read. No device.

    EF 01 | address u32 | kind u8 | length u16 | payload | sum u16        big endian; length = payload + 2

The sum is that of kind, length and payload, modulo 65536. Facts: GROW manuals of R301 and R503 (V1.1, V1.2.2).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from kiosk.errors import DeviceError

MARK = b"\xef\x01"
HEADER = 9
OVERHEAD = 11
"""Bytes of a packet beside its payload."""
LARGEST_PAYLOAD = 256
ANY_ADDRESS = 0xFFFFFFFF
PPI = 508
BAUD_UNIT = 9600
PACKET_SIZES = (32, 64, 128, 256)
"""Payload of a data packet by the module's code 0…3."""


class Kind(IntEnum):
    """What a packet is."""

    COMMAND = 0x01
    DATA = 0x02
    ANSWER = 0x07
    END = 0x08


class Command(IntEnum):
    """What a module is told to do; those above 0x35 only the newer ones know."""

    GET_IMAGE = 0x01
    EXTRACT = 0x02
    MATCH = 0x03
    SEARCH = 0x04
    MERGE = 0x05
    STORE = 0x06
    LOAD = 0x07
    SEND_TEMPLATE = 0x08
    TAKE_TEMPLATE = 0x09
    SEND_IMAGE = 0x0A
    DELETE = 0x0C
    EMPTY = 0x0D
    SET_PARAMETER = 0x0E
    READ_PARAMETERS = 0x0F
    VERIFY_PASSWORD = 0x13
    COUNT_TEMPLATES = 0x1D
    RING_LIGHT = 0x35
    READ_PRODUCT = 0x3C
    RESET = 0x3D


class Code(IntEnum):
    """How a module answers."""

    OK = 0x00
    RECEIVED_BADLY = 0x01
    NO_FINGER = 0x02
    NOT_TAKEN = 0x03
    TOO_DRY = 0x04
    TOO_WET = 0x05
    TOO_MESSY = 0x06
    TOO_FEW_FEATURES = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    CANNOT_MERGE = 0x0A
    NO_SUCH_PAGE = 0x0B
    CANNOT_LOAD = 0x0C
    CANNOT_SEND_TEMPLATE = 0x0D
    CANNOT_TAKE_TEMPLATE = 0x0E
    CANNOT_SEND_IMAGE = 0x0F
    CANNOT_DELETE = 0x10
    WRONG_PASSWORD = 0x13
    NO_IMAGE = 0x15
    FLASH = 0x18
    BAD_REGISTER = 0x1A
    BAD_SETTING = 0x1B
    PASSWORD_FIRST = 0x21


class Parameter(IntEnum):
    """What `SET_PARAMETER` sets."""

    BAUD = 4
    SECURITY = 5
    PACKET = 6


class Packet(NamedTuple):
    kind: int
    payload: bytes


class Answer(NamedTuple):
    """`code` is a `Code` as far as it is known; `data` what follows it."""

    code: int
    data: bytes


class Parameters(NamedTuple):
    """The answer to `READ_PARAMETERS`; `packet` and `baud` in bytes and bits a second."""

    status: int
    system: int
    capacity: int
    security: int
    address: int
    packet: int
    baud: int


class Product(NamedTuple):
    """What is used of the answer to `READ_PRODUCT`: width and height in pixels."""

    model: str
    width: int
    height: int


class Size(NamedTuple):
    """Of an image, in pixels."""

    width: int
    height: int

    @property
    def sent_bytes(self) -> int:
        """On the line: four bits a pixel."""
        return self.width * self.height // 2


SIZES = {size.sent_bytes: size for size in (Size(256, 288), Size(192, 192))}
"""The windows known, for modules that do not tell theirs."""
LARGEST_IMAGE = 512 * 512 // 2
"""Bytes on the line beyond which no module of the family goes."""
LARGEST_TEMPLATE = 4096
"""Bytes; those known have 512 to 1,536."""


def encode(address: int, kind: int, payload: bytes) -> bytes:
    """One packet as it goes over the line."""
    middle = bytes([kind]) + (len(payload) + 2).to_bytes(2, "big") + payload
    return MARK + address.to_bytes(4, "big") + middle + (sum(middle) & 0xFFFF).to_bytes(2, "big")


class Framer:
    """Finds packets in what comes over a line: noise is skipped, a packet whose sum is wrong is noise as well.

    Give it `wanted` bytes at a time: it never keeps more than one packet and what was fed at once.
    """

    def __init__(self, address: int) -> None:
        self._start = MARK + address.to_bytes(4, "big")
        self._buffer = bytearray()
        self.skipped = 0
        """Bytes that belonged to no packet, since the beginning."""

    @property
    def wanted(self) -> int:
        """Bytes, at least 1, without which there cannot be another packet."""
        if len(self._buffer) < HEADER:
            return HEADER - len(self._buffer)
        end = HEADER + min(self._length(), LARGEST_PAYLOAD + 2)
        return max(1, end - len(self._buffer))

    @property
    def kept(self) -> int:
        """Bytes fed that are not yet a packet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Packet | None:
        """The next whole packet of this address; None until more is fed."""
        while len(self._buffer) >= HEADER:
            if not self._plausible():
                self._skip()
                continue
            end = HEADER + self._length()
            if len(self._buffer) < end:
                return None
            packet = self._cut(end)
            if packet is not None:
                return packet
            self._skip()
        return None

    def clear(self) -> None:
        """Forget what was not yet a packet."""
        self.skipped += len(self._buffer)
        self._buffer.clear()

    def _length(self) -> int:
        return int.from_bytes(self._buffer[7:HEADER], "big")

    def _plausible(self) -> bool:
        return self._buffer.startswith(self._start) and 2 <= self._length() <= LARGEST_PAYLOAD + 2

    def _cut(self, end: int) -> Packet | None:
        found = int.from_bytes(self._buffer[end - 2 : end], "big")
        if sum(self._buffer[6 : end - 2]) & 0xFFFF != found:
            return None
        packet = Packet(self._buffer[6], bytes(self._buffer[HEADER : end - 2]))
        del self._buffer[:end]
        return packet

    def _skip(self) -> None:
        """Go on to the next place where a packet could begin."""
        place = self._buffer.find(MARK, 1)
        if place < 0:
            place = len(self._buffer) - self._buffer.endswith(MARK[:1])
        self.skipped += max(place, 1)
        del self._buffer[: max(place, 1)]


def read_answer(payload: bytes) -> Answer:
    """Raises `DeviceError` for an answer without a code."""
    if not payload:
        raise DeviceError("zfm.nonsense", received="")
    return Answer(payload[0], payload[1:])


def read_parameters(data: bytes) -> Parameters:
    """Raises `DeviceError` for anything but sixteen bytes that make sense."""
    packet, baud = int.from_bytes(data[12:14], "big"), int.from_bytes(data[14:16], "big")
    if len(data) != 16 or packet >= len(PACKET_SIZES) or baud == 0:
        raise DeviceError("zfm.nonsense", received=data[:32].hex(" "))
    status, system, capacity, security = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4, 6))
    address = int.from_bytes(data[8:12], "big")
    return Parameters(status, system, capacity, security, address, PACKET_SIZES[packet], baud * BAUD_UNIT)


def read_product(data: bytes) -> Product:
    """Raises `DeviceError` for anything but 46 bytes with a window of possible size."""
    width, height = int.from_bytes(data[38:40], "big"), int.from_bytes(data[40:42], "big")
    if len(data) != 46 or not 0 < width * height // 2 <= LARGEST_IMAGE:
        raise DeviceError("zfm.nonsense", received=data[:46].hex(" "))
    model = data[:16].split(b"\0")[0].decode("ascii", "replace").strip()
    return Product("".join(letter for letter in model if letter.isprintable()), width, height)


def read_number(data: bytes) -> int:
    """A score or a count. Raises `DeviceError` unless there are two bytes."""
    if len(data) != 2:
        raise DeviceError("zfm.nonsense", received=data[:32].hex(" "))
    return int.from_bytes(data, "big")


HIGH = bytes((byte >> 4) * 17 for byte in range(256))
LOW = bytes((byte & 15) * 17 for byte in range(256))


def grey_of(sent: bytes) -> bytes:
    """8-bit grey pixels of an image as sent: two pixels a byte, the left one in the high half."""
    pixels = bytearray(2 * len(sent))
    pixels[0::2], pixels[1::2] = sent.translate(HIGH), sent.translate(LOW)
    return bytes(pixels)


def halved(pixels: bytes) -> bytes:
    """The inverse of `grey_of`, as a module makes it of what its sensor sees."""
    return bytes(left & 0xF0 | right >> 4 for left, right in zip(pixels[0::2], pixels[1::2], strict=True))
