"""Countersigning in batches: what was shown is what is signed, once, whatever happens in between (O4, P10)."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.batch import DRAWS, RULE_OFFICER, Batch, digest_of, is_drawn
from kiosk.domain.dossier import Approved, DossierEvent, DossierState
from kiosk.domain.message import Message
from kiosk.store import audit
from kiosk.store.approvals_check import check_approvals
from kiosk.store.batches import Batches, batch_holds
from kiosk.store.keys import DeviceKeys
from kiosk.store.ledger import SqliteLedger
from kiosk.store.schema import open_for_reading
from kiosk.store.shifts import Shifts
from tests.kit import begin_dossier, open_ledger, slip_for


def seal(ledger: SqliteLedger, officer: str = RULE_OFFICER) -> str:
    dossier = ledger.move(begin_dossier(ledger), DossierEvent.COMPLETE, "kiosk")
    dossier = ledger.record(dossier, Approved(officer, ()))
    dossier = ledger.move(dossier, DossierEvent.APPROVE, officer)
    return ledger.seal(dossier, slip_for(dossier)).id


def sign(batches: Batches, officer: str = "CB01") -> Batch:
    waiting = batches.unsigned()
    assert waiting
    signed = batches.sign(officer, waiting.upto, waiting.digest)
    assert isinstance(signed, Batch)
    return signed


def test_only_what_passed_by_rule_waits_and_the_batch_names_it(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        assert ledger.batches.unsigned() is None
        sealed = [seal(ledger), seal(ledger)]
        seal(ledger, "CB02")
        waiting = ledger.batches.unsigned()
        assert waiting
        assert waiting.count == 2
        batch = sign(ledger.batches)
        assert (batch.officer, batch.count, batch.digest) == ("CB01", 2, waiting.digest)
        members = ledger.batches.members(batch.id)
        assert members == (("MAU01-000001", sealed[0]), ("MAU01-000002", sealed[1]))
        lines = "".join(f"{number} {sealed_id}\n" for number, sealed_id in members)
        assert hashlib.sha256(lines.encode()).hexdigest() == batch.digest
        assert ledger.batches.unsigned() is None
        assert ledger.batches.signed() == (batch,)
        (event,) = ledger.database.all("select seq, subject from audit where kind = 'batch.signed'")
        assert event == (batch.seq, batch.id)


def test_the_signature_is_of_this_batch_and_of_nothing_else(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        seal(ledger)
        batch = sign(ledger.batches)
        members, public = ledger.batches.members(batch.id), ledger.keys.public
        assert batch.signed_bytes.startswith(b"kiosk.batch.v1\0")
        assert batch_holds(batch, members, public)
        assert not batch_holds(batch, (*members, ("MAU01-000009", "00")), public)
        for field, other in {"officer": "CB02", "seq": 1, "count": 2, "kiosk": "X", "signature": ""}.items():
            changed = msgspec.structs.replace(batch, **{field: other})
            assert not batch_holds(changed, members, public), field


def test_what_is_sealed_after_the_look_belongs_to_the_next_batch(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        seal(ledger)
        shown = ledger.batches.unsigned()
        assert shown
        seal(ledger)
        first = ledger.batches.sign("CB01", shown.upto, shown.digest)
        assert isinstance(first, Batch)
        assert first.count == 1
        assert sign(ledger.batches).count == 1


def test_two_desks_one_wins_and_the_other_is_told_who(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        seal(ledger)
        shown = ledger.batches.unsigned()
        assert shown
        assert isinstance(ledger.batches.sign("CB01", shown.upto, shown.digest), Batch)
        late = ledger.batches.sign("CB02", shown.upto, shown.digest)
        assert isinstance(late, Message)
        assert (late.code, late.values["officer"]) == ("batch.taken", "CB01")
        seal(ledger)
        wrong = ledger.batches.sign("CB02", shown.upto + 100, shown.digest)
        assert isinstance(wrong, Message)
        assert wrong.code == "batch.changed"
        assert len(ledger.batches.signed()) == 1


def test_the_shift_counts_what_is_left_unsigned(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        shifts = Shifts(ledger.database)
        shifts.open("GS01", by="GS01")
        seal(ledger)
        sign(ledger.batches)
        seal(ledger)
        closed = shifts.close(by="GS01")
        assert closed
        assert (closed.counts.sealed, closed.counts.unsigned) == (2, 1)


SIGNS_ON = """
import sys
from pathlib import Path
from tests.kit import open_ledger
from tests.unit.test_batches import seal, sign
ledger = open_ledger(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for _ in range(3):
        seal(ledger)
    print("signing", flush=True)
    sign(ledger.batches)
"""


def test_killed_at_any_moment_nothing_is_lost_and_nothing_signed_twice(tmp_path: Path) -> None:
    """P10: `kill -9` while batches are signed, a few times over the same record."""
    rng = random.Random(5)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", SIGNS_ON, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            assert process.stdout.readline() == "signing\n"
            time.sleep(rng.random() * 0.08)
            process.send_signal(signal.SIGKILL)
    with closing(open_ledger(tmp_path)) as ledger:
        signed = ledger.batches.signed()
        members = [ledger.batches.members(batch.id) for batch in signed]
        waiting = ledger.batches.unsigned()
        everyone = [number for each in members for number, _ in each]
        assert len(everyone) == len(set(everyone))
        assert len(everyone) + (waiting.count if waiting else 0) == ledger.counts()[DossierState.SEALED]
        assert all(
            batch_holds(batch, each, ledger.keys.public) for batch, each in zip(signed, members, strict=True)
        )
        with ledger.database.transaction() as db:
            assert isinstance(audit.verify(db), audit.Whole)


def test_a_draw_is_the_devices_own_and_never_changes(tmp_path: Path) -> None:
    numbers = [f"MAU01-{count:06d}" for count in range(1, 2001)]
    with closing(open_ledger(tmp_path / "one")) as ledger:
        draws = [ledger.keys.draw(number) for number in numbers]
        assert ledger.drawn(numbers[0], 100.0)
        assert not ledger.drawn(numbers[0], 0.0)
        rows = ledger.database.all("select detail from audit where kind = 'approval.drawn'")
        told = [msgspec.json.decode(detail) for (detail,) in rows]
        assert [(t["draw"], t["percent"], t["taken"]) for t in told] == [
            (draws[0], "100.0", 1),
            (draws[0], "0.0", 0),
        ]
    with closing(open_ledger(tmp_path / "one")) as again:
        assert [again.keys.draw(number) for number in numbers] == draws
    with closing(open_ledger(tmp_path / "two")) as other:
        assert [other.keys.draw(number) for number in numbers[:10]] != draws[:10]
    taken = sum(is_drawn(draw, 5.0) for draw in draws)
    assert 50 < taken < 160, "five of a hundred, of two thousand"


def wrong_in(data: Path) -> list[tuple[str, str]]:
    with closing(open_for_reading(data / "kiosk.db")) as connection:
        found = check_approvals(connection, DeviceKeys.open(data / "keys"))
    return [(wrong.subject, wrong.why) for wrong in found.wrong]


def test_an_inspector_reckons_draws_and_batches_again(tmp_path: Path) -> None:
    """O4: whoever skipped a draw, bent one, or added a dossier to a batch is named."""
    with closing(open_ledger(tmp_path)) as ledger:
        first = "MAU01-000001"
        ledger.drawn(first, 0.0)
        seal(ledger)
        batch = sign(ledger.batches)
        assert wrong_in(tmp_path) == []
        seal(ledger)
        second = "MAU01-000002"
        assert wrong_in(tmp_path) == [(second, "undrawn")]
        ledger.drawn(second, 100.0)
        assert wrong_in(tmp_path) == [(second, "undrawn")], "drawn, and no officer was asked"
        ledger.audit("approval.missed", second, kind="sample")
        assert wrong_in(tmp_path) == []
        with ledger.database.transaction() as db:
            db.execute("update by_rule set batch = ? where dossier = ?", (batch.id, second))
        assert wrong_in(tmp_path) == [(batch.id, "batch")]
        with ledger.database.transaction() as db:
            db.execute("update by_rule set batch = null where dossier = ?", (second,))
        ledger.audit("approval.drawn", second, draw=0, percent="0.0", taken=0)
        assert wrong_in(tmp_path) == [(second, "draw")]


@given(st.integers(0, DRAWS - 1), st.floats(0, 100), st.floats(0, 100))
def test_a_larger_share_takes_all_of_a_smaller_one(draw: int, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert is_drawn(draw, large) or not is_drawn(draw, small)
    assert is_drawn(draw, 100.0)
    assert not is_drawn(draw, 0.0)


@given(
    st.dictionaries(st.from_regex(r"MAU01-\d{6}", fullmatch=True), st.text("0123456789abcdef", min_size=1))
)
def test_a_digest_does_not_depend_on_the_order(sealed: dict[str, str]) -> None:
    rows = list(sealed.items())
    assert digest_of(rows) == digest_of(reversed(rows))
    assert digest_of([*rows, ("MAU02-000001", "ab")]) != digest_of(rows)


@pytest.mark.parametrize("completed", [False, True])
def test_a_cancelled_draft_leaves_nothing_readable(tmp_path: Path, completed: bool) -> None:
    """P10, X1: two officers are named; the same person begins afresh."""
    from kiosk.domain.dossier import SampleKind
    from tests.kit import MAU

    ledger = open_ledger(tmp_path)
    dossier, _ = ledger.keep(begin_dossier(ledger), SampleKind.PORTRAIT, "portrait", "image/png", b"face")
    if completed:
        ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
    number = dossier.number
    assert ledger.cancel(number, ("CB01", "CB02")) is None
    assert ledger.dossier(number).state is DossierState.CANCELLED
    assert ledger.dossier(number).facts == ()
    assert not (tmp_path / "drafts" / number).exists()
    assert ledger.find_dossier(MAU) is None
    again = ledger.cancel(number, ("CB01", "CB02"))
    assert again
    assert again.code == "look.closed"
    ledger.close()
    traces = [
        path for path in tmp_path.rglob("*") if path.is_file() and MAU.full_name.encode() in path.read_bytes()
    ]
    assert traces == []


def test_a_draft_in_use_is_not_cancelled(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        dossier = begin_dossier(ledger)
        visit = ledger.change_visit(ledger.begin_visit("first_issue"), dossier=dossier.number)
        refused = ledger.cancel(dossier.number, ("CB01", "CB02"))
        assert refused
        assert refused.code == "request.visit_going_on"
        ledger.end_visit(visit, "left")
        assert ledger.cancel(dossier.number, ("CB01", "CB02")) is None
        unknown = ledger.cancel("MAU01-999999", ("CB01", "CB02"))
        assert unknown
        assert unknown.code == "look.unknown"


def test_what_a_crash_left_of_a_cancelled_draft_is_erased_at_the_next_start(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        number = begin_dossier(ledger).number
        ledger.cancel(number, ("CB01", "CB02"))
    left = tmp_path / "drafts" / number
    left.mkdir()
    (left / "portrait.png").write_bytes(b"face")
    open_ledger(tmp_path).close()
    assert not left.exists()
