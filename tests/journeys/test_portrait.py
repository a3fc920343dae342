"""The portrait on the way: told one thing at a time, glasses and a hat asked about, nobody waiting without a reason."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.link.messages import Answer
from kiosk.workflow.view import Capture, Pause
from tests.journeys.stage import Person, Stage, at, decides

pytestmark = pytest.mark.system


def hints(person: Person) -> list[str]:
    screens = [view.screen for view in person.views if view.screen.id == "portrait"]
    found = [s.hint.code for s in screens if isinstance(s, Capture) and s.hint and not s.good]
    return list(dict.fromkeys(found))


async def told(person: Person, code: str) -> None:
    await person.sees(
        lambda view: (
            isinstance(view.screen, Capture)
            and view.screen.hint is not None
            and view.screen.hint.code == code
        )
    )


def test_a_person_is_led_to_the_right_place(stage: Stage) -> None:
    """C1, X2: too far, then too far right, then it is taken, without an officer."""

    async def journey() -> None:
        stage.world.change(distance=1.7, face_x=0.35)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("portrait")
            await told(citizen, "face.hint.closer")
            stage.world.change(distance=1.0)
            await told(citizen, "face.hint.right")
            stage.world.change(face_x=0.0)
            await citizen.asked("fingers.*")
            assert not any(isinstance(view.screen, Pause) for view in citizen.views if view.step == 5)

    stage.start()
    asyncio.run(journey())
    assert "Traceback" not in stage.log


def test_a_head_cloth_stays_when_an_officer_says_so(stage: Stage) -> None:
    """A cloth of a religion or a people may stay: the person is asked once, then the officer decides."""

    async def journey() -> None:
        stage.world.change(hat=True)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("portrait")
            await told(citizen, "face.hint.head_cover")
            waiting = await citizen.asked("approval.portrait")
            assert isinstance(waiting.screen, Pause)
            board = await officer.board_shows(lambda board: bool(board.approvals))
            assert board.approvals[0].what.code == "approval.portrait.head_cover"
            assert board.approvals[0].choices == ("accept_cover", "again")
            await decides(officer, "portrait", "accept_cover")
            await citizen.asked("fingers.*")

    stage.start()
    asyncio.run(journey())


def test_glasses_taken_off_in_time_need_no_officer(stage: Stage) -> None:
    async def journey() -> None:
        stage.world.change(glasses=True)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("portrait")
            await told(citizen, "face.hint.glasses")
            stage.world.change(glasses=False)
            await citizen.asked("fingers.*")
            assert officer.board is not None
            assert officer.board.approvals == ()

    stage.start()
    asyncio.run(journey())


def test_an_attending_officer_is_asked_what_no_camera_tells(stage: Stage) -> None:
    """Eyes, mouth, ears, glasses and hat in one question; a second look is always possible."""

    async def journey() -> None:
        stage.world.change(background=0.3)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("portrait")
            await told(citizen, "face.hint.background")
            citizen.send(Answer("portrait", "officer"))
            board = await officer.board_shows(lambda board: bool(board.approvals))
            assert board.approvals[0].what.code == "approval.portrait.what"
            assert board.approvals[0].choices == ("accept", "accept_cover", "again")
            await decides(officer, "portrait", "again")
            await citizen.asked("portrait")
            stage.world.change(background=1.0)
            await citizen.asked("fingers.*")

    stage.start()
    asyncio.run(journey())
