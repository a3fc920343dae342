"""Waiting without a name: a helper gives numbers, the frail go first, the first screen calls (C6, C10, O4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kiosk.domain.queue import Priority, TicketEvent
from kiosk.link.messages import AddWaiting, MoveTicket, OpenShift
from kiosk.workflow.view import Choice, View
from tests.journeys.stage import Person, Stage, at, standing_at

NEXT = MoveTicket(0, TicketEvent.CALL)


def shows_number(number: str) -> Callable[[View], bool]:
    """The first screen with this number in large figures, or with none."""

    def shown(view: View) -> bool:
        return isinstance(view.screen, Choice) and view.screen.id == "welcome" and view.screen.shown == number

    return shown


async def states(desk: Person, *expected: str) -> None:
    """Wait for the list to read like this: `001 waiting`, …"""
    await desk.board_shows(lambda b: tuple(f"{t.text} {t.state}" for t in b.tickets) == expected)


def test_a_helper_runs_the_list_and_a_power_cut_loses_nobody(stage: Stage) -> None:
    async def before() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as helper:
            await citizen.asked("welcome")
            assert (await helper.refusal(AddWaiting(Priority.NONE))).code == "people.sign_in"
            await helper.signs_in("HD01")
            assert (await helper.refusal(NEXT)).code == "queue.nobody"
            for priority in (Priority.NONE, Priority.NONE, Priority.ELDERLY):
                helper.send(AddWaiting(priority))
            await states(helper, "001 waiting", "002 waiting", "003 waiting")
            helper.send(NEXT)
            view = await citizen.sees(shows_number("003"))
            assert isinstance(view.screen, Choice) and [m.code for m in view.screen.body] == ["queue.please"]
            stage.kill()

    async def after() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as helper:
            await citizen.sees(shows_number("003"))
            await helper.signs_in("HD01")
            helper.send(MoveTicket(3, TicketEvent.MISS))
            await citizen.sees(shows_number(""))
            async with at(stage, "officer") as officer:
                officer.send(NEXT)
                await citizen.sees(shows_number("001"))
                assert (await helper.refusal(NEXT)).code == "queue.one_at_a_time", "two desks: one wins"
            await citizen.answer("welcome", "first_issue")
            await states(helper, "002 waiting", "003 absent")
            helper.send(MoveTicket(3, TicketEvent.RETURN))
            await states(helper, "002 waiting", "003 waiting")

    stage.start()
    asyncio.run(before())
    stage.start()
    asyncio.run(after())


def test_the_sheet_of_the_shift_tells_how_long_people_waited(stage: Stage) -> None:
    """P1: numbers given, the most at once, the median wait."""

    async def evening() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await citizen.asked("welcome")
            await desk.signs_in("GS01")
            for _ in range(3):
                desk.send(AddWaiting(Priority.NONE))
            desk.send(NEXT)
            await states(desk, "001 called", "002 waiting", "003 waiting")
            counts = (await desk.closes_shift()).counts
            assert (counts.tickets, counts.queue_peak, counts.queue_minutes) == (3, 3, 0)
            await citizen.asked("closed")
            desk.send(OpenShift("GS01"))
            await citizen.sees(shows_number("001"))

    stage.start()
    asyncio.run(evening())
