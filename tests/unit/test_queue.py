"""The waiting list: its table, its order, its figures, and that no restart loses a number (C6, C10)."""

from __future__ import annotations

import itertools
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.waiting import WaitingList
from kiosk.domain.message import Message
from kiosk.domain.queue import (
    Priority,
    Ticket,
    TicketEvent,
    TicketState,
    called_of,
    in_line,
    longest_minutes,
    median_minutes,
    minutes_between,
    move,
    peak,
)
from kiosk.store.ledger import SqliteLedger
from kiosk.store.shifts import Shifts
from tests.kit import HandClock, Keys

S, E = TicketState, TicketEvent
ALLOWED = {
    (S.WAITING, E.CALL): S.CALLED,
    (S.CALLED, E.SERVE): S.SERVED,
    (S.CALLED, E.MISS): S.ABSENT,
    (S.ABSENT, E.RETURN): S.WAITING,
}
KEYS = Keys()


class Walking(HandClock):
    """Minutes pass on both clocks."""

    def at(self, hour: int, minute: int, day: int = 20) -> None:
        self.wall = f"2026-11-{day:02}T{hour - 7:02}:{minute:02}:00+00:00"


def opened(data: Path, clock: HandClock) -> SqliteLedger:
    return SqliteLedger(data, "MAU01", KEYS.recipients(), clock)


def listed(ledger: SqliteLedger) -> WaitingList:
    return WaitingList(ledger.queue, lambda: None)


def numbers(line: WaitingList) -> list[int]:
    return [ticket.number for ticket in line.tickets]


def code(said: object) -> str:
    assert isinstance(said, Message), said
    return said.code


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)))
def test_every_state_and_event(state: TicketState, event: TicketEvent) -> None:
    after = move(state, event)
    assert after == ALLOWED[state, event] if (state, event) in ALLOWED else code(after) == "queue.not_allowed"


tickets = st.lists(
    st.builds(
        Ticket,
        number=st.integers(1, 999),
        priority=st.sampled_from(Priority),
        state=st.sampled_from(S),
        seq=st.integers(1, 10**6),
        since=st.just("2026-11-20T01:30:00+00:00"),
    ),
    unique_by=lambda ticket: ticket.seq,
)


@given(tickets)
def test_priority_first_then_as_they_came(given_out: list[Ticket]) -> None:
    line = in_line(given_out)
    assert sorted(line, key=lambda t: t.seq) == sorted(
        (t for t in given_out if t.state is S.WAITING), key=lambda t: t.seq
    )
    for before, after in itertools.pairwise(line):
        if before.priority is Priority.NONE:
            assert after.priority is Priority.NONE
        if (before.priority is Priority.NONE) == (after.priority is Priority.NONE):
            assert before.seq < after.seq


@given(st.integers(0, 50), st.lists(st.sampled_from([1, -1])))
def test_a_peak_is_never_less_than_what_stood_there(before: int, steps: list[int]) -> None:
    assert before <= peak(before, steps) <= before + steps.count(1)


def test_waits_are_whole_minutes_and_never_negative() -> None:
    assert minutes_between("2026-11-20T01:30:00+00:00", "2026-11-20T01:32:59+00:00") == 2
    assert minutes_between("2026-11-20T01:30:00+00:00", "2026-11-19T01:30:00+00:00") == 0, "a clock set back"
    assert (median_minutes([]), median_minutes([3, 20, 5])) == (0, 5)


def test_a_number_is_called_missed_taken_back_and_served_across_restarts(tmp_path: Path) -> None:
    clock = Walking()
    with closing(opened(tmp_path, clock)) as ledger:
        line = listed(ledger)
        assert code(line.act(0, E.CALL, "HD01")) == "queue.nobody"
        for priority in (Priority.NONE, Priority.NONE, Priority.DISABLED):
            assert line.add(priority, "HD01") is None
        assert line.act(0, E.CALL, "HD01") is None and line.called == "003"
        assert code(line.act(0, E.CALL, "CB01")) == "queue.one_at_a_time"
    with closing(opened(tmp_path, clock)) as ledger:
        line = listed(ledger)
        assert line.called == "003", "on disk before anybody was told"
        assert line.act(3, E.MISS, "HD01") is None and line.called == ""
        assert code(line.act(3, E.MISS, "CB01")) == "queue.not_allowed"
        assert code(line.act(99, E.SERVE, "CB01")) == "queue.unknown"
        assert line.act(0, E.CALL, "HD01") is None and line.called == "001"
        line.look("")
        assert line.called == "001"
        line.look("V00000001")
        assert line.called == "", "whoever steps up is the number that was called"
        assert line.act(3, E.RETURN, "HD01") is None
        assert [ticket.number for ticket in in_line(line.tickets)] == [3, 2], "priority stays"


def test_numbers_begin_at_one_every_service_day(tmp_path: Path) -> None:
    """O1: what comes before two in the morning belongs to yesterday."""
    clock = Walking()
    with closing(opened(tmp_path, clock)) as ledger:
        line = listed(ledger)
        clock.at(22, 0)
        line.add(Priority.NONE, "HD01")
        clock.wall = "2026-11-20T18:59:00+00:00"
        line.look("")
        line.add(Priority.NONE, "HD01")
        assert numbers(line) == [1, 2], "01:59 at night"
        clock.wall = "2026-11-20T19:01:00+00:00"
        line.look("")
        assert numbers(line) == []
        line.add(Priority.NONE, "HD01")
        assert numbers(line) == [1]


def test_the_shift_counts_its_own_queue(tmp_path: Path) -> None:
    clock = Walking()
    with closing(opened(tmp_path, clock)) as ledger:
        line, shifts = listed(ledger), Shifts(ledger.database)
        clock.at(7, 0)
        line.add(Priority.NONE, "HD01")
        line.add(Priority.NONE, "HD01")
        line.act(0, E.CALL, "HD01")
        line.act(1, E.SERVE, "HD01")
        shifts.open("GS01", by="GS01")
        clock.at(7, 10)
        line.add(Priority.NONE, "HD01")
        line.add(Priority.ELDERLY, "HD01")
        assert called_of(line.tickets) is None
        assert longest_minutes(line.tickets, clock.wall) == 10
        for minute in (20, 30, 60 - 1):
            clock.at(7, minute)
            line.act(0, E.CALL, "HD01")
            called = called_of(line.tickets)
            assert called is not None
            line.act(called.number, E.SERVE, "HD01")
        closed = shifts.close("GS01")
        assert closed is not None
        counts = closed.counts
        assert (counts.tickets, counts.queue_peak, counts.queue_minutes) == (2, 3, 30)
