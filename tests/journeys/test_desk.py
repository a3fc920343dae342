"""The officer's screen itself before a real core: an evening by its keys; what it reads, and who may (O1–O4, P6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from kiosk.link.address import socket_path
from kiosk.link.messages import (
    Answer,
    CallOfficer,
    Decide,
    PeopleList,
    ReadAudit,
    ReadPeople,
    ReadShift,
    ShiftFigures,
)
from kiosk.link.shown import AuditPage
from kiosk.tui.officer.app import OfficerApp
from tests.journeys.stage import Person, Stage, at, standing_at

pytestmark = pytest.mark.system

PIN = "135790"


def test_who_may_read_what_and_an_inspector_is_recorded(stage: Stage) -> None:
    """O4: he reads, and everything he does is recorded; helpers and technicians see none of it."""

    async def visit() -> None:
        stage.start()
        async with standing_at(stage, "officer") as desk:
            assert await desk.reads(ReadShift()) == ShiftFigures(), "nobody is signed in"
            for read in (ReadAudit(), ReadPeople()):
                assert (await desk.refusal(read)).code == "people.sign_in"
            await desk.signs_in("HD01")
            for read in (ReadAudit(), ReadPeople()):
                assert (await desk.refusal(read)).code == "people.not_yours"
            await desk.signs_in("CB01")
            people = await desk.reads(ReadPeople())
            assert isinstance(people, PeopleList) and len(people.officers) == 6
            figures = await desk.reads(ReadShift())
            assert isinstance(figures, ShiftFigures) and figures.counts and figures.counts.visits == 0
            await desk.signs_in("TT01")
            first = await desk.reads(ReadAudit("desk.*"))
            assert isinstance(first, AuditPage) and {event.kind for event in first.events} <= {
                "desk.signed_in",
                "desk.signed_out",
            }
            assert [event.seq for event in first.events] == sorted(
                (e.seq for e in first.events), reverse=True
            )
            second = await desk.reads(ReadAudit("audit.*"))
            assert isinstance(second, AuditPage)
            assert [(e.subject, e.detail) for e in second.events] == [
                ("TT01", '{"before":0,"kind":"audit.*"}'),
                ("TT01", '{"before":0,"kind":"desk.*"}'),
            ]
            older = await desk.reads(ReadAudit("*", before=3))
            assert isinstance(older, AuditPage) and [e.seq for e in older.events] == [2, 1] and not older.more
            for bad in (
                ReadAudit("*a*b*c*"),
                ReadAudit("[a-z]"),
                ReadAudit("*", -1),
                ReadAudit("*", 1 << 63),
            ):
                assert (await desk.refusal(bad)).code == "audit.bad_kind"
            assert (await desk.refusal(ReadPeople())).code == "people.not_yours"

    asyncio.run(visit())


def test_an_evening_at_the_desk_by_its_keys(stage: Stage) -> None:
    """O1–O3: sign in, come to a call, see the citizen's screen, answer one question, look at the chain, close the shift."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            app = OfficerApp(socket_path(stage.data, "officer"))
            async with app.run_test(size=(80, 24)) as pilot:
                await shows(pilot, app, "Chưa đăng nhập")
                await citizen.asked("welcome")
                citizen.send(CallOfficer())
                await shows(pilot, app, "GỌI CÁN BỘ")
                await pilot.press("f1", *"gs01", "enter", *PIN, "enter")
                await shows(pilot, app, "(GS01)")
                await pilot.press("f1")
                await shows(pilot, app, "Đã giúp xong")
                await pilot.press("f1")
                await citizen.goes_on("identify.number")
                await pilot.press("f6")
                await shows(pilot, app, "Gõ thay")
                await pilot.press("enter", *"999085000001", "enter")
                await citizen.asked("confirm.*")
                await shows(pilot, app, "Nguyễn Văn Mẫu")
                await pilot.press("f7", "2", "down", *"meejt", "enter")
                await citizen.asked("over.cannot_today")
                await citizen.asked("welcome")
                await pilot.press("f9")
                await shows(pilot, app, "Kết thúc lượt")
                assert "Nguyễn Văn Mẫu" not in app.page.canvas.plain()
                await pilot.press("f5", "2", "enter")
                await shows(pilot, app, "đã đóng lúc")
                assert "CHƯA MỞ CA" in app.page.canvas.plain()
                await pilot.press("1", "enter", "enter")
                await shows(pilot, app, "Ca đang mở")

    asyncio.run(visit())


def test_two_desks_one_wins_and_a_station_that_vanishes_keeps_its_dossier(stage: Stage) -> None:
    """Bad input of the desk: the other officer is told; after a power cut the same dossier asks again."""

    async def visit() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen, at(stage, "officer") as first:
            await asks_for_a_portrait(citizen)
            asked = await first.board_shows(lambda board: bool(board.approvals))
            stage.kill()
        drafts = stage.dossiers()
        stage.start()
        async with at(stage, "citizen") as citizen, at(stage, "officer") as first:
            await asks_for_a_portrait(citizen)
            again = await first.board_shows(lambda board: bool(board.approvals))
            assert again.approvals[0].dossier == asked.approvals[0].dossier
            assert [line.dossier for line in stage.dossiers()] == [line.dossier for line in drafts]
            app = OfficerApp(socket_path(stage.data, "officer"))
            async with app.run_test(size=(80, 24)) as pilot:
                await shows(pilot, app, "Chờ duyệt: 1")
                await pilot.press("f2", *"cb02", "enter", *PIN, "enter")
                await shows(pilot, app, "(CB02)")
                await pilot.press("1")
                await shows(pilot, app, "Lý do cho")
                first.send(Decide(again.approvals[0].id, again.approvals[0].choices[0], "seen"))
                await first.board_shows(lambda board: not board.approvals)
                await shows(pilot, app, "đã có người làm")
                assert "Lý do cho" not in app.page.canvas.plain()
            late = Decide(again.approvals[0].id, again.approvals[0].choices[0], "late")
            assert (await first.refusal(late)).code == "link.not_asked"

    asyncio.run(visit())


async def asks_for_a_portrait(citizen: Person) -> None:
    """Up to an approval that an officer has to give."""
    await citizen.goes_on("portrait")
    citizen.send(Answer("portrait", "officer"))
    await citizen.asked("approval.portrait")


async def shows(pilot: Pilot[None], app: OfficerApp, words: str) -> None:
    await until(pilot, app, lambda: words in app.page.canvas.plain())


async def until(pilot: Pilot[None], app: OfficerApp, true: Callable[[], bool]) -> None:
    for _ in range(750):
        if true():
            return
        await pilot.pause(0.02)
    raise AssertionError(app.page.canvas.plain())
