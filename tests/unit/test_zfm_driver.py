"""The driver of the ZFM family on a simulated module in memory: what it takes, keeps and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.biometrics import assess
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY
from kiosk.hal.fingers import FingerRefused, Verdict
from kiosk.hal.fingers.zfm import ZfmReader, open_device
from kiosk.hal.fingers.zfm_faults import End, Fault
from kiosk.hal.fingers.zfm_protocol import Command
from kiosk.hal.fingers.zfm_rate import RATES_FILE
from kiosk.hal.fingers.zfm_start import RING_LAY, RING_LIFT, RING_OFF
from kiosk.hal.world import FingerCondition
from tests.zfm_kit import FLAT, INDEX, Desk, hands, taken

THUMB = FingerPosition.RIGHT_THUMB


@pytest.fixture
def data(tmp_path: Path, grown: Path) -> Path:
    return hands(tmp_path / "data", grown / "masters")


# -- what it takes ------------------------------------------------------------------------------------------------


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


def test_a_rate_raised_before_a_crash_is_put_back_after_the_next_run(data: Path) -> None:
    """T2: killed with the rate raised, then the cable was pulled; the module gets back what it had at first."""
    desk = Desk(data, baud=9_600)
    desk.open()
    assert desk.module.baud == 115_200
    found_raised = desk.open()
    assert (found_raised.found.original_baud, found_raised.found.baud) == (9_600, 115_200)
    desk.port.closed = True
    found_raised.close()
    assert desk.module.baud == 115_200, "nobody could put it back"
    desk.module.restart()
    desk.open().close()
    assert desk.module.baud == 9_600
    assert not (data / RATES_FILE).exists()


def test_a_note_of_another_module_or_another_rate_counts_for_nothing(data: Path) -> None:
    desk = Desk(data, baud=9_600)
    desk.open()
    other = Desk(data, baud=38_400)
    other.open(port="other").close()
    assert other.module.baud == 38_400
    desk.module.baud = desk.module.next_baud = 57_600
    desk.open().close()
    assert desk.module.baud == 57_600, "somebody set it meanwhile"


@pytest.mark.parametrize("damaged", [b"", b"\xff\x00", b'{"loop": {"original": "x"}}', b"[]"])
def test_a_damaged_note_is_no_note(data: Path, damaged: bytes) -> None:
    (data / RATES_FILE).write_bytes(damaged)
    desk = Desk(data, baud=115_200)
    desk.open().close()
    assert desk.module.baud == 115_200


def test_a_rate_that_cannot_be_noted_is_let_be(data: Path) -> None:
    """Without its folder (a look before the first start) nothing is changed that nobody would put back."""
    desk = Desk(data)
    desk.data = data / "not-there"
    reader = desk.open()
    assert (reader.line.baud, desk.module.baud) == (57_600, 57_600)
    taken(reader)
    assert not desk.data.exists()


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


# -- templates ----------------------------------------------------------------------------------------------------


def enrolled(reader: ZfmReader) -> bytes:
    template = reader.enrol_template(5, lambda: None)
    assert isinstance(template, bytes)
    return template


@pytest.mark.parametrize("kind", ["r307", "r503", "clone"])
def test_an_officer_is_enrolled_and_recognised(data: Path, kind: str) -> None:
    """Log-in: the module compares, and what it compares with is kept elsewhere."""
    desk = Desk(data, kind)
    reader = desk.open()
    desk.world.change(laying="2")
    lifted: list[str] = []
    template = reader.enrol_template(5, lambda: lifted.append("again"))
    assert isinstance(template, bytes)
    assert lifted == ["again"]
    assert reader.match_template(template, 5) is Verdict.SAME
    desk.world.change(laying="3")
    assert reader.match_template(template, 5) is Verdict.DIFFERENT
    desk.world.change(person=86, laying="2")
    assert reader.match_template(template, 5) is Verdict.DIFFERENT
    assert desk.exchange.mischief.images == 0, "no image is fetched for it"


@pytest.mark.parametrize("packet_code", [0, 1, 2, 3])
def test_a_template_goes_over_the_line_in_every_packet_size(data: Path, packet_code: int) -> None:
    desk = Desk(data)
    desk.module.packet_code = packet_code
    desk.world.change(laying="2")
    reader = desk.open()
    assert reader.match_template(enrolled(reader), 5) is Verdict.SAME


def test_a_module_that_lost_its_supply_takes_the_template_anew(data: Path) -> None:
    """T2: a dip of the supply empties its buffers; the officer is not refused for it."""
    desk = Desk(data)
    desk.world.change(laying="2")
    reader = desk.open()
    template = enrolled(reader)
    assert reader.match_template(template, 5) is Verdict.SAME
    desk.module.restart()
    assert reader.match_template(template, 5) is Verdict.SAME


@pytest.mark.parametrize("end", ["kiosk", "module"])
def test_a_line_that_turns_bits_refuses_nobody(data: Path, end: End) -> None:
    """Damaged packets are sent again: whoever lays the right finger is the same all the same."""
    desk = Desk(data, "r307", Fault("flip", chance=0.04, to=end), seed=5)
    desk.world.change(laying="2")
    reader = desk.open(baud=57_600)
    template = enrolled(reader)
    for _ in range(5):
        assert reader.match_template(template, 5) is Verdict.SAME
    desk.world.change(laying="3")
    assert reader.match_template(template, 5) is Verdict.DIFFERENT


def test_a_template_the_module_does_not_take_is_its_trouble_and_nobody_refused(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(laying="2")
    with pytest.raises(DeviceError, match=r"zfm\.garbled"):
        desk.open().match_template(b"nonsense", 5)


def test_the_wrong_finger_of_the_same_person_is_another(data: Path) -> None:
    """Played in the dock: the module compares, and says so."""
    desk = Desk(data)
    desk.world.change(laying="2")
    reader = desk.open()
    template = enrolled(reader)
    desk.world.change(wrong_finger=True)
    assert reader.match_template(template, 5) is Verdict.DIFFERENT
    desk.world.change(wrong_finger=False)
    assert reader.match_template(template, 5) is Verdict.SAME


def test_a_person_who_lays_no_finger(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(laying="0")
    reader = desk.open()
    assert reader.capture(INDEX, FLAT, 0.5) == FingerRefused(INDEX)
    desk.world.change(laying="2")
    taken(reader)


def test_two_fingers_are_not_one_template(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(laying="2")
    reader = desk.open()

    def another() -> None:
        desk.world.change(laying="3")

    assert reader.enrol_template(5, another) is Verdict.DIFFERENT


def test_enrolment_without_a_finger_that_can_be_read(data: Path) -> None:
    desk = Desk(data)
    desk.world.change(pace=30)
    reader = desk.open()
    assert reader.enrol_template(0.2, lambda: None) is Verdict.NO_FINGER
    desk.world.change(pace=0, laying="2", fingers={"2": FingerCondition(moisture=1)})
    assert reader.match_template(b"", 0.2) is Verdict.UNREADABLE


# -- settings -----------------------------------------------------------------------------------------------------


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
