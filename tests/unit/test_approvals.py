"""Officers decide; one person never stands for two (C3, O3)."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.attention import out_of_force, unanswered
from kiosk.app.plans import PLANS, read_keys, read_plan
from kiosk.config import Mode
from kiosk.domain.message import msg
from kiosk.workflow.approvals import Approvals, Decision
from kiosk.workflow.board import Approval, Voice
from kiosk.workflow.counter import ShuttingDown
from tests.kit import HandClock

CHOICES = ("missing", "worn", "cannot", "again")
FINGER = Approval("D1/finger/2", "finger", "D1", msg("approval.finger"), CHOICES, "2026-11-22", ("cannot",))


def approvals(clock: HandClock | None = None) -> Approvals:
    opened = Approvals(lambda: None, (clock or HandClock()).monotonic)
    opened.post(FINGER)
    return opened


def say(to: Approvals, officer: str, choice: str, reason: str = "") -> str:
    """The code of the refusal, "" when it was taken."""
    refused = to.decide(FINGER.id, Decision(choice, officer, reason))
    return refused.code if refused else ""


def test_one_officer_decides_what_needs_one() -> None:
    desk = approvals()
    assert desk.answer(FINGER.id) is None
    assert say(desk, "CB01", "missing", "seen") == ""
    assert desk.open == ()
    assert desk.answer(FINGER.id) == Decision("missing", "CB01", "seen")
    assert desk.answer(FINGER.id) is None, "an answer is given once"
    assert say(desk, "CB02", "worn") == "link.not_asked", "the first answer counts"


def test_two_persons_have_to_say_the_same() -> None:
    desk = approvals()
    assert say(desk, "CB01", "cannot", "stiff") == ""
    assert desk.open[0].given == (Voice("CB01", "cannot"),)
    assert desk.answer(FINGER.id) is None
    assert say(desk, "CB01", "cannot") == "approval.same_person"
    assert say(desk, "CB02", "cannot", "seen too") == ""
    assert desk.answer(FINGER.id) == Decision("cannot", "CB01", "stiff; seen too", "CB02")


def test_an_officer_may_think_again_but_has_one_voice() -> None:
    desk = approvals()
    assert say(desk, "CB01", "cannot") == ""
    assert say(desk, "CB01", "worn") == ""
    assert desk.answer(FINGER.id) == Decision("worn", "CB01")


def test_what_was_not_offered_is_not_taken() -> None:
    desk = approvals()
    assert say(desk, "CB01", "approve") == "link.not_asked"
    assert desk.decide("another", Decision("missing", "CB01")) is not None
    assert desk.open == (FINGER,)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(CHOICES)), max_size=12))
def test_whatever_is_said_two_are_two_and_one_is_one(said: list[tuple[str, str]]) -> None:
    """No order of voices lets one person decide what needs two."""
    desk = approvals()
    last: dict[str, str] = {}
    for officer, choice in said:
        if desk.open:
            last[officer] = choice
        say(desk, officer, choice)
    decision = desk.answer(FINGER.id)
    alike = [officer for officer, choice in last.items() if decision and choice == decision.choice]
    if decision is None:
        assert all(choice == "cannot" for choice in last.values())
        assert len(last) < 2
    elif decision.choice == "cannot":
        assert {decision.officer, decision.second} == set(alike)
        assert len(alike) == 2
    else:
        assert (decision.second, alike) == ("", [decision.officer])


def test_a_question_withdrawn_is_decided_by_nobody() -> None:
    desk = approvals()
    desk.withdraw(FINGER.id)
    assert desk.open == ()
    assert say(desk, "CB01", "missing") == "link.not_asked"


def test_asked_again_it_keeps_its_place_and_what_was_said() -> None:
    clock = HandClock()
    desk = approvals(clock)
    say(desk, "CB01", "cannot")
    clock.sleep(50)
    desk.post(FINGER)
    longest = desk.longest
    assert longest is not None
    assert (longest.seconds, longest.approval.given) == (50, (Voice("CB01", "cannot"),))


def test_who_waits_is_let_go_when_the_kiosk_stops() -> None:
    desk = approvals()
    threading.Timer(0.05, desk.close).start()
    with pytest.raises(ShuttingDown):
        while True:
            assert desk.wait(FINGER.id) is None
    with pytest.raises(ShuttingDown):
        desk.post(FINGER)


def test_a_question_nobody_answers_grows_urgent() -> None:
    """The officer away: from the patience of the configuration on, by whole minutes."""
    clock = HandClock()
    desk = approvals(clock)
    clock.sleep(59)
    assert unanswered(desk, 60) is None
    clock.sleep(1)
    assert unanswered(desk, 60) == msg("alert.unanswered", dossier="D1", minutes=1)
    clock.sleep(150)
    assert unanswered(desk, 60) == msg("alert.unanswered", dossier="D1", minutes=3)
    say(desk, "CB01", "missing")
    assert unanswered(desk, 60) is None


def test_rules_out_of_force_are_on_the_board_of_a_kiosk_in_earnest() -> None:
    regime = read_plan(PLANS / "cccd2021.toml", read_keys())
    assert regime.valid_to is not None
    later = regime.valid_to.replace(year=regime.valid_to.year + 1)
    assert out_of_force(regime, Mode.PRODUCTION, regime.valid_to) is None
    assert out_of_force(regime, Mode.PRODUCTION, later) == msg("alert.out_of_force", regime="cccd2021")
    assert out_of_force(regime, Mode.DEMO, later) is None
