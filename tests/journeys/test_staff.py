"""The people at the desk: signing in, rights, locking, the shift (O1, O2, O4, P6)."""

from __future__ import annotations

import asyncio

from kiosk.domain.people import RIGHTS, Right, Role
from kiosk.link.messages import AnswerCall, CallOfficer, ChangePin, Decide, OpenShift, SignIn, SignOut
from tests.journeys.stage import Stage, at, standing_at


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
