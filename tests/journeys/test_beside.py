"""An officer beside a citizen: seeing the screen, answering one question, ending the visit (O3, O4)."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.domain.visit import Outcome
from kiosk.link.messages import AnswerFor, EndVisit, Watch
from tests.journeys.stage import Stage, at, free_of, standing_at


def test_an_officer_sees_what_the_citizen_sees_a_helper_does_not(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with (
            at(stage, "citizen") as citizen,
            at(stage, "officer") as officer,
            standing_at(stage, "officer") as helper,
        ):
            await helper.signs_in("HD01")
            assert (await helper.refusal(Watch(True))).code == "people.not_yours"
            officer.send(Watch(True))
            await citizen.goes_on("confirm.*")
            seen = await officer.asked("confirm.*")
            assert "Nguyễn Văn Mẫu" in str(seen.screen)
            assert officer.board is not None
            assert "Nguyễn" not in str(officer.board), "the board is for everybody in the room"
            assert helper.view is None
            await officer.signs_in("HD01")
            await citizen.answer("confirm.*", "yes")
            await asyncio.sleep(0.3)
            assert officer.view == seen, "a helper has taken the screen over"

    asyncio.run(visit())


@pytest.mark.system
def test_an_officer_answers_one_question_and_hands_back(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("identify.number")
            officer.send(AnswerFor("identify.number", "999085000001"))
            await citizen.asked("confirm.*")
            assert (await officer.refusal(AnswerFor("identify.number", "1"))).code == "link.not_asked"
            await citizen.goes_on("review")

    asyncio.run(visit())
    chain = (stage.data / "kiosk.db").read_bytes() + (stage.data / "kiosk.db-wal").read_bytes()
    assert b"desk.answered" in chain


@pytest.mark.system
def test_refusing_is_an_outcome_with_a_next_step_and_the_draft_waits(stage: Stage) -> None:
    """O3, R0: not a gap."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            assert (await officer.refusal(EndVisit(Outcome.REFUSED, "lý do"))).code == "over.nobody"
            await citizen.goes_on("review")
            assert (await officer.refusal(EndVisit(Outcome.REFUSED, " "))).code == "over.needs_reason"
            assert (await officer.refusal(EndVisit(Outcome.DONE, "xong"))).code == "over.needs_reason"
            officer.send(EndVisit(Outcome.CANNOT_TODAY, "mệt, hẹn ngày mai"))
            await citizen.asked("over.cannot_today")
            await citizen.asked("welcome")
            await citizen.goes_on("review")

    asyncio.run(visit())
    assert [line.state for line in stage.dossiers()] == ["draft"], "the same draft went on"
    assert free_of(stage.data / "run", "Nguyễn Văn Mẫu")
