"""Approval by risk: flagged dossiers looked at with their pictures, some of the rest drawn, the others countersigned
many at once (O1, O4, P10)."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import closing

import pytest
from PIL import Image

from kiosk.domain.batch import RULE_OFFICER, SAMPLED, Batch
from kiosk.domain.dossier import Approved, DossierEvent, DossierState
from kiosk.domain.message import Message
from kiosk.domain.people import RIGHTS, Right, Role
from kiosk.domain.request import RequestKind
from kiosk.link.messages import ApproveBatch, Leave, Look, Propose, Settle
from kiosk.store import audit
from kiosk.store.batches import batch_holds
from kiosk.store.schema import open_for_reading
from tests.journeys.stage import Stage, at, decides, run_kiosk, settles, standing_at
from tests.kit import begin_dossier, open_ledger, slip_for

pytestmark = pytest.mark.system

ALL_DRAWN = "[approval]\nsample_percent = 100\n"
STAFF = {
    Role.HELPER: "HD01",
    Role.OFFICER: "CB01",
    Role.SUPERVISOR: "GS01",
    Role.TECHNICIAN: "KT01",
    Role.INSPECTOR: "TT01",
}


def events(stage: Stage, kind: str) -> list[tuple[str, dict[str, object]]]:
    """Subject and detail of the events of a kind."""
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        assert isinstance(audit.verify(connection), audit.Whole)
        return [(event.subject, json.loads(event.detail)) for event in audit.events(connection, kind)]


def approved_in(stage: Stage) -> dict[str, object]:
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    facts = json.loads(stage.opened(line)["facts.json"])
    return next(fact for fact in facts if fact["type"] == "approved")


def seal_by_rule(stage: Stage, count: int) -> None:
    """Dossiers of a busy day, before the core is there."""
    with closing(open_ledger(stage.data)) as ledger:
        for _ in range(count):
            dossier = ledger.move(begin_dossier(ledger), DossierEvent.COMPLETE, "kiosk")
            dossier = ledger.record(dossier, Approved(RULE_OFFICER, ()))
            dossier = ledger.move(dossier, DossierEvent.APPROVE, RULE_OFFICER)
            ledger.seal(dossier, slip_for(dossier))


def test_a_flagged_dossier_is_looked_at_with_its_pictures(stage: Stage) -> None:
    """O1, O4: known beside said, face and fingers small and grey; once sealed nobody sees it again."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            going = asyncio.create_task(citizen.goes_on("done", confirm__hamlet="no", correct="Thôn Khác"))
            await settles(officer, "hamlet", "refused")
            board = await officer.board_shows(lambda board: any(a.kind == "dossier" for a in board.approvals))
            number = board.approvals[0].dossier
            shown = await officer.looks_at(number)
            assert shown.flags == ("correction",)
            fields = {field.item: field for field in shown.fields}
            assert fields["number"].known == "999085000001"
            assert fields["full_name"].known == "Nguyễn Văn Mẫu"
            assert fields["full_name"].said is None
            assert fields["hamlet"].said == "Thôn Khác"
            assert [p.key for p in shown.pictures][:2] == ["portrait", "flat-13"]
            assert len(shown.pictures) == 14
            for picture in shown.pictures:
                with Image.open(io.BytesIO(picture.png)) as image:
                    assert (image.format, image.mode) == ("PNG", "L")
                    assert image.width <= 96
                    assert image.height <= 128
            await decides(officer, "dossier", "approve")
            await going
            assert (await officer.refusal(Look(number))).code == "look.closed"

    stage.start()
    asyncio.run(journey())
    assert approved_in(stage)["flags"] == ["correction"]
    ((_, looked),) = events(stage, "dossier.looked")
    assert looked == {"officer": "CB01"}


@pytest.mark.parametrize("role", Role)
def test_who_may_not_see_data_sees_no_dossier(stage: Stage, role: Role) -> None:
    """O4: every role, on a draft that is there; an inspector reads, and is recorded."""
    with closing(open_ledger(stage.data)) as ledger:
        number = begin_dossier(ledger).number

    async def journey() -> None:
        async with standing_at(stage, "officer") as somebody:
            assert (await somebody.refusal(Look(number))).code == "people.sign_in"
            await somebody.signs_in(STAFF[role])
            if Right.SEE_DATA in RIGHTS[role]:
                assert (await somebody.looks_at(number)).fields[1].known == "Nguyễn Văn Mẫu"
            else:
                assert (await somebody.refusal(Look(number))).code == "people.not_yours"
                assert somebody.dossier is None
            unknown = await somebody.refusal(Look("MAU01-000099"))
            assert unknown.code in ("look.unknown", "people.not_yours")
            signing = await somebody.refusal(ApproveBatch(1, "0"))
            allowed = Right.APPROVE in RIGHTS[role]
            assert signing.code == ("batch.changed" if allowed else "people.not_yours")

    stage.start()
    asyncio.run(journey())
    looked = [detail["officer"] for _, detail in events(stage, "dossier.looked")]
    assert looked == ([STAFF[role]] if Right.SEE_DATA in RIGHTS[role] else [])


def test_a_drawn_dossier_waits_for_an_officers_look(stage: Stage) -> None:
    """O4: drawn, looked at, approved; it is not countersigned a second time in a batch."""
    stage.configure(ALL_DRAWN)

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            going = asyncio.create_task(citizen.goes_on("done"))
            board = await officer.board_shows(lambda board: any(a.kind == "sample" for a in board.approvals))
            shown = await officer.looks_at(board.approvals[0].dossier)
            assert shown.flags == (), "what was drawn has no flag of its own"
            await decides(officer, "sample", "approve")
            await going
            assert officer.board
            assert officer.board.unsigned is None

    stage.start()
    asyncio.run(journey())
    approved = approved_in(stage)
    assert (approved["officer"], approved["flags"]) == ("CB01", [SAMPLED])
    ((_, drawn),) = events(stage, "approval.drawn")
    assert drawn["taken"] == 1


def test_an_officer_who_is_away_holds_up_no_drawn_dossier(stage: Stage) -> None:
    """C10, O4: it passes by rule, the miss is recorded, and it waits with the others for a signature."""
    stage.configure(ALL_DRAWN + "[officer]\npatience = 0.5\n")

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await citizen.goes_on("done")
            assert "approval.sample" in {view.screen.id for view in citizen.views}
            board = await desk.board_shows(lambda board: board.unsigned is not None)
            assert board.unsigned
            assert (board.unsigned.count, board.approvals) == (1, ())

    stage.start()
    asyncio.run(journey())
    assert approved_in(stage)["officer"] == RULE_OFFICER
    assert [detail["kind"] for _, detail in events(stage, "approval.missed")] == ["sample"]
    checked = run_kiosk("audit", "approvals", "--data", str(stage.data), "--json")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert json.loads(checked.stdout) == {
        "draws": 1,
        "drawn": 1,
        "missed": 1,
        "batches": 0,
        "unsigned": 1,
        "wrong": [],
    }


def test_two_desks_sign_a_batch_and_a_restart_forgets_nothing(stage: Stage) -> None:
    """Two desks approving the same thing: one wins, the other is told; killed, and nothing is signed twice."""
    seal_by_rule(stage, 7)

    async def sign() -> None:
        async with at(stage, "officer") as one, standing_at(stage, "officer") as two:
            await two.signs_in("CB02")
            board = await one.board_shows(lambda board: board.unsigned is not None)
            assert board.unsigned
            assert board.unsigned.count == 7
            asked = ApproveBatch(board.unsigned.upto, board.unsigned.digest)
            for desk in (one, two):
                desk.send(asked)
            told = [await one.told_of_batch(), await two.told_of_batch()]
            (batch,) = [answer for answer in told if isinstance(answer, Batch)]
            (late,) = [answer for answer in told if isinstance(answer, Message)]
            assert (late.code, late.values["officer"]) == ("batch.taken", batch.officer)
            await one.board_shows(lambda board: board.unsigned is None)

    async def after() -> None:
        async with at(stage, "officer") as officer:
            board = await officer.board_shows(lambda board: board.dossiers != {})
            assert board.unsigned is None

    stage.start()
    asyncio.run(sign())
    stage.kill()
    stage.start()
    asyncio.run(after())
    stage.stop()
    with closing(open_ledger(stage.data)) as ledger:
        (batch,) = ledger.batches.signed()
        members = ledger.batches.members(batch.id)
        assert len(members) == 7
        assert batch_holds(batch, members, ledger.keys.public)
    assert [subject for subject, _ in events(stage, "batch.signed")] == [batch.id]


def test_killed_while_a_batch_is_signed(stage: Stage) -> None:
    """P10: either all of it or none of it; what is left can be signed after the restart."""
    seal_by_rule(stage, 5)

    async def begin() -> None:
        async with at(stage, "officer") as officer:
            board = await officer.board_shows(lambda board: board.unsigned is not None)
            assert board.unsigned
            officer.send(ApproveBatch(board.unsigned.upto, board.unsigned.digest))
            await asyncio.sleep(0)
            stage.kill()

    async def finish() -> None:
        async with at(stage, "officer") as officer:
            board = await officer.board_shows(lambda board: board.dossiers != {})
            if board.unsigned is not None:
                assert board.unsigned.count == 5
                officer.send(ApproveBatch(board.unsigned.upto, board.unsigned.digest))
                assert isinstance(await officer.told_of_batch(), Batch)

    stage.start()
    asyncio.run(begin())
    stage.start()
    asyncio.run(finish())
    assert [detail["count"] for _, detail in events(stage, "batch.signed")] == [5]


def test_the_shift_sheet_tells_what_nobody_signed(stage: Stage) -> None:
    seal_by_rule(stage, 3)

    async def journey() -> None:
        async with standing_at(stage, "officer") as leader:
            await leader.signs_in("GS01")
            closed = await leader.closes_shift()
            assert closed.counts.unsigned == 3

    stage.start()
    asyncio.run(journey())


def test_two_officers_cancel_a_draft_and_a_request_left_alone_grows_urgent(stage: Stage) -> None:
    """P10: who, what, why and what it changes stand on the board; the same person cannot do both."""
    stage.configure("[officer]\npatience = 0.5\n")

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as one:
            view = await citizen.goes_on("fingers.*")
            wanted = Propose(RequestKind.CANCEL_DOSSIER, {"dossier": view.dossier}, "mở nhầm người")
            assert (await one.refusal(Propose(wanted.kind, {"dossier": "x"}, "y"))).code == "request.dossier"
            citizen.send(Leave())
            await citizen.asked("welcome")
            one.send(wanted)
            board = await one.board_shows(lambda board: bool(board.requests))
            (request,) = board.requests
            assert (request.by, request.why, request.what.code) == (
                "CB01",
                "mở nhầm người",
                "request.cancel_dossier",
            )
            urgent = await one.board_shows(lambda board: any(a.urgent for a in board.alerts))
            assert [alert.message.code for alert in urgent.alerts] == ["alert.unsettled"]
            assert (await one.refusal(Settle(request.id, True))).code == "request.same_person"
            await _agrees(stage, request.id)
            board = await one.board_shows(lambda board: not board.requests and not board.alerts)
            await one.board_shows(lambda board: board.dossiers == {"cancelled": 1})
            assert (await one.refusal(Look(view.dossier))).code == "look.closed"

    stage.start()
    asyncio.run(journey())
    ((number, detail),) = events(stage, "dossier.cancel")
    assert detail == {"by": "CB01", "second": "CB02"}
    assert not (stage.data / "drafts" / number).exists()


async def _agrees(stage: Stage, request: str) -> None:
    async with standing_at(stage, "officer") as two:
        await two.signs_in("CB02")
        two.send(Settle(request, True))
        await two.board_shows(lambda board: not board.requests)
