"""A second factor at the officer's screen: what is asked, the way out, the time left, what comes of it (O2)."""

from __future__ import annotations

from pathlib import Path

import msgspec
from textual.pilot import Pilot

from kiosk.domain.factors import FactorKind
from kiosk.domain.message import msg
from kiosk.domain.people import Officer, Role
from kiosk.domain.request import RequestKind
from kiosk.link.messages import FactorWanted, Propose, Refused, SessionChanged, Settled, SignIn, StopFactor
from kiosk.tui import gallery
from kiosk.tui.gallery_desk import session
from kiosk.tui.officer.app import OfficerApp
from tests.unit.fake_core import FakeCore
from tests.unit.test_sign_in_screen import enters, play, text, until

MINH = Officer("CB01", "Lê Văn Mẫu", Role.OFFICER)
BOTH = (FactorKind.FINGER, FactorKind.KEY)
WANTED = FactorWanted("CB01", BOTH, 30)


async def gives_pin(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
    await pilot.press("f2")
    await enters(pilot, "cb01", "280451")
    core.say(WANTED)
    await until(pilot, lambda: app._told.factor is not None)


def test_after_the_pin_the_finger_or_key_is_asked_for_and_then_the_officer_is_in(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await gives_pin(core, app, pilot)
        assert "Đặt ngón tay đã đăng ký lên đầu đọc, hoặc cắm khóa bảo mật" in text(app)
        assert "Còn 30 giây" in text(app)
        core.say(WANTED.now(12, msg("factor.reader_busy")))
        await until(pilot, lambda: "đang phục vụ người dân" in text(app))
        core.say(SessionChanged(MINH))
        await until(pilot, lambda: "Lê Văn Mẫu (CB01)" in text(app))
        assert "Đặt ngón tay" not in text(app)

    play(tmp_path, scenario)


def test_escape_is_the_only_key_and_ends_the_wait(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await gives_pin(core, app, pilot)
        await pilot.press("x", "enter", "1", "p")
        assert core.of(StopFactor) == []
        await pilot.press("escape")
        await until(pilot, lambda: core.of(StopFactor) == [StopFactor()])
        core.say(Refused(msg("factor.stopped")))
        await until(pilot, lambda: "Đã dừng" in text(app))
        assert len(core.of(SignIn)) == 1

    play(tmp_path, scenario)


def test_a_finger_that_does_not_match_leads_back_to_the_pin(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await gives_pin(core, app, pilot)
        core.say(Refused(msg("people.finger_wrong_wait", seconds=15)))
        await until(pilot, lambda: "Vân tay không khớp. Chờ 15 giây" in text(app))
        await enters(pilot, "280451")
        await until(pilot, lambda: core.of(SignIn)[1:] == [SignIn("CB01", "280451")])

    play(tmp_path, scenario)


def test_who_has_nothing_enrolled_is_asked_to_at_once(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SessionChanged(MINH, enrol=True, factors=BOTH))
        await until(pilot, lambda: "Đăng ký vân tay hoặc khóa bảo mật của mình" in text(app))
        await pilot.press("2", "tab", *"khoa moi", "enter")
        values = {"officer": "CB01", "factor": "key"}
        wanted = [Propose(RequestKind.ENROL_FACTOR, values, "khoa moi")]
        await until(pilot, lambda: core.of(Propose) == wanted)

    play(tmp_path, scenario)


def test_the_keys_of_the_page_ask_where_the_station_takes_fingers_or_keys(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(session(MINH))
        await until(pilot, lambda: "CB01" in text(app))
        await pilot.press("f8", "v")
        assert app._form is None, "nothing is enrolled at this station"
        core.say(msgspec.structs.replace(session(MINH), factors=BOTH))
        await until(pilot, lambda: bool(app._told.session.factors))
        await pilot.press("f8", "v", "tab", *"moi", "enter")
        own = Propose(RequestKind.ENROL_FACTOR, {"officer": "CB01", "factor": "finger"}, "moi")
        await until(pilot, lambda: core.of(Propose) == [own])
        await pilot.press("x", *"cb02", "enter", *"mat khoa", "enter")
        erased = Propose(RequestKind.FORGET_FACTORS, {"officer": "CB02"}, "mat khoa")
        await until(pilot, lambda: core.of(Propose) == [own, erased])

    play(tmp_path, scenario)


def test_a_colleague_who_agreed_sees_it_through(tmp_path: Path) -> None:
    """Enrolled or not, the request is settled: its form does not come back."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(msgspec.structs.replace(session(MINH), factors=BOTH))
        await until(pilot, lambda: "CB01" in text(app))
        for answer in (Settled("Y00001"), Refused(msg("factor.late"))):
            core.say(FactorWanted("CB02", BOTH[:1], 60, enrols=True))
            await until(pilot, lambda: "CB02: đăng ký" in text(app))
            core.say(answer)
            await until(pilot, lambda: "CB02: đăng ký" not in text(app))
        assert "Hết giờ" in text(app)
        assert app._form is None

    play(tmp_path, scenario)


def test_the_seconds_count_down_by_themselves(tmp_path: Path) -> None:
    seconds = [100.0]
    app = OfficerApp(None, clock=lambda: seconds[0])
    connection = app._here
    connection.arrived = lambda message: None  # type: ignore[method-assign]
    connection.told = connection.told.__class__(board=gallery.quiet_board(), factor=WANTED)
    connection.factor_came = 100.0
    seconds[0] = 112.9
    left = connection.now().factor
    assert left and left.seconds == 18
    seconds[0] = 200.0
    left = connection.now().factor
    assert left and left.seconds == 0
