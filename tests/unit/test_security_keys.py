"""Security keys over their wire: a software key in CTAPHID frames, driven by the real library (O2)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import DeviceError
from kiosk.hal.keys import KeyTrouble, Registered
from kiosk.hal.keys.authenticator import Authenticator, Lie
from kiosk.hal.keys.ctap import CtapKeys
from kiosk.hal.keys.ctap_wire import Fault, KeyWire, opened
from kiosk.hal.keys.fido2 import Hidraw
from kiosk.hal.keys.sim import open_device
from kiosk.hal.world import world_in

CHALLENGE, ANOTHER = b"\1" * 32, b"\2" * 32


class Key:
    """A software key in a person's hand."""

    def __init__(self, seed: bytes = b"Minh's") -> None:
        self.touched = True
        self.there = True
        self.fault = Fault.NONE
        counter = count(7)
        self.inside = Authenticator(seed, lambda: next(counter))

    def plug(self) -> CtapHidDevice:
        wire = KeyWire(self.inside, lambda: self.touched, lambda: self.there, self.fault)
        return opened(wire, silent_s=0.4)


def machine(*keys: Key) -> CtapKeys:
    return CtapKeys(lambda: [key.plug for key in keys if key.there])


def enrolled(key: Key) -> Registered:
    made = machine(key).register("CB01", CHALLENGE, Event())
    assert isinstance(made, Registered), made
    return made


def shown(sockets: CtapKeys, known: Registered, challenge: bytes = ANOTHER) -> int | KeyTrouble:
    return sockets.confirm(known.credential, known.public_key, challenge, Event())


def test_a_key_is_enrolled_recognised_and_counts_up() -> None:
    key = Key()
    known = enrolled(key)
    first, second = shown(machine(key), known), shown(machine(key), known)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert known.counter < first < second


def test_no_key_is_an_answer_and_no_fault() -> None:
    assert machine().register("CB01", CHALLENGE, Event()) is KeyTrouble.NONE
    assert shown(machine(), enrolled(Key())) is KeyTrouble.NONE


def test_the_key_of_a_colleague_is_another_one_and_needs_no_touch() -> None:
    known, colleagues = enrolled(Key()), Key(b"Hoa's")
    colleagues.touched = False
    assert shown(machine(colleagues), known) is KeyTrouble.OTHER


def test_the_right_one_of_two_is_found() -> None:
    mine, colleagues = Key(), Key(b"Hoa's")
    known = enrolled(mine)
    assert isinstance(shown(machine(colleagues, mine), known), int)
    assert machine(colleagues, mine).register("CB01", CHALLENGE, Event()) is KeyTrouble.SEVERAL


@pytest.mark.parametrize("act", ["register", "confirm"])
def test_nobody_touches_it_and_the_wait_is_stopped(act: str) -> None:
    key, stop = Key(), Event()
    known = enrolled(key)
    key.touched = False
    sockets, answers = machine(key), list[object]()
    acts: dict[str, Callable[[], object]] = {
        "register": lambda: sockets.register("CB01", CHALLENGE, stop),
        "confirm": lambda: sockets.confirm(known.credential, known.public_key, ANOTHER, stop),
    }
    waiting = Thread(target=lambda: answers.append(acts[act]()))
    waiting.start()
    stop.set()
    waiting.join(20)
    assert answers == [KeyTrouble.STOPPED]


@pytest.mark.parametrize("lie", [Lie.FORGED, Lie.OTHER_PARTY, Lie.UNTOUCHED])
def test_what_is_not_signed_by_the_key_for_this_kiosk_and_touched_is_forged(lie: Lie) -> None:
    key = Key()
    known = enrolled(key)
    key.inside.lie = lie
    assert shown(machine(key), known) is KeyTrouble.FORGED


def test_a_counter_that_went_back_is_told_as_it_is() -> None:
    """Whether it may is the record's to say (`People.factor_right`)."""
    key = Key()
    known = enrolled(key)
    key.inside.lie = Lie.REPLAYED
    assert shown(machine(key), known) == 1


def test_a_key_that_wants_a_pin_of_its_own_is_not_enrolled() -> None:
    key = Key()
    key.inside.lie = Lie.PIN
    assert machine(key).register("CB01", CHALLENGE, Event()) is KeyTrouble.NEEDS_PIN


@given(st.binary(max_size=200))
def test_rubbish_inside_a_frame_is_answered_with_a_status(body: bytes) -> None:
    status = Authenticator(b"x", lambda: 1).obey(body, lambda: True)[0]
    assert (status == 0) == (body[:1] == b"\4"), "nothing but getInfo is obeyed"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.PULLED, "keys.pulled"),
        (Fault.TRUNCATED, "keys.pulled"),
        (Fault.SILENT, "keys.pulled"),
        (Fault.RUBBISH, "keys.nonsense"),
        (Fault.SHUFFLED, "keys.nonsense"),
    ],
)
def test_a_key_that_is_pulled_silent_or_talks_rubbish_is_told_and_never_waited_for(
    fault: Fault, code: str
) -> None:
    key = Key()
    known = enrolled(key)
    key.fault = fault
    key.touched = fault is not Fault.PULLED
    with pytest.raises(DeviceError) as caught:
        shown(machine(key), known)
    assert caught.value.code == code
    key.fault, key.touched = Fault.NONE, True
    assert isinstance(shown(machine(key), known), int), "plugged in again it works"


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_rubbish_from_the_program_ends_no_thread_and_answers_nothing_true(frames: list[bytes]) -> None:
    """The wire is fed anything: it stays quiet, or answers with frames of 64 bytes."""
    wire = KeyWire(Authenticator(b"x", lambda: 1), lambda: True, lambda: True, Fault.NONE)
    with wire.other_end as end:
        end.settimeout(0.001)
        for frame in frames:
            try:
                end.send(frame or b"\0")
                assert len(end.recv(200)) in (0, 64)
            except OSError:
                continue


# -- the driver ----------------------------------------------------------------------------------------------------


def test_a_hidraw_node_is_written_with_its_report_number_and_read_in_time(tmp_path: Path) -> None:
    """A pipe in place of the node: what was written comes back as it was written."""
    os.mkfifo(tmp_path / "hidraw0")
    node = Hidraw(HidDescriptor(str(tmp_path / "hidraw0"), 0, 0, 65, 64, None, None))
    node.write_packet(b"x" * 64)
    assert node.read_packet() == b"\0" + b"x" * 64
    node.close()


# -- the simulated driver ------------------------------------------------------------------------------------------


def test_the_world_plugs_keys_in_and_touches_them(tmp_path: Path) -> None:
    world, keys = world_in(tmp_path), open_device({}, tmp_path)
    assert keys.simulated
    assert keys.register("CB01", CHALLENGE, Event()) is KeyTrouble.NONE
    world.change(key=3)
    known = keys.register("CB01", CHALLENGE, Event())
    assert isinstance(known, Registered)
    again = open_device({}, tmp_path)
    counted = again.confirm(known.credential, known.public_key, ANOTHER, Event())
    assert isinstance(counted, int)
    assert counted > known.counter, "it counts on when the kiosk starts again"
    world.change(key=4)
    assert again.confirm(known.credential, known.public_key, ANOTHER, Event()) is KeyTrouble.OTHER


def test_a_simulated_key_is_pulled_while_it_is_waited_for(tmp_path: Path) -> None:
    world, keys = world_in(tmp_path), open_device({}, tmp_path)
    world.change(key=3)
    known = keys.register("CB01", CHALLENGE, Event())
    assert isinstance(known, Registered)
    world.change(key_touched=False)

    def pull() -> None:
        time.sleep(0.2)
        world.change(key=0)

    pulling = Thread(target=pull)
    pulling.start()
    with pytest.raises(DeviceError) as caught:
        keys.confirm(known.credential, known.public_key, ANOTHER, Event())
    pulling.join()
    assert caught.value.code == "keys.pulled"
