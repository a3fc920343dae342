"""The coach's policy: it always ends, one remedy at a time, keeps only what is accepted (C1, C2, C3, X2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers import FingerRefused
from kiosk.workflow.coach import (
    GAIN,
    INCOMPARABLE,
    LADDERS,
    LEFT_OF_WATER,
    MOST_TRIES,
    ROLLED_LADDERS,
    SECONDS,
    Again,
    Coach,
    Decision,
    Keep,
    Stop,
)
from tests.unit.documents import codes, page, table

Try = FingerQuality | FingerRefused
TROUBLES = [trouble for trouble in FingerTrouble if trouble is not FingerTrouble.NONE]
WET, DRY, WORN = FingerTrouble.WET, FingerTrouble.DRY, FingerTrouble.WORN

poor = st.builds(FingerQuality, st.integers(0, 100), st.sampled_from(TROUBLES))
refused = st.builds(FingerRefused, st.just(FingerPosition.RIGHT_INDEX), st.sampled_from(TROUBLES))
fine = st.builds(FingerQuality, st.integers(0, 100), st.just(FingerTrouble.NONE))
impressions = st.sampled_from(Impression)


def bad(score: int, trouble: FingerTrouble = WET) -> FingerQuality:
    return FingerQuality(score, trouble)


def coached(tries: list[Try], impression: Impression = Impression.FLAT) -> list[Decision]:
    """The decisions until it ends, or the tries do."""
    coach, decisions = Coach(impression), []
    for number, tried in enumerate(tries, start=1):
        decisions.append(coach.see(tried))
        assert coach.tries == number
        if not isinstance(decisions[-1], Again):
            break
    return decisions


def remedies(decisions: list[Decision]) -> list[Remedy]:
    return [decision.advice.remedy for decision in decisions if isinstance(decision, Again)]


@given(st.lists(poor | refused, min_size=MOST_TRIES, max_size=MOST_TRIES), impressions)
def test_any_person_comes_to_an_end_with_an_exception_offered(
    tries: list[Try], impression: Impression
) -> None:
    """Never more tries than allowed, never a poor one kept, each decision one remedy of the trouble seen."""
    decisions = coached(tries, impression)
    *before, last = decisions
    assert isinstance(last, Stop)
    for tried, decision in zip(tries, before, strict=False):
        assert isinstance(decision, Again)
        trouble = decision.advice.trouble
        assert trouble is tried.trouble or (trouble is WET and tried.trouble in LEFT_OF_WATER)
        assert decision.advice.remedy in (LADDERS | ROLLED_LADDERS)[trouble] + LADDERS[trouble]
        assert decision.advice.seconds == SECONDS.get(decision.advice.remedy, 0)
    comparable = [
        t.score if isinstance(t, FingerQuality) and t.trouble not in INCOMPARABLE else -1
        for t in tries[: len(decisions)]
    ]
    best = comparable.index(max(comparable)) if max(comparable) >= 0 else None
    assert last.tried == best


@given(st.lists(poor | refused, max_size=MOST_TRIES - 1), fine, impressions)
def test_the_first_accepted_try_is_kept(
    tries: list[Try], good: FingerQuality, impression: Impression
) -> None:
    decisions = coached([*tries, good], impression)
    if len(decisions) == len(tries) + 1:
        assert decisions[-1] == Keep(len(tries))
    else:
        assert isinstance(decisions[-1], Stop)


@given(st.lists(poor | refused | fine, max_size=20), impressions)
def test_the_same_tries_lead_to_the_same_decisions(tries: list[Try], impression: Impression) -> None:
    assert coached(tries, impression) == coached(tries, impression)


@given(st.lists(poor | refused, max_size=MOST_TRIES), impressions)
def test_better_is_said_only_of_a_clearer_picture_of_the_finger(
    tries: list[Try], impression: Impression
) -> None:
    clearest = None
    for tried, decision in zip(tries, coached(tries, impression), strict=False):
        measured = isinstance(tried, FingerQuality) and tried.trouble not in INCOMPARABLE
        if isinstance(decision, Again) and decision.advice.better:
            assert measured and clearest is not None
            assert tried.score >= clearest + GAIN  # type: ignore[union-attr]
        if measured:
            clearest = max(tried.score, clearest or 0)  # type: ignore[union-attr]


@given(st.lists(fine, min_size=1, max_size=10))
def test_whoever_goes_on_after_a_good_try_keeps_the_best_of_them(tries: list[FingerQuality]) -> None:
    coach = Coach()
    decisions = [coach.see(tried) for tried in tries]
    scores = [tried.score for tried in tries]
    assert decisions[-1] == Keep(scores.index(max(scores)))


def test_wet_hands_wipe_then_cool_then_wash() -> None:
    """R4's field story: what the officers found out with ice water, in the order of least trouble."""
    for trouble in (WET, FingerTrouble.SWEATY):
        decisions = coached([bad(20, trouble)] * 4)
        assert remedies(decisions) == [Remedy.WIPE, Remedy.COOL, Remedy.WASH]
        assert decisions[-1] == Stop(0)


def test_a_remedy_that_helps_is_asked_for_once_more() -> None:
    decisions = coached([bad(10), bad(25), bad(40), bad(50)])
    assert remedies(decisions) == [Remedy.WIPE, Remedy.WIPE, Remedy.COOL, Remedy.COOL]
    assert [d.advice.better for d in decisions if isinstance(d, Again)] == [False, True, True, True]


def test_sweat_and_water_are_one_ladder() -> None:
    decisions = coached([bad(20, FingerTrouble.SWEATY), bad(20, WET), bad(20, FingerTrouble.SWEATY)])
    assert remedies(decisions) == [Remedy.WIPE, Remedy.COOL, Remedy.WASH]


def test_another_trouble_has_its_own_ladder() -> None:
    """Wiped too dry: moisten; wet again: not wiping once more, but the next."""
    decisions = coached([bad(30), bad(30, DRY), bad(40)])
    assert remedies(decisions) == [Remedy.WIPE, Remedy.MOISTEN, Remedy.COOL]


@pytest.mark.parametrize(
    ("impression", "other"), [(Impression.FLAT, Remedy.PART), (Impression.ROLLED, Remedy.ROLL)]
)
def test_worn_fingers_lay_another_part_down_then_press_lighter(impression: Impression, other: Remedy) -> None:
    """C3: skin worn smooth is left in peace after three remedies in vain."""
    decisions = coached([bad(25, WORN)] * 4, impression)
    assert remedies(decisions) == [other, Remedy.LIGHTER, other]
    assert decisions[-1] == Stop(0)


def test_worn_fingers_go_on_while_it_helps() -> None:
    """The better kept part is found in steps, and moistening comes last: it drowns what is left of ridges."""
    decisions = coached([bad(score, WORN) for score in (25, 45, 65, 70, 80, 90, 92)])
    assert remedies(decisions) == [*[Remedy.PART] * 2, Remedy.LIGHTER, *[Remedy.PART] * 2, Remedy.MOISTEN]
    assert decisions[-1] == Stop(6)


@pytest.mark.parametrize("left", sorted(LEFT_OF_WATER))
def test_what_looks_worn_or_pressed_after_drying_is_dried_on(left: FingerTrouble) -> None:
    """C2: the citizen hears of water, not of worn skin; only at the end of drying it may be something else."""
    decisions = coached([bad(20), bad(80, left), bad(82, left), bad(90, left), bad(91, left)])
    assert remedies(decisions)[:4] == [Remedy.WIPE, Remedy.WIPE, Remedy.COOL, Remedy.COOL]
    assert {d.advice.trouble for d in decisions[:4] if isinstance(d, Again)} == {WET}
    unwatered = coached([bad(30, DRY), bad(40, left)])
    assert remedies(unwatered) == [Remedy.MOISTEN, LADDERS[left][0]]


def test_after_the_last_of_drying_worn_skin_is_worn_skin() -> None:
    decisions = coached([bad(20), bad(20), bad(20, FingerTrouble.SWEATY), bad(40, WORN)])
    assert remedies(decisions) == [Remedy.WIPE, Remedy.COOL, Remedy.WASH, Remedy.PART]


@pytest.mark.parametrize("trouble", sorted(INCOMPARABLE))
def test_another_finger_is_no_gain(trouble: FingerTrouble) -> None:
    """A try with the wrong fingers, or none, neither praises nor spoils what was reached before."""
    decisions = coached([bad(20), bad(95, trouble), bad(22), bad(30)])
    assert [d.advice.better for d in decisions if isinstance(d, Again)] == [False, False, False, True]
    assert coached([bad(95, trouble)] * 4)[-1] == Stop(None)


def test_nobody_is_kept_trying_without_gain() -> None:
    """Troubles in turn, none of the ladders at its end: three tries no clearer are enough."""
    decisions = coached([bad(30, WORN), bad(30, DRY), bad(30), bad(30, FingerTrouble.MOVED)])
    assert [type(decision) for decision in decisions] == [Again, Again, Again, Stop]


def test_every_trouble_has_a_ladder() -> None:
    assert set(LADDERS) == set(TROUBLES)
    assert all(LADDERS.values())


def test_the_documented_rows_are_the_ladders() -> None:
    """What officers read of the coach is what it does."""
    for row in table(page("operations.md"), "trouble"):
        for trouble in codes(row[0]):
            assert told(row[1]) == asked_for(FingerTrouble(trouble)), trouble
    named = {code for row in table(page("operations.md"), "trouble") for code in codes(row[0])}
    assert named == set(LADDERS)


def told(cell: str) -> list[tuple[str, int]]:
    found = re.findall(r"`(\w+)`(?: (\d+) s)?", cell)
    return [(remedy, int(seconds or 0)) for remedy, seconds in found]


def asked_for(trouble: FingerTrouble) -> list[tuple[str, int]]:
    """Both ladders in one row, where a rolled finger is asked for something else."""
    found: list[tuple[str, int]] = []
    for flat, rolled in zip(LADDERS[trouble], (LADDERS | ROLLED_LADDERS)[trouble], strict=True):
        found += [(remedy.value, SECONDS.get(remedy, 0)) for remedy in dict.fromkeys((flat, rolled))]
    return found


def test_every_measure_in_the_dossier_is_documented() -> None:
    named = {code for row in table(page("dossier-format.md"), "measure") for code in codes(row[0])}
    assert named == set(bad(1).measures())
    assert all(isinstance(value, float) for value in bad(1).measures().values())
