"""What needs two persons, lived through at a core: clock, roster, purge, a draft cancelled by keys (P7, P10, D1)."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.app.clock_order import apply_order
from kiosk.domain.clock_order import ClockResult
from kiosk.domain.request import RequestKind
from kiosk.hal.clock import SystemClock
from kiosk.link.address import socket_path
from kiosk.link.messages import ChangePin, Inbox, Leave, Propose, ReadInbox, RosterRejected, Settle, Settled
from kiosk.store import audit
from kiosk.store.demo_people import invented_people
from kiosk.store.roster import Roster
from kiosk.store.roster_export import write_csv
from kiosk.store.schema import open_for_reading
from kiosk.tui.officer.app import OfficerApp
from tests.journeys.stage import Person, Stage, at, run_kiosk, standing_at
from tests.journeys.test_desk import PIN, shows

pytestmark = pytest.mark.system


def events(stage: Stage, kind: str) -> list[tuple[str, dict[str, object]]]:
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        assert isinstance(audit.verify(connection), audit.Whole)
        return [(event.subject, json.loads(event.detail)) for event in audit.events(connection, kind)]


def approvals_hold(stage: Stage) -> bool:
    return run_kiosk("audit", "approvals", "--data", str(stage.data)).returncode == 0


async def waits(desk: Person, of: Propose) -> str:
    """Ask for it; its number, once it stands on the board."""
    desk.send(of)
    board = await desk.board_shows(lambda board: any(r.kind is of.kind for r in board.requests))
    return board.requests[-1].id


async def second_supervisor(leader: Person, other: Person) -> None:
    """GS02, made by two, with a PIN of his own; signed in at `other`."""
    values = {"officer": "GS02", "name": "Ngô Thị Mẫu", "role": "supervisor"}
    number = await waits(leader, Propose(RequestKind.ADD_OFFICER, values, "giám sát huyện"))
    await other.signs_in("CB01")
    once = await other.first_pin(Settle(number, True))
    assert (await other.signs_in("GS02", once)).fresh
    other.session = None
    other.send(ChangePin(once, "719305"))
    await other._until(lambda: other.session is not None)


def test_the_clock_is_asked_for_agreed_to_ordered_and_set(stage: Stage) -> None:
    """Two different persons; the process with the right to set the clock gets one signed order, and its answer is told."""
    moments: list[datetime] = []

    async def journey() -> None:
        async with standing_at(stage, "officer") as one, standing_at(stage, "officer") as two:
            await one.signs_in("KT01")
            wrong = Propose(RequestKind.SET_CLOCK, {"date": "31/02/2027", "time": "7:00"}, "x")
            assert (await one.refusal(wrong)).code == "request.moment"
            wanted = Propose(RequestKind.SET_CLOCK, {"date": "01/03/2027", "time": "7:00"}, "hết pin")
            number = await waits(one, wanted)
            assert (await one.refusal(Settle(number, True))).code == "request.same_person"
            await two.signs_in("HD01")
            assert (await two.refusal(Settle(number, True))).code == "people.not_yours"
            await two.signs_in("CB01")
            two.send(Settle(number, True))
            await two.board_shows(lambda board: not board.requests)
            while (outcome := apply_order(stage.data, SystemClock(), moments.append)) is None:
                await asyncio.sleep(0.05)
            assert outcome.result is ClockResult.SET
            while not events(stage, "clock.set"):
                await asyncio.sleep(0.05)

    stage.start()
    asyncio.run(journey())
    (moment,) = moments
    assert 0 <= (moment - datetime.fromisoformat("2027-03-01T07:00:00+07:00")).total_seconds() < 60
    assert [detail["kind"] for _, detail in events(stage, "request.done")] == ["set_clock"]
    assert approvals_hold(stage)


def lay(stage: Stage, count: int) -> Path:
    folder = stage.data / "inbox"
    folder.mkdir(mode=0o700, exist_ok=True)
    write_csv(folder / "xa-mau.csv", invented_people(count, seed=7))
    return folder / "xa-mau.csv"


def test_a_roster_is_changed_while_people_are_served(stage: Stage) -> None:
    """D1: every bad cell is named before anybody is asked; only the file that was looked through is taken in."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as one:
            await citizen.goes_on("identify.number")
            await one.signs_in("CB02")
            assert (await one.refusal(ReadInbox())).code == "people.not_yours"
            await one.signs_in("GS01")
            assert (await one.refusal(ReadInbox())).code == "roster.inbox_empty"
            source = lay(stage, 40)
            assert await one.reads(ReadInbox()) == Inbox(("xa-mau.csv",))
            wanted = Propose(RequestKind.IMPORT_ROSTER, {"file": "xa-mau.csv"}, "danh sách tháng 11")
            lines = source.read_text(encoding="utf-8-sig").splitlines()
            source.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
            rejected = await one.reads(wanted)
            assert isinstance(rejected, RosterRejected) and [cell.line for cell in rejected.bad] == [42]
            lay(stage, 40)
            number = await waits(one, wanted)
            assert one.board and one.board.requests[0].values["count"] == "40"
            async with at(stage, "officer") as two:
                two.send(Settle(number, True))
                await two.board_shows(lambda board: not board.requests)
                while not events(stage, "request.done"):
                    await asyncio.sleep(0.05)
            await citizen.asked("identify.number")

    stage.start()
    asyncio.run(journey())
    with closing(Roster.open(stage.data / "roster.db")) as roster:
        assert roster.size == 40
    assert approvals_hold(stage)


def test_two_supervisors_purge_a_sealed_dossier(stage: Stage) -> None:
    """X1: one supervisor and any number of officers cannot; the file, the outbox and the slip are gone."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as one:
            view = await citizen.goes_on("done")
            await one.signs_in("CB02")
            wanted = Propose(RequestKind.PURGE_DOSSIER, {"dossier": view.dossier}, "đã gửi bằng USB")
            assert (await one.refusal(wanted)).code == "people.not_yours"
            await one.signs_in("GS01")
            assert (await one.refusal(wanted)).code == "request.visit_going_on"
            await citizen.answer("done", "taken")
            await citizen.asked("welcome")
            async with standing_at(stage, "officer") as two:
                await second_supervisor(one, two)
                number = await waits(one, wanted)
                async with at(stage, "officer") as officer:
                    assert (await officer.refusal(Settle(number, True))).code == "people.not_yours"
                two.send(Settle(number, True))
                await two.board_shows(lambda b: b.dossiers == {"purged": 1} and b.outbox == 0 and not b.slips)
            assert (await one.refusal(wanted)).code == "purge.not_sealed"

    stage.start()
    asyncio.run(journey())
    assert [path for path in (stage.data / "spool").rglob("*") if path.is_file()] == []
    assert approvals_hold(stage)


def test_a_draft_is_cancelled_by_the_keys_of_two_desks(stage: Stage) -> None:
    """P10: its form, its reason, and a second person at another screen; the request outlives a power cut."""
    drafts: list[str] = []

    async def first() -> None:
        async with at(stage, "citizen") as citizen:
            drafts.append((await citizen.goes_on("portrait")).dossier)
            citizen.send(Leave())
            await citizen.asked("welcome")
            app = OfficerApp(socket_path(stage.data, "officer"))
            async with app.run_test(size=(80, 24)) as pilot:
                await shows(pilot, app, "Chưa đăng nhập")
                await pilot.press("f2", *"cb01", "enter", *PIN, "enter")
                await shows(pilot, app, "(CB01)")
                await pilot.press("f8", "6", *"mau01-000099", "enter", *"nham nguoi", "enter")
                await shows(pilot, app, "MAU01-000099")
                await pilot.press("up", *["backspace"] * 12, *drafts[0].lower(), "enter", "enter")
                await shows(pilot, app, f"Hủy hồ sơ nháp {drafts[0]}")
                assert "Rút lại" in app.page.canvas.plain()

    async def second() -> None:
        app = OfficerApp(socket_path(stage.data, "officer"))
        async with app.run_test(size=(80, 24)) as pilot:
            await shows(pilot, app, "CHỜ NGƯỜI THỨ HAI: 1")
            await pilot.press("f2", *"cb02", "enter", *PIN, "enter")
            await shows(pilot, app, "(CB02)")
            await pilot.press("f8", "1", "enter")
            await shows(pilot, app, "Không có việc nào chờ người thứ hai")

    stage.start()
    asyncio.run(first())
    stage.kill()
    stage.start()
    asyncio.run(second())
    ((number, detail),) = events(stage, "dossier.cancel")
    assert (number, detail) == (drafts[0], {"by": "CB01", "second": "CB02"})
    assert not (stage.data / "drafts" / number).exists()
    assert approvals_hold(stage)


def test_two_colleagues_agree_at_the_same_moment_and_one_is_told(stage: Stage) -> None:
    """Bad input of the desk: one wins, the other is told; it is done once."""

    async def journey() -> None:
        async with (
            at(stage, "citizen") as citizen,
            at(stage, "officer") as asks,
            standing_at(stage, "officer") as one,
            standing_at(stage, "officer") as two,
        ):
            view = await citizen.goes_on("portrait")
            citizen.send(Leave())
            await citizen.asked("welcome")
            await one.signs_in("CB02")
            await two.signs_in("GS01")
            wanted = Propose(RequestKind.CANCEL_DOSSIER, {"dossier": view.dossier}, "nhầm người")
            number = await waits(asks, wanted)
            one.send(Settle(number, True))
            two.send(Settle(number, True))
            await asks.board_shows(lambda board: board.dossiers == {"cancelled": 1})
            await one._until(lambda: bool(one.read or one.refused))
            await two._until(lambda: bool(two.read or two.refused))
            told = [why.code for desk in (one, two) for why in desk.refused]
            done = [answer for desk in (one, two) for answer in desk.read if isinstance(answer, Settled)]
            assert (told, len(done)) == (["request.settled"], 1)

    stage.start()
    asyncio.run(journey())
    assert len(events(stage, "dossier.cancel")) == 1
