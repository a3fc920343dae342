"""Skin over time: a remedy helps at once, for as long as it would, and not for ever (C2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers.skin import COOLED_S, Skin, skin_of
from kiosk.hal.world import FingerCondition

SHARE = st.floats(0, 1)
conditions = st.builds(
    FingerCondition,
    moisture=SHARE,
    sweat=SHARE,
    wear=SHARE,
    contact=SHARE,
    pressure=SHARE,
    moving=SHARE,
    turn=st.floats(-1, 1),
    aside=st.floats(-1, 1),
)
treatments = st.lists(st.tuples(st.sampled_from(Remedy), SHARE, st.floats(0, 300)), max_size=8)

SWEATY = skin_of(FingerCondition(sweat=0.9, moisture=0.6))


def sweat_after(skin: Skin, seconds: float) -> float:
    return skin.after(seconds).now.sweat


def test_wiped_sweat_is_back_within_half_a_minute() -> None:
    wiped = SWEATY.treated(Remedy.WIPE, 1)
    assert sweat_after(wiped, 0) < 0.2
    assert sweat_after(wiped, 5) < 0.5
    assert sweat_after(wiped, 25) > 0.75


def test_ice_water_holds_for_more_than_a_minute_and_not_for_ever() -> None:
    """R4: "ngâm tay, rửa sạch"."""
    cooled = SWEATY.treated(Remedy.COOL, 1)
    assert sweat_after(cooled, 60) < 0.05
    assert sweat_after(cooled, COOLED_S + 60) > 0.8


def test_washing_holds_longer_than_wiping_and_shorter_than_ice() -> None:
    wiped, washed, cooled = (
        sweat_after(SWEATY.treated(remedy, 1), 70) for remedy in (Remedy.WIPE, Remedy.WASH, Remedy.COOL)
    )
    assert wiped > washed > cooled


def test_moistened_skin_dries_again() -> None:
    dry = skin_of(FingerCondition(moisture=0.05))
    moistened = dry.treated(Remedy.MOISTEN, 0.8)
    assert 0.35 < moistened.now.moisture < 0.65
    assert moistened.after(600).now.moisture < 0.1


@pytest.mark.parametrize(
    ("remedy", "bad", "figure", "best"),
    [
        (Remedy.STILL, FingerCondition(moving=0.9), "moving", 0.0),
        (Remedy.CENTRE, FingerCondition(contact=0.2), "contact", 1.0),
        (Remedy.LIGHTER, FingerCondition(pressure=1), "pressure", 0.4),
        (Remedy.PART, FingerCondition(wear=0.9), "wear", 0.0),
        (Remedy.WIPE, FingerCondition(moisture=1), "moisture", 0.5),
    ],
)
def test_a_remedy_brings_its_figure_nearer_to_what_is_best(
    remedy: Remedy, bad: FingerCondition, figure: str, best: float
) -> None:
    badly, well = (skin_of(bad).treated(remedy, how).now for how in (0.3, 1.0))
    far = [abs(getattr(condition, figure) - best) for condition in (bad, badly, well)]
    assert far == sorted(far, reverse=True)
    assert far[0] > far[2]


@given(conditions, treatments)
def test_whatever_is_done_the_skin_stays_one_that_can_be(
    condition: FingerCondition, done: list[tuple[Remedy, float, float]]
) -> None:
    skin = skin_of(condition)
    for remedy, well, seconds in done:
        skin = skin.after(seconds).treated(remedy, well)
        now = skin.now
        assert all(-1e-9 <= value <= 1 + 1e-9 for value in (now.moisture, now.sweat, now.wear, now.contact))
        assert skin.cool_s >= 0
    later = skin.after(3600).now
    assert later.sweat == pytest.approx(condition.sweat, abs=1e-6)
    assert later.moisture == pytest.approx(condition.moisture, abs=1e-6)


@given(conditions, st.floats(0, 200), st.floats(0, 200))
def test_time_may_be_taken_in_one_or_in_two(condition: FingerCondition, one: float, other: float) -> None:
    skin = skin_of(condition).treated(Remedy.COOL, 1)
    at_once, in_two = skin.after(one + other).now, skin.after(one).after(other).now
    assert at_once.sweat == pytest.approx(in_two.sweat, abs=1e-6)
    assert at_once.moisture == pytest.approx(in_two.moisture, abs=1e-6)
