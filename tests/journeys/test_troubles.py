"""One journey a trouble: what the citizen meets when something goes wrong, and how the visit goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from kiosk.domain.dossier import DossierState
from kiosk.domain.fingers import FingerTrouble
from kiosk.hal.device import HealthState
from kiosk.hal.world import FingerCondition
from kiosk.link.address import socket_path
from kiosk.link.client import connect
from kiosk.link.messages import Answer, AnswerCall, CallOfficer, Leave, SetLanguage, Touch
from kiosk.store.audit import Whole, verify
from kiosk.store.schema import open_for_reading
from kiosk.workflow.view import Capture, Choice, Help, Pause
from tests.journeys.stage import Person, Stage, at, decides, settles
from tests.system.kills import play_with_kills

PATIENT = "[idle]\nwarn = 30\nclear = 60\n"


def hints_of(person: Person, question: str) -> list[str]:
    """What was said of the tries while `question` was on the screen."""
    screens = [view.screen for view in person.views if view.screen.id == question]
    found = [s.about.code for s in screens if isinstance(s, Capture) and s.about]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("condition", "trouble"),
    [
        (FingerCondition(moisture=0.95), FingerTrouble.WET),
        (FingerCondition(moisture=0.05), FingerTrouble.DRY),
        pytest.param(FingerCondition(sweat=1.0), FingerTrouble.SWEATY, marks=pytest.mark.system),
    ],
)
def test_a_finger_that_is_not_right_is_coached(
    stage: Stage, condition: FingerCondition, trouble: FingerTrouble
) -> None:
    """C2: said what is wrong and what helps; the next try is good."""

    async def journey() -> None:
        stage.world.change(fingers={"1": condition})
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("fingers.rolled-02")
            assert f"finger.seen.{trouble}" in hints_of(citizen, "fingers.rolled-01")
            assert citizen.view
            assert 1 in citizen.view.screen.taken  # type: ignore[union-attr]

    stage.start()
    asyncio.run(journey())


@pytest.mark.system
def test_a_bandaged_finger_that_is_laid_down_all_the_same(stage: Stage) -> None:
    """C3: it is described, it neither counts nor spoils the slap, and there is no dead end."""

    async def journey() -> None:
        stage.world.change(fingers={"3": FingerCondition(wear=1.0)}, pace=0.4)
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("fingers.flat-13")
            citizen.send(Answer("fingers.flat-13", "cannot"))
            await citizen.answer("fingers.which", "3")
            await decides(officer, "finger", "bandaged")
            await citizen.asked("heals")
            slap = await citizen.goes_on("fingers.flat-13")
            assert slap.screen.prompt.code == "fingers.marked"
            await citizen.goes_on("fingers.flat-14")
            assert hints_of(citizen, "fingers.flat-13") == []

    stage.start()
    asyncio.run(journey())


def test_paper_out_in_mid_slip(stage: Stage) -> None:
    """The officer is told, the citizen waits, and the whole slip is printed again after the paper is in."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("sign")
            stage.world.change(paper_mm=40.0)
            going = asyncio.create_task(citizen.goes_on("done"))
            waiting = await citizen.sees(lambda view: view.screen.id == "printer.paper_out")
            assert isinstance(waiting.screen, Pause)
            stage.world.change(paper_mm=50_000.0)
            await going

    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    assert line.slip.endswith(f"{line.dossier}.png")
    assert (stage.data / "paper" / f"{line.dossier}-torn.png").exists()


@pytest.mark.parametrize(
    ("device", "plug", "question", "after"),
    [
        ("fingers", "reader_connected", "fingers.rolled-04", "fingers.rolled-05"),
        ("camera", "camera_connected", "portrait", "fingers.flat-13"),
        pytest.param("printer", "printer_connected", "sign", "done", marks=pytest.mark.system),
    ],
)
def test_a_device_is_unplugged_and_comes_back(
    stage: Stage, device: str, plug: str, question: str, after: str
) -> None:
    """T2: the visit pauses at that step, all three are told, and it goes on by itself."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on(question)
            stage.world.change(**{plug: False})
            going = asyncio.create_task(citizen.goes_on(after))
            paused = await citizen.asked(f"paused.{device}")
            assert isinstance(paused.screen, Pause)
            board = await officer.board_shows(lambda b: any(d.state is HealthState.GONE for d in b.devices))
            gone = [d for d in board.devices if d.state is HealthState.GONE]
            assert [(d.kind, bool(d.message)) for d in gone] == [(device, True)]
            stage.world.change(**{plug: True})
            await going

    stage.start()
    asyncio.run(journey())


def test_a_power_cut_resumes_at_the_same_finger(stage: Stage) -> None:
    """T2: `kill -9` of the core; what was kept stays, the same finger is asked for."""

    async def journey(until: str) -> tuple[str, tuple[str, ...]]:
        async with at(stage, "citizen") as citizen:
            view = await citizen.goes_on(until)
            return view.dossier, view.kept

    stage.start()
    number, kept = asyncio.run(journey("fingers.rolled-03"))
    stage.kill()
    stage.start()

    async def again() -> None:
        async with at(stage, "citizen") as citizen:
            view = await citizen.sees(lambda view: view.screen.id.startswith("fingers."))
            assert view.screen.id == "fingers.rolled-03"
            assert (view.dossier, view.kept[: len(kept)]) == (number, kept)
            await citizen.goes_on("done")

    asyncio.run(again())
    assert [line.dossier for line in stage.dossiers()] == [number]


def test_a_power_cut_between_seal_and_slip(stage: Stage) -> None:
    """The slip is still owed, and printed after the restart without asking anybody anything."""

    async def journey() -> None:
        stage.world.change(paper_mm=0.0)
        async with at(stage, "citizen") as citizen:
            going = asyncio.create_task(citizen.goes_on("done"))
            await citizen.asked("printer.paper_out")
            going.cancel()

    stage.start()
    asyncio.run(journey())
    stage.kill()
    assert [line.state for line in stage.dossiers()] == [DossierState.SEALED]
    stage.world.change(paper_mm=50_000.0)
    stage.start()

    async def again() -> None:
        async with at(stage, "citizen") as citizen:
            done = await citizen.asked("done")
            assert done.screen.shown == done.dossier  # type: ignore[union-attr]

    asyncio.run(again())
    assert [bool(line.slip) for line in stage.dossiers()] == [True]


@pytest.mark.system
def test_the_officer_is_away(stage: Stage) -> None:
    """Nothing is decided by waiting; who leaves finds the draft again, and the question is still open."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("confirm.phone")
            await citizen.answer("confirm.phone", "no")
            await citizen.answer("correct", "0900000000")
            first = await citizen.goes_on("approval.correction")
            board = await officer.board_shows(lambda b: bool(b.approvals))
            assert board.approvals[0].dossier == first.dossier
            citizen.send(Leave())
            await citizen.asked("welcome")
            await officer.board_shows(lambda b: not b.approvals)
            again = await citizen.goes_on("approval.correction")
            assert again.dossier == first.dossier
            await settles(officer, "phone", "accepted")
            await decides(officer, "dossier", "approve")
            await citizen.asked("done")

    stage.start()
    asyncio.run(journey())
    assert len(stage.dossiers()) == 1


def test_the_officer_sends_it_back(stage: Stage) -> None:
    """A refused dossier is a draft again: nothing is lost, the citizen is told kindly."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("confirm.hamlet")
            await citizen.answer("confirm.hamlet", "no")
            await citizen.answer("correct", "Thôn Mới")
            going = asyncio.create_task(citizen.goes_on("refused"))
            await settles(officer, "hamlet", "refused")
            await decides(officer, "dossier", "refuse")
            view = await going
            assert isinstance(view.screen, Choice)
            await citizen.answer("refused", "understood")
            await citizen.asked("welcome")

    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    assert (line.state, line.samples) == (DossierState.DRAFT, 15)


@pytest.mark.system
def test_idle_is_warned_cleared_and_taken_up_again(stage: Stage) -> None:
    """C6: the screen is cleared, the draft is kept, the same person goes on where they stopped."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            left = await citizen.goes_on("sign")
            warned = await citizen.sees(lambda view: view.idle_left is not None)
            assert warned.screen.id == "sign"
            citizen.send(Touch())
            await citizen.sees(lambda view: view.idle_left is None)
            cleared = await citizen.asked("welcome")
            assert (cleared.dossier, cleared.kept) == ("", ())
            again = await citizen.goes_on("sign")
            assert (again.dossier, again.kept) == (left.dossier, left.kept)

    stage.configure("[idle]\nwarn = 2.5\nclear = 5\n")
    stage.start()
    asyncio.run(journey())
    assert len(stage.dossiers()) == 1


def test_help_is_called_and_comes(stage: Stage) -> None:
    """P10: at every point, by the screen or by the button; the citizen sees that somebody is coming."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.asked("welcome")
            await officer.board_shows(lambda b: all(d.state is HealthState.OK for d in b.devices))
            citizen.send(CallOfficer())
            await officer.board_shows(lambda b: b.view.help is Help.CALLED)
            officer.send(AnswerCall(coming=True))
            await citizen.sees(lambda view: view.help is Help.COMING)
            officer.send(AnswerCall(coming=False))
            await citizen.sees(lambda view: view.help is Help.NONE)
            await citizen.goes_on("confirm.sex")
            stage.world.change(call_pressed=1)
            await citizen.sees(lambda view: view.help is Help.CALLED)
            assert citizen.view
            assert citizen.view.screen.id == "confirm.sex", "a call never interrupts"

    stage.start()
    asyncio.run(journey())


def test_the_officer_sees_the_step_but_not_the_person(stage: Stage) -> None:
    """O4: who is not logged in sees what is asked, never what is answered."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("review")
            board = await officer.board_shows(lambda b: b.view.screen.id == "review")
            assert board.step == "review"
            seen = str(board)
            assert not [
                word for word in ("Mẫu", "999085000001", "09/03/1985") if word in str(board.view.screen)
            ], seen

    stage.start()
    asyncio.run(journey())


def test_another_language_in_mid_visit(stage: Stage) -> None:
    """C7: the question stays, the words change."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            before = await citizen.goes_on("confirm.full_name")
            citizen.send(SetLanguage("en"))
            after = await citizen.sees(lambda view: view.language == "en")
            assert after.screen == before.screen
            citizen.send(SetLanguage("xx"))
            citizen.send(Touch())
            await citizen.goes_on("confirm.birth_date")
            assert citizen.view
            assert citizen.view.language == "en"

    stage.start()
    asyncio.run(journey())


def test_a_late_or_repeated_answer_is_dropped(stage: Stage) -> None:
    """A double tap answers one question, not the next one as well."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("confirm.full_name")
            for _ in range(3):
                citizen.send(Answer("confirm.full_name", "yes"))
            citizen.send(Answer("confirm.sex", "yes"))
            citizen.send(Answer("nonsense", "\x00" * 1000))
            view = await citizen.asked("confirm.birth_date")
            await asyncio.sleep(0.2)
            assert citizen.view == view

    stage.start()
    asyncio.run(journey())


def test_garbage_on_the_socket_harms_nobody(stage: Stage) -> None:
    """Anything may be sent: the line is refused or the connection closed, the kiosk serves on."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            for garbage in (
                b"\n",
                b"{}\n",
                b"[1,2]\n",
                b"\xff\xfe\n",
                b'{"type":"decide","approval":"x","choice":"y"}\n',
            ):
                client = await connect(socket_path(stage.data, "citizen"))
                client._writer.write(garbage)
                client._writer.write(b"x" * (1 << 21))
                await client.close()
            reader, writer = await asyncio.open_unix_connection(str(socket_path(stage.data, "citizen")))
            writer.write(b"not a greeting\n")
            assert await reader.read() == b""
            writer.close()
            await citizen.goes_on("language")

    stage.start()
    asyncio.run(journey())


def test_the_citizens_screen_is_killed(stage: Stage) -> None:
    """`kill -9` of the screen: a new one shows the same question at once, for it never held any state."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            before = await citizen.goes_on("confirm.commune")
        async with at(stage, "citizen") as another:
            after = await another.sees(lambda view: True)
            assert after.screen == before.screen

    stage.start()
    asyncio.run(journey())


@pytest.mark.system
def test_a_few_kills_lose_nothing(stage: Stage) -> None:
    """T2, X1: a short run of `tests/system/test_kills.py`, which makes 200."""
    outcome = play_with_kills(stage, kills=4, seed=7)
    assert outcome.lost_samples == []
    assert outcome.lost_dossiers == []
    assert outcome.doubled == []
    assert outcome.kills == 4
    chain = open_for_reading(stage.data / "kiosk.db")
    assert isinstance(verify(chain), Whole)
    chain.close()


def test_a_second_core_on_the_same_data_is_refused(stage: Stage) -> None:
    async def up() -> None:
        async with at(stage, "citizen"):
            pass

    stage.start()
    asyncio.run(up())
    command = [sys.executable, "-m", "kiosk.cli.main", "core", "--data", str(stage.data)]
    second = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "en"}
    )
    assert second.returncode == 2
    assert "Another kiosk core" in second.stderr
    assert "Traceback" not in second.stderr


def test_stopping_waits_for_nobody(stage: Stage) -> None:
    """SIGTERM while a question is open: the core ends by itself, and the visit goes on at the next start."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("confirm.sex")

    stage.start()
    asyncio.run(journey())
    assert stage._core
    stage._core.send_signal(signal.SIGTERM)
    assert stage._core.wait(10) == 0
    stage.start()

    async def again() -> None:
        async with at(stage, "citizen") as citizen:
            view = await citizen.sees(lambda view: view.screen.id != "starting")
            assert view.screen.id == "confirm.sex"

    asyncio.run(again())
