"""An update and the people at the machine: nobody is cut off, nobody new is served. T2, T3."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.errors import BadInputError
from kiosk.imaging.update import nobody_served, serves
from kiosk.store.schema import SCHEMA
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


def a_newer_release_has_used(data: Path, readable_from: int) -> None:
    """Its migration added a table; from which schema on a release can use the result stands in the database."""
    with closing(sqlite3.connect(data / "kiosk.db")) as db:
        db.execute("create table of_the_next_release (id integer primary key) strict")
        db.execute("insert or replace into schema values (1, ?, ?)", (SCHEMA + 1, readable_from))
        db.execute(f"pragma user_version = {SCHEMA + 1}")
        db.commit()


@pytest.mark.system
def test_back_in_the_release_before_the_data_of_the_new_one_are_there(stage: Stage) -> None:
    """What the trial of a rollback finds: the same person's dossier, a chain that holds, and it serves."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("done")
            await citizen.answer("done", "taken")
            await citizen.asked("welcome")
            assert await apart(serves, stage.data) is None

    asyncio.run(visit())
    stage.stop()
    before = stage.dossiers()
    a_newer_release_has_used(stage.data, readable_from=SCHEMA)
    stage.start()
    asyncio.run(greeted(stage))
    assert stage.dossiers() == before != []
    assert run_kiosk("audit", "verify", "--data", str(stage.data)).returncode == 0


def test_a_release_that_cannot_read_the_data_fails_its_trial_and_changes_nothing(stage: Stage) -> None:
    stage.start()
    asyncio.run(greeted(stage))
    stage.stop()
    a_newer_release_has_used(stage.data, readable_from=SCHEMA + 1)
    before = (stage.data / "kiosk.db").read_bytes()
    done = run_kiosk("core", "--data", str(stage.data), "--config", str(stage.data / "kiosk.toml"))
    assert done.returncode == 2
    assert run_kiosk("image", "health", "--data", str(stage.data)).returncode == 1
    assert (stage.data / "kiosk.db").read_bytes() == before


async def greeted(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        await citizen.asked("welcome")


def test_two_updates_at_once_are_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with updating(tmp_path), pytest.raises(BadInputError, match=r"update\.running"), updating(tmp_path):
        pass
    assert not being_updated(tmp_path)
