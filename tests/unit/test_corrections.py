"""Corrections: what may be decided, what the record then says, and the way to the population database and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.correction import (
    MOVES,
    SELF_DECLARED,
    CorrectionDecided,
    CorrectionEvent,
    CorrectionState,
    Evidence,
    EvidenceAsked,
    EvidenceShown,
    Finding,
    Verdict,
    checked,
    moved,
    parse_item,
)
from kiosk.domain.dossier import ITEMS, Corrected, Dossier, Fact, Identified, Source
from kiosk.domain.message import Message
from tests.kit import MAU

DAY = date(2026, 11, 22)
SEEN = Finding(Evidence.BIRTH_CERTIFICATE, "09/03/1958")
YEAR = Corrected("birth_date", "09/03/1985", "09/03/1958")


def dossier(*facts: Fact) -> Dossier:
    return Dossier("MAU01-000001", "first_issue", "cccd2021", facts=(Identified(MAU, Source.ROSTER), *facts))


def ruled(value: str, verdict: Verdict = Verdict.ACCEPTED) -> CorrectionDecided:
    return CorrectionDecided("birth_date", verdict, value, Evidence.OLD_CARD, "CB01")


@given(st.sampled_from(ITEMS), st.sampled_from(Verdict), st.sampled_from(Evidence), st.integers(0, 3))
def test_known_data_give_way_to_a_photographed_paper_alone(
    item: str, verdict: Verdict, evidence: Evidence, papers: int
) -> None:
    """D2: every field × verdict × kind of paper × number of photographs."""
    answer = checked(item, verdict, Finding(evidence, _some(item)), papers, DAY)
    evidenced = evidence is not Evidence.NONE and papers > 0
    allowed = verdict is Verdict.REFUSED or evidenced or item in SELF_DECLARED
    assert isinstance(answer, Finding) == allowed
    if isinstance(answer, Finding):
        assert (answer.value != "") == (verdict is Verdict.DIFFERENTLY)


def _some(item: str) -> str:
    return {"birth_date": "1958", "sex": "male", "phone": "0999000009"}.get(item, "Thôn Khác")


@given(st.sampled_from(ITEMS), st.text(max_size=200))
def test_an_officers_reading_is_parsed_as_a_citizens_is(item: str, text: str) -> None:
    """Whatever was typed or pasted: a value the record can keep, which is read as itself again, or a reason."""
    value = parse_item(item, text, DAY)
    if not isinstance(value, Message):
        assert value.isprintable()
        assert 0 < len(value) <= 120
        assert parse_item(item, value, DAY) == value


def test_the_effective_value_follows_the_last_decision() -> None:
    assert dossier(YEAR).effective("birth_date") == "09/03/1985"
    decided = dossier(YEAR, ruled("09/03/1958"))
    assert decided.effective("birth_date") == "09/03/1958"
    assert (decided.undecided, decided.effective("sex")) == ((), "male")
    kept = dossier(YEAR, ruled("09/03/1985", Verdict.REFUSED))
    assert kept.effective("birth_date") == "09/03/1985"
    again = dossier(YEAR, ruled("09/03/1958"), Corrected("birth_date", "09/03/1985", "1959"))
    assert [fact.said for fact in again.undecided] == ["1959"]
    assert again.effective("birth_date") == "09/03/1985", "what is corrected once more waits for a decision"
    assert "1958" not in repr(SEEN)


def test_papers_are_asked_for_when_something_is_corrected_or_an_officer_wants_them() -> None:
    assert dossier().papers_settled
    assert not dossier(YEAR).papers_settled
    assert dossier(YEAR, EvidenceShown(0)).papers_settled
    assert not dossier(YEAR, EvidenceShown(1), EvidenceAsked("CB01")).papers_settled
    assert not dossier(YEAR, EvidenceShown(1), Corrected("sex", "male", "female")).papers_settled


@pytest.mark.parametrize("state", CorrectionState)
@pytest.mark.parametrize("event", CorrectionEvent)
def test_every_state_and_event(state: CorrectionState, event: CorrectionEvent) -> None:
    after = moved(state, event)
    if (state, event) in MOVES:
        assert after == MOVES[state, event]
    else:
        assert isinstance(after, Message)
        assert (after.code, after.values["state"], after.values["event"]) == (
            "correction.not_allowed",
            state,
            event,
        )


@given(st.lists(st.sampled_from(CorrectionEvent), max_size=12))
def test_an_answer_is_final(events: list[CorrectionEvent]) -> None:
    """Whatever comes in whatever order: nothing is answered before it was exported, and no answer is turned round."""
    state, exported = CorrectionState.DECIDED, False
    answers = set()
    for event in events:
        after = moved(state, event)
        if isinstance(after, Message):
            continue
        state = after
        exported = exported or event is CorrectionEvent.EXPORT
        if state in (CorrectionState.ACCEPTED, CorrectionState.REFUSED):
            assert exported
            answers.add(state)
    assert len(answers) <= 1
