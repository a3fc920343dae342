"""Shifts: opened once, closed with figures that can be reckoned again (O1, P6)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from kiosk.domain.dossier import DossierEvent
from kiosk.domain.shift import ShiftCounts, service_day
from kiosk.store import audit
from kiosk.store.shifts import Shifts
from tests.kit import begin_dossier, open_ledger, slip_for


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-20T07:00", "2026-11-20"),
        ("2026-11-20T22:00", "2026-11-20"),
        ("2026-11-21T01:59", "2026-11-20"),
        ("2026-11-21T02:00", "2026-11-21"),
    ],
)
def test_a_service_day_may_end_at_two(moment: str, day: str) -> None:
    """O1, R2 "có tổ làm tới 2h sáng"."""
    assert service_day(datetime.fromisoformat(moment)).isoformat() == day


def test_one_shift_at_a_time(tmp_path: Path) -> None:
    shifts = Shifts(open_ledger(tmp_path).database)
    first = shifts.open("GS01", by="CB07")
    assert first is not None
    assert (first.id, first.day, first.leader) == ("C00001", "2026-11-20", "GS01")
    assert shifts.open("GS01", by="CB07") is None
    assert shifts.current() == first


def test_closing_counts_what_happened_in_the_shift_only(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    shifts = Shifts(ledger.database)
    before = ledger.begin_visit("first_issue")
    ledger.end_visit(before, "left")
    shifts.open("GS01", by="CB07")
    visit = ledger.begin_visit("first_issue")
    dossier = begin_dossier(ledger)
    for event in (DossierEvent.COMPLETE, DossierEvent.APPROVE):
        dossier = ledger.move(dossier, event, "CB07")
    ledger.seal(dossier, slip_for(dossier))
    ledger.slips.done(dossier.number, None)
    ledger.slips.again(dossier.number, "CB07", "torn")
    ledger.end_visit(visit, "done")
    ledger.begin_visit("first_issue")
    closed = shifts.close(by="GS01")
    assert closed is not None
    assert closed.counts.outcomes == {"done": 1}
    assert (closed.counts.visits, closed.counts.opened, closed.counts.sealed) == (2, 1, 1)
    assert closed.counts.reprints == 1
    assert (closed.head_seq, closed.head) == ledger.database.head()
    with ledger.database.transaction() as db:
        assert isinstance(audit.verify(db), audit.Whole)
    assert shifts.current() is None
    assert shifts.close(by="GS01") is None


def test_the_open_shift_is_there_after_a_restart(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    opened = Shifts(ledger.database).open("GS01", by="CB07")
    ledger.close()
    assert Shifts(open_ledger(tmp_path).database).current() == opened


def test_outcomes_are_told_with_what_went_well_first() -> None:
    counts = ShiftCounts(6, {"cannot_today": 1, "left": 2, "done": 3}, 0, 0, 0, 0, 0)
    assert counts.by_outcome == [("done", 3), ("left", 2), ("cannot_today", 1)]
