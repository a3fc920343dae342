"""Packets of the ZFM family: whatever comes over the line, the parser finds what is whole and nothing else."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiosk.errors import DeviceError
from kiosk.hal.fingers import zfm_protocol as protocol
from kiosk.hal.fingers.zfm_line import Line
from kiosk.hal.fingers.zfm_protocol import (
    ANY_ADDRESS,
    HEADER,
    LARGEST_IMAGE,
    LARGEST_PAYLOAD,
    OVERHEAD,
    Framer,
    Kind,
    Packet,
    Product,
    encode,
    grey_of,
    halved,
    read_answer,
    read_number,
    read_parameters,
    read_product,
)

payloads = st.binary(max_size=LARGEST_PAYLOAD)
packets = st.builds(Packet, st.sampled_from([int(kind) for kind in Kind]), payloads)
# Noise in which no packet can begin.
quiet_noise = st.binary(max_size=40).map(lambda data: data.replace(b"\xef", b"\x00"))


def framed(data: bytes, chunk: int = 4096) -> list[Packet]:
    framer, found = Framer(ANY_ADDRESS), []
    for place in range(0, len(data), chunk):
        framer.feed(data[place : place + chunk])
        while packet := framer.next():
            found.append(packet)
    return found


def wire(packet: Packet) -> bytes:
    return encode(ANY_ADDRESS, packet.kind, packet.payload)


def test_a_packet_as_the_manual_shows_it() -> None:
    """The hand-shake of the makers' manuals: VerifyPassword with the password 0."""
    assert encode(ANY_ADDRESS, Kind.COMMAND, bytes([0x13, 0, 0, 0, 0])).hex() == (
        "ef01ffffffff0100071300000000001b"
    )


@given(st.lists(packets, max_size=6), st.integers(1, 50))
def test_packets_are_found_however_they_are_cut(sent: list[Packet], chunk: int) -> None:
    assert framed(b"".join(map(wire, sent)), chunk) == sent


@given(st.lists(st.tuples(quiet_noise, packets), max_size=5))
def test_noise_between_packets_is_skipped(sent: list[tuple[bytes, Packet]]) -> None:
    data = b"".join(noise + wire(packet) for noise, packet in sent)
    assert framed(data) == [packet for _, packet in sent]


@given(packets, packets, st.data())
def test_a_turned_bit_loses_its_packet_and_no_other(
    first: Packet, second: Packet, data: st.DataObject
) -> None:
    spoiled = bytearray(wire(first))
    # A changed length may swallow what follows; that is the next test.
    place = data.draw(st.integers(0, len(spoiled) - 1).filter(lambda at: at not in (7, 8)))
    spoiled[place] ^= 1 << data.draw(st.integers(0, 7))
    found = framed(bytes(spoiled) + wire(second))
    assert found[-1:] == [second]
    assert first not in found[:-1]


@given(packets, st.integers(0, 7), st.sampled_from([7, 8]))
def test_after_a_changed_length_the_line_is_found_again(packet: Packet, bit: int, place: int) -> None:
    spoiled = bytearray(wire(packet))
    spoiled[place] ^= 1 << bit
    good = Packet(int(Kind.ANSWER), b"\x00")
    assume(packet != good)
    found = framed(bytes(spoiled) + wire(good) * 40)
    assert packet not in found
    assert found[-1:] == [good]


@given(packets, st.data())
def test_a_lost_byte_loses_the_packet(packet: Packet, data: st.DataObject) -> None:
    spoiled = bytearray(wire(packet))
    del spoiled[data.draw(st.integers(0, len(spoiled) - 1))]
    # A run of equal bytes may lose one and be as it was only if the sum still fits: the length then does not.
    assert packet not in framed(bytes(spoiled))


def test_packets_for_another_address_are_noise() -> None:
    assert framed(encode(0x1234, Kind.ANSWER, b"\x00")) == []


@given(st.binary(max_size=2000), st.integers(1, 64))
def test_anything_is_read_in_small_bounded_pieces(data: bytes, chunk: int) -> None:
    framer = Framer(ANY_ADDRESS)
    for place in range(0, len(data), chunk):
        framer.feed(data[place : place + chunk])
        while framer.next():
            pass
        assert 1 <= framer.wanted <= HEADER + LARGEST_PAYLOAD + 2
        assert len(framer._buffer) <= OVERHEAD + LARGEST_PAYLOAD + chunk


@pytest.mark.parametrize("read", [read_answer, read_parameters, read_product, read_number])
@given(data=st.binary(max_size=64))
def test_no_answer_raises_anything_but_device_error(read: object, data: bytes) -> None:
    """Bad input: DeviceError and nothing else."""
    try:
        value = read(data)  # type: ignore[operator]
    except DeviceError as error:
        assert error.code == "zfm.nonsense"
    else:
        assert value is not None


def test_the_parameters_of_a_module() -> None:
    data = bytes.fromhex("0000 0009 03e8 0003 ffffffff 0002 0006")
    found = read_parameters(data)
    assert (found.capacity, found.packet, found.baud, found.address) == (1000, 128, 57_600, ANY_ADDRESS)


def test_what_a_product_says_is_made_printable() -> None:
    data = b"R5\x0703\xff".ljust(16, b"\0") + bytes(22) + bytes.fromhex("00c0 00c0 0600 00c8")
    assert read_product(data) == Product("R503\ufffd", 192, 192)


@given(st.binary(max_size=300))
def test_pixels_come_back_as_they_were_sent(sent: bytes) -> None:
    assert halved(grey_of(sent)) == sent


def test_the_left_pixel_is_in_the_high_half() -> None:
    assert grey_of(b"\x0f\xa5") == bytes([0, 255, 170, 85])


class Flood:
    """A device that never stops sending, whatever it is asked."""

    def __init__(self, data: bytes) -> None:
        self.baudrate, self.in_waiting = 57_600, 0
        self.seconds = 0.0
        self._data = data
        self._place = 0

    def read(self, size: int) -> bytes:
        self.seconds += size / 5760
        piece = bytes(self._data[(self._place + at) % len(self._data)] for at in range(size))
        self._place += size
        return piece

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def write(self, data: bytes) -> int:
        return len(data)

    def reset_input_buffer(self) -> None: ...

    def close(self) -> None: ...


def flooded(data: bytes) -> Line:
    port = Flood(data)
    return Line(port, "flood", ANY_ADDRESS, lambda: port.seconds, port.sleep)


@settings(max_examples=20)
@given(st.binary(min_size=1, max_size=300))
def test_an_endless_stream_of_anything_ends_in_time_and_space(data: bytes) -> None:
    """Bad input: no hang beyond the timeout, no allocation beyond 2 MB."""
    line = flooded(data)
    tracemalloc.start()
    try:
        answer = line.ask_once(protocol.Command.GET_IMAGE, timeout=0.5)
        received = line.receive(4096, expected=4096)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer is None or isinstance(answer.code, int)
    assert received is None
    assert line._now() < 60
    assert most < 2_000_000


def test_an_image_without_end_is_given_up() -> None:
    line = flooded(encode(ANY_ADDRESS, Kind.DATA, bytes(256)))
    tracemalloc.start()
    try:
        assert line.receive() is None
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert line._now() < 2 * LARGEST_IMAGE / 5760
