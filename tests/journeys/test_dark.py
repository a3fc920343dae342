"""The display goes dark while nobody is there and is lit before anybody has to ask (C1, C7, P3: no time is lost)."""

from __future__ import annotations

import asyncio

from kiosk.domain.queue import Priority, TicketEvent
from kiosk.link.messages import AddWaiting, AnswerCall, CallOfficer, CloseShift, MoveTicket, Touch
from kiosk.workflow.view import Help
from tests.journeys.stage import Stage, at

SOON = "[display]\ndark_after = 0.3\n"


def test_whoever_comes_finds_the_welcome_and_nobody_is_left_in_the_dark(stage: Stage) -> None:
    """C1, C7: by sensor, by touch, through a visit, a call and a fault."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.asked("welcome")
            await citizen.sees_display(dark=True)
            stage.world.change(present=True)
            await citizen.sees_display(dark=False)
            stage.world.change(present=False)
            await citizen.sees_display(dark=True)
            citizen.send(Touch())
            await citizen.sees_display(dark=False)
            await citizen.sees_display(dark=True)
            stage.world.change(camera_connected=False)
            await citizen.sees_display(dark=False)
            stage.world.change(camera_connected=True)
            await citizen.sees_display(dark=True)
            citizen.send(CallOfficer())
            await citizen.sees(lambda view: view.help is Help.CALLED)
            await citizen.sees_display(dark=False)
            officer.send(AnswerCall(coming=False))
            await citizen.sees(lambda view: view.help is Help.NONE)
            await citizen.sees_display(dark=True)
            assert officer.board is not None and officer.board.view.screen.id == "welcome", "the desk sees on"

    stage.world.change(present=False)
    stage.configure(SOON)
    stage.start()
    asyncio.run(journey())


def test_what_the_desk_does_to_the_screen_is_seen(stage: Stage) -> None:
    """C6: a number that is called lights the screen and keeps it lit; a shift that ends lights it once."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.sees_display(dark=True)
            officer.send(AddWaiting(Priority.NONE))
            officer.send(MoveTicket(0, TicketEvent.CALL))
            await citizen.sees(lambda view: getattr(view.screen, "shown", "") == "001")
            await citizen.sees_display(dark=False)
            officer.send(MoveTicket(1, TicketEvent.MISS))
            await citizen.sees_display(dark=True)
            await officer.signs_in("GS01")
            officer.send(CloseShift())
            await citizen.asked("closed")
            await citizen.sees_display(dark=False)
            await citizen.sees_display(dark=True)

    stage.configure(SOON)
    stage.start()
    asyncio.run(journey())


def test_a_visit_is_never_dark_and_a_screen_that_joins_is_told(stage: Stage) -> None:
    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.sees_display(dark=True)
            async with at(stage, "citizen") as late:
                await late.sees_display(dark=True)
            await citizen.answer("welcome", "first_issue")
            await citizen.sees(lambda view: view.idle_left is not None)
            assert citizen.dark == [True, False], (
                "asked whether somebody is there, three times as long after the last touch"
            )

    stage.configure(SOON + "[idle]\nwarn = 0.9\nclear = 600.0\n")
    stage.start()
    asyncio.run(journey())
