"""Fingers that cannot be taken, children, and dates nobody knows: each visit goes on, and the dossier says how."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from datetime import date, timedelta

import msgspec
import pytest

from kiosk.app.resources import load_calendar
from kiosk.domain.dossier import DossierState
from kiosk.domain.time import today
from kiosk.hal.clock import SystemClock
from kiosk.hal.world import FingerCondition
from kiosk.link.messages import Answer, Decide, Leave
from kiosk.store.schema import open_for_reading
from kiosk.store.sealing import InnerManifest
from kiosk.workflow.board import Voice
from kiosk.workflow.view import Capture, Choice, Pause, Review, Signature
from tests.journeys.stage import SIGNATURE, Person, Stage, at, decides, standing_at

pytestmark = pytest.mark.system

CC2024 = '[station]\nregime = "cc2024"\n'


def facts_of(stage: Stage, kind: str) -> list[dict[str, object]]:
    """The facts of one kind in the only dossier, which is sealed."""
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    return [fact for fact in json.loads(stage.opened(line)["facts.json"]) if fact["type"] == kind]


def drafted(stage: Stage, kind: str) -> list[dict[str, object]]:
    """The facts of one kind in the drafts, as they are on the disk while the visit goes on."""
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        rows = connection.execute("select body from fact order by seq").fetchall()
    return [fact for fact in (json.loads(body) for (body,) in rows) if fact["type"] == kind]


async def sealed(citizen: Person, officer: Person, **changed: str) -> None:
    """To the end of the visit, an officer approving."""
    going = asyncio.create_task(citizen.goes_on("done", follow=lambda _: None, **changed))
    await decides(officer, "dossier", "approve")
    await going


def test_a_missing_index_finger_is_described(stage: Stage) -> None:
    """C3, X2: three fingers where four are asked is an error until the officer has said which is missing; then both
    hands are photographed, and neither the slap nor the roll asks for it again."""

    async def journey() -> None:
        stage.world.change(fingers={"2": FingerCondition(missing=True)})
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which")
            slaps = [v.screen for v in citizen.views if v.screen.id == "fingers.flat-13"]
            assert any(isinstance(screen, Capture) and screen.hint for screen in slaps)
            assert not [screen for screen in slaps if isinstance(screen, Capture) and screen.good]
            await citizen.answer("fingers.which", "2")
            await decides(officer, "finger", "missing")
            hands = await citizen.asked("hands")
            assert isinstance(hands.screen, Capture)
            citizen.send(Answer("hands", "take"))
            slap = await citizen.asked("fingers.flat-13")
            assert slap.screen.fingers == (3, 4, 5)  # type: ignore[union-attr]
            await citizen.goes_on("fingers.rolled-03")
            assert "fingers.rolled-02" not in {view.screen.id for view in citizen.views}

    stage.start()
    asyncio.run(journey())
    (described,) = drafted(stage, "finger_described")
    assert (described["position"], described["code"], described["back_on"]) == (2, "missing", None)
    (line,) = stage.dossiers()
    photograph = stage.data / "drafts" / line.dossier / "hands.png"
    assert photograph.read_bytes().startswith(b"\x89PNG")


def test_a_bandaged_thumb_with_the_day_to_come_back(stage: Stage) -> None:
    """C3: the visit goes on, and dossier, screen and slip say from which working day on the thumb can be taken."""

    async def journey() -> None:
        stage.world.change(pace=0.4)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.flat-15")
            citizen.send(Answer("fingers.flat-15", "cannot"))
            await citizen.answer("fingers.which", "6")
            await decides(officer, "finger", "bandaged")
            await citizen.answer("heals", "two_weeks")
            told = await citizen.asked("heals.back")
            assert isinstance(told.screen, Choice)
            assert told.screen.shown == f"{expected:%d/%m/%Y}"
            await citizen.answer("heals.back", "understood")
            stage.world.change(pace=0.0, paper_mm=0.0)
            going = asyncio.create_task(citizen.goes_on("printer.paper_out"))
            await decides(officer, "dossier", "approve")
            await going

    day = today(SystemClock())
    expected = load_calendar().return_date(day + timedelta(days=13), 1).day
    stage.start()
    asyncio.run(journey())
    *_, described = facts_of(stage, "finger_described")
    assert (described["position"], described["code"], described["officer"]) == (6, "bandaged", "CB01")
    assert date.fromisoformat(str(described["back_on"])) == expected
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        ((slip,),) = connection.execute("select body from slip").fetchall()
    assert f"{expected:%d/%m/%Y}" in slip
    assert "ngón cái trái" in slip


def test_a_finger_that_will_heal_nobody_knows_when(stage: Stage) -> None:
    async def journey() -> None:
        stage.world.change(pace=0.4)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.rolled-01")
            citizen.send(Answer("fingers.rolled-01", "cannot"))
            await decides(officer, "finger", "bandaged")
            await citizen.answer("heals", "unknown")
            await citizen.asked("hands")

    stage.start()
    asyncio.run(journey())


def test_the_officer_is_away_and_other_fingers_come_first(stage: Stage) -> None:
    """C3, C6: the citizen is told, goes on with other fingers, and the question stays; it grows urgent on the board."""

    async def journey() -> None:
        stage.world.change(fingers={"5": FingerCondition(missing=True)})
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which")
            await citizen.answer("fingers.which", "5")
            waiting = await citizen.asked("approval.finger")
            assert isinstance(waiting.screen, Pause)
            assert [option.key for option in waiting.screen.options] == ["others"]
            board = await officer.board_shows(lambda b: any(alert.urgent for alert in b.alerts))
            assert "alert.unanswered" in {alert.message.code for alert in board.alerts if alert.urgent}
            await citizen.sees(lambda v: "approval.away" in [m.code for m in getattr(v.screen, "body", ())])
            citizen.send(Answer("approval.finger", "others"))
            await citizen.asked("fingers.flat-14")
            alone = await citizen.goes_on("approval.finger")
            assert isinstance(alone.screen, Pause)
            assert alone.screen.options == (), "nothing else is left to do"
            taken = {view.screen.id for view in citizen.views if getattr(view.screen, "good", False)}
            assert {"fingers.flat-14", "fingers.flat-15", "fingers.rolled-04"} <= taken
            assert not {"fingers.flat-13", "fingers.rolled-05"} & taken
            assert [a.kind for a in (officer.board or board).approvals] == ["finger"]
            await decides(officer, "finger", "missing")
            await officer.board_shows(lambda b: not any(alert.urgent for alert in b.alerts))
            await sealed(citizen, officer)

    stage.configure("[officer]\npatience = 0.5\n")
    stage.start()
    asyncio.run(journey())
    assert [fact["position"] for fact in facts_of(stage, "finger_described")] == [5]
    assert stage.dossiers()[0].samples == 1 + 13 - 1 + 1 + 1, "portrait, captures but one, hands, signature"


def test_an_answer_that_comes_while_other_fingers_are_taken(stage: Stage) -> None:
    """The finger is described between two others, and its slap is asked for again in the plan's order."""

    async def journey() -> None:
        stage.world.change(fingers={"5": FingerCondition(missing=True)})
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which")
            await citizen.answer("fingers.which", "5")
            await citizen.asked("approval.finger")
            citizen.send(Answer("approval.finger", "others"))
            await citizen.asked("fingers.flat-14")
            await decides(officer, "finger", "missing")
            await citizen.goes_on("hands")
            slap = await citizen.goes_on("fingers.flat-13")
            assert slap.screen.fingers == (2, 3, 4)  # type: ignore[union-attr]

    stage.start()
    asyncio.run(journey())


def test_who_leaves_while_the_officer_is_away_loses_nothing(stage: Stage) -> None:
    """The question leaves the board with the person, and both are there again when the person is."""

    async def journey() -> None:
        stage.world.change(fingers={"5": FingerCondition(missing=True)})
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.which")
            await citizen.answer("fingers.which", "5")
            waiting = await citizen.asked("approval.finger")
            citizen.send(Answer("approval.finger", "others"))
            await citizen.goes_on("fingers.flat-15")
            citizen.send(Leave())
            await citizen.asked("welcome")
            await officer.board_shows(lambda b: not b.approvals)
            again = await citizen.goes_on("fingers.flat-13")
            assert (again.dossier, len(again.kept)) == (waiting.dossier, 2)

    stage.start()
    asyncio.run(journey())


def test_two_officers_where_the_plan_asks_for_two(stage: Stage) -> None:
    """The same person's word again is refused in words, at another screen too; the citizen waits on."""

    async def journey() -> None:
        stage.world.change(pace=0.4)
        async with (
            at(stage, "citizen") as citizen,
            at(stage, "officer") as officer,
            at(stage, "officer") as same,
            standing_at(stage, "officer") as other,
        ):
            await citizen.goes_on("fingers.rolled-02")
            citizen.send(Answer("fingers.rolled-02", "cannot"))
            await citizen.asked("approval.finger")
            board = await officer.board_shows(lambda b: bool(b.approvals))
            (asked,) = board.approvals
            assert asked.two_persons == ("cannot",)
            officer.decide(asked, "cannot")
            half = await officer.board_shows(lambda b: any(a.given for a in b.approvals))
            assert half.approvals[0].given == (Voice("CB01", "cannot"),)
            again = await same.refusal(Decide(asked.id, "cannot"))
            assert again.code == "approval.same_person"
            assert citizen.view
            assert citizen.view.screen.id == "approval.finger"
            await other.signs_in("CB02")
            other.decide(asked, "cannot")
            await citizen.asked("hands")

    stage.start()
    asyncio.run(journey())
    (described,) = drafted(stage, "finger_described")
    assert (described["officer"], described["second_officer"]) == ("CB01", "CB02")


async def enter_somebody(citizen: Person, number: str, name: str, born: str) -> None:
    """Who the roster does not know."""
    await citizen.goes_on("identify.not_found", identify__number=number)
    await citizen.answer("identify.not_found", "enter")
    await citizen.answer("enter.full_name", name)
    await citizen.answer("enter.birth_date", born)


def test_a_child_under_14_with_a_representative(stage: Stage) -> None:
    """C11, Law 26/2023: on demand, with a representative who signs; iris is said not to have been taken."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await enter_somebody(citizen, "999317000077", "Nguyễn Thị Bé", f"05/03/{ten}")
            who = await citizen.asked("representative")
            assert isinstance(who.screen, Choice)
            assert [option.key for option in who.screen.options] == ["father", "mother", "guardian"]
            await citizen.answer("representative", "father")
            await citizen.answer("representative.number", "999317000077")
            own = await citizen.sees(lambda v: getattr(v.screen, "problem", None) is not None)
            assert own.screen.problem.code == "representative.same"  # type: ignore[union-attr]
            await citizen.answer("representative.number", "999085000001")
            found = await citizen.asked("representative.found")
            assert isinstance(found.screen, Choice)
            assert found.screen.shown == "Nguyễn Văn Mẫu"
            await citizen.answer("representative.found", "yes")
            review = await citizen.goes_on("review")
            assert isinstance(review.screen, Review)
            rows = {row.key: row for row in review.screen.rows}
            assert rows["representative"].value == "Nguyễn Văn Mẫu"
            assert "iris" in rows
            await citizen.answer("review", "yes")
            signing = await citizen.asked("sign")
            assert isinstance(signing.screen, Signature)
            assert signing.screen.prompt.code == "sign.representative"
            await citizen.answer("sign", SIGNATURE)
            await sealed(citizen, officer)

    ten = today(SystemClock()).year - 10
    stage.configure(CC2024)
    stage.start()
    asyncio.run(journey())
    (represented,) = facts_of(stage, "represented")
    assert (represented["relation"], represented["full_name"]) == ("father", "Nguyễn Văn Mẫu")
    (line,) = stage.dossiers()
    inner = msgspec.json.decode(stage.opened(line)["manifest.json"], type=InnerManifest)
    assert (inner.regime, inner.not_taken) == ("cc2024", {"iris": "no_device"})
    assert "represented" in inner.flags


def test_a_child_under_6_is_told_the_other_way(stage: Stage) -> None:
    """Law 26/2023: the representative files online, nothing is captured."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            year = today(SystemClock()).year - 4
            await enter_somebody(citizen, "999322000077", "Nguyễn Thị Bé", f"05/03/{year}")
            await citizen.answer("identify.online_only", "understood")
            await citizen.asked("welcome")

    stage.configure(CC2024)
    stage.start()
    asyncio.run(journey())
    assert stage.dossiers() == []


def test_an_elder_who_knows_only_the_year_of_birth(stage: Stage) -> None:
    """D2: nothing is made up; the year is shown, an officer looks, the dossier keeps the precision."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await enter_somebody(citizen, "999040000077", "Trần Thị Cụ", "1940")
            shown = await citizen.goes_on("confirm.birth_date")
            assert isinstance(shown.screen, Choice)
            assert shown.screen.shown == "1940"
            await sealed(citizen, officer)
            assert not [v for v in citizen.views if v.screen.id == "approval.age"], "of age without a doubt"

    stage.start()
    asyncio.run(journey())
    (identified,) = facts_of(stage, "identified")
    assert identified["person"]["birth_date"] == {"year": 1940, "month": None, "day": None}  # type: ignore[index]
    (line,) = stage.dossiers()
    inner = msgspec.json.decode(stage.opened(line)["manifest.json"], type=InnerManifest)
    assert "birth_year_only" in inner.flags


def test_a_year_that_does_not_tell_the_age_is_asked_of_an_officer(stage: Stage) -> None:
    """C11: perhaps 13, perhaps 14; the papers tell, and the dossier says who has seen them."""

    async def journey(choice: str, until: str) -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await enter_somebody(citizen, "999212000077", "Lê Văn Em", str(today(SystemClock()).year - 14))
            await decides(officer, "age", choice)
            await citizen.asked(until)
            citizen.send(Leave())
            await citizen.asked("welcome")

    stage.start()
    asyncio.run(journey("under_age", "identify.too_young"))
    (line,) = stage.dossiers()
    assert (line.state, line.samples) == (DossierState.DRAFT, 0)
