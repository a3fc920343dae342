"""A second factor at the desk, over the drivers: simulated reader, ZFM module on its line, FIDO2 key on its wire (O2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec
import pytest

from kiosk.domain.change import Change, ChangeKind
from kiosk.domain.factors import FactorKind
from kiosk.domain.message import Message
from kiosk.domain.request import RequestKind
from kiosk.hal.fingers.zfm_module import module_in
from kiosk.hal.fingers.zfm_wire import ZfmWire
from kiosk.link.agreement import AgreedTo, AgreeTo
from kiosk.link.messages import Propose, Settle, SignIn, StopFactor
from kiosk.store import audit
from kiosk.store.schema import open_for_reading
from tests.journeys.stage import Person, Stage, at, standing_at

pytestmark = pytest.mark.system

ASKED = '[staff]\nsecond_factor = "if_enrolled"\n'
OFFICER, COLLEAGUE = "CB01", "CB02"


async def enrols(stage: Stage, kind: FactorKind = FactorKind.FINGER) -> None:
    """CB01 asks; CB02 agrees and is there when the finger is laid, or the key touched."""
    async with standing_at(stage, "officer") as officer, standing_at(stage, "officer") as colleague:
        session = await officer.signs_in(OFFICER)
        assert kind in session.factors
        values = {"officer": OFFICER, "factor": kind.value}
        officer.send(Propose(RequestKind.ENROL_FACTOR, values, "mới nhận việc"))
        await colleague.signs_in(COLLEAGUE)
        board = await colleague.board_shows(lambda board: bool(board.requests))
        await colleague.enrolled(Settle(board.requests[0].id, agreed=True))
        assert any(wanted.enrols for wanted in colleague.wanted)
        await officer.signed_out()


def test_an_update_is_agreed_to_with_the_finger_too(stage: Stage) -> None:
    """T3: number and PIN are not enough where an officer has more."""
    back = AgreeTo(OFFICER, "135790", Change(ChangeKind.ROLLBACK, "2.0.0", "1.9.0"))

    async def agrees() -> None:
        async with standing_at(stage, "officer") as desk:
            lays(stage, "3")
            assert await desk.refusal(back) == Message("people.finger_wrong")
            lays(stage, "2")
            assert await desk.reads(back) == AgreedTo(OFFICER)
            assert len(desk.wanted) >= 2

    stage.configure(ASKED)
    lays(stage, "2")
    stage.start()
    asyncio.run(enrols(stage))
    asyncio.run(agrees())
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        assert [event.kind for event in audit.events(connection, "update.*")] == ["update.rollback_agreed"]


@contextmanager
def module_on(stage: Stage) -> Iterator[None]:
    """A core with the driver `zfm`, and the module at the other end of its line."""
    port = stage.data / "reader"
    stage.configure(f'{ASKED}[devices.fingers]\ndriver = "zfm"\nsettings = {{ port = "{port}" }}\n')
    module = module_in(stage.data, "r307", time.monotonic)
    with ZfmWire(module, port, world=stage.world, paced=False):
        yield


def lays(stage: Stage, finger: str, person: int = 85) -> None:
    stage.world.change(person=person, laying=finger)


async def recognised(stage: Stage) -> None:
    """The same finger again; then another one, and a colleague's, which are told so."""
    async with standing_at(stage, "officer") as desk:
        await desk.signs_in(OFFICER)
        assert desk.wanted[-1].kinds == (FactorKind.FINGER,)
        lays(stage, "3")
        assert await desk.refusal(SignIn(OFFICER, "135790")) == Message("people.finger_wrong")
        lays(stage, "2", person=86)
        assert await desk.refusal(SignIn(OFFICER, "135790")) == Message("people.finger_wrong")
        lays(stage, "2")
        await desk.signs_in(OFFICER)


def test_an_officers_finger_is_enrolled_before_a_colleague_and_asked_for_from_then_on(stage: Stage) -> None:
    """O2, and the change of officers is still one form and one finger."""
    stage.configure(ASKED)
    lays(stage, "2")
    stage.start()
    asyncio.run(enrols(stage))
    asyncio.run(recognised(stage))
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        done = [msgspec.json.decode(event.detail) for event in audit.events(connection, "request.done")]
        assert [detail["kind"] for detail in done] == ["enrol_factor"]
        (signed,) = connection.execute("select count(*) from request where agreement is not null").fetchone()
    assert signed == 1, "two persons' agreement, like any other"
    assert "85/2" not in stage.log, "what an officer is recognised by is in no log"


def test_the_same_over_a_real_line(stage: Stage) -> None:
    """T1: the module compares, its own memory stays empty."""
    with module_on(stage):
        lays(stage, "2")
        stage.start()
        asyncio.run(enrols(stage))
        asyncio.run(recognised(stage))
        stage.stop()


def test_wrong_fingers_cost_time_even_after_the_core_was_killed(stage: Stage) -> None:
    """O2: the count is on disk before a finger is looked at."""

    async def tries(desk: Person, count: int) -> Message:
        for _ in range(count):
            last = await desk.refusal(SignIn(OFFICER, "135790"))
        return last

    async def journey() -> None:
        await enrols(stage)
        lays(stage, "3")
        async with standing_at(stage, "officer") as desk:
            assert (await tries(desk, 5)).code == "people.finger_wrong"
            lays(stage, "0")
            desk.send(SignIn(OFFICER, "135790"))
            await desk.asked_for_factor(6)
            stage.kill()
        stage.start()
        async with standing_at(stage, "officer") as desk:
            assert (await tries(desk, 1)).code == "people.wait"

    stage.configure(ASKED)
    lays(stage, "2")
    stage.start()
    asyncio.run(journey())


def test_nobody_lays_a_finger_and_the_officer_stops(stage: Stage) -> None:
    """Esc ends the wait, nobody is signed in, and the try is not held against anybody."""

    async def journey() -> None:
        await enrols(stage)
        lays(stage, "0")
        async with standing_at(stage, "officer") as desk:
            for _ in range(7):
                desk.send(SignIn(OFFICER, "135790"))
                await desk.asked_for_factor(len(desk.wanted) + 1)
                assert (await desk.refusal(StopFactor())).code == "factor.stopped"
            lays(stage, "2")
            await desk.signs_in(OFFICER)

    stage.configure(ASKED)
    lays(stage, "2")
    stage.start()
    asyncio.run(journey())


def test_a_citizen_at_the_reader_is_not_taken_for_the_officer(stage: Stage) -> None:
    """O2, C1: the reader is the citizen's in the middle of the fingers; the officer is told, and nobody's finger is."""

    async def journey() -> None:
        await enrols(stage)
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await citizen.goes_on("fingers.*")
            stage.world.change(pace=3600)
            refused = len(desk.refused)
            desk.send(SignIn(OFFICER, "135790"))
            await desk.factor_says("factor.reader_busy")
            desk.send(StopFactor())
            await desk.refused_again(refused)
            stage.world.change(pace=0)
            await citizen.goes_on("done")
            await desk.signs_in(OFFICER)

    stage.configure(ASKED)
    lays(stage, "2")
    stage.start()
    asyncio.run(journey())


def test_where_it_is_required_nothing_is_done_before_it_is_enrolled(stage: Stage) -> None:
    """O2: two who have nothing yet can vouch for one another, and for nothing else."""

    async def journey() -> None:
        async with standing_at(stage, "officer") as officer:
            session = await officer.signs_in(OFFICER)
            assert session.enrol
            values = {"officer": COLLEAGUE}
            refused = await officer.refusal(Propose(RequestKind.RESET_PIN, values, "quên mã"))
            assert refused.code == "people.enrol_first"
            wrong = {"officer": COLLEAGUE, "factor": "finger"}
            assert (await officer.refusal(Propose(RequestKind.ENROL_FACTOR, wrong, "x"))).code == "factor.own"
        await enrols(stage)
        async with standing_at(stage, "officer") as officer:
            assert not (await officer.signs_in(OFFICER)).enrol

    stage.configure('[staff]\nsecond_factor = "required"\n')
    lays(stage, "2")
    stage.start()
    asyncio.run(journey())


# -- keys ------------------------------------------------------------------------------------------------------------

KEYS = f'{ASKED}keys = "sim"\n'


def test_a_key_is_enrolled_asked_for_and_a_colleagues_is_told(stage: Stage) -> None:
    """O2: over CTAPHID frames; a key pulled half way may be plugged in again."""

    async def journey() -> None:
        await enrols(stage, FactorKind.KEY)
        async with standing_at(stage, "officer") as desk:
            await desk.signs_in(OFFICER)
            assert desk.wanted[-1].kinds == (FactorKind.KEY,)
            stage.world.change(key=4)
            desk.send(SignIn(OFFICER, "135790"))
            await desk.factor_says("factor.key_other")
            stage.world.change(key=3, key_touched=False)
            await asyncio.sleep(0.5)
            stage.world.change(key=0)
            await desk.factor_says("factor.key_gone")
            desk.session = None
            stage.world.change(key=3, key_touched=True)
            await desk.signed_in(OFFICER)

    stage.configure(KEYS)
    stage.world.change(key=3)
    stage.start()
    asyncio.run(journey())


def test_a_copied_key_is_refused(stage: Stage) -> None:
    """O2: its counter is behind what the kiosk has seen; that counts as a wrong try."""

    async def journey() -> None:
        await enrols(stage, FactorKind.KEY)
        async with standing_at(stage, "officer") as desk:
            await desk.signs_in(OFFICER)
            (stage.data / "sim" / "key-3").write_text("1")
            assert await desk.refusal(SignIn(OFFICER, "135790")) == Message("people.key_wrong")

    stage.configure(KEYS)
    stage.world.change(key=3)
    stage.start()
    asyncio.run(journey())


def test_the_key_works_while_a_citizen_has_the_reader(stage: Stage) -> None:
    """O2: the quick change of officers in the middle of a citizen's fingers."""

    async def journey() -> None:
        await enrols(stage)
        await enrols(stage, FactorKind.KEY)
        stage.world.change(key=0)
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await citizen.goes_on("fingers.*")
            stage.world.change(pace=3600)
            desk.send(SignIn(OFFICER, "135790"))
            await desk.factor_says("factor.reader_busy")
            stage.world.change(key=3)
            await desk.signed_in(OFFICER)

    stage.configure(KEYS)
    lays(stage, "2")
    stage.world.change(key=3)
    stage.start()
    asyncio.run(journey())
