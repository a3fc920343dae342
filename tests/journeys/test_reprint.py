"""A slip that came out torn or got lost: an officer has it printed again, at the citizen's side or days later."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from PIL import Image

from kiosk.biometrics.codes import read_qr
from kiosk.hal.camera import Frame
from kiosk.link.messages import Reprint
from kiosk.store import audit
from kiosk.store.schema import open_for_reading
from kiosk.workflow.board import Board
from tests.journeys.stage import Person, Stage, at, free_of

pytestmark = pytest.mark.system

NAME = "Nguyễn Văn Mẫu"


def code_on(picture: Path) -> str | None:
    slip = Image.open(picture).convert("RGB")
    return read_qr(Frame(slip.width, slip.height, slip.tobytes()))


async def printed_again(officer: Person, number: str, reason: str, count: int) -> Board:
    officer.send(Reprint(number, reason))
    await officer.board_shows(lambda b: [(s.dossier, s.reprints) for s in b.slips] == [(number, count)])
    return await officer.board_shows(lambda b: "reprint.printing" not in {a.message.code for a in b.alerts})


def test_a_slip_is_printed_again_at_the_citizens_side_and_later(stage: Stage) -> None:
    """C4, O4: whole while the citizen is there; afterwards no name is kept, and the copy leaves room for it."""

    async def journey() -> str:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            done = await citizen.goes_on("done")
            number = done.dossier
            await printed_again(officer, number, "illegible", 1)
            assert citizen.view
            assert citizen.view.screen.id == "done", "the citizen's screen goes on undisturbed"
            await citizen.answer("done", "taken")
            await citizen.asked("welcome")
            assert free_of(stage.data, NAME, "999085000001")
            await printed_again(officer, number, "lost", 2)
            return number

    stage.start()
    number = asyncio.run(journey())
    whole, later = (stage.data / "paper" / f"{number}-R{count}.png" for count in (1, 2))
    assert [code_on(whole), code_on(later)] == [number, number]
    connection = open_for_reading(stage.data / "kiosk.db")
    told = [json.loads(e.detail) for e in audit.events(connection) if e.kind == "slip.reprint"]
    assert isinstance(audit.verify(connection), audit.Whole)
    connection.close()
    assert [(one["reason"], one["count"]) for one in told] == [("illegible", 1), ("lost", 2)]
    assert {one["officer"] for one in told} == {"CB01"}


def test_a_slip_that_could_not_be_printed_again_is_said_and_printed_when_there_is_paper(stage: Stage) -> None:
    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            number = (await citizen.goes_on("done")).dossier
            stage.world.change(paper_mm=0.0)
            officer.send(Reprint(number, "torn"))
            await officer.board_shows(lambda b: "reprint.not_printed" in {a.message.code for a in b.alerts})
            stage.world.change(paper_mm=50_000.0)
            board = await printed_again(officer, number, "torn", 2)
            assert not board.alerts
        assert (stage.data / "paper" / f"{number}-R2.png").exists()

    stage.start()
    asyncio.run(journey())
