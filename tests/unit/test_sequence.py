"""Which finger was given for which: every single mistake is found, named, and only it is asked for again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.domain.sequence import Compared, Doubt, DoubtKind, Placed, doubts, hand_of, is_slap

ALIKE = 40
SLAPS = {
    f"flat-{int(slap)}": slap.members
    for slap in (FingerPosition.RIGHT_FOUR, FingerPosition.LEFT_FOUR, FingerPosition.TWO_THUMBS)
}
ROLLED = {f"rolled-{int(finger):02d}": (finger,) for finger in SINGLE_FINGERS}
TENPRINT = {**SLAPS, **ROLLED}
SINGLES = {f"flat-{int(finger):02d}": (finger,) for finger in SINGLE_FINGERS}
Given = Mapping[str, tuple[FingerPosition, ...]]
F = FingerPosition


def compared(plan: Given, laid: Given, unread: frozenset[str] = frozenset()) -> list[Compared]:
    """All comparisons of a visit in which the fingers `laid` were given for those of the plan."""
    seen = [
        (Placed(key, asked), real)
        for key, asked_for in plan.items()
        if key not in unread
        for asked, real in zip(asked_for, laid.get(key, asked_for), strict=True)
    ]
    return [
        Compared(a, b, 150 if real_a == real_b else 7)
        for (a, real_a), (b, real_b) in itertools.combinations(seen, 2)
        if a.key != b.key
    ]


def test_ten_right_fingers_raise_no_doubt() -> None:
    """X2."""
    assert doubts(compared(TENPRINT, {}), ALIKE) == ()
    assert doubts(compared(SINGLES, {}), ALIKE) == ()


@pytest.mark.parametrize(
    ("asked", "given_"), [(a, b) for a in SINGLE_FINGERS for b in SINGLE_FINGERS if a is not b]
)
def test_one_wrong_rolled_finger_is_the_one_asked_for(asked: FingerPosition, given_: FingerPosition) -> None:
    """X2: the same finger twice, or its twin of the other hand; the slaps tell which of the two is wrong."""
    (doubt,) = doubts(compared(TENPRINT, {f"rolled-{int(asked):02d}": (given_,)}), ALIKE)
    kind = DoubtKind.SAME if hand_of(asked) == hand_of(given_) else DoubtKind.HAND
    assert doubt == Doubt(kind, f"rolled-{int(asked):02d}", asked, given_)


@pytest.mark.parametrize("slap", [F.RIGHT_FOUR, F.LEFT_FOUR])
def test_the_wrong_hand_in_one_slap(slap: FingerPosition) -> None:
    other = F.LEFT_FOUR if slap is F.RIGHT_FOUR else F.RIGHT_FOUR
    (doubt,) = doubts(compared(TENPRINT, {f"flat-{int(slap)}": other.members}), ALIKE)
    assert (doubt.kind, doubt.key) == (DoubtKind.HAND, f"flat-{int(slap)}")


def test_both_slaps_given_with_the_other_hand() -> None:
    laid = {"flat-13": F.LEFT_FOUR.members, "flat-14": F.RIGHT_FOUR.members}
    found = doubts(compared(TENPRINT, laid), ALIKE)
    assert {(doubt.kind, doubt.key) for doubt in found} == {
        (DoubtKind.HAND, "flat-13"),
        (DoubtKind.HAND, "flat-14"),
    }


@pytest.mark.parametrize("hands", [("right",), ("left",), ("right", "left")])
def test_a_whole_hand_rolled_for_the_other(hands: tuple[str, ...]) -> None:
    """Index for index, little for little: the rolled fingers are wrong, not the slaps. Where both thumbs changed places,
    nobody can tell whether rolled or in the slap."""
    wrong = [finger for finger in SINGLE_FINGERS if hand_of(finger) in hands]
    laid = {f"rolled-{int(finger):02d}": (F((finger + 4) % 10 + 1),) for finger in wrong}
    found = doubts(compared(TENPRINT, laid), ALIKE)
    assert all(doubt.kind is DoubtKind.HAND for doubt in found)
    assert {doubt.key for doubt in found} - {"flat-15"} == laid.keys()


def test_without_slaps_both_of_two_alike_are_asked_for() -> None:
    found = doubts(compared(SINGLES, {"flat-03": (F.RIGHT_INDEX,)}), ALIKE)
    assert {doubt.key for doubt in found} == {"flat-02", "flat-03"}


def test_somebody_elses_finger_is_like_none() -> None:
    """Neither like its own in the slap nor like any other."""
    pairs = [
        Compared(pair.a, pair.b, 7 if "rolled-04" in (pair.a.key, pair.b.key) else pair.score)
        for pair in compared(TENPRINT, {})
    ]
    assert doubts(pairs, ALIKE) == (Doubt(DoubtKind.UNLIKE, "rolled-04", F.RIGHT_RING, F.RIGHT_RING),)


@given(
    st.dictionaries(
        st.sampled_from(sorted(set(ROLLED) - {"rolled-06"})),
        st.sampled_from(SINGLE_FINGERS).map(lambda finger: (finger,)),
        max_size=3,
    )
)
def test_exactly_the_wrong_rolled_fingers_are_asked_for(laid: Given) -> None:
    """Up to three wrong ones, so that each slap still has a finger that is like its own."""
    wrong = {key for key, real in laid.items() if real != ROLLED[key]}
    assert {doubt.key for doubt in doubts(compared(TENPRINT, laid), ALIKE)} == wrong


@given(st.frozensets(st.sampled_from(sorted(TENPRINT))))
def test_what_could_not_be_read_raises_no_doubt(unread: frozenset[str]) -> None:
    assert doubts(compared(TENPRINT, {}, unread), ALIKE) == ()


@given(
    st.lists(st.tuples(st.sampled_from(sorted(TENPRINT)), st.sampled_from(SINGLE_FINGERS)), max_size=12),
    st.data(),
)
def test_any_scores_give_at_most_one_doubt_a_capture(
    places: list[tuple[str, FingerPosition]], data: st.DataObject
) -> None:
    placed = [Placed(key, finger) for key, finger in places]
    pairs = [
        Compared(a, b, data.draw(st.integers(0, 400))) for a, b in itertools.combinations(placed, 2) if a != b
    ]
    keys = [doubt.key for doubt in doubts(pairs, ALIKE)]
    assert keys == sorted(set(keys))
    assert set(keys) <= {key for key, _ in places}


def test_slaps_are_told_by_their_keys() -> None:
    assert [is_slap(Placed(key, F.RIGHT_INDEX)) for key in ("flat-13", "rolled-02", "flat-02")] == [
        True,
        False,
        False,
    ]
