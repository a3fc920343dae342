"""The core as systemd sees it: told when it is ready and alive, stopped by a signal, refused where it cannot serve."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.workflow.view import View
from tests.journeys.stage import Stage, at
from tests.system.kit import Notified, mount, mounted, refused

STOPS_S = 5.0
"""A core asked to stop has stopped after this long, whatever it was doing."""


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notified]:
    notified = Notified()
    monkeypatch.setenv("NOTIFY_SOCKET", notified.address)
    yield notified
    notified.close()


def test_systemd_is_told(stage: Stage, systemd: Notified) -> None:
    """Ready once and first, the watchdog fed while it serves, and that it stops."""
    stage.start()
    assert systemd.until("READY=1") == ["READY=1"]
    assert systemd.until("WATCHDOG=1") == ["WATCHDOG=1"]
    assert systemd.until("WATCHDOG=1") == ["WATCHDOG=1"]
    assert stage.terminated(STOPS_S) == 0
    assert set(systemd.until("STOPPING=1")) <= {"WATCHDOG=1", "STOPPING=1"}


@pytest.mark.parametrize(
    ("question", "way"),
    [("welcome", "number"), ("identify.number", "number"), ("identify.card", "card")],
    ids=["a choice", "an entry", "a capture"],
)
def test_a_waiting_question_does_not_hold_up_the_end(stage: Stage, question: str, way: str) -> None:
    """It ends in good order within seconds, and the next start asks the same again."""
    stage.start()
    before = asyncio.run(_waits_at(stage, question, way))
    assert stage.terminated(STOPS_S) == 0
    stage.start()
    after = asyncio.run(_waits_at(stage, question, way))
    assert (after.visit, after.screen.id) == (before.visit, question)
    assert "Traceback" not in stage.log


async def _waits_at(stage: Stage, question: str, way: str) -> View:
    async with at(stage, "citizen") as citizen:
        return await citizen.goes_on(question, identify__way=way)


def test_a_second_core_on_the_same_data_is_refused(stage: Stage) -> None:
    stage.start()
    asyncio.run(_waits_at(stage, "welcome", ""))
    status, said = refused(stage.data)
    assert (status, len(said)) == (2, 1)
    assert str(stage.data) in said[0]
    asyncio.run(_waits_at(stage, "language", ""))


def test_a_database_of_a_newer_release_is_left_alone(stage: Stage) -> None:
    stage.start()
    asyncio.run(_waits_at(stage, "welcome", ""))
    assert stage.terminated(STOPS_S) == 0
    with sqlite3.connect(stage.data / "kiosk.db") as database:
        database.execute("pragma user_version = 99")
    database.close()
    status, said = refused(stage.data)
    assert (status, len(said)) == (2, 1)
    assert "99" in said[0]


@pytest.mark.system
def test_a_read_only_data_folder_is_refused_in_one_sentence(stage: Stage, tmp_path: Path) -> None:
    """Root writes through permissions, hence a read-only mount."""
    stage.start()
    asyncio.run(_waits_at(stage, "welcome", ""))
    assert stage.terminated(STOPS_S) == 0
    with mounted(tmp_path / "read-only", "--bind", str(stage.data)) as data:
        mount("-o", "remount,bind,ro", str(data))
        status, said = refused(data)
    assert (status, len(said)) == (2, 1)
    assert "⟦" not in said[0]
