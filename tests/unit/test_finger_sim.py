"""The simulated reader: what a person lays down, and that following the coach helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.biometrics.fingers import assess, segment
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import Message
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.fingers import FingerImage, FingerReader, FingerRefused, TemplateReader, Verdict
from kiosk.hal.fingers.hand import MASTERS_FOLDER, coached
from kiosk.hal.fingers.sim import KINDS, SimFingerReader, open_device
from kiosk.hal.world import FingerCondition, WorldFile, world_in

FLAT, ROLLED = Impression.FLAT, Impression.ROLLED
INDEX = FingerPosition.RIGHT_INDEX


@pytest.fixture(autouse=True)
def _grown_before(tmp_path: Path, masters: Path) -> None:
    (tmp_path / MASTERS_FOLDER).parent.mkdir(parents=True)
    (tmp_path / MASTERS_FOLDER).symlink_to(masters)


@pytest.fixture
def world(tmp_path: Path) -> WorldFile:
    return world_in(tmp_path)


@pytest.fixture
def reader(tmp_path: Path) -> FingerReader:
    return open_device({}, tmp_path)


def take(reader: FingerReader, position: FingerPosition = INDEX, how: Impression = FLAT) -> FingerImage:
    image = reader.capture(position, how, 1)
    assert isinstance(image, FingerImage)
    return image


def test_it_says_what_it_is(tmp_path: Path) -> None:
    ten, single = open_device({"reader": "tenprint"}, tmp_path), open_device({"reader": "single"}, tmp_path)
    assert (ten.takes_slaps, ten.takes_rolled, ten.enrolment_grade) == (True, True, True)
    assert (single.takes_slaps, single.takes_rolled, single.enrolment_grade) == (False, False, False)
    assert ten.simulated
    assert ten.model.startswith("sim")


def test_an_unknown_kind_of_reader_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_device({"reader": "iris"}, tmp_path)
    assert caught.value.values["reader"] == "iris"


@pytest.mark.parametrize(
    ("position", "how"),
    [(FingerPosition.RIGHT_FOUR, FLAT), (INDEX, ROLLED), (FingerPosition.TWO_THUMBS, ROLLED)],
)
def test_a_single_finger_reader_cannot_take_more(
    tmp_path: Path, position: FingerPosition, how: Impression
) -> None:
    with pytest.raises(DeviceError) as caught:
        open_device({"reader": "single"}, tmp_path).capture(position, how, 1)
    assert caught.value.code == "fingers.cannot_take"


@pytest.mark.parametrize("position", [13, 14, 15])
def test_a_slap_holds_its_fingers_in_order(reader: FingerReader, position: int) -> None:
    """C1: flat prints of whole hands."""
    slap = take(reader, FingerPosition(position))
    assert len(slap.pixels) == slap.width * slap.height
    assert tuple(finger.position for finger in segment(slap)) == FingerPosition(position).members
    assert assess(slap).accepted


def test_a_missing_finger_is_not_laid_down(reader: FingerReader, world: WorldFile) -> None:
    world.change(fingers={"3": FingerCondition(missing=True)})
    assert reader.capture(FingerPosition.RIGHT_MIDDLE, ROLLED, 1) == FingerRefused(
        FingerPosition.RIGHT_MIDDLE
    )
    slap = take(reader, FingerPosition.RIGHT_FOUR)
    assert assess(slap).trouble is FingerTrouble.COUNT
    assert assess(slap, absent={FingerPosition.RIGHT_MIDDLE}).accepted


@pytest.mark.parametrize(
    ("position", "laid"),
    [(1, [2]), (4, [5]), (5, [4]), (10, [9]), (13, [10, 9, 8, 7]), (14, [2, 3, 4, 5]), (15, [7, 2])],
)
def test_the_wrong_finger_is_laid(
    reader: FingerReader, world: WorldFile, position: int, laid: list[int]
) -> None:
    """The reader cannot know: it says what was asked, and the picture is that of the other fingers."""
    world.change(wrong_finger=True, fingers={str(finger): FingerCondition(missing=True) for finger in laid})
    asked = FingerPosition(position)
    assert reader.capture(asked, FLAT, 1) == FingerRefused(asked), "these and no others were to be laid"
    world.change(fingers={})
    wrong = take(reader, asked)
    assert wrong.position == asked
    world.change(wrong_finger=False)
    assert take(reader, asked).pixels != wrong.pixels


def test_a_hand_without_fingers_is_refused(reader: FingerReader, world: WorldFile) -> None:
    world.change(fingers={code: FingerCondition(missing=True) for code in "16"})
    assert isinstance(reader.capture(FingerPosition.TWO_THUMBS, FLAT, 1), FingerRefused)


def paced(tmp_path: Path, slept: list[float]) -> SimFingerReader:
    return SimFingerReader(KINDS["tenprint"], world_in(tmp_path), tmp_path / MASTERS_FOLDER, slept.append)


def test_a_person_takes_their_time(tmp_path: Path, world: WorldFile) -> None:
    world.change(pace=2.5)
    slept: list[float] = []
    assert isinstance(paced(tmp_path, slept).capture(INDEX, FLAT, 10), FingerImage)
    assert slept == [2.5]


def test_a_person_slower_than_the_timeout_is_refused(tmp_path: Path, world: WorldFile) -> None:
    world.change(pace=30)
    slept: list[float] = []
    assert paced(tmp_path, slept).capture(INDEX, FLAT, 5) == FingerRefused(INDEX)
    assert slept == [5]


@pytest.mark.parametrize(
    "condition",
    [
        FingerCondition(sweat=1.0, moisture=0.6),
        FingerCondition(moisture=0.95),
        FingerCondition(moisture=0.05),
        FingerCondition(contact=0.25),
        FingerCondition(wear=0.9),
        FingerCondition(moisture=0.9, contact=0.4, sweat=1.0),
    ],
)
def test_following_the_coach_helps(
    reader: FingerReader, world: WorldFile, condition: FingerCondition
) -> None:
    """C2, C3: a refused finger gets better with each try and is accepted by the third."""
    world.change(fingers={"2": condition})
    first, second, third = (assess(take(reader)) for _ in range(3))
    assert first.score < second.score <= third.score + 3
    assert (first.accepted, third.accepted) == (False, True)


def test_another_person_begins_anew(reader: FingerReader, world: WorldFile) -> None:
    world.change(fingers={"2": FingerCondition(moisture=1)})
    first = [take(reader).pixels, take(reader).pixels]
    world.change(person=2)
    take(reader)
    world.change(person=1)
    assert [take(reader).pixels, take(reader).pixels] == first


def test_a_finger_wetted_again_is_wet_again(reader: FingerReader, world: WorldFile) -> None:
    world.change(fingers={"2": FingerCondition(moisture=0.95)})
    assert [assess(take(reader)).accepted for _ in range(3)] == [False, True, True]
    world.change(fingers={"2": FingerCondition(moisture=1.0)})
    assert assess(take(reader)).trouble is FingerTrouble.WET


def test_other_fingers_are_not_helped_by_one_finger_s_tries(reader: FingerReader, world: WorldFile) -> None:
    world.change(fingers={"2": FingerCondition(moisture=1), "3": FingerCondition(moisture=1)})
    take(reader)
    take(reader)
    assert assess(take(reader, FingerPosition.RIGHT_MIDDLE)).trouble is FingerTrouble.WET


def test_coaching_moves_towards_ideal() -> None:
    bad = FingerCondition(moisture=1, contact=0.2, wear=0.8, sweat=1.0)
    assert coached(bad, 0) == bad
    steps = [coached(bad, tries) for tries in range(1, 5)]
    assert [step.moisture for step in steps] == sorted((step.moisture for step in steps), reverse=True)
    assert [step.contact for step in steps] == sorted(step.contact for step in steps)
    assert {step.wear for step in steps} == {0.4}
    assert not any(step.sweat for step in steps)


def test_a_pulled_cable_is_gone_and_comes_back(reader: FingerReader, world: WorldFile) -> None:
    assert reader.health() == HEALTHY
    world.change(reader_connected=False)
    health = reader.health()
    assert (health.state, health.message) == (
        HealthState.GONE,
        Message("device.gone", {"device": Message("device.fingers")}),
    )
    with pytest.raises(DeviceError) as caught:
        reader.capture(INDEX, FLAT, 1)
    assert caught.value.code == "fingers.gone"
    world.change(reader_connected=True)
    assert reader.health() == HEALTHY
    reader.close()
    take(reader)


def test_a_cable_pulled_while_waiting_is_noticed(tmp_path: Path, world: WorldFile) -> None:
    def pull(_seconds: float) -> None:
        world.change(reader_connected=False)

    reader = SimFingerReader(KINDS["tenprint"], world_in(tmp_path), tmp_path / MASTERS_FOLDER, pull)
    with pytest.raises(DeviceError):
        reader.capture(INDEX, FLAT, 5)


def test_a_garbled_world_is_a_device_in_trouble(reader: FingerReader, world: WorldFile) -> None:
    world.change(person=1)
    world.path.write_text("garbage")
    health = reader.health()
    assert health.state is HealthState.GONE
    assert health.message is not None
    assert health.message.values["file"] == str(world.path)


# -- templates: an officer's second factor -----------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> SimFingerReader:
    world_in(tmp_path).change(person=85)
    return open_device({}, tmp_path)


def test_a_finger_is_told_from_another_one_and_from_another_persons(
    own: SimFingerReader, world: WorldFile
) -> None:
    assert isinstance(own, TemplateReader)
    template = own.enrol_template(1, lambda: None)
    assert isinstance(template, bytes)
    assert own.match_template(template, 1) is Verdict.SAME
    world.change(laying="3")
    assert own.match_template(template, 1) is Verdict.DIFFERENT
    world.change(laying="2", person=86)
    assert own.match_template(template, 1) is Verdict.DIFFERENT


def test_nobody_is_recognised_by_a_finger_that_is_away_slow_or_wet(tmp_path: Path, world: WorldFile) -> None:
    waits: list[float] = []
    reader = SimFingerReader(KINDS["tenprint"], world, tmp_path / MASTERS_FOLDER, waits.append)
    world.change(laying="0")
    assert reader.match_template(b"", 0.5) is Verdict.NO_FINGER
    world.change(laying="2", pace=1.2)
    assert [reader.match_template(b"", 0.5) for _ in range(2)] == [Verdict.NO_FINGER] * 2
    world.change(pace=0, fingers={"2": {"moisture": 1}})
    assert reader.match_template(b"", 0.5) is Verdict.UNREADABLE
    assert waits[:3] == [0.5, 0.5, 0.5]


def test_two_fingers_are_no_template(own: SimFingerReader, world: WorldFile) -> None:
    def another() -> None:
        world.change(laying="3")

    assert own.enrol_template(1, another) is Verdict.DIFFERENT
