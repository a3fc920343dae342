"""A citizen has the question read aloud (C7), in a hall where others listen (O4)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from kiosk.domain.dossier import NoticeShown
from kiosk.hal.device import HealthState
from kiosk.hal.speaker.sim import SAID, STOPPED
from kiosk.link.messages import Leave, ReadAloud, SetLanguage
from kiosk.store.facts import read_fact
from tests.journeys.stage import PATIENCE_S, Person, Stage, at

SPEAKER = '[devices.speaker]\ndriver = "{driver}"\n'
PROMPT = "vi: Mời ông bà bấm số định danh cá nhân (12 số)."


class Ear:
    """Whoever stands in the hall."""

    def __init__(self, stage: Stage) -> None:
        self._file: Path = stage.data / SAID

    def lines(self) -> list[str]:
        return self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []

    async def hears(self, what: Callable[[list[str]], bool]) -> list[str]:
        """Wait for it."""
        for _ in range(int(PATIENCE_S / 0.02)):
            if what(self.lines()):
                return self.lines()
            await asyncio.sleep(0.02)
        raise AssertionError(f"waited in vain; heard {self.lines()}")

    async def hears_the_end_of(self, line: str) -> None:
        """That line was begun and cut short, and nothing was said after it."""
        heard = await self.hears(lambda heard: heard[-1:] == [STOPPED])
        assert line in heard


async def listens(citizen: Person, ear: Ear, line: str) -> None:
    """Ask for the question on the screen; wait until it is being said."""
    await citizen.sees(lambda view: view.read_aloud)
    count = len(ear.lines())
    citizen.send(ReadAloud())
    await ear.hears(lambda heard: line in heard[count:])


def test_a_question_is_read_and_cut_short_by_what_comes_next(stage: Stage) -> None:
    """In the language of the screen; by the answer, another language, and the end of the visit."""

    async def journey() -> None:
        ear = Ear(stage)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.way")
            await listens(citizen, ear, "vi: Bấm số định danh.")
            await citizen.answer("identify.way", "number")
            await ear.hears_the_end_of("vi: Bấm số định danh.")
            await citizen.asked("identify.number")
            await listens(citizen, ear, PROMPT)
            citizen.send(SetLanguage("en"))
            await ear.hears_the_end_of(PROMPT)
            await listens(citizen, ear, "en: Please key in your personal number (12 digits).")
            citizen.send(Leave())
            await ear.hears_the_end_of("en: Please key in your personal number (12 digits).")
            await citizen.asked("welcome")
        assert not stage.dead

    stage.configure(SPEAKER.format(driver="sim"))
    stage.start()
    asyncio.run(journey())


def notices(stage: Stage) -> list[NoticeShown]:
    """What the dossiers say of the notice of the personal-data law."""
    with closing(sqlite3.connect(stage.data / "kiosk.db")) as database:
        facts = [read_fact(body) for (body,) in database.execute("select body from fact order by seq")]
    return [fact for fact in facts if isinstance(fact, NoticeShown)]


def test_the_hall_hears_nothing_of_the_person_and_nothing_when_nobody_is_there_any_more(stage: Stage) -> None:
    """A datum is on the screen only; a time-out cuts the question short. That the notice was read is in the dossier."""

    async def journey() -> None:
        ear = Ear(stage)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("notice")
            await listens(citizen, ear, "vi: Trước khi làm, mời ông bà đọc.")
            view = await citizen.goes_on("confirm.full_name")
            name = getattr(view.screen, "shown", "")
            await listens(citizen, ear, "vi: Thông tin này có đúng không?")
            await citizen.asked("welcome")
            await ear.hears_the_end_of("vi: Thông tin này có đúng không?")
        heard = "\n".join(ear.lines()).casefold()
        assert name and name.casefold() not in heard
        assert "thông tin riêng của ông bà chỉ hiện trên màn hình" in heard
        assert notices(stage) == [NoticeShown("vi", read_aloud=True)]

    stage.configure("[idle]\nwarn = 1.5\nclear = 3\n" + SPEAKER.format(driver="sim"))
    stage.start()
    asyncio.run(journey())


def test_a_speaker_that_is_unplugged_stops_nobody(stage: Stage) -> None:
    """T2: in mid-sentence. The button goes, the board says why, the visit goes on; plugged in again it is back."""

    async def journey() -> None:
        ear = Ear(stage)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("identify.number")
            await listens(citizen, ear, PROMPT)
            stage.world.change(speaker_connected=False)
            board = await officer.board_shows(
                lambda board: any(line.state is HealthState.GONE for line in board.devices)
            )
            assert [(line.kind, line.state) for line in board.devices if line.message] == [
                ("speaker", HealthState.GONE)
            ]
            await citizen.sees(lambda view: not view.read_aloud)
            refusal = await citizen.refusal(ReadAloud())
            assert refusal.code == "link.no_speaker"
            await citizen.goes_on("confirm.*")
            assert (stage.data / "sim" / "lamp").read_text().strip() == "busy", "a mute kiosk serves"
            stage.world.change(speaker_connected=True)
            await listens(citizen, ear, "vi: Thông tin này có đúng không?")

    stage.configure(SPEAKER.format(driver="sim"))
    stage.start()
    asyncio.run(journey())


def test_without_a_sound_card_the_visit_goes_on(stage: Stage) -> None:
    """The real driver; ALSA's own words are for the technician."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            board = await officer.board_shows(
                lambda board: any(
                    line.message and line.message.code == "speaker.not_played" for line in board.devices
                )
            )
            assert [line.kind for line in board.devices if line.state is HealthState.GONE] == ["speaker"]
            view = await citizen.goes_on("confirm.*")
            assert not view.read_aloud

    stage.configure(SPEAKER.format(driver="alsa") + 'settings = { device = "no_such_card" }\n')
    stage.start()
    asyncio.run(journey())
