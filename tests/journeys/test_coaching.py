"""Hands as the officers meet them: each is coached with one remedy after the other, done by a person who follows them."""

from __future__ import annotations

import asyncio
import json
from itertools import groupby

import pytest
from msgspec.structs import replace

from kiosk.domain.fingers import FingerPosition
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers.skin import skin_of
from kiosk.hal.world import FingerCondition
from kiosk.workflow.view import Capture, Pause
from tests.journeys.stage import Person, Stage, at, decides

pytestmark = pytest.mark.system

SLOW_S = 25.0
"""From doing as asked until the finger is on the glass again, for an old person."""


class Follower:
    """Does to the finger `code` what the screen asks for, each time it asks, and takes `SLOW_S` to come back."""

    def __init__(self, stage: Stage, code: int, condition: FingerCondition) -> None:
        self._world = stage.world
        self._code = FingerPosition(code)
        self._skin = skin_of(condition)
        self._done: tuple[str, Remedy | None] = ("", None)
        self.asked: list[tuple[str, Remedy]] = []
        self._lay()

    def __call__(self, screen: Capture) -> None:
        asked = (screen.id, screen.remedy)
        if asked == self._done or self._code not in screen.fingers:
            return
        self._done = asked
        if screen.remedy is not None:
            self.asked.append((screen.id, screen.remedy))
            self._skin = self._skin.treated(screen.remedy, 1.0).after(SLOW_S)
            self._lay()

    def of(self, question: str) -> list[Remedy]:
        return [remedy for asked, remedy in self.asked if asked == question]

    def _lay(self) -> None:
        self._world.change(fingers={str(int(self._code)): self._skin.now})


def screens(person: Person, question: str) -> list[Capture]:
    return [v.screen for v in person.views if v.screen.id == question and isinstance(v.screen, Capture)]


def test_sweaty_hands_are_recovered_by_cooling(stage: Stage) -> None:
    """C2, R4: wiped off, the sweat is back before the finger is; after ice water it prints. The dossier tells."""
    follower = Follower(stage, 1, FingerCondition(sweat=1.0))

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("done", follow=follower)
            shown = screens(citizen, "fingers.flat-15")
            assert next(s.about.code for s in shown if s.about) == "finger.seen.sweaty"
            assert {s.seconds_in_all for s in shown if s.remedy is Remedy.COOL} == {20}, "with its time"
            assert all(s.remedy or not s.about for s in shown), "one remedy with each thing said"

    stage.start()
    asyncio.run(journey())
    assert follower.of("fingers.flat-15")[:2] == [Remedy.WIPE, Remedy.COOL]
    (line,) = stage.dossiers()
    facts = json.loads(stage.opened(line)["facts.json"])
    kept = {fact["sample"]["key"]: fact["sample"] for fact in facts if fact["type"] == "sample_kept"}
    assert kept["flat-15"]["attempts"] == 1 + len(follower.of("fingers.flat-15"))
    assert kept["flat-13"]["attempts"] == 1
    assert kept["flat-15"]["score"] > 0
    assert kept["flat-15"]["quality"]["clarity"] > 0
    assert line.described == 0


def test_a_dry_finger_is_moistened(stage: Stage) -> None:
    """C2."""
    follower = Follower(stage, 1, FingerCondition(moisture=0.05))

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            view = await citizen.goes_on("fingers.rolled-01", follow=follower)
            assert 1 not in view.screen.taken, "rolled apart from flat"  # type: ignore[union-attr]

    stage.start()
    asyncio.run(journey())
    assert follower.asked == [("fingers.flat-15", Remedy.MOISTEN)]


def test_a_finger_that_moves_is_asked_to_be_still(stage: Stage) -> None:
    """C2: without a timer; the picture of it stands until the reader sees the finger again."""
    follower = Follower(stage, 1, FingerCondition(moving=0.9))

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("fingers.rolled-01", follow=follower)
            asked = [s for s in screens(citizen, "fingers.flat-15") if s.remedy is Remedy.STILL]
            assert asked and all(s.seconds == 0 for s in asked)

    stage.start()
    asyncio.run(journey())
    assert set(follower.of("fingers.flat-15")) == {Remedy.STILL}


def test_a_worn_finger_ends_in_an_exception_offered(stage: Stage) -> None:
    """C3: three remedies in vain, then an officer; nothing is kept of it, and nobody was told off."""
    worn = FingerCondition(wear=1.0)

    async def journey() -> None:
        stage.world.change(fingers={"1": worn, "6": worn})
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which", follow=as_worn_as_before(stage))
            tried = [s.remedy for s in screens(citizen, "fingers.flat-15") if s.remedy]
            assert [remedy for remedy, _ in groupby(tried)] == [Remedy.PART, Remedy.LIGHTER, Remedy.PART]
            await citizen.answer("fingers.which", "1")
            waiting = await citizen.asked("approval.finger")
            assert isinstance(waiting.screen, Pause)
            assert len(waiting.kept) == 3, "the portrait and two hands"
            await decides(officer, "finger", "worn")
            again = await citizen.asked("fingers.flat-15")
            assert again.screen.described == (1,)  # type: ignore[union-attr]

    stage.start()
    asyncio.run(journey())


def as_worn_as_before(stage: Stage) -> Follower:
    """Skin worn smooth stays so, whatever is done: each remedy changes it by next to nothing."""
    return _Worn(stage)


class _Worn(Follower):
    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, 1, FingerCondition(wear=1.0))

    def _lay(self) -> None:
        slightly = 1.0 - 0.001 * len(self.asked)
        smooth = replace(self._skin.usual, wear=slightly)
        self._world.change(fingers={"1": smooth, "6": smooth})
