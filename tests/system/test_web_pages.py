"""Every page of the desk in a real Chromium, from the room to the shift's closing (O1–O4, D2, P6).

`KIOSK_PICTURES=DIR` keeps a picture of each.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from kiosk.app.staff import DEMO_PIN
from kiosk.link.messages import CallOfficer
from kiosk.locale import Audience
from tests.journeys.stage import Person, Stage, at
from tests.journeys.test_review import seal_by_rule
from tests.system.browser import Tab, until
from tests.system.desks import said
from tests.system.ssh import free_port
from tests.system.web import WebDesk, play

pytestmark = pytest.mark.system

HAMLET = "Thôn Khác"
NUMBER = "999190000002"
"""Of somebody whose dossier is not among those sealed before."""
PAINTED_S = 0.5
"""The page paints a moment after its terminal was told; only a picture waits for that."""


class Album:
    """The pages seen so far, each kept as a picture where `KIOSK_PICTURES` names a folder."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._folder = Path(os.environ["KIOSK_PICTURES"]) if "KIOSK_PICTURES" in os.environ else None
        self._count = 0

    async def shows(self, name: str, *words: str) -> None:
        for each in words:
            await self._tab.shows(each)
        assert "⟦" not in self._tab.text, self._tab.text
        self._count += 1
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            await asyncio.sleep(PAINTED_S)
            (self._folder / f"{self._count:02}-{name}.png").write_bytes(await self._tab.picture())

    async def leaves(self, words: str) -> None:
        await self._tab.press("Escape")
        await until(lambda: words not in self._tab.text, lambda: f"still {words!r} on\n{self._tab.text}")


def test_every_page_in_a_browser(stage: Stage) -> None:
    seal_by_rule(stage, 3)

    async def scenario(desk: WebDesk, tab: Tab) -> None:
        album = Album(tab)
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            citizen.send(CallOfficer())
            await tab.open(desk.url)
            await room_and_call(tab, album)
            await beside(tab, album, citizen)
            await approval(tab, album, citizen)
            await tab.press("p")
            await album.shows("reprint", said("desk.reprint"), said("desk.reprint.lost"))
            await album.leaves(said("desk.reprint"))
            await tab.press("k")
            await album.shows("batch", said("desk.key_sign"), said("desk.batch.what")[:30])
            await album.leaves(said("desk.key_sign"))
        await other_pages(tab, album)

    assert play(stage, scenario, "local", f"ssh://127.0.0.1:{free_port()}") == ""


async def room_and_call(tab: Tab, album: Album) -> None:
    await album.shows("room", said("desk.need.called").upper(), said("desk.need.away").upper())
    await tab.press("1")
    await album.shows("board-called", said("desk.key_coming"), said("desk.nobody_signed_in"))
    await tab.press("F2")
    await album.shows("sign-in", said("desk.field.number"), said("desk.form.sign_in.go"))
    await tab.press(*"gs01", "Enter", *DEMO_PIN, "Enter")
    await tab.shows("(GS01)")
    await tab.press("F1")
    await album.shows("board-coming", said("desk.key_done"))
    await tab.press("F1")


async def beside(tab: Tab, album: Album, citizen: Person) -> None:
    await citizen.goes_on("identify.number")
    await tab.press("F6")
    await album.shows("beside-entry", said("desk.key_type_for"))
    await tab.press("Enter")
    await album.shows("beside-answer", said("desk.form.answer.go"))
    await album.leaves(said("desk.form.answer.go"))
    await citizen.goes_on("review", identify__number=NUMBER, confirm__hamlet="no", correct=HAMLET)
    await album.shows("beside-review", said("review", Audience.CITIZEN)[:20], HAMLET)
    await tab.press("F7")
    await album.shows("end-visit", said("desk.form.end_visit"), said("desk.outcome.cannot_today"))
    await album.leaves(said("desk.form.end_visit"))
    await album.leaves(said("desk.beside"))


async def approval(tab: Tab, album: Album, citizen: Person) -> None:
    going = asyncio.create_task(citizen.goes_on("done"))
    await album.shows("board-approval", said("desk.approvals", count=1), said("desk.key_look"))
    await tab.press("x")
    await album.shows("bench", HAMLET, said("desk.bench.no_paper"))
    await tab.press("3")
    await album.shows("bench-reason", said("desk.bench.reason", choice=said("choice.refused")))
    await tab.press(*"khoong cos", "Enter")
    await album.shows("review", said("choice.approve"), said("desk.key_back"))
    await album.leaves(said("desk.key_back"))
    await tab.shows(said("choice.approve"))
    await tab.press("1")
    await album.shows("reason", said("desk.reason", choice=said("choice.approve")))
    await tab.press(*"ddax xem", "Enter")
    await going
    await citizen.answer("done", "taken")
    await citizen.asked("welcome")
    await album.shows("board-free", said("desk.need.free").upper(), said("desk.key_reprint"))


async def other_pages(tab: Tab, album: Album) -> None:
    await tab.press("F5")
    await album.shows("shift", said("desk.shift_open"), said("shift.sheet.visits"))
    await tab.press("2")
    await album.shows("shift-close", said("desk.close_shift_means"))
    await album.leaves(said("desk.close_shift_means"))
    await tab.press("F8")
    await album.shows("people", said("desk.colleagues", count=6), "CB02")
    await tab.press("3")
    await album.shows("people-add", said("desk.form.add_officer"), said("desk.field.role"))
    await album.leaves(said("desk.form.add_officer"))
    await tab.press("F9")
    await album.shows("audit", said("event.approval.answered"), said("desk.key_older"))
    assert "step." not in tab.text and "fact." not in tab.text, tab.text
    await tab.press("F3")
    await tab.shows("Older")
    await tab.press("Escape")
    await album.shows("board-english", "READY")
