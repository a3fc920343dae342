"""What happens around the kiosk while it serves: the housing opened, the disk filling up, the panel unplugged."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from kiosk.hal.device import HealthState
from kiosk.link.messages import Answer
from kiosk.workflow.board import Board
from kiosk.workflow.view import Choice
from tests.journeys.stage import Stage, at

pytestmark = pytest.mark.system


def alerts(board: Board) -> list[tuple[str, bool]]:
    return [(alert.message.code, alert.urgent) for alert in board.alerts]


def test_an_opened_housing_is_on_the_board_and_in_the_audit_chain(stage: Stage) -> None:
    async def journey() -> None:
        async with at(stage, "officer") as officer:
            await officer.board_shows(lambda board: not board.alerts)
            stage.world.change(housing_open=True)
            await officer.board_shows(lambda board: ("panel.tampered", True) in alerts(board))
            stage.world.change(housing_open=False)
            await officer.board_shows(lambda board: not board.alerts)

    stage.start()
    asyncio.run(journey())
    stage.stop()
    with closing(sqlite3.connect(stage.data / "kiosk.db")) as database:
        events = [row[0] for row in database.execute("select kind from audit where kind like 'housing%'")]
    assert events == ["housing.opened", "housing.closed"]


def test_nobody_new_is_served_on_a_full_disk(stage: Stage) -> None:
    """The limits stand for the disk: whatever is used here is above them."""

    async def refused() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.asked("out_of_service")
            board = await officer.board_shows(lambda board: ("store.full", True) in alerts(board))
            assert ("surroundings.disk_full", True) in alerts(board)

    async def served() -> None:
        async with at(stage, "citizen") as citizen:
            welcome = await citizen.asked("welcome")
            assert isinstance(welcome.screen, Choice)
            citizen.send(Answer("welcome", "first_issue"))
            await citizen.asked("language")

    stage.configure("[surroundings]\ndisk_warn = 0.0001\ndisk_refuse = 0.0002\n")
    stage.start()
    asyncio.run(refused())
    stage.stop()
    stage.configure("[surroundings]\ndisk_warn = 0.0001\ndisk_refuse = 100.0\n")
    stage.start()
    asyncio.run(served())


def test_an_unplugged_panel_stops_nobody(stage: Stage) -> None:
    """T2: the officer is told, the visit goes on, the button works again when it is back."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            stage.world.change(panel_connected=False)
            board = await officer.board_shows(
                lambda board: any(line.state is HealthState.GONE for line in board.devices)
            )
            gone = [line for line in board.devices if line.state is HealthState.GONE]
            assert [(line.kind, line.message.code) for line in gone if line.message] == [
                ("panel", "panel.gone")
            ]
            await citizen.goes_on("confirm.*")
            stage.world.change(panel_connected=True)
            await officer.board_shows(lambda b: all(line.state is HealthState.OK for line in b.devices))
            stage.world.change(call_pressed=1)
            await citizen.sees(lambda view: view.help == "called")

    stage.start()
    asyncio.run(journey())
