"""The kiosk's own finger measure, held against impressions whose condition is known.

People here are not those the weights were fitted on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kiosk.biometrics.fingers import ACCEPTED_SCORE, assess, segment
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.crowd import DAMAGES
from kiosk.hal.fingers.ridges import bare_glass, cached_master, impression
from kiosk.hal.fingers.sim import open_device
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.world import WORLD_FILE, FingerCondition, World, WorldFile

CLEAN = FingerTrouble.NONE


def finger(pixels: Grey, position: int = 2, how: Impression = Impression.FLAT, ppi: int = 500) -> FingerImage:
    rows, columns = pixels.shape
    return FingerImage(FingerPosition(position), how, columns, rows, ppi, pixels.tobytes())


def example(masters: Path, trouble: FingerTrouble, seed: int) -> FingerImage:
    """A finger of unseen people with this trouble, from plain to extreme."""
    much = seed % 7 / 6
    figures = DAMAGES[trouble](much) if trouble is not CLEAN else {}
    traces = figures.pop("traces", 0.0)
    condition = msgspec.convert(figures, FingerCondition)
    position, rolled = 1 + seed % 10, bool(seed // 10 % 2)
    ridges = cached_master(masters, 4000 + seed // 20, FingerPosition(position))
    how = Impression.ROLLED if rolled else Impression.FLAT
    return finger(impression(ridges, condition, rolled, seed, traces), position, how)


@pytest.mark.system
def test_clean_impressions_of_unseen_people_are_accepted(masters: Path) -> None:
    qualities = [assess(example(masters, CLEAN, seed)) for seed in range(36)]
    assert sum(quality.accepted for quality in qualities) >= 35
    assert min(quality.usable_area_mm2 for quality in qualities) > 100


@pytest.mark.parametrize("trouble", list(DAMAGES))
def test_strong_troubles_are_mostly_named(masters: Path, trouble: FingerTrouble) -> None:
    """C2, C3: the person is told the remedy that fits."""
    named = Counter(assess(example(masters, trouble, seed)).trouble for seed in range(20))
    assert named[trouble] >= 16, named


def one_condition(masters: Path, condition: FingerCondition) -> FingerImage:
    return finger(impression(cached_master(masters, 4000, FingerPosition(2)), condition, False, 1))


@pytest.mark.parametrize(
    ("field", "values"),
    [("moisture", [0.5, 0.75, 0.8, 0.9, 1]), ("moisture", [0.5, 0.25, 0.15, 0]), ("wear", [0, 0.5, 0.75, 1]),
     ("contact", [1, 0.6, 0.4, 0.2])],
)  # fmt: skip
def test_the_worse_the_condition_the_lower_the_score(masters: Path, field: str, values: list[float]) -> None:
    conditions = [FingerCondition(**{field: value}) for value in values]  # type: ignore[arg-type]
    scores = [assess(one_condition(masters, condition)).score for condition in conditions]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] >= ACCEPTED_SCORE > scores[-1]


def test_the_figures_say_what_they_mean(masters: Path) -> None:
    clean, wet, dry, worn, partial = (
        assess(one_condition(masters, condition))
        for condition in (
            FingerCondition(),
            FingerCondition(moisture=1),
            FingerCondition(moisture=0.1),
            FingerCondition(wear=0.9),
            FingerCondition(contact=0.3),
        )
    )
    assert wet.dark > clean.dark > dry.dark
    assert worn.contrast < clean.contrast / 2
    assert partial.usable_area_mm2 < clean.usable_area_mm2 / 2
    assert dry.clarity < clean.clarity


@pytest.mark.parametrize("grey", [0, 120, 236, 255])
def test_an_even_surface_is_no_finger(grey: int) -> None:
    quality = assess(finger(np.full((480, 320), grey, np.uint8)))
    assert not quality.accepted


def test_bare_glass_is_nothing() -> None:
    assert assess(finger(bare_glass(320, 480))).trouble is FingerTrouble.NOTHING
    assert assess(finger(bare_glass(1376, 610), 13)).trouble is FingerTrouble.NOTHING
    assert segment(finger(bare_glass(1376, 610), 13)) == []


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(60, 200), st.integers(60, 200))), st.integers(1, 15))
def test_no_picture_breaks_it_and_no_noise_is_accepted(pixels: Grey, position: int) -> None:
    if position in (11, 12):
        position = 13
    quality = assess(finger(pixels, position))
    assert 0 <= quality.score <= 100
    assert not quality.accepted


@given(st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_noise_is_not_accepted(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (480, 320)).astype(np.uint8)
    assert not assess(finger(noise)).accepted


def test_sixteen_greys_and_a_small_window_are_measured_too(masters: Path) -> None:
    """A serial sensor gives 256 × 288 pixels of 4 bits at 508 ppi."""
    whole = impression(cached_master(masters, 4001, FingerPosition(2)), FingerCondition(), False, 2)
    small = (whole[96:384, 32:288] // 16 * 17).astype(np.uint8)
    assert assess(finger(np.ascontiguousarray(small), ppi=508)).accepted


def slap(masters: Path, conditions: dict[int, FingerCondition], gone: Collection[int] = ()) -> FingerImage:
    prints = [
        impression(cached_master(masters, 4002, FingerPosition(code)), conditions.get(code, FingerCondition()), False, code)
        for code in (2, 3, 4, 5) if code not in gone
    ]  # fmt: skip
    gap = bare_glass(12, 480)
    return finger(np.hstack([part for print_ in prints for part in (print_, gap)]), 13)


def test_a_slap_is_cut_into_named_fingers(masters: Path) -> None:
    fingers = segment(slap(masters, {}))
    assert [part.position for part in fingers] == [2, 3, 4, 5]
    for part in fingers:
        assert len(part.pixels) == part.width * part.height
        assert assess(part).accepted


def test_a_slap_is_as_good_as_its_worst_finger(masters: Path) -> None:
    assert assess(slap(masters, {})).accepted
    assert assess(slap(masters, {4: FingerCondition(moisture=0.95)})).trouble is FingerTrouble.WET
    assert assess(slap(masters, {5: FingerCondition(moisture=0.03)})).trouble is FingerTrouble.DRY


def test_fingers_are_not_named_when_their_number_is_wrong(masters: Path) -> None:
    """Three are laid down, two of the four are said to be absent: nobody knows which of them came along."""
    gone = {FingerPosition.RIGHT_LITTLE}
    image = slap(masters, {}, gone)
    absent = {*gone, FingerPosition.RIGHT_RING}
    assert {part.position for part in segment(image, absent)} == {FingerPosition.RIGHT_FOUR}
    assert assess(image).trouble is FingerTrouble.COUNT


def test_a_described_finger_that_is_laid_down_neither_counts_nor_spoils_the_slap(tmp_path: Path) -> None:
    """C3: bandaged or worn fingers come down with the others."""
    world = WorldFile(tmp_path / WORLD_FILE)
    world.path.parent.mkdir()
    world.write(World(person=4001, fingers={"3": FingerCondition(wear=1.0)}))
    slap = open_device({}, tmp_path).capture(FingerPosition.RIGHT_FOUR, Impression.FLAT, 1)
    assert isinstance(slap, FingerImage)
    assert [finger.position for finger in segment(slap, {FingerPosition.RIGHT_MIDDLE})] == [2, 3, 4, 5]
    assert not assess(slap).accepted
    assert assess(slap, {FingerPosition.RIGHT_MIDDLE}).accepted
    assert not assess(slap, {FingerPosition.RIGHT_INDEX}).accepted
