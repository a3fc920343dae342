"""The slots: every request in every state, with the power cut at every write. T2, T3."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.slots_kit import PRE_INSTALL, Machine, State, other

SETTLED, ASKED, TRIAL, STALE = (
    State("A", "", "A"),
    State("A", "B", "A"),
    State("A", "B", "B"),
    State("A", "B", "A"),
)
UNASKED_TRIAL = State("A", "", "B")


class Row(NamedTuple):
    """`armed` before; `then`, `then_armed`, `bad` after."""

    before: State
    armed: bool
    request: str
    then: State
    then_armed: bool
    bad: str = ""


TABLE = (
    # settled on A
    Row(SETTLED, False, "set-state B bad", SETTLED, False, "B"),
    Row(SETTLED, False, "set-primary B", ASKED, True),
    Row(SETTLED, False, "set-primary A", SETTLED, False),
    Row(SETTLED, False, "set-state A good", SETTLED, False),
    Row(SETTLED, False, "set-state B good", SETTLED, False),
    Row(SETTLED, False, "set-state A bad", SETTLED, False, "A"),
    # A runs, B is to be tried at the next start
    Row(ASKED, True, "set-primary B", ASKED, True),
    Row(ASKED, True, "set-primary A", SETTLED, False),
    Row(ASKED, True, "set-state A good", ASKED, True),
    Row(ASKED, True, "set-state B bad", SETTLED, False, "B"),
    Row(ASKED, True, "set-state B good", SETTLED, True),
    # B runs on trial
    Row(TRIAL, False, "set-state B good", State("B", "", "B"), False),
    Row(TRIAL, False, "set-state B bad", UNASKED_TRIAL, False, "B"),
    Row(TRIAL, False, "set-primary A", UNASKED_TRIAL, False),
    Row(TRIAL, False, "set-primary B", TRIAL, True),
    Row(TRIAL, False, "set-state A bad", TRIAL, False, "A"),
    Row(UNASKED_TRIAL, False, "set-state B good", State("B", "", "B"), False),
    # A runs, the request for B was lost in a power cut
    Row(STALE, False, "set-primary A", SETTLED, False),
    Row(STALE, False, "set-primary B", ASKED, True),
    Row(STALE, False, "set-state A good", STALE, False),
    Row(STALE, False, "set-state B bad", SETTLED, False, "B"),
)
"""With A committed; the same holds with the letters changed over."""


def mirrored(row: Row) -> Row:
    swap = str.maketrans("AB", "BA")

    def state(given: State) -> State:
        return State(*(letter.translate(swap) for letter in given))

    words = row.request.split()
    words[1] = words[1].translate(swap)
    return Row(
        state(row.before),
        row.armed,
        " ".join(words),
        state(row.then),
        row.then_armed,
        row.bad.translate(swap),
    )


ROWS = [*TABLE, *map(mirrored, TABLE)]


def named(row: Row) -> str:
    return f"{row.before.committed}-{row.before.pending or 'none'}-{row.before.booted}: {row.request}"


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_every_request_in_every_state(row: Row, tmp_path: Path) -> None:
    machine = Machine(tmp_path, row.before, armed=row.armed)
    machine.backend(*row.request.split())
    assert (machine.state, machine.armed) == (row.then, row.then_armed)
    assert [slot for slot in "AB" if machine.bad(slot)] == list(row.bad)


QUICK = ((SETTLED, "set-primary B"), (TRIAL, "set-state B good"))


def long_unless_quick(row: Row) -> Any:
    """Asking for a trial and committing it are tried each time, everything else with the whole programs."""
    quick = (row.before, row.request) in QUICK
    return row if quick else pytest.param(row, marks=pytest.mark.system)


@pytest.mark.parametrize("row", [long_unless_quick(row) for row in TABLE], ids=named)
def test_power_cut_at_every_write_leaves_a_machine_that_starts(row: Row, tmp_path: Path) -> None:
    whole = Machine(tmp_path / "whole", row.before, armed=row.armed)
    whole.backend(*row.request.split())
    for cut in range(1, whole.writes() + 1):
        machine = Machine(tmp_path / str(cut), row.before, armed=row.armed)
        machine.backend(*row.request.split(), cut=cut)
        assert machine.state.committed in (row.before.committed, row.then.committed)
        started = machine.restart(power_cut=True)
        assert started == machine.state.committed
        assert machine.backend("get-primary") == started, "a request does not survive a power cut"
        assert machine.health().returncode == 0
        assert (machine.state.committed, machine.state.pending) == (started, "")


def test_a_slot_that_does_not_run_is_never_committed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    machine.backend("set-primary", "B")
    machine.backend("set-state", "B", "good")
    assert machine.state.committed == "A"


@pytest.mark.parametrize("slot", "AB")
def test_the_firmwares_word_counts_more_than_the_command_line(slot: str, tmp_path: Path) -> None:
    """An old EEPROM starts B with the command line of A: committing what that says would lock the machine out."""
    machine = Machine(tmp_path, State("A", "", slot), firmware_speaks=True)
    assert machine.backend("get-current") == slot


@pytest.mark.parametrize("request_words", ["set-primary B", "set-state B good"])
def test_a_slot_written_anew_is_no_longer_bad(request_words: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    machine.backend("set-state", "B", "bad")
    assert machine.backend("get-state", "B") == "bad"
    machine.backend(*request_words.split())
    assert machine.backend("get-state", "B") == "good"


def test_primary_is_what_starts_next(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    assert machine.backend("get-primary") == "A"
    machine.backend("set-primary", "B")
    assert machine.backend("get-primary") == "B"
    assert machine.restart() == "B"
    assert machine.backend("get-primary") == "B"


@pytest.mark.parametrize("words", ["set-primary C", "set-state C good", "get-state", "nonsense"])
def test_nonsense_is_refused(words: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    if words == "get-state":
        assert machine.backend("get-state", "A") == "good"
        return
    with pytest.raises(subprocess.CalledProcessError):
        machine.backend(*words.split())
    assert machine.state == SETTLED


# -- the verdict -------------------------------------------------------------------------------------------------


def test_a_trial_that_serves_is_committed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, TRIAL)
    done = machine.health()
    assert done.returncode == 0 and "HEALTH: OK" in done.stdout
    assert machine.state == State("B", "", "B")
    assert machine.verdict == {
        "result": "applied", "slot": "B", "version": "1.0.0", "start": "start-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ({"serves": False}, "core-silent"),
        ({"active_after": 99}, "core-not-active"),
        ({"cycle": True}, "ordering-cycle"),
    ],
)
def test_a_trial_that_does_not_serve_falls_back_and_says_why(
    trouble: dict[str, int], why: str, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, TRIAL)
    assert machine.health(**trouble).returncode == 1  # type: ignore[arg-type]
    assert machine.falls_back and machine.bad("B")
    assert machine.restart() == "A"
    assert machine.verdict == {
        "result": "not-applied", "wanted": "B", "why": why, "slot": "B", "version": "1.0.0",
        "start": "start-1",
    }  # fmt: skip
    assert (tmp_path / "data/verdict").stat().st_mode & 0o777 == 0o644, "the core is another user"


def test_a_core_that_is_still_starting_is_waited_for(tmp_path: Path) -> None:
    machine = Machine(tmp_path, TRIAL)
    assert machine.health(active_after=5).returncode == 0
    assert machine.state.committed == "B"


def test_a_committed_slot_that_does_not_serve_never_starts_again_by_itself(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    done = machine.health(serves=False)
    assert done.returncode == 1 and "FAILED committed-slot" in done.stdout
    assert not machine.falls_back and not machine.bad("A")


def test_a_machine_before_its_first_start_is_not_ill(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    (tmp_path / "kiosk.toml").unlink()
    done = machine.health(serves=False)
    assert done.returncode == 0 and "WAITING first-start" in done.stdout
    on_trial = Machine(tmp_path / "trial", TRIAL)
    (tmp_path / "trial/kiosk.toml").unlink()
    assert on_trial.health(serves=False).returncode == 1, "what nobody can try is not committed"


def test_an_update_lost_in_a_power_cut_is_said_and_forgotten(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    machine.backend("set-primary", "B")
    assert machine.restart(power_cut=True) == "A"
    assert "UPDATE-NOT-APPLIED wanted=B why=interrupted" in machine.health().stdout
    assert machine.state == SETTLED
    assert machine.verdict["result"] == "not-applied"
    assert "UPDATE-NOT-APPLIED" not in machine.health().stdout


def test_the_verdict_does_not_undo_a_request_that_waits_for_its_start(tmp_path: Path) -> None:
    """Installed within the first seconds: the verdict on this start comes after the request for the next one."""
    machine = Machine(tmp_path, SETTLED)
    machine.backend("set-primary", "B")
    assert machine.health().returncode == 0
    assert machine.restart() == "B"


@pytest.mark.system
@pytest.mark.parametrize("before", [SETTLED, ASKED, TRIAL, STALE, UNASKED_TRIAL])
@pytest.mark.parametrize("serves", [True, False])
def test_power_cut_at_every_write_of_the_verdict(before: State, serves: bool, tmp_path: Path) -> None:
    whole = Machine(tmp_path / "whole", before)
    whole.health(serves=serves)
    for cut in range(1, whole.writes() + 1):
        machine = Machine(tmp_path / str(cut), before)
        machine.health(serves=serves, cut=cut)
        allowed = {before.committed} | ({before.booted} if serves else set())
        assert machine.state.committed in allowed
        assert machine.restart(power_cut=True) == machine.state.committed
        machine.health()
        assert machine.state.pending == ""


def test_from_update_to_update_and_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path, SETTLED)
    for expected in "BAB":
        target = other(machine.state.booted)
        machine.backend("set-state", target, "bad")
        machine.backend("set-primary", target)
        assert machine.restart() == expected == target
        assert machine.health().returncode == 0
        assert machine.state == State(expected, "", expected)


# -- older bundles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "running", "taken"),
    [
        ("1.0.1", "1.0.0", True),
        ("1.0.0", "1.0.0", True),
        ("1.10.0", "1.9.0", True),
        ("1.0.0", "1.0.0-rc1", True),
        ("0.9.9", "1.0.0", False),
        ("1.0.0-rc1", "1.0.0", False),
        ("1.9.0", "1.10.0", False),
        ("", "1.0.0", False),
    ],
)
def test_rauc_refuses_older_bundles(offered: str, running: str, taken: bool, tmp_path: Path) -> None:
    (tmp_path / "manifest.raucm").write_text(f"[update]\ncompatible=kiosk-cccd\nversion={offered}\n")
    (tmp_path / "release").write_text(f'VERSION="{running}"\n')
    own = {
        "RAUC_BUNDLE_MOUNT_POINT": str(tmp_path),
        "RELEASE": str(tmp_path / "release"),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run([PRE_INSTALL], env=own, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == taken
    assert ("DOWNGRADE refused" in done.stderr) != taken
