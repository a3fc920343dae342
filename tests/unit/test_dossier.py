"""The dossier's transition table and what it still lacks (X2, C3)."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.app.resources import load_regime
from kiosk.domain.dossier import (
    Corrected,
    Dossier,
    DossierEvent,
    DossierState,
    Fact,
    FingerDescribed,
    Identified,
    Reviewed,
    Sample,
    SampleKept,
    SampleKind,
    SampleRetracted,
    Source,
    move,
)
from kiosk.domain.fingers import SINGLE_FINGERS, FingerExceptionCode, FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.domain.plan import PlannedCapture, narrow
from kiosk.domain.sequence import CheckResult, FingersChecked, FingersGraded, FingersNotChecked
from kiosk.domain.states import TRANSITIONS
from tests.kit import CU, MAU

S, E = DossierState, DossierEvent
ALLOWED = {
    (S.DRAFT, E.COMPLETE, S.CAPTURED),
    (S.CAPTURED, E.REVISE, S.DRAFT),
    (S.DRAFT, E.CANCEL, S.CANCELLED),
    (S.CAPTURED, E.CANCEL, S.CANCELLED),
    (S.CAPTURED, E.APPROVE, S.APPROVED),
    (S.APPROVED, E.SEAL, S.SEALED),
    (S.SEALED, E.SEND, S.SENT),
    (S.SEALED, E.PURGE_UNRECEIVED, S.PURGED),
    (S.SENT, E.PURGE_UNRECEIVED, S.PURGED),
    (S.SENT, E.RESEND, S.SEALED),
    (S.SENT, E.RECEIVE, S.RECEIVED),
    (S.RECEIVED, E.PURGE, S.PURGED),
    (S.RECEIVED, E.RETURN, S.RETURNED),
    (S.RETURNED, E.REOPEN, S.DRAFT),
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(DossierState, DossierEvent)))
def test_every_state_and_event(state: DossierState, event: DossierEvent) -> None:
    expected = {after for before, by, after in ALLOWED if (before, by) == (state, event)}
    if expected:
        assert {move(state, event)} == expected
    else:
        assert move(state, event) == msg("dossier.not_allowed", state=state, event=event)


@given(st.lists(st.sampled_from(DossierEvent), max_size=40))
def test_nothing_is_purged_that_the_centre_has_not_received(events: list[DossierEvent]) -> None:
    """X1: whatever happens, `purged` is reached only from `received`, or by the event that two supervisors raise."""
    state, before = DossierState.DRAFT, None
    for event in events:
        after = move(state, event)
        if not isinstance(after, Message):
            before, state = state, after
        if state is DossierState.PURGED:
            assert before is DossierState.RECEIVED or event is E.PURGE_UNRECEIVED
            return


def test_what_leads_to_purged() -> None:
    assert {pair for pair, after in TRANSITIONS.items() if after is S.PURGED} == {
        (S.RECEIVED, E.PURGE),
        (S.SEALED, E.PURGE_UNRECEIVED),
        (S.SENT, E.PURGE_UNRECEIVED),
    }


def kept(capture: PlannedCapture) -> SampleKept:
    sample = Sample("0" * 64, SampleKind.FINGER, capture.key, "image/png", 1, 80, capture.position)
    return SampleKept(sample)


def described(position: FingerPosition) -> FingerDescribed:
    return FingerDescribed(position, FingerExceptionCode.MISSING, "desk:0")


REGIME = load_regime("cccd2021")
PLAN = REGIME.fingers


def test_the_plan_is_the_prescribed_order() -> None:
    """X2: flat right four, left four, two thumbs, then the ten rolled from the right thumb on (TT 60/2021 art. 5)."""
    assert [capture.key for capture in PLAN] == [
        "flat-13",
        "flat-14",
        "flat-15",
        *(f"rolled-{code:02d}" for code in range(1, 11)),
    ]


@given(st.sets(st.sampled_from(SINGLE_FINGERS)), st.data())
def test_ten_fingers_are_captured_or_described(gone: set[FingerPosition], data: st.DataObject) -> None:
    """C3: taking what is missing, in any hand, always ends with no gap: captured + described = ten."""
    dossier = Dossier("X", "first_issue", "cccd2021", facts=tuple(described(f) for f in sorted(gone)))
    slaps, rolled = data.draw(st.booleans()), data.draw(st.booleans())
    planned = narrow(PLAN, slaps, rolled)
    while missing := dossier.missing(planned):
        assert set(missing[0].position.members) - gone, "asks for a finger that was described"
        dossier = Dossier("X", "first_issue", "cccd2021", facts=(*dossier.facts, kept(missing[0])))
    assert dossier.undescribed_gaps() == ()


def test_a_reader_of_single_fingers_narrows_the_plan_to_ten_flats() -> None:
    assert narrow(PLAN, False, False) == tuple(PlannedCapture(f, Impression.FLAT) for f in SINGLE_FINGERS)
    assert narrow(PLAN, True, True) == PLAN


def test_an_undescribed_finger_is_a_gap() -> None:
    dossier = Dossier("X", "first_issue", "cccd2021", facts=(kept(PLAN[0]), kept(PLAN[1])))
    assert dossier.undescribed_gaps() == (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)


def test_flags_say_why_an_officer_looks() -> None:
    plain = Dossier("X", "first_issue", "cccd2021", facts=(Identified(MAU, Source.ROSTER),))
    assert plain.flags() == ()
    from_the_code = Dossier("X", "first_issue", "cccd2021", facts=(Identified(MAU, Source.CARD),))
    assert from_the_code.flags() == ("card",), "a code anybody can print is no proof"
    flagged = Dossier(
        "X",
        "first_issue",
        "cccd2021",
        facts=(
            Identified(CU, Source.ENTERED, doubts=(msg("number.unknown_province", prefix="998"),)),
            Corrected("hamlet", "Thôn Ví Dụ", "Thôn Khác"),
            described(FingerPosition.LEFT_LITTLE),
        ),
    )
    assert flagged.flags() == ("correction", "exception", "entered", "doubt")


def test_a_correction_after_the_review_asks_for_another_review() -> None:
    facts = (Identified(MAU, Source.ROSTER), Reviewed())
    dossier = Dossier("X", "first_issue", "cccd2021", facts=facts)
    assert dossier.reviewed
    corrected = Dossier("X", "first_issue", "cccd2021", facts=(*facts, Corrected("phone", "1", "2")))
    assert not corrected.reviewed


def test_a_sample_of_an_earlier_release_is_read() -> None:
    """A draft kept before attempts were counted goes on after an update."""
    sample = {
        "id": "0" * 64,
        "kind": "finger",
        "key": "rolled-02",
        "media": "image/png",
        "size": 9,
        "score": 71,
    }
    old = msgspec.json.encode({"type": "sample_kept", "sample": sample})
    fact = msgspec.json.decode(old, type=Fact)
    assert isinstance(fact, SampleKept)
    assert (fact.sample.attempts, fact.sample.quality) == (0, {})
    assert msgspec.json.decode(msgspec.json.encode(fact)) == msgspec.json.decode(old), "nor does it grow"


def rolled(finger: FingerPosition, content: str) -> SampleKept:
    key = PlannedCapture(finger, Impression.ROLLED).key
    return SampleKept(Sample(content, SampleKind.FINGER, key, "image/png", 1, 80, int(finger)))


def test_a_retracted_finger_is_missing_until_it_is_kept_again() -> None:
    """X2: asked for again, and only the newest is sealed."""
    index = FingerPosition.RIGHT_INDEX
    planned = (PlannedCapture(index, Impression.ROLLED),)
    taken = Dossier("D", "a", "r", facts=(rolled(index, "first"),))
    assert taken.missing(planned) == ()
    again = replace(taken, facts=(*taken.facts, SampleRetracted("rolled-02", "first", "same")))
    assert again.missing(planned) == planned
    assert again.samples == ()
    assert index in again.undescribed_gaps()
    kept = replace(again, facts=(*again.facts, rolled(index, "second")))
    assert kept.missing(planned) == ()
    assert [sample.id for sample in kept.samples] == ["second"]


def test_nfiq2_belongs_to_the_sample_it_was_told_of() -> None:
    index, graded = FingerPosition.RIGHT_INDEX, FingersGraded("engine 1", {"first": 61})
    dossier = Dossier("D", "a", "r", facts=(rolled(index, "first"), graded))
    assert [sample.nfiq2 for sample in dossier.samples] == [61]
    later = replace(dossier, facts=(*dossier.facts, rolled(index, "second")))
    assert [sample.nfiq2 for sample in later.samples] == [-1]


@pytest.mark.parametrize(
    ("last", "settled"),
    [
        (FingersChecked("engine 1", 45, CheckResult.CLEAR), True),
        (FingersChecked("engine 1", 45, CheckResult.ACCEPTED), True),
        (FingersChecked("engine 1", 45, CheckResult.AGAIN), False),
        (FingersNotChecked("matching.absent"), True),
    ],
)
def test_fingers_are_settled_until_one_comes_or_goes(
    last: FingersChecked | FingersNotChecked, settled: bool
) -> None:
    index = FingerPosition.RIGHT_INDEX
    dossier = Dossier("D", "a", "r", facts=(rolled(index, "first"), last))
    assert dossier.fingers_settled == settled
    for fact in (SampleRetracted("rolled-02", "first", "same"), rolled(index, "second")):
        assert not replace(dossier, facts=(*dossier.facts, fact)).fingers_settled


def test_a_sample_of_an_older_release_is_read() -> None:
    old = b'{"type":"sample_kept","sample":{"id":"a","kind":"finger","key":"rolled-02","media":"image/png","size":1}}'
    assert msgspec.json.decode(old, type=SampleKept).sample.nfiq2 == -1
