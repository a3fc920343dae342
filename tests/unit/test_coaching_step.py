"""The coaching step with a reader that sends anything at all: a remedy or an officer, never a fault, never a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiosk.domain.dossier import SampleKept
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.plan import PlannedCapture
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers import FingerRefused
from kiosk.hal.fingers.ridges import impression, master
from kiosk.hal.world import FingerCondition
from kiosk.store.schema import open_for_reading
from kiosk.workflow.coach import MOST_TRIES, SECONDS
from kiosk.workflow.counter import NEXT
from kiosk.workflow.sign import sign_record
from kiosk.workflow.view import Capture, Pause, Signature, View
from tests.coaching_kit import INDEX, LEAVE, Answer, Scene, picture

Grey = NDArray[np.uint8]
FLAT = PlannedCapture(INDEX, Impression.FLAT)
ROLLED = PlannedCapture(INDEX, Impression.ROLLED)
SLAP = PlannedCapture(FingerPosition.RIGHT_FOUR, Impression.FLAT)


@pytest.fixture(scope="session")
def finger() -> Grey:
    return master(7, INDEX)


def cat(width: int, height: int) -> Grey:
    """A striped cat before a light wall."""
    grey = np.full((height, width), 225, np.uint8)
    middle = (width // 2, height * 3 // 5)
    for side in (-1, 1):
        ear = [(middle[0] + side * width // 4, height // 3), (middle[0] + side * width // 5, height // 10)]
        cv2.fillPoly(grey, [np.array([*ear, (middle[0] + side * width // 12, height // 3)])], 110)
    cv2.ellipse(grey, middle, (width * 3 // 10, height // 3), 0, 0, 360, 120, -1)
    for stripe in range(0, height, max(8, height // 30)):
        cv2.line(grey, (middle[0] - width // 5, stripe), (middle[0] + width // 5, stripe + 6), 70, 3)
    for side in (-1, 1):
        cv2.circle(grey, (middle[0] + side * width // 9, middle[1] - height // 12), width // 28 + 1, 20, -1)
    return cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.uint8)


def good_print(finger: Grey, seed: int = 1, **damage: float) -> Grey:
    return impression(finger, FingerCondition(**damage), False, seed)  # type: ignore[arg-type]


def even(value: int, width: int = 320, height: int = 480) -> Grey:
    return np.full((height, width), value, np.uint8)


@cache
def noise(width: int = 320, height: int = 480) -> Grey:
    return np.random.default_rng(5).integers(0, 256, (height, width), np.uint8)


BAD: dict[str, Callable[[Grey], Grey]] = {
    "white": lambda _: even(255),
    "grey": lambda _: even(128),
    "saturated": lambda _: even(0),
    "inverted": lambda finger: (255 - good_print(finger)).astype(np.uint8),
    "noise": lambda _: noise(),
    "cat": lambda _: cat(320, 480),
    "one dot": lambda _: even(0, 1, 1),
    "one row": lambda _: noise(320, 1),
    "tiny": lambda finger: cv2.resize(good_print(finger), (24, 36)).astype(np.uint8),
    "huge": lambda _: noise(6000, 4200),
    "half black": lambda _: np.hstack([even(0, 160), even(255, 160)]),
}


def sent(grey: Grey, planned: PlannedCapture, ppi: int = 500) -> Answer:
    height, width = grey.shape
    return picture(grey.tobytes(), width, height, ppi, planned.position, planned.impression)


def assert_refused(scene: Scene) -> None:
    """Ended by asking an officer, after remedies with words, with nothing kept."""
    desk = scene.play()
    assert not desk.dossier.samples
    last = scene.views[-1].screen
    assert isinstance(last, Pause) and last.id == "approval.finger"
    assert 1 <= scene.reader.asked <= MOST_TRIES
    for screen in scene.captures:
        assert not screen.good
        assert (screen.remedy is None) == (screen.about is None)
    assert [screen for screen in scene.captures if screen.remedy is not None], "something was advised first"
    scene.ledger.close()


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("planned", [FLAT, ROLLED], ids=["flat", "rolled"])
def test_what_is_no_print_is_never_kept(
    tmp_path: Path, finger: Grey, name: str, planned: PlannedCapture
) -> None:
    """C2: each ends in a remedy and then an officer, never in an exception or a sample."""
    assert_refused(Scene(tmp_path, [sent(BAD[name](finger), planned)], planned))


@pytest.mark.parametrize("name", ["white", "saturated", "noise", "cat", "one dot", "tiny"])
def test_no_slap_of_it_is_kept_either(tmp_path: Path, finger: Grey, name: str) -> None:
    scene = Scene(tmp_path, [sent(BAD[name](finger), SLAP)], SLAP, press=who_waits)
    assert_refused(scene)


def who_waits(view: View) -> str | None:
    """Says that it is the index, when asked which finger of a slap it is."""
    return "2" if view.screen.id == "fingers.which" else None


@pytest.mark.parametrize(
    "broken",
    [
        picture(b"", 0, 0),
        picture(b"", 320, 480),
        picture(bytes(100), 320, 480),
        picture(bytes(320 * 480 + 1), 320, 480),
        picture(bytes(320 * 480), 320, 480, ppi=0),
        picture(bytes(320 * 480), 320, 480, ppi=-500),
        picture(bytes(320 * 480), -320, -480),
        picture(bytes(320 * 480), 320, 480, ppi=1_000_000),
    ],
)
def test_a_reader_that_breaks_its_contract_is_coached_as_if_nothing_could_be_seen(
    tmp_path: Path, broken: Answer
) -> None:
    scene = Scene(tmp_path, [broken])
    assert_refused(scene)
    assert not scene.pictures, "nothing that could be shown"


def test_no_mark_is_made_of_what_is_no_print(tmp_path: Path, finger: Grey) -> None:
    """In place of a signature as little as in the dossier: something is said, and going back is possible."""

    def press(view: View) -> str | None:
        if isinstance(view.screen, Signature):
            return LEAVE if scene.captures else "mark"
        return "back" if isinstance(view.screen, Capture) and view.screen.hint else None

    for name, answer in (("broken", picture(b"", 320, 480)), ("noise", sent(noise(), FLAT))):
        scene = Scene(tmp_path / name, [answer], press=press, step=sign_record)
        desk = scene.play()
        assert not desk.dossier.samples
        assert [screen.id for screen in scene.captures if screen.hint] == ["sign.finger"]
        scene.ledger.close()


def tiled(width: int, height: int, tile: bytes) -> Answer:
    size = width * height
    return picture((tile * (size // len(tile) + 1))[:size], width, height)


sides = st.integers(1, 140)
pixels = st.builds(tiled, sides, sides, st.binary(min_size=1, max_size=400))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pixels, min_size=1, max_size=3))
def test_any_pixels_end_with_an_officer(
    tmp_path_factory: pytest.TempPathFactory, answers: list[Answer]
) -> None:
    assert_refused(Scene(tmp_path_factory.mktemp("any"), answers))


def test_a_reader_that_refuses_each_time_is_coached_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [FingerRefused(INDEX, FingerTrouble.WET)])
    assert_refused(scene)
    assert asked(scene) == [Remedy.WIPE, Remedy.COOL, Remedy.WASH]


def asked(scene: Scene) -> list[Remedy]:
    """The remedies, each once however often its screen changed."""
    found: list[Remedy] = []
    for before, after in zip([None, *scene.captures], scene.captures, strict=False):
        if after.remedy is not None and (before is None or before.remedy is not after.remedy):
            found.append(after.remedy)
    return found


def test_the_time_of_a_remedy_is_counted_down_and_done_ends_it(tmp_path: Path, finger: Grey) -> None:
    """Every second is shown once; "done" goes on at once; then the finger is asked for again."""
    answers = [FingerRefused(INDEX, FingerTrouble.WET), sent(good_print(finger), FLAT)]
    waited = Scene(tmp_path / "waited", answers)
    waited.play()
    counted = [screen.seconds for screen in waited.captures if screen.remedy is Remedy.WIPE]
    assert counted == list(range(SECONDS[Remedy.WIPE], 0, -1))
    wiping = next(screen for screen in waited.captures if screen.seconds)
    assert [option.key for option in wiping.options] == [NEXT]
    assert waited.captures[-2].hint is not None and waited.captures[-2].hint.code == "finger.again"
    assert waited.captures[-1].good

    hurried = Scene(tmp_path / "hurried", answers, press=when(lambda s: s.seconds == 6))
    hurried.play()
    assert [screen.seconds for screen in hurried.captures if screen.seconds] == [8, 7, 6]
    assert hurried.clock.monotonic() < waited.clock.monotonic() - 4


def when(true: Callable[[Capture], bool], key: str = NEXT) -> Callable[[View], str | None]:
    return lambda view: key if isinstance(view.screen, Capture) and true(view.screen) else None


def test_a_press_meant_for_the_screen_before_does_not_cut_a_remedy_short(
    tmp_path: Path, finger: Grey
) -> None:
    """The second tap on "done" of a trembling hand."""
    wet = FingerRefused(INDEX, FingerTrouble.WET)
    again = when(lambda screen: screen.hint is not None and screen.hint.code == "finger.again")
    scene = Scene(tmp_path, [wet, wet, sent(good_print(finger), FLAT)], press=again)
    scene.play()
    assert [s.seconds for s in scene.captures if s.remedy is Remedy.COOL][:2] == [20, 19]


def test_cannot_is_heard_whenever_it_is_pressed(tmp_path: Path) -> None:
    """Also while a remedy without a timer stands to be read."""
    worn = FingerRefused(INDEX, FingerTrouble.WORN)
    scene = Scene(tmp_path, [worn], press=when(lambda screen: screen.remedy is not None, "cannot"))
    scene.play()
    assert scene.views[-1].screen.id == "approval.finger"
    assert scene.reader.asked == 1


def test_the_kept_sample_says_how_often_it_was_tried_and_what_was_measured(
    tmp_path: Path, finger: Grey
) -> None:
    """C2, X2: best of N with its attempts and its vector, on disk before "good" is said."""
    wet = FingerRefused(INDEX, FingerTrouble.WET)
    scene = Scene(tmp_path, [wet, wet, sent(good_print(finger), FLAT)])
    desk = scene.play()
    (sample,) = desk.dossier.samples
    assert (sample.key, sample.attempts) == ("flat-02", 3)
    assert sample.score > 0
    assert {"clarity", "contrast", "usable_area_mm2", "offset_right_mm"} <= sample.quality.keys()
    assert scene.ledger.dossier(desk.dossier.number).samples == (sample,), "as it stands on disk"
    assert any(isinstance(fact, SampleKept) for fact in desk.dossier.facts)


def test_a_stop_is_noted_with_its_tries(tmp_path: Path) -> None:
    """Whoever asks later why an exception was offered finds it in the audit chain."""
    scene = Scene(tmp_path, [FingerRefused(INDEX, FingerTrouble.WORN)])
    scene.play()
    scene.ledger.close()
    chain = open_for_reading(tmp_path / "kiosk.db")
    (detail,) = next(iter(_details(chain.execute("select kind, detail from audit"))))
    chain.close()
    assert '"key":"flat-02"' in detail and '"trouble":"worn"' in detail and '"tries":4' in detail


def _details(rows: Iterator[tuple[str, str]]) -> Iterator[tuple[str]]:
    return ((detail,) for kind, detail in rows if kind == "finger.stopped")
