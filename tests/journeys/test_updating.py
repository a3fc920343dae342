"""An update and the people at the machine: nobody is cut off, nobody new is served, an officer agrees. T2, T3."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.domain.message import Message
from kiosk.domain.people import Officer
from kiosk.errors import BadInputError
from kiosk.imaging.update import agreed, nobody_served, serves
from kiosk.store.update_lock import being_updated, updating
from tests.journeys.stage import Stage, at, run_kiosk


async def apart(call: object, *args: object) -> object:
    """As another process would: the caller has a loop of its own."""
    return await asyncio.to_thread(call, *args)  # type: ignore[arg-type]


def take_and_leave(data: Path) -> str:
    """Whether an update could begin now; why not otherwise."""
    try:
        with nobody_served(data):
            return ""
    except BadInputError as refusal:
        return refusal.code


def test_while_an_update_goes_on_nobody_new_is_served(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            with updating(stage.data):
                view = await citizen.asked("closed")
                assert view.screen.prompt.code == "updating"
            await citizen.asked("welcome")

    asyncio.run(visit())


def test_an_update_waits_for_whoever_is_being_served(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            assert await apart(take_and_leave, stage.data) == ""
            await citizen.answer("welcome", "first_issue")
            await citizen.asked("language")
            assert await apart(take_and_leave, stage.data) == "update.visit"
            assert not being_updated(stage.data), "a refused update leaves no lock"
            with updating(stage.data):
                await citizen.answer("language", "vi")
                await citizen.asked("notice")

    asyncio.run(visit())


def test_an_officers_pin_agrees_and_nobody_elses(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            officer = await apart(agreed, stage.data, "CB01", "135790")
            assert isinstance(officer, Officer) and officer.id == "CB01"
            for number, pin, code in (
                ("CB01", "000000", "people.wrong"),
                ("HD01", "135790", "update.not_an_officer"),
                ("KT01", "135790", "update.not_an_officer"),
            ):
                refusal = await apart(agreed, stage.data, number, pin)
                assert isinstance(refusal, Message) and refusal.code == code, number

    asyncio.run(visit())
    said = run_kiosk("audit", "list", "--data", str(stage.data), "--kind", "desk.*", "--json").stdout
    assert "desk.signed_in" in said and "desk.refused" in said


def test_a_core_that_greets_serves_and_a_killed_one_does_not(stage: Stage) -> None:
    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            assert await apart(serves, stage.data) is None

    asyncio.run(visit())
    assert run_kiosk("image", "health", "--data", str(stage.data)).returncode == 0
    stage.kill()
    assert run_kiosk("image", "health", "--data", str(stage.data)).returncode == 1


def test_two_updates_at_once_are_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with updating(tmp_path), pytest.raises(BadInputError, match=r"update\.running"), updating(tmp_path):
        pass
    assert not being_updated(tmp_path)
