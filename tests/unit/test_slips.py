"""Slips in the database: owed, out, given; printed again without the name once the citizen has gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.dossier import DossierEvent
from kiosk.domain.message import msg
from kiosk.domain.receipt import Slip, Text
from kiosk.store import audit
from kiosk.store.ledger import SqliteLedger
from kiosk.store.schema import open_for_reading
from kiosk.store.slips import Paper
from kiosk.workflow.board import SlipLine
from kiosk.workflow.ledger import Visit
from tests.kit import CU, MAU, begin_dossier, open_ledger

NAMED, NAMELESS = (Text(MAU.full_name),), (Text("........"),)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = open_ledger(tmp_path)
    yield made
    made.close()


def visit_with_slip(ledger: SqliteLedger, printed: bool = True) -> tuple[Visit, str]:
    """A visit at its last question, its dossier sealed and its slip printed or not."""
    visit = ledger.begin_visit("first_issue")
    dossier = begin_dossier(ledger)
    visit = ledger.change_visit(visit, dossier=dossier.number)
    for event in (DossierEvent.COMPLETE, DossierEvent.APPROVE):
        dossier = ledger.move(dossier, event, "rule")
    ledger.seal(dossier, Slip(dossier.number, NAMED, NAMELESS))
    if printed:
        ledger.slip_done(dossier.number, None)
    return visit, dossier.number


def readable(data: Path) -> bool:
    return any(MAU.full_name.encode() in path.read_bytes() for path in data.rglob("*") if path.is_file())


def reprints_in_chain(data: Path) -> list[dict[str, object]]:
    connection = open_for_reading(data / "kiosk.db")
    try:
        return [json.loads(e.detail) for e in audit.events(connection) if e.kind == "slip.reprint"]
    finally:
        connection.close()


def again(ledger: SqliteLedger, number: str) -> Paper:
    paper = ledger.slips.again(number, "desk:0", "torn")
    assert isinstance(paper, Paper)
    return paper


def test_the_copy_is_whole_while_the_citizen_is_there_and_nameless_afterwards(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    visit, number = visit_with_slip(ledger)
    whole = again(ledger, number)
    assert (whole.slip.parts, whole.reprint) == (NAMED, 1)
    assert readable(tmp_path)
    ledger.end_visit(visit, "done")
    assert not readable(tmp_path), "neither in the database nor in its log"
    later = again(ledger, number)
    assert (later.slip.parts, later.reprint) == (NAMELESS, 2)
    assert ledger.slips.latest() == (SlipLine(number, 2),)


def test_every_copy_is_in_the_audit_chain_with_the_officer(ledger: SqliteLedger, tmp_path: Path) -> None:
    _, number = visit_with_slip(ledger)
    for officer, reason in (("desk:1000", "illegible"), ("desk:1001", "lost")):
        ledger.slips.again(number, officer, reason)
    assert reprints_in_chain(tmp_path) == [
        {"officer": "desk:1000", "reason": "illegible", "count": 1},
        {"officer": "desk:1001", "reason": "lost", "count": 2},
    ]


def test_a_slip_the_kiosk_is_about_to_print_is_not_printed_beside_it(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    _, number = visit_with_slip(ledger, printed=False)
    assert ledger.slips.latest() == ()
    assert ledger.slips.again(number, "desk:0", "torn") == msg("reprint.under_way", number=number)
    assert reprints_in_chain(tmp_path) == []


def test_a_slip_still_owed_to_somebody_who_left_is_no_copy(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The paper was out and the citizen could not wait: whoever comes back gets the slip itself, with the name."""
    visit, number = visit_with_slip(ledger, printed=False)
    ledger.end_visit(visit, "idle")
    assert ledger.pending_slip(number) is not None
    for _ in range(2):
        owed = again(ledger, number)
        assert (owed.slip.parts, owed.reprint) == (NAMED, 0), "until it has come out"
    ledger.slips.done(number, None)
    assert not readable(tmp_path)
    assert ledger.pending_slip(number) is None
    assert again(ledger, number).reprint == 1


def test_a_dossier_without_a_slip_has_none_to_print_again(ledger: SqliteLedger) -> None:
    draft = begin_dossier(ledger, CU).number
    for number in (draft, "MAU01-999999", "' or 1=1 --"):
        assert ledger.slips.again(number, "desk:0", "lost") == msg("reprint.unknown", number=number)


def test_the_newest_nine_are_offered(ledger: SqliteLedger) -> None:
    numbers = []
    for _ in range(11):
        visit, number = visit_with_slip(ledger)
        ledger.end_visit(visit, "done")
        numbers.append(number)
    assert [line.dossier for line in ledger.slips.latest()] == numbers[:1:-1]
