"""Which release writes the audit chain, and what happened to it while no core ran: each told once. T2, T3."""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk import __version__
from kiosk.app.releases import Releases
from kiosk.domain.change import AGREED, Change, ChangeKind, ReleaseEvent
from kiosk.domain.time import Reading
from kiosk.imaging.unasked import note
from kiosk.store import audit
from kiosk.store.database import Database
from kiosk.store.schema import open_for_reading
from tests.image_kit import release_text
from tests.kit import HandClock

OLDER = "store.room"
ROLLBACK = Change(ChangeKind.ROLLBACK, "2.0.0", "1.9.0")


class Starting(HandClock):
    """The clock of one start of the machine."""

    def __init__(self, start: str) -> None:
        super().__init__()
        self._start = start

    def read(self) -> Reading:
        return msgspec.structs.replace(super().read(), boot_id=self._start)


class PowerCut(BaseException):
    """The process is gone at once."""


class Card:
    """A machine's files and its database, through starts and power cuts."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, root / "data/kiosk"
        for place in ("etc", "bootconfig", "proc/sys/kernel/random", "data/rauc", "data/kiosk"):
            (root / place).mkdir(parents=True)
        self.starts = 0
        self.boots("A", "2.0.0")

    def copied(self, root: Path) -> Card:
        """The same machine, once more."""
        other = copy.copy(self)
        other.root, other.data = shutil.copytree(self.root, root), root / "data/kiosk"
        return other

    def boots(self, slot: str, version: str) -> None:
        self.starts += 1
        self.slot, self.version = slot, version
        (self.root / "etc/kiosk-release").write_bytes(release_text(version))
        (self.root / "proc/cmdline").write_text(f"rauc.slot={slot}\n" if slot else "quiet\n")
        (self.root / "proc/sys/kernel/random/boot_id").write_text(f"start-{self.starts}\n")

    def verdict(self, result: str, wanted: str, why: str) -> None:
        """As the health gate of this start leaves it."""
        lines = {"result": result, "wanted": wanted, "why": why, "slot": self.slot, "version": self.version}
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        (self.root / "data/rauc/kiosk-verdict").write_text(f"{text}start=start-{self.starts}\n")

    @property
    def clock(self) -> HandClock:
        return Starting(f"start-{self.starts}")

    def an_older_release_runs(self) -> None:
        """One that knows nothing of all this, and records something."""
        with closing(Database(self.data / "kiosk.db", self.clock)) as database, database.transaction() as db:
            database.append(db, OLDER, "")

    def core(self, looks: int = 1) -> None:
        """A core starts, looks and ends."""
        with closing(Database(self.data / "kiosk.db", self.clock)) as database:
            releases = Releases(database, self.root)
            for _ in range(looks):
                releases.look()

    def told(self, kind: str = "*") -> list[tuple[str, str, dict[str, str]]]:
        with closing(open_for_reading(self.data / "kiosk.db")) as connection:
            assert isinstance(audit.verify(connection), audit.Whole)
            found = list(audit.events(connection, kind))
        return [(event.kind, event.subject, msgspec.json.decode(event.detail)) for event in found]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path / "machine")


def test_the_chain_says_which_release_writes_it_from_there_on(card: Card) -> None:
    card.core(2)
    card.core()
    card.boots("B", "2.1.0")
    card.core()
    card.boots("A", "2.0.0")
    card.core()
    card.boots("B", "2.0.0")
    card.core()
    assert card.told("release.*") == [
        ("release.started", "2.0.0", {"slot": "A"}),
        ("release.started", "2.1.0", {"slot": "B", "was": "2.0.0"}),
        ("release.started", "2.0.0", {"slot": "A", "was": "2.1.0"}),
        ("release.started", "2.0.0", {"slot": "B", "was": "2.0.0"}),
    ]


def test_what_a_release_wrote_that_says_nothing_of_itself_is_not_taken_for_ours(card: Card) -> None:
    """T3: back to a release from before there was `release.started`, and forward again."""
    card.core()
    card.boots("B", "1.0.0")
    card.an_older_release_runs()
    for _ in range(3):
        card.boots("A", "2.0.0")
        card.core()
        card.core()
    assert [(kind, version) for kind, version, _ in card.told()] == [
        ("release.started", "2.0.0"),
        (OLDER, ""),
        ("release.started", "2.0.0"),
    ]


def test_a_machine_set_up_by_hand_has_its_release_too(card: Card) -> None:
    card.boots("", "2.0.0")
    card.core()
    assert card.told() == [("release.started", __version__, {})]


@pytest.mark.parametrize("change", [
    Change(ChangeKind.STICK, "2.0.0"),
    Change(ChangeKind.UPDATE, "2.0.0", "2.1.0", "ab" * 32),
    ROLLBACK,
])  # fmt: skip
def test_each_agreement_has_its_own_line(change: Change, card: Card) -> None:
    with closing(Database(card.data / "kiosk.db", card.clock)) as database:
        Releases(database, card.root).agreed(change, "CB01")
    digest = {"digest": change.digest} if change.digest else {}
    assert card.told() == [(AGREED[change.kind], change.to, {"officer": "CB01", "was": "2.0.0", **digest})]


# -- what was done while no core ran -----------------------------------------------------------------------------


def test_what_was_done_without_an_officer_is_told_with_its_time_once(card: Card) -> None:
    clock = HandClock()
    note(Change(ChangeKind.UPDATE, "2.0.0", "2.1.0", "ab" * 32), clock.read(), card.root)
    clock.wall = "2026-11-20T02:00:00+00:00"
    note(ROLLBACK, clock.read(), card.root)
    for _ in range(3):
        card.core(2)
    assert card.told("update.*") == [
        (
            "update.without_officer",
            "2.1.0",
            {"act": "update", "at": "2026-11-20T01:30:00+00:00", "was": "2.0.0", "digest": "ab" * 32},
        ),
        (
            "update.without_officer",
            "1.9.0",
            {"act": "rollback", "at": "2026-11-20T02:00:00+00:00", "was": "2.0.0"},
        ),
    ]


def test_two_acts_that_look_the_same_are_two(card: Card) -> None:
    for _ in range(2):
        note(ROLLBACK, HandClock().read(), card.root)
    card.core()
    assert len(card.told("update.*")) == 2


# -- the verdict -------------------------------------------------------------------------------------------------


def test_a_fall_back_is_told_at_the_start_after_it(card: Card) -> None:
    card.core()
    card.boots("B", "2.1.0")
    card.core()
    card.verdict("not-applied", "B", "core-silent")
    card.core()
    assert card.told("update.*") == [], "what is about to end leaves the telling to what comes back"
    card.boots("A", "2.0.0")
    for _ in range(3):
        card.core(2)
    assert [kind for kind, _, _ in card.told()] == [ReleaseEvent.STARTED] * 3 + [ReleaseEvent.NOT_APPLIED]
    assert card.told("update.*") == [("update.not_applied", "2.1.0", {"slot": "B", "why": "core-silent"})]


def test_the_same_trouble_on_another_start_is_told_again(card: Card) -> None:
    for _ in range(2):
        card.boots("B", "2.1.0")
        card.verdict("not-applied", "B", "core-silent")
        card.boots("A", "2.0.0")
        card.core()
    assert len(card.told("update.*")) == 2


def test_a_trial_lost_in_a_power_cut_is_told_while_the_core_runs(card: Card) -> None:
    """Its verdict is spoken after the core's start, by the slot that was there before: whose version is not wanted's."""
    with closing(Database(card.data / "kiosk.db", card.clock)) as database:
        releases = Releases(database, card.root)
        releases.look()
        card.verdict("not-applied", "B", "interrupted")
        releases.look()
        releases.look()
    assert card.told("update.*") == [("update.not_applied", "", {"slot": "B", "why": "interrupted"})]


def test_an_update_that_was_applied_is_no_trouble(card: Card) -> None:
    card.verdict("applied", "", "")
    card.core()
    assert card.told("update.*") == []


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"result=not-applied\n", b"=\n\n===\n"])
def test_whatever_stands_in_the_files_the_core_starts(text: bytes, card: Card) -> None:
    (card.root / "data/rauc/kiosk-verdict").write_bytes(text)
    (card.root / "bootconfig/unasked.txt").write_bytes(text)
    card.core(2)
    assert card.told()[0][0] == ReleaseEvent.STARTED


# -- power cuts --------------------------------------------------------------------------------------------------


class Failing:
    """A connection that calls `gone` instead of its statement `at`, counted from 1."""

    def __init__(self, connection: sqlite3.Connection, at: int, gone: Callable[[], None]) -> None:
        self._connection = connection
        self._at = at
        self._gone = gone
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        self.count += 1
        if self.count == self._at and sql != "rollback":
            self._gone()
        return self._connection.execute(sql, values)


def core_until(card: Card, at: int, gone: Callable[[], None]) -> int:
    """A core that ends at the statement `at`; how many there were when it came through."""
    with closing(Database(card.data / "kiosk.db", card.clock)) as database:
        failing = Failing(database._connection, at, gone)
        database._connection = failing  # type: ignore[assignment]
        Releases(database, card.root).look()
        return failing.count


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(card: Card, at: int) -> None:
    """A core of its own process, killed before that statement."""
    child = os.fork()
    if child == 0:
        core_until(card, at, killed)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def has_much_to_tell(card: Card) -> None:
    card.core()
    card.boots("B", "2.1.0")
    card.verdict("not-applied", "B", "core-silent")
    card.boots("A", "1.9.0")
    for _ in range(2):
        note(ROLLBACK, HandClock().read(), card.root)


def test_a_core_killed_between_any_two_steps_tells_everything_once(tmp_path: Path) -> None:
    has_much_to_tell(before := Card(tmp_path / "before"))
    whole = before.copied(tmp_path / "whole")
    steps = core_until(whole, 0, killed)
    for step in range(1, steps + 1):
        card = before.copied(tmp_path / str(step))
        killed_at(card, step)
        card.core()
        card.core()
        assert card.told() == whole.told(), f"killed before statement {step} of {steps}"
    assert [kind for kind, _, _ in whole.told()] == [
        *[ReleaseEvent.STARTED] * 2,
        *[ReleaseEvent.WITHOUT_OFFICER] * 2,
        ReleaseEvent.NOT_APPLIED,
    ]


class Life(RuleBasedStateMachine):
    """A machine that is updated, rolled back, cut off and started in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.card = Card(Path(self.folder) / "machine")
        self.unasked = self.verdicts = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(slot=st.sampled_from("AB"), version=st.sampled_from(["1.9.0", "2.0.0", "2.1.0"]))
    def restarts(self, slot: str, version: str) -> None:
        self.card.boots(slot, version)

    @rule()
    def restarts_into_a_release_that_says_nothing(self) -> None:
        """And back: no start of a machine runs two releases."""
        before = self.card.slot, self.card.version
        self.card.boots("B", "1.0.0")
        self.card.an_older_release_runs()
        self.card.boots(*before)

    @rule(kind=st.sampled_from([ChangeKind.UPDATE, ChangeKind.ROLLBACK]))
    def is_changed_while_no_core_runs(self, kind: ChangeKind) -> None:
        note(Change(kind, self.card.version, "2.1.0"), HandClock().read(), self.card.root)
        self.unasked += 1

    @rule()
    def falls_back(self) -> None:
        """The core of the release before comes up and tells it."""
        before = self.card.slot, self.card.version
        self.card.boots("AB"[before[0] == "A"], "3.0.0")
        self.card.verdict("not-applied", self.card.slot, "core-not-active")
        self.card.boots(*before)
        self.verdicts += 1
        self.core_starts()

    @rule(at=st.integers(1, 20))
    def power_fails_while_it_is_told(self, at: int) -> None:
        with contextlib.suppress(PowerCut):
            core_until(self.card, at, self._cut)

    def _cut(self) -> None:
        raise PowerCut

    @rule()
    def core_starts(self) -> None:
        self.card.core()
        kinds = [kind for kind, _, _ in self.card.told()]
        assert kinds.count(ReleaseEvent.WITHOUT_OFFICER) == self.unasked
        assert kinds.count(ReleaseEvent.NOT_APPLIED) == self.verdicts
        assert self._last() == (self.card.version, self.card.slot)

    @invariant()
    def whoever_wrote_an_event_is_named_before_it(self) -> None:
        """And nobody twice, unless somebody else wrote in between."""
        if not (self.card.data / "kiosk.db").exists():
            return
        for one, two in pairwise(self.card.told()):
            if one[0] == OLDER:
                assert two[0] in (OLDER, ReleaseEvent.STARTED)
            if one[0] == two[0] == ReleaseEvent.STARTED:
                assert (one[1], one[2]["slot"]) != (two[1], two[2]["slot"])

    def _last(self) -> tuple[str, str]:
        _, version, detail = self.card.told("release.*")[-1]
        return version, detail["slot"]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
