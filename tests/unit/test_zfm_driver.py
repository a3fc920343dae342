"""The driver of the ZFM family on a simulated module: what it does, and what becomes of every fault."""

from __future__ import annotations

import os
import pty
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.biometrics import assess
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.fingers import FingerImage, FingerRefused
from kiosk.hal.fingers.zfm import Verdict, ZfmReader, open_device
from kiosk.hal.fingers.zfm_faults import Fault, read_faults
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_protocol import Command
from kiosk.hal.fingers.zfm_start import RING_LAY, RING_LIFT, RING_OFF
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.hal.serial_log import ReplayPort, recording
from kiosk.hal.world import FingerCondition, world_in
from tests.zfm_kit import FLAT, INDEX, Desk, hands, taken

THUMB = FingerPosition.RIGHT_THUMB


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


@pytest.fixture
def wire(data: Path, tmp_path: Path) -> Iterator[ZfmWire]:
    """A module on a real pty, as fast as the pty goes."""
    module = module_in(data, "r307", time.monotonic)
    with ZfmWire(module, tmp_path / "port", world=world_in(data), paced=False) as made:
        yield made


# -- what it takes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "size"), [("r307", (256, 288)), ("r503", (192, 192)), ("clone", (256, 288))]
)
@pytest.mark.parametrize("packet_code", [0, 1, 2, 3])
def test_an_image_of_every_module_in_every_packet_size(
    data: Path, kind: str, size: tuple[int, int], packet_code: int
) -> None:
    """T1: whatever the module is set to, the pixels are those in its memory, and good enough for the coach."""
    desk = Desk(data, kind)
    desk.module.packet_code = packet_code
    image = taken(desk.open())
    assert ((image.width, image.height), image.ppi, image.pixels) == (size, 508, desk.truth())
    assert assess(image).accepted


def test_an_image_takes_what_the_line_takes(data: Path) -> None:
    """Numbers: at least 98 % of what the line can carry; the simulated module adds no pauses of its own."""
    reader = Desk(data).open(baud=57_600)
    taken(reader)
    assert reader.last_transfer
    assert reader.last_transfer.bytes == 36_864 + 289 * 11 + 1
    assert reader.last_transfer.share > 0.98


def test_it_states_openly_what_it_cannot_do(data: Path) -> None:
    reader = Desk(data).open()
    assert not (reader.enrolment_grade or reader.takes_slaps or reader.takes_rolled or reader.simulated)
    for position, how in ((FingerPosition.RIGHT_FOUR, FLAT), (INDEX, Impression.ROLLED)):
        with pytest.raises(DeviceError, match=r"fingers\.cannot_take"):
            reader.capture(position, how, 1)


@pytest.mark.parametrize("found_at", [9_600, 38_400, 57_600, 115_200, 230_400])
def test_the_rate_is_found_raised_and_put_back(data: Path, found_at: int) -> None:
    desk = Desk(data, baud=found_at)
    reader = desk.open()
    assert desk.module.baud == desk.port.baudrate == max(115_200, found_at)
    taken(reader)
    reader.close()
    assert (desk.module.baud, desk.port.closed) == (found_at, True)


def test_a_wanted_rate_is_taken_even_when_it_is_lower(data: Path) -> None:
    desk = Desk(data)
    assert desk.open(baud=19_200).line.baud == 19_200


def test_a_rate_the_module_does_not_know_is_let_be(data: Path) -> None:
    desk = Desk(data)
    reader = desk.open(baud=28_800)
    assert (reader.line.baud, desk.module.baud) == (57_600, 57_600)
    taken(reader)


def test_password_and_address(data: Path) -> None:
    desk = Desk(data, password=0xC0FFEE, address=0x12345678)
    taken(desk.open(password=0xC0FFEE, address=0x12345678))
    with pytest.raises(DeviceError, match=r"zfm\.password"):
        desk.open(password=1, address=0x12345678)
    with pytest.raises(DeviceError, match=r"zfm\.silent"):
        desk.open(password=0xC0FFEE)


def test_the_same_placing_is_not_taken_twice(data: Path) -> None:
    """The finger of the last image must go up before another counts."""
    desk = Desk(data)
    reader = desk.open()
    taken(reader)
    glass = desk.module._glass
    glass.lift = lambda done: None  # type: ignore[method-assign]
    glass._asked = -100.0
    assert reader.capture(THUMB, FLAT, 2) == FingerRefused(THUMB)


def test_fingers_come_one_after_the_other(data: Path) -> None:
    desk = Desk(data)
    reader = desk.open()
    seen = []
    for position in (1, 2, 3):
        reader.capture(FingerPosition(position), FLAT, 5)
        assert desk.module._glass.finger
        seen.append(desk.module._glass.finger[1])
    assert seen == [1, 2, 3]


def test_nobody_comes(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(pace=60)
    reader = desk.open()
    begun = desk.port.now()
    assert reader.capture(INDEX, FLAT, 0.5) == FingerRefused(INDEX)
    assert desk.port.now() - begun < 1.5


@pytest.mark.parametrize(
    ("condition", "trouble"),
    [
        (FingerCondition(moisture=1), FingerTrouble.WET),
        (FingerCondition(moisture=0), FingerTrouble.PARTIAL),
    ],
)
def test_what_the_module_cannot_read_is_not_fetched(
    data: Path, condition: FingerCondition, trouble: FingerTrouble
) -> None:
    """C2: no seconds are spent on such an image; the reader says what is wrong, and the next try is good."""
    desk = Desk(data)
    desk.world.change(laying="2", fingers={"2": condition})
    reader = desk.open()
    refused = reader.capture(INDEX, FLAT, 0.4)
    assert refused == FingerRefused(INDEX, trouble)
    assert desk.exchange.mischief.images == 0
    taken(reader)


def test_the_ring_tells_lay_and_lift(data: Path) -> None:
    desk = Desk(data, "r503")
    reader = desk.open()
    desk.world.change(pace=30)
    reader.capture(INDEX, FLAT, 0.1)
    assert desk.module.ring == RING_LAY
    desk.world.change(pace=0)
    taken(reader)
    assert desk.module.ring == RING_LIFT
    desk.port.sleep(10)
    assert reader.health() == HEALTHY
    assert desk.module.ring == RING_OFF


# -- templates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["r307", "r503", "clone"])
def test_an_officer_is_enrolled_recognised_and_forgotten(data: Path, kind: str) -> None:
    """Log-in and hand-over: the module compares, nothing leaves it."""
    desk = Desk(data, kind)
    reader = desk.open()
    desk.world.change(laying="2")
    lifted: list[str] = []
    assert reader.enrol(7, 5, lambda: lifted.append("again")) is Verdict.SAME
    assert (lifted, reader.places()) == (["again"], (7,))
    assert reader.match(7, 5) is Verdict.SAME
    assert reader.match(8, 5) is Verdict.EMPTY
    desk.world.change(laying="3")
    assert reader.match(7, 5) is Verdict.DIFFERENT
    reader.delete(7)
    assert (reader.places(), reader.match(7, 5)) == ((), Verdict.EMPTY)
    assert desk.exchange.mischief.images == 0


def test_two_fingers_are_not_one_template(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(laying="2")
    reader = desk.open()

    def another() -> None:
        desk.world.change(laying="3")

    assert reader.enrol(1, 5, another) is Verdict.DIFFERENT
    assert reader.places() == ()


def test_enrolment_without_a_finger_or_without_a_place(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(pace=30)
    reader = desk.open()
    assert reader.enrol(1, 0.2, lambda: None) is Verdict.NO_FINGER
    desk.world.change(pace=0, laying="2", fingers={"2": FingerCondition(moisture=1)})
    assert reader.match(1, 0.2) is Verdict.UNREADABLE
    with pytest.raises(DeviceError, match=r"zfm\.refused"):
        reader.enrol(5000, 5, lambda: None)
    with pytest.raises(DeviceError, match=r"zfm\.refused"):
        reader.delete(5000)


def test_places_of_a_large_module(data: Path) -> None:
    desk = Desk(data)
    desk.module.templates = dict.fromkeys((0, 255, 256, 999), b"x")
    assert desk.open().places() == (0, 255, 256, 999)


# -- faults ------------------------------------------------------------------------------------------------------

FAULTS = {
    "noise in an image": Fault("noise", image=1, count=3),
    "a lost byte": Fault("drop", image=1),
    "lost bytes": Fault("drop", image=1, count=30),
    "a turned bit": Fault("flip", image=1),
    "turned bits": Fault("flip", image=1, count=40),
    "the answer lost": Fault("drop", answer=6, count=12),
    "the answer damaged": Fault("flip", answer=6),
    "a slow answer": Fault("slow", answer=6, seconds=1.5),
    "a very slow answer": Fault("slow", answer=6, seconds=2.5),
    "a pause in the image": Fault("slow", image=1, seconds=1.5),
    "a dip of the supply": Fault("restart", image=1, seconds=0.3),
    "a dip before the image": Fault("restart", answer=6, seconds=0.3),
    "commands damaged": Fault("flip", chance=0.1, to="module"),
    "commands lost": Fault("drop", chance=0.1, to="module"),
    "noise on commands": Fault("noise", chance=0.1, to="module"),
}


@pytest.mark.parametrize("kind", ["r307", "r503", "clone"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_recovered(data: Path, name: str, kind: str) -> None:
    desk = Desk(data, kind, FAULTS[name])
    reader = desk.open()
    image = taken(reader, 10)
    assert image.pixels == desk.truth()
    desk.port.sleep(2)
    assert reader.health().state is not HealthState.GONE
    assert desk.exchange.mischief.played


def test_a_lost_supply_with_a_password_is_told_it_again(data: Path) -> None:
    desk = Desk(data, "r307", Fault("restart", image=1, seconds=0.2), password=77)
    assert taken(desk.open(password=77)).pixels == desk.truth()


@pytest.mark.parametrize(
    "fault", [Fault("unplug", image=1, seconds=5), Fault("baud", image=1, baud=9600, seconds=0.2)]
)
def test_a_fault_that_ends_the_line_is_reported_and_a_new_start_helps(data: Path, fault: Fault) -> None:
    desk = Desk(data, "r307", fault)
    reader = desk.open()
    with pytest.raises(DeviceError) as caught:
        reader.capture(INDEX, FLAT, 5)
    assert caught.value.code in ("zfm.gone", "zfm.silent", "zfm.garbled")
    desk.port.sleep(2)
    assert reader.health().state is HealthState.GONE
    reader.close()
    desk.port.sleep(10)
    assert taken(desk.open()).pixels == desk.truth()


def fetched(desk: Desk, reader: ZfmReader) -> int:
    """Transfers that one more image takes."""
    before = desk.exchange.mischief.images
    taken(reader)
    return desk.exchange.mischief.images - before


def test_a_line_earns_that_one_transfer_is_enough(data: Path) -> None:
    """The sum of a packet misses some damage: at first, and after trouble, two transfers must agree."""
    desk = Desk(data, "r307", Fault("flip", image=12))
    reader = desk.open()
    assert [fetched(desk, reader) for _ in range(8)] == [2, 2, 2, 2, 2, 1, 3, 2]


def test_trouble_on_the_line_is_told(data: Path) -> None:
    desk = Desk(data, "r307", Fault("flip", image=1))
    reader = desk.open()
    taken(reader)
    desk.port.sleep(2)
    health = reader.health()
    assert health.state is HealthState.DEGRADED
    assert health.message
    assert (health.message.code, health.message.values["port"]) == ("zfm.noisy", "loop")


def test_damage_the_sum_does_not_see_is_seen_on_a_line_with_trouble(data: Path) -> None:
    """Two turned bits that cancel out in the sum, in one of two transfers."""
    desk = Desk(data, "r307", Fault("flip", image=1))
    spoiled: list[int] = []
    reader = desk.open()
    obey = desk.module.obey

    def cheat(payload: bytes) -> list[object]:
        sent = obey(payload)
        if len(sent) > 10 and desk.exchange.mischief.images == 1 and not spoiled:
            body = bytearray(sent[30].data)
            place = next(at for at in range(9, 130) if body[at] & 1 and not body[at + 1] & 1)
            body[place] ^= 1
            body[place + 1] ^= 1
            sent[30] = sent[30]._replace(data=bytes(body))
            spoiled.append(place)
        return list(sent)

    desk.module.obey = cheat  # type: ignore[method-assign,assignment]
    image = taken(reader)
    assert spoiled
    assert image.pixels == desk.truth()


def test_a_hopeless_line_is_slowed_down_then_given_up(data: Path) -> None:
    desk = Desk(data, "r307", Fault("flip", chance=0.3))
    with pytest.raises(DeviceError) as caught:
        reader = desk.open()
        reader.capture(INDEX, FLAT, 5)
    assert caught.value.code in ("zfm.garbled", "zfm.silent", "zfm.other_device")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(
        st.builds(
            Fault,
            kind=st.sampled_from(["noise", "drop", "flip", "slow", "unplug", "restart", "baud"]),
            chance=st.floats(0, 0.01),
            count=st.integers(1, 20),
            seconds=st.floats(0, 3),
            baud=st.sampled_from([9600, 57_600, 230_400]),
            to=st.sampled_from(["kiosk", "kiosk", "module"]),
        ),
        max_size=3,
    ),
    seed=st.integers(0, 1000),
)
def test_whatever_happens_no_corrupted_image_is_accepted(data: Path, faults: list[Fault], seed: int) -> None:
    """Numbers: every fault is recovered or reported, in bounded time."""
    desk = Desk(data, "r503", *faults, seed=seed)
    begun = desk.port.now()
    for _ in range(3):
        try:
            reader = desk.open()
            image = reader.capture(INDEX, FLAT, 3)
            if isinstance(image, FingerImage):
                assert image.pixels == desk.truth()
            reader.close()
        except DeviceError as error:
            assert error.code.startswith("zfm.")
            desk.port.sleep(5)
    assert desk.port.now() - begun < 600


# -- on a real pty -----------------------------------------------------------------------------------------------


def test_on_a_pty_with_a_cable_pulled_and_plugged(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    """T2: gone is said at once, and a new start finds the module again."""
    port = {"port": str(tmp_path / "port")}
    reader = open_device(port, data)
    assert isinstance(reader.capture(THUMB, FLAT, 5), FingerImage)
    world_in(data).change(reader_connected=False)
    with pytest.raises(DeviceError, match=r"zfm\.gone"):
        _until_gone(reader)
    reader.close()
    with pytest.raises(DeviceError, match=r"serial\.absent"):
        open_device(port, data)
    world_in(data).change(reader_connected=True)
    _until(lambda: (tmp_path / "port").exists())
    again = open_device(port, data)
    assert isinstance(again.capture(INDEX, FLAT, 5), FingerImage)
    again.close()
    assert wire.exchange.module.baud == 115_200, "nobody could tell it to go back before the cable was out"


def _until_gone(reader: ZfmReader) -> None:
    for _ in range(200):
        reader.capture(INDEX, FLAT, 0.05)


def _until(true: object) -> None:
    for _ in range(200):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def test_health_does_not_disturb_a_capture(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    world_in(data).change(pace=0.4)
    reader = open_device({"port": str(tmp_path / "port")}, data)
    images: list[object] = []
    thread = threading.Thread(target=lambda: images.append(reader.capture(THUMB, FLAT, 5)))
    thread.start()
    while thread.is_alive():
        assert reader.health() == HEALTHY
        thread.join(0.01)
    assert isinstance(images[0], FingerImage)
    reader.close()


def test_a_port_in_use_is_said(wire: ZfmWire, data: Path, tmp_path: Path) -> None:
    port = {"port": str(tmp_path / "port")}
    reader = open_device(port, data)
    with pytest.raises(DeviceError) as caught:
        open_device(port, data)
    assert caught.value.code == "serial.busy"
    reader.close()


def test_another_device_and_no_device_are_told_apart(data: Path, tmp_path: Path) -> None:
    """Bad input: a port that is not there, is no port, is silent, or is another device."""
    (tmp_path / "file").write_text("not a port")
    codes = {}
    for name in ("absent", "file"):
        with pytest.raises(DeviceError) as caught:
            open_device({"port": str(tmp_path / name)}, data)
        codes[name] = caught.value.code
    assert codes == {"absent": "serial.absent", "file": "serial.unusable"}
    assert _says_of({"silent": b"", "modem": b"OK\r\nRING\r\n" * 40}, data) == {
        "silent": "zfm.silent",
        "modem": "zfm.other_device",
    }


def _says_of(devices: dict[str, bytes], data: Path) -> dict[str, str]:
    said = {}
    for name, talk in devices.items():
        end, port = pty.openpty()
        stop = threading.Event()
        thread = threading.Thread(target=_talk, args=(end, talk, stop))
        thread.start()
        with pytest.raises(DeviceError) as caught:
            open_device({"port": os.ttyname(port)}, data)
        said[name] = caught.value.code
        stop.set()
        thread.join()
        os.close(end)
        os.close(port)
    return said


def _talk(end: int, talk: bytes, stop: threading.Event) -> None:
    os.set_blocking(end, False)
    while not stop.wait(0.02):
        try:
            os.write(end, talk)
            os.read(end, 4096)
        except BlockingIOError:
            pass


# -- settings, scripts, records ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings_", "code", "named"),
    [
        ({}, "zfm.setting_port", {}),
        ({"port": 5}, "zfm.setting_port", {"given": "5"}),
        ({"port": "x", "baud": 57_601}, "zfm.setting_baud", {"given": 57_601}),
        ({"port": "x", "baud": "fast"}, "zfm.setting_number", {"setting": "baud"}),
        ({"port": "x", "baud": True}, "zfm.setting_number", {"setting": "baud"}),
        ({"port": "x", "password": -1}, "zfm.setting_number", {"setting": "password"}),
        ({"port": "x", "width": 256}, "zfm.setting_size", {"given": "256 × 0"}),
        ({"port": "x", "width": 3, "height": 3}, "zfm.setting_size", {"given": "3 × 3"}),
        ({"port": "x", "colour": "red"}, "zfm.setting_unknown", {"setting": "colour"}),
    ],
)
def test_a_bad_setting_is_named(
    data: Path, settings_: dict[str, object], code: str, named: dict[str, object]
) -> None:
    with pytest.raises(ConfigError) as caught:
        open_device(settings_, data)
    assert caught.value.code == code
    assert named.items() <= caught.value.values.items()


def test_a_clone_that_answers_something_of_its_own(data: Path) -> None:
    desk = Desk(data, "r503")
    for command in (Command.READ_PARAMETERS, Command.READ_PRODUCT):
        desk.module._commands[command] = lambda _: [desk.module._answer(0, b"what?")]
    assert taken(desk.open()).width == 192


def test_a_size_nobody_tells_is_asked_for(data: Path) -> None:
    """A clone with an unusual window: the configuration says which."""
    desk = Desk(data, "clone")
    desk.module.kind = desk.module.kind._replace(size=type(desk.module.kind.size)(160, 160))
    with pytest.raises(DeviceError) as caught:
        desk.open().capture(INDEX, FLAT, 5)
    assert (caught.value.code, caught.value.values["received"]) == ("zfm.size", 12_800)
    desk = Desk(data, "clone")
    desk.module.kind = desk.module.kind._replace(size=type(desk.module.kind.size)(160, 160))
    image = taken(desk.open(width=160, height=160))
    assert (image.width, image.height) == (160, 160)


def test_a_record_plays_again(data: Path, tmp_path: Path) -> None:
    """The driver cannot tell a record from the device."""
    desk, log = Desk(data, "r503"), tmp_path / "log.jsonl"
    reader = desk.open(dial=recording(desk.dial, log))
    first = taken(reader)
    reader.close()
    replay = ReplayPort(log.read_text().splitlines(), sleep=desk.port.sleep)
    again = Desk(data).open(dial=lambda name, baud: replay)
    assert taken(again) == first
    again.close()
    assert replay.finished


def test_a_record_of_something_else_is_refused(data: Path, tmp_path: Path) -> None:
    desk, log = Desk(data, "r503"), tmp_path / "log.jsonl"
    desk.open(dial=recording(desk.dial, log)).close()
    lines = log.read_text().splitlines()
    with pytest.raises(BadInputError, match=r"serial_log\.differs"):
        Desk(data).open(dial=lambda name, baud: ReplayPort(lines, lambda _: None), password=5)
    for damaged in ('{"t": 1, "out": "xyz"}', "[]", "\x00"):
        with pytest.raises(BadInputError, match=r"serial_log\.unreadable"):
            ReplayPort([*lines, damaged])


def test_a_fault_script_is_read_from_either_format(tmp_path: Path) -> None:
    toml, json = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text('seed = 3\n[[fault]]\nkind = "unplug"\nimage = 4\nseconds = 2.0\n')
    json.write_text('{"seed": 3, "fault": [{"kind": "unplug", "image": 4, "seconds": 2.0}]}')
    assert read_faults(toml) == read_faults(json)
    for text in ('[[fault]]\nkind = "fire"', "not = [toml", '[[fault]]\nkind="flip"\nchance=7'):
        toml.write_text(text)
        with pytest.raises(BadInputError, match=r"sim\.bad_script"):
            read_faults(toml)
    with pytest.raises(BadInputError):
        read_faults(tmp_path / "absent.toml")
