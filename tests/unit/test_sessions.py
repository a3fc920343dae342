"""Who is signed in where: locking, quick change, rights (O2, O4)."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.domain.factors import NEXT, Event, Stage, after
from kiosk.domain.message import Message
from kiosk.domain.people import RIGHTS, Officer, Right, Role
from kiosk.workflow.sessions import Half, Session, Sessions

PIN = "280451"


class Checked(NamedTuple):
    officer: Officer
    fresh: bool
    event: Event = Event.PIN_ALONE
    tried: tuple[str, int] = ("boot", 7)


class Room:
    """Sessions with staff of every role, a clock moved by hand and what was noted."""

    def __init__(self, fresh: bool = False, event: Event = Event.PIN_ALONE) -> None:
        self.now = 0.0
        self.fresh = fresh
        self.event = event
        self.noted: list[tuple[str, str]] = []
        self.sessions = Sessions(
            self._check, lambda: self.now, 300.0, lambda event, who: self.noted.append((event, who))
        )

    def _check(self, number: str, pin: str) -> Checked | Message:
        if pin != PIN:
            return Message("people.wrong")
        return Checked(Officer(number, "Mẫu", Role(number)), self.fresh, self.event)


@given(st.sampled_from(Role), st.sampled_from(Right))
def test_every_role_may_exactly_what_the_table_says(role: Role, right: Right) -> None:
    room = Room()
    room.sessions.sign_in("screen", role.value, PIN)
    allowed = room.sessions.allowed("screen", right)
    assert isinstance(allowed, Officer) == (right in RIGHTS[role])
    if isinstance(allowed, Message):
        assert allowed.code == "people.not_yours"


@pytest.mark.parametrize("right", Right)
def test_who_is_not_signed_in_may_nothing(right: Right) -> None:
    assert Room().sessions.allowed("screen", right) == Message("people.sign_in")


@pytest.mark.parametrize("right", Right)
def test_a_pin_given_by_others_is_changed_before_anything_else(right: Right) -> None:
    room = Room(fresh=True)
    room.sessions.sign_in("screen", Role.SUPERVISOR.value, PIN)
    assert room.sessions.allowed("screen", right) == Message("people.change_first")
    room.sessions.refreshed("screen")
    assert isinstance(room.sessions.allowed("screen", right), Officer) == (right in RIGHTS[Role.SUPERVISOR])


def test_a_colleague_signs_in_over_whoever_is_there() -> None:
    """O2: a quick change of officers, without anybody signing out first."""
    room = Room()
    room.sessions.sign_in("screen", "officer", PIN)
    room.sessions.sign_in("screen", "supervisor", PIN)
    assert room.noted == [
        ("desk.signed_in", "officer"),
        ("desk.signed_out", "officer"),
        ("desk.signed_in", "supervisor"),
    ]


def test_a_wrong_pin_leaves_who_is_there() -> None:
    room = Room()
    room.sessions.sign_in("screen", "officer", PIN)
    assert room.sessions.sign_in("screen", "supervisor", "000000") == Message("people.wrong")
    session = room.sessions.at("screen")
    assert isinstance(session, Session)
    assert session.officer.id == "officer"
    assert room.noted[-1] == ("desk.refused", "supervisor")


def test_a_screen_nobody_touches_locks() -> None:
    room = Room()
    room.sessions.sign_in("left", "officer", PIN)
    room.sessions.sign_in("right", "officer", PIN)
    room.now = 200.0
    room.sessions.used("right")
    room.now = 300.0
    assert room.sessions.lock_idle() == ["left"]
    assert room.sessions.at("left") is None
    assert room.sessions.at("right") is not None


def test_an_account_that_ends_is_signed_out_everywhere() -> None:
    room = Room()
    for screen in ("left", "right"):
        room.sessions.sign_in(screen, "officer", PIN)
    assert set(room.sessions.end("officer")) == {"left", "right"}
    assert room.sessions.at("left") is None


# -- a second factor -----------------------------------------------------------------------------------------------


def test_the_pin_alone_signs_nobody_in_who_owes_a_second_factor() -> None:
    room = Room()
    room.sessions.sign_in("screen", "officer", PIN)
    room.event = Event.PIN_WITH_FACTOR
    half = room.sessions.sign_in("screen", "supervisor", PIN)
    assert isinstance(half, Half)
    there = room.sessions.at("screen")
    assert there and there.officer.id == "officer", "whoever was there still is"
    session = room.sessions.confirm("screen", half, Event.FACTOR_RIGHT)
    assert session and session.officer.id == "supervisor"
    assert room.sessions.confirm("screen", half, Event.FACTOR_RIGHT) is None, "once"


@pytest.mark.parametrize("event", [Event.FACTOR_WRONG, Event.FACTOR_MISSED])
def test_a_factor_that_is_wrong_or_missed_signs_nobody_in(event: Event) -> None:
    room = Room(event=Event.PIN_WITH_FACTOR)
    half = room.sessions.sign_in("screen", "officer", PIN)
    assert isinstance(half, Half)
    assert room.sessions.confirm("screen", half, event) is None
    assert room.sessions.at("screen") is None
    assert room.noted == [("desk.refused", "officer")]


def test_an_account_that_ends_while_its_factor_is_waited_for_does_not_sign_in() -> None:
    room = Room(event=Event.PIN_WITH_FACTOR)
    half = room.sessions.sign_in("screen", "officer", PIN)
    assert isinstance(half, Half)
    room.sessions.end("officer")
    assert room.sessions.confirm("screen", half, Event.FACTOR_RIGHT) is None


@pytest.mark.parametrize("right", Right)
def test_who_has_no_factor_yet_may_have_one_enrolled_and_nothing_else(right: Right) -> None:
    room = Room(event=Event.PIN_UNENROLLED)
    room.sessions.sign_in("screen", Role.SUPERVISOR.value, PIN)
    assert room.sessions.allowed("screen", right) == Message("people.enrol_first")
    assert isinstance(room.sessions.allowed("screen", None, enrols=True), Officer)


@given(st.sampled_from(Stage), st.sampled_from(Event))
def test_nobody_is_signed_in_but_by_a_pin_and_what_it_owes(stage: Stage, event: Event) -> None:
    if (stage, event) not in NEXT:
        with pytest.raises(ValueError, match=event.value):
            after(stage, event)
    elif after(stage, event) is Stage.SIGNED_IN:
        assert (stage, event) in {
            (Stage.PIN_WANTED, Event.PIN_ALONE),
            (Stage.FACTOR_WANTED, Event.FACTOR_RIGHT),
        }


class Desk(RuleBasedStateMachine):
    """Any order of PINs, factors, departures at one screen: the sessions follow the table, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()
        self.stage = Stage.PIN_WANTED
        self.half: Half | None = None

    @rule(event=st.sampled_from([Event.PIN_ALONE, Event.PIN_WITH_FACTOR, Event.PIN_UNENROLLED]))
    def gives_the_right_pin(self, event: Event) -> None:
        self.room.event = event
        answer = self.room.sessions.sign_in("screen", "officer", PIN)
        assert not isinstance(answer, Message)
        reached = after(Stage.PIN_WANTED, event)
        self.half = answer if isinstance(answer, Half) else None
        assert (self.half is not None) == (reached is Stage.FACTOR_WANTED)
        self.stage = self.stage if self.half else reached

    @rule()
    def gives_a_wrong_pin(self) -> None:
        assert isinstance(self.room.sessions.sign_in("screen", "officer", "000000"), Message)

    @precondition(lambda self: self.half is not None)
    @rule(event=st.sampled_from([Event.FACTOR_RIGHT, Event.FACTOR_WRONG, Event.FACTOR_MISSED]))
    def shows_a_factor(self, event: Event) -> None:
        assert self.half is not None
        session = self.room.sessions.confirm("screen", self.half, event)
        assert (session is not None) == (event is Event.FACTOR_RIGHT)
        if session:
            self.stage = Stage.SIGNED_IN
        self.half = None

    @rule()
    def goes(self) -> None:
        self.room.sessions.sign_out("screen")
        if self.half is not None:
            assert self.room.sessions.confirm("screen", self.half, Event.FACTOR_RIGHT) is None
        self.stage, self.half = Stage.PIN_WANTED, None

    @invariant()
    def the_screen_is_where_the_table_says(self) -> None:
        session = self.room.sessions.at("screen")
        assert (session.stage if session else Stage.PIN_WANTED) is self.stage


TestDesk = Desk.TestCase
