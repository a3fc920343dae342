"""Who is signed in where: locking, quick change, rights (O2, O4)."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.message import Message
from kiosk.domain.people import RIGHTS, Officer, Right, Role
from kiosk.workflow.sessions import Session, Sessions

PIN = "280451"


class Checked(NamedTuple):
    officer: Officer
    fresh: bool


class Room:
    """Sessions with staff of every role, a clock moved by hand and what was noted."""

    def __init__(self, fresh: bool = False) -> None:
        self.now = 0.0
        self.fresh = fresh
        self.noted: list[tuple[str, str]] = []
        self.sessions = Sessions(
            self._check, lambda: self.now, 300.0, lambda event, who: self.noted.append((event, who))
        )

    def _check(self, number: str, pin: str) -> Checked | Message:
        if pin != PIN:
            return Message("people.wrong")
        return Checked(Officer(number, "Mẫu", Role(number)), self.fresh)


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
