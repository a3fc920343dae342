"""The people at the desk: signing in, rights, locking, the shift (O1, O2, O4, P6)."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kiosk.domain.people import RIGHTS, Right, Role
from kiosk.domain.request import RequestKind
from kiosk.link.messages import (
    AnswerCall,
    CallOfficer,
    ChangePin,
    CloseShift,
    Decide,
    OpenShift,
    Propose,
    Settle,
    SignIn,
    SignOut,
)
from tests.journeys.stage import Stage, at, run_kiosk, standing_at


def test_nobody_decides_without_signing_in(stage: Stage) -> None:
    """O4: whoever stands at the officer's screen sees the board, and nothing else."""

    async def visit() -> None:
        stage.start()
        async with standing_at(stage, "officer") as somebody:
            await somebody.board_shows(lambda board: not board.view.visit)
            for act in (Decide("x", "again"), AnswerCall(True), OpenShift("GS01")):
                assert (await somebody.refusal(act)).code == "people.sign_in"

    asyncio.run(visit())


def test_a_helper_answers_calls_and_decides_nothing(stage: Stage) -> None:
    """O4, R0: helpers guide without deciding."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as helper:
            session = await helper.signs_in("HD01")
            assert set(session.rights) == RIGHTS[Role.HELPER]
            await citizen.asked("welcome")
            citizen.send(CallOfficer())
            await helper.board_shows(lambda board: board.view.help == "called")
            helper.send(AnswerCall(coming=True))
            await helper.board_shows(lambda board: board.view.help == "coming")
            assert (await helper.refusal(Decide("x", "again"))).code == "people.not_yours"

    asyncio.run(visit())


def test_officers_change_in_seconds_and_a_wrong_pin_changes_nothing(stage: Stage) -> None:
    """O2, R2: signing in over whoever is there."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "officer") as desk:
            assert (await desk.refusal(SignIn("CB02", "000000"))).code == "people.wrong"
            assert (await desk.refusal(Decide("x", "again"))).code == "link.not_asked", "CB01 is still there"
            session = await desk.signs_in("CB02")
            assert Right.DECIDE in session.rights
            desk.send(SignOut())
            assert (await desk.refusal(Decide("x", "again"))).code == "people.sign_in"

    asyncio.run(visit())


def test_a_wrong_pin_costs_time_even_after_the_core_was_killed(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with standing_at(stage, "officer") as desk:
            for _ in range(6):
                last = await desk.refusal(SignIn("CB01", "000000"))
            assert last.code == "people.wrong_wait"
        stage.kill()
        stage.start()
        async with standing_at(stage, "officer") as desk:
            assert (await desk.refusal(SignIn("CB01", "135790"))).code == "people.wait"

    asyncio.run(visit())


def test_a_pin_is_changed_by_its_owner(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "officer") as desk:
            assert (await desk.refusal(ChangePin("135790", "111111"))).code == "people.pin_easy"
            desk.session = None
            desk.send(ChangePin("135790", "719305"))
            while desk.session is None:
                await asyncio.sleep(0.02)
            assert (await desk.refusal(SignIn("CB01", "135790"))).code == "people.wrong"
            await desk.signs_in("CB01", "719305")

    asyncio.run(visit())


@pytest.mark.system
def test_a_shift_closes_with_its_sheet_and_nobody_is_served_until_the_next(stage: Stage) -> None:
    """O1, P6: figures, a leader, the audit head as a QR code; no shift, no capture."""

    head: list[str] = []

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await desk.signs_in("GS01")
            await citizen.goes_on("done")
            assert (await desk.refusal(CloseShift())).code == "shift.visit_going_on"
            await citizen.answer("done", "taken")
            await citizen.asked("welcome")
            closed = await desk.closes_shift()
            assert closed.counts.outcomes == {"done": 1}
            assert (closed.counts.visits, closed.counts.sealed, closed.closed_by) == (1, 1, "GS01")
            await citizen.asked("closed")
            head.append(await printed_head(stage.data / "paper"))
            assert (await desk.refusal(OpenShift("CB01"))).code == "shift.no_leader"
            desk.send(OpenShift("GS01"))
            await citizen.asked("welcome")

    asyncio.run(visit())
    (qr,) = head
    assert verified(stage, "--head", qr) == (0, {"whole": True})
    with closing(sqlite3.connect(stage.data / "kiosk.db")) as db:
        seq = int(qr.split()[3])
        db.execute("pragma foreign_keys = off")
        db.execute("delete from audit where seq >= ?", (seq,))
        db.commit()
    assert verified(stage) == (0, {"whole": True}), "the chain alone cannot know that its end is missing"
    assert verified(stage, "--head", qr) == (1, {"whole": False, "seq": seq, "why": "truncated"})
    assert run_kiosk("audit", "verify", "--data", str(stage.data), "--head", f"{qr[:-1]}g").returncode == 2


async def printed_head(folder: Path) -> str:
    """What a telephone reads from the sheet, once it lies there."""
    for _ in range(200):
        for file in folder.glob("*.png"):
            codes = [code.text for code in zxingcpp.read_barcodes(Image.open(file))]
            if codes and codes[0].startswith("kiosk.head.v1 "):
                return codes[0]
        await asyncio.sleep(0.1)
    raise AssertionError("no sheet was printed")


def verified(stage: Stage, *arguments: str) -> tuple[int, dict[str, object]]:
    """`kiosk audit verify`: its exit status and what it found, counts and head of a whole chain apart."""
    ran = run_kiosk("audit", "verify", "--data", str(stage.data), "--json", *arguments)
    found = json.loads(ran.stdout)
    return ran.returncode, {key: found[key] for key in ("whole", "seq", "why") if key in found}


def test_a_colleague_is_added_by_two_and_chooses_a_pin(stage: Stage) -> None:
    """Two different persons; the request outlives a power cut; nobody agrees to what he asked for."""

    async def visit() -> None:
        stage.start()
        async with standing_at(stage, "officer") as leader:
            await leader.signs_in("GS01")
            leader.send(Propose(RequestKind.ADD_OFFICER, values("CB03", "Hà Thị Mẫu", "officer"), "tăng ca"))
            await leader.board_shows(lambda board: len(board.requests) == 1)
            assert (await leader.refusal(Settle("Y00001", True))).code == "request.same_person"
        stage.kill()
        stage.start()
        async with standing_at(stage, "officer") as second:
            await second.signs_in("HD01")
            assert (await second.refusal(Settle("Y00001", True))).code == "people.not_yours"
            await second.signs_in("CB01")
            once = await second.first_pin(Settle("Y00001", True))
            await second.board_shows(lambda board: not board.requests)
            assert (await second.refusal(Settle("Y00001", True))).code == "request.settled"
            assert (await second.signs_in("CB03", once)).fresh
            assert (await second.refusal(Decide("x", "again"))).code == "people.change_first"

    asyncio.run(visit())


def test_a_lost_pin_is_reset_by_two_others_at_once_signed_out(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "officer") as owner, standing_at(stage, "officer") as other:
            lost = Propose(RequestKind.RESET_PIN, {"officer": "CB01"}, "quên mã")
            assert (await owner.refusal(lost)).code == "people.two_others"
            await other.signs_in("CB02")
            other.send(lost)
            await owner.board_shows(lambda board: len(board.requests) == 1)
            assert (await owner.refusal(Settle("Y00001", True))).code == "people.two_others"
            await other.signs_in("GS01")
            once = await other.first_pin(Settle("Y00001", True))
            assert (await owner.refusal(Decide("x", "again"))).code == "people.sign_in"
            assert (await owner.signs_in("CB01", once)).fresh

    asyncio.run(visit())


def test_a_request_without_a_reason_or_with_nonsense_is_refused(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with standing_at(stage, "officer") as leader:
            await leader.signs_in("GS01")
            for wrong, why, code in (
                (values("CB03", "Mẫu", "officer"), " ", "request.why"),
                (values("CB03", "Mẫu", "king"), "x", "request.role"),
                (values("!", "Mẫu", "officer"), "x", "people.bad_number"),
                ({"officer": "CB03"}, "x", "request.fields"),
            ):
                refused = await leader.refusal(Propose(RequestKind.ADD_OFFICER, wrong, why))
                assert refused.code == code

    asyncio.run(visit())


def values(officer: str, name: str, role: str) -> dict[str, str]:
    return {"officer": officer, "name": name, "role": role}
