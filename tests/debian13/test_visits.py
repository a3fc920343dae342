"""Whole visits on a kiosk that compares fingers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.dossier import DossierState
from kiosk.domain.message import Message, msg
from kiosk.link.messages import Answer
from kiosk.workflow.counter import NEXT
from kiosk.workflow.view import Capture, Choice
from tests.journeys.stage import Person, Stage, at, decides

pytestmark = pytest.mark.debian13
PACE_S = 0.5
"""People take their time, and meanwhile the fingers are compared."""


def facts_of(stage: Stage) -> list[dict[str, Any]]:
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    found: list[dict[str, Any]] = json.loads(stage.opened(line)["facts.json"])
    assert of(found, "fingers_not_checked") == []
    return found


def of(facts: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [fact for fact in facts if fact["type"] == kind]


def again_for(kind: str, finger: int) -> tuple[Message, ...]:
    asked = msg("fingers.again.finger", finger=msg(f"finger.{finger}"))
    return asked, msg(f"fingers.again.{kind}")


async def at_rest(stage: Stage) -> None:
    """The citizen reads for as long as the matching process has something to do."""
    (worker,) = [
        path.parent
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"matching_worker" in path.read_bytes()
        and f"PPid:\t{stage.pid}\n" in (path.parent / "status").read_text()
    ]
    used = ""
    while used != (now := " ".join((worker / "stat").read_text().split()[13:15])):
        used = now
        await asyncio.sleep(3)


async def given(stage: Stage, citizen: Person, key: str, fingers: dict[str, str]) -> None:
    """At the capture `key` the citizen lays down other fingers than those asked for, and right ones after it."""
    await citizen.goes_on(f"fingers.{key}")
    stage.world.change(gives=fingers)
    view = await citizen.sees(
        lambda v: v.screen.id != f"fingers.{key}" or (isinstance(v.screen, Capture) and v.screen.good)
    )
    stage.world.change(gives={})
    if view.screen.id == f"fingers.{key}":
        citizen.send(Answer(view.screen.id, NEXT))


def test_a_plain_visit_is_checked_and_graded(stage: Stage) -> None:
    """X2: ten fingers, all their own; NFIQ 2 beside every rolled finger."""

    async def journey() -> None:
        stage.world.change(pace=PACE_S)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("review")
            await at_rest(stage)
            await citizen.goes_on("done")
            assert "fingers.again" not in {view.screen.id for view in citizen.views}

    stage.start()
    asyncio.run(journey())
    facts = facts_of(stage)
    (checked,) = of(facts, "fingers_checked")
    assert (checked["result"], checked["pairs"]) == ("clear", 177)
    assert "unread" not in checked
    (graded,) = of(facts, "fingers_graded")
    assert len(graded["nfiq2"]) == 10
    assert all(0 <= score <= 100 for score in graded["nfiq2"].values())
    inner = json.loads(stage.opened(stage.dossiers()[0])["manifest.json"])
    assert {f["name"] for f in inner["files"] if "nfiq2" in f} == {
        f"rolled-{n:02d}.png" for n in range(1, 11)
    }


def test_the_same_finger_offered_twice_is_asked_for_again(stage: Stage) -> None:
    """X2: the right index laid down for the middle finger; asked again, given right, sealed."""

    async def journey() -> None:
        stage.world.change(pace=PACE_S)
        async with at(stage, "citizen") as citizen:
            await given(stage, citizen, "rolled-03", {"3": "2"})
            asked = await citizen.goes_on("fingers.again")
            assert isinstance(asked.screen, Choice)
            assert asked.screen.body == again_for("same", 3), "only the finger that was wrong"
            await citizen.answer("fingers.again", "continue")
            again = await citizen.sees(lambda v: v.screen.id != "fingers.again")
            assert again.screen.id == "fingers.rolled-03"
            await citizen.goes_on("done")

    stage.start()
    asyncio.run(journey())
    facts = facts_of(stage)
    assert [fact["result"] for fact in of(facts, "fingers_checked")] == ["again", "clear"]
    (retracted,) = of(facts, "sample_retracted")
    kept = [fact["sample"] for fact in of(facts, "sample_kept") if fact["sample"]["key"] == "rolled-03"]
    assert [sample["id"] == retracted["sample"] for sample in kept] == [True, False]
    inner = json.loads(stage.opened(stage.dossiers()[0])["manifest.json"])
    (sealed,) = [file for file in inner["files"] if file["name"] == "rolled-03.png"]
    assert sealed["sha256"] == kept[1]["id"], "only the finger that was right is sealed"


def test_the_left_hand_for_the_right_one_is_taken_again(stage: Stage) -> None:
    """X2: the left four laid down where the right four were asked for; both slaps are looked at, one is wrong."""

    async def journey() -> None:
        stage.world.change(pace=PACE_S)
        async with at(stage, "citizen") as citizen:
            await given(stage, citizen, "flat-13", {"2": "10", "3": "9", "4": "8", "5": "7"})
            asked = await citizen.goes_on("fingers.again")
            assert isinstance(asked.screen, Choice)
            assert asked.screen.body == again_for("hand", 13)
            await citizen.goes_on("done", fingers__again="continue")

    stage.start()
    asyncio.run(journey())
    facts = facts_of(stage)
    assert [fact["result"] for fact in of(facts, "fingers_checked")] == ["again", "clear"]
    assert [fact["key"] for fact in of(facts, "sample_retracted")] == ["flat-13"]


def test_left_thumb_rolled_for_the_right_one(stage: Stage) -> None:
    async def journey() -> None:
        stage.world.change(pace=PACE_S)
        async with at(stage, "citizen") as citizen:
            await given(stage, citizen, "rolled-01", {"1": "6"})
            asked = await citizen.goes_on("fingers.again")
            assert isinstance(asked.screen, Choice)
            assert asked.screen.body == again_for("hand", 1)
            await citizen.goes_on("done", fingers__again="continue")

    stage.start()
    asyncio.run(journey())
    assert [fact["key"] for fact in of(facts_of(stage), "sample_retracted")] == ["rolled-01"]


def test_after_the_second_time_the_officer_decides(stage: Stage) -> None:
    """X2: the citizen keeps giving the index for the middle finger; nobody is asked a third time by the machine."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            stage.world.change(pace=PACE_S)
            await citizen.goes_on("fingers.rolled-01")
            stage.world.change(gives={"3": "2"})
            await citizen.goes_on("approval.fingers_alike", fingers__again="continue")
            await decides(officer, "fingers_alike", "accept")
            finishing = asyncio.create_task(citizen.goes_on("done"))
            await decides(officer, "dossier", "approve")
            await finishing

    stage.start()
    asyncio.run(journey())
    facts = facts_of(stage)
    results = [(fact["result"], bool(fact.get("officer"))) for fact in of(facts, "fingers_checked")]
    assert results == [("again", False), ("accepted", True)]
    (approved,) = of(facts, "approved")
    assert "fingers_alike" in approved["flags"]


def test_doctor_names_the_engine(stage: Stage) -> None:
    from kiosk.app.doctor import Place, State, examine
    from kiosk.config import Config
    from kiosk.hal.clock import SystemClock

    findings = examine(Place(Config(), stage.data, SystemClock()))
    (found,) = [finding for finding in findings if finding.topic == "matching"]
    assert (found.state, found.found.code) == (State.OK, "doctor.matching_ok")
