"""A dossier is completed only when each thing the plan asks for is there or is said to be missing (X2, C3, C11)."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.resources import load_regime
from kiosk.domain.completeness import Lack, completed, lacks, of_age, planned
from kiosk.domain.dates import PartialDate
from kiosk.domain.dossier import (
    AgeDecided,
    Corrected,
    Dossier,
    DossierState,
    Fact,
    FingerDescribed,
    Identified,
    ModalityNotTaken,
    NotTakenReason,
    PlanNarrowed,
    Relation,
    Represented,
    Reviewed,
    Sample,
    SampleKept,
    SampleKind,
    Source,
)
from kiosk.domain.fingers import SINGLE_FINGERS, FingerExceptionCode, FingerPosition
from kiosk.domain.message import Message
from kiosk.domain.plan import Modality, PlannedCapture, narrow
from tests.kit import MAU

DAY = date(2026, 11, 22)
OLD, NEW = load_regime("cccd2021"), load_regime("cc2024")
CHILD = msgspec.structs.replace(MAU, number="999216000077", birth_date=PartialDate(2016, 3, 5))
UNSURE = msgspec.structs.replace(MAU, number="999212000077", birth_date=PartialDate(2012))


def kept(kind: SampleKind, key: str, position: int = 0) -> SampleKept:
    return SampleKept(Sample("0" * 64, kind, key, "image/png", 1, 80, position))


def finger(capture: PlannedCapture) -> SampleKept:
    return kept(SampleKind.FINGER, capture.key, capture.position)


def described(position: FingerPosition) -> FingerDescribed:
    return FingerDescribed(position, FingerExceptionCode.MISSING, "CB01")


REPRESENTED = Represented("999085000002", "Nguyễn Văn Cha", Relation.FATHER, Source.ENTERED)
IRIS = ModalityNotTaken(Modality.IRIS, NotTakenReason.NO_DEVICE, "rule:no-device")
WHOLE: tuple[Fact, ...] = (
    Identified(MAU, Source.ROSTER),
    kept(SampleKind.PORTRAIT, "portrait"),
    *(finger(capture) for capture in OLD.fingers),
    Reviewed(),
    kept(SampleKind.SIGNATURE, "signature"),
)


def dossier(*facts: Fact) -> Dossier:
    return Dossier("D1", "first_issue", "cccd2021", facts=facts)


def instead(person: object, *more: Fact) -> Dossier:
    return dossier(Identified(person, Source.ENTERED), *WHOLE[1:], *more)  # type: ignore[arg-type]


def test_a_whole_dossier_is_completed() -> None:
    assert completed(dossier(*WHOLE), OLD, DAY) is DossierState.CAPTURED


@pytest.mark.parametrize("left_out", range(len(WHOLE)))
def test_nothing_may_be_left_out(left_out: int) -> None:
    found = completed(dossier(*(fact for n, fact in enumerate(WHOLE) if n != left_out)), OLD, DAY)
    assert isinstance(found, tuple)
    assert found


@given(data=st.data())
def test_no_gap_is_ever_closed_over(data: st.DataObject) -> None:
    """Whatever was taken, described, narrowed: once completed, each finger has an image or a description with the
    hands' photograph, and each capture asked for was taken or every finger of it described."""
    slaps, rolled = data.draw(st.booleans()), data.draw(st.booleans())
    asked = narrow(OLD.fingers, slaps, rolled)
    left_out = tuple(c.key for c in OLD.fingers if c not in asked)
    more = tuple(c.key for c in asked if c not in OLD.fingers)
    facts: list[Fact] = [PlanNarrowed("reader", False, left_out, more)] if left_out else []
    facts += [finger(c) for c in data.draw(st.sets(st.sampled_from(asked), min_size=len(asked) - 2))]
    facts += [described(f) for f in data.draw(st.sets(st.sampled_from(SINGLE_FINGERS), max_size=3))]
    if data.draw(st.booleans()):
        facts.append(kept(SampleKind.HANDS, "hands"))
    rest = [WHOLE[0], WHOLE[1], *facts, *WHOLE[-2:]]
    found = dossier(*(fact for fact in rest if data.draw(st.integers(0, 20))))
    assert set(planned(found, OLD)) <= {*OLD.fingers, *asked}
    if completed(found, OLD, DAY) is not DossierState.CAPTURED:
        assert lacks(found, OLD, DAY)
        return
    assert found.undescribed_gaps() == ()
    assert found.reviewed and found.signed
    assert not found.described or found.has("hands")
    for capture in planned(found, OLD):
        assert found.has(capture.key) or set(capture.position.members) <= set(found.described)


def test_an_undescribed_finger_keeps_it_open() -> None:
    facts = [fact for fact in WHOLE if not (isinstance(fact, SampleKept) and fact.sample.key == "rolled-02")]
    assert lacks(dossier(*facts), OLD, DAY) == (Lack("capture", "rolled-02"),)
    photograph = kept(SampleKind.HANDS, "hands")
    assert lacks(dossier(*facts, described(FingerPosition.RIGHT_INDEX)), OLD, DAY) == (Lack("hands"),)
    assert lacks(dossier(*facts, described(FingerPosition.RIGHT_INDEX), photograph), OLD, DAY) == ()


def test_a_note_of_an_earlier_release_asks_for_each_finger_once() -> None:
    """It did not say what was left out."""
    flats = [kept(SampleKind.FINGER, f"flat-{f:02d}", f) for f in SINGLE_FINGERS]
    rest = (*WHOLE[:2], PlanNarrowed("single", False), *WHOLE[-2:])
    assert lacks(dossier(*rest, *flats), OLD, DAY) == ()
    assert lacks(dossier(*rest, *flats[1:]), OLD, DAY) == (Lack("finger", "1"),)


def test_a_correction_after_the_review_keeps_it_open() -> None:
    assert Lack("review") in lacks(dossier(*WHOLE, Corrected("phone", "1", "2")), OLD, DAY)


def test_only_a_draft_is_completed() -> None:
    done = msgspec.structs.replace(dossier(*WHOLE), state=DossierState.SEALED)
    found = completed(done, OLD, DAY)
    assert isinstance(found, Message)
    assert found.code == "dossier.not_allowed"


def test_the_rules_of_2024_want_iris_or_the_reason() -> None:
    assert lacks(dossier(*WHOLE), NEW, DAY) == (Lack("modality", "iris"),)
    assert lacks(dossier(*WHOLE, IRIS), NEW, DAY) == ()


def test_a_child_needs_a_representative() -> None:
    assert lacks(instead(CHILD, IRIS), NEW, DAY) == (Lack("representative"),)
    assert lacks(instead(CHILD, IRIS, REPRESENTED), NEW, DAY) == ()


def test_an_age_that_the_date_does_not_tell_is_told_by_an_officer() -> None:
    assert of_age(instead(UNSURE), OLD, DAY) is None
    assert lacks(instead(UNSURE), OLD, DAY) == (Lack("age"),)
    assert lacks(instead(UNSURE, AgeDecided(True, "CB01")), OLD, DAY) == ()
    assert lacks(instead(UNSURE, AgeDecided(False, "CB01")), OLD, DAY) == (Lack("representative"),)


def test_time_overrules_what_an_officer_once_said() -> None:
    """Two years later the year of birth alone tells."""
    assert of_age(instead(UNSURE, AgeDecided(False, "CB01")), OLD, DAY.replace(year=2028)) is True


def test_facts_of_an_earlier_release_can_be_read() -> None:
    decode = msgspec.json.Decoder(Fact).decode
    row = b'{"type":"finger_described","position":6,"code":"bandaged","officer":"desk:0","reason":""}'
    assert decode(row) == FingerDescribed(FingerPosition.LEFT_THUMB, FingerExceptionCode.BANDAGED, "desk:0")
    assert decode(b'{"type":"plan_narrowed","reader":"r","enrolment_grade":false}') == PlanNarrowed(
        "r", False
    )
