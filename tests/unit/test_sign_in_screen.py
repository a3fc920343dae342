"""Signing in at the officer's screen, by its keys (O2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right, Role
from kiosk.link.messages import ChangePin, FirstPin, FromScreen, Refused, SessionChanged, SignIn, SignOut
from kiosk.tui import gallery
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.desk import Told
from kiosk.tui.officer.form import FIELDS, Form, Kind, Pressed, blank, pasted, pressed, refused
from kiosk.tui.officer.forms import Wrong, finished
from kiosk.tui.vietnamese import Typing
from tests.unit.fake_core import FakeCore

LAN = Officer("GS01", "Bùi Thị Mẫu", Role.SUPERVISOR)
Scenario = Callable[[FakeCore, OfficerApp, Pilot[None]], Awaitable[None]]


def play(tmp_path: Path, scenario: Scenario, size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "officer.sock") as core:
            app = OfficerApp(core.path)
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: core.greetings > 0)
                core.show(gallery.quiet_board())
                await until(pilot, lambda: app._told.board is not None)
                await scenario(core, app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not happen")


async def enters(pilot: Pilot[None], *words: str) -> None:
    for word in words:
        await pilot.press(*word, "enter")


def text(app: OfficerApp) -> str:
    return app.page.canvas.plain()


def test_number_and_pin_go_to_the_core_and_the_name_stands_below(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        assert "Chưa đăng nhập" in text(app)
        await pilot.press("f2")
        await enters(pilot, "gs01", "280451")
        await until(pilot, lambda: core.of(SignIn) == [SignIn("GS01", "280451")])
        assert "280451" not in text(app)
        core.say(SessionChanged(LAN, (Right.DECIDE,)))
        await until(pilot, lambda: "Bùi Thị Mẫu (GS01)" in text(app))
        await pilot.press("f4")
        await until(pilot, lambda: core.of(SignOut) == [SignOut()])

    play(tmp_path, scenario)


def test_a_wrong_pin_is_said_and_typed_again(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        await enters(pilot, "gs01", "000000")
        core.say(Refused(msg("people.wrong")))
        await until(pilot, lambda: "chưa đúng" in text(app))
        await enters(pilot, "280451")
        await until(pilot, lambda: core.of(SignIn)[1:] == [SignIn("GS01", "280451")])

    play(tmp_path, scenario)


def test_a_pin_given_by_others_is_changed_at_once(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SessionChanged(LAN, (), fresh=True))
        await until(pilot, lambda: "chọn mã riêng" in text(app))
        await enters(pilot, "280451", "719305", "719306")
        assert "khác nhau" in text(app)
        assert core.of(ChangePin) == []

    play(tmp_path, scenario)


def test_the_desk_forgets_who_was_there_when_the_core_goes(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SessionChanged(LAN, ()))
        await until(pilot, lambda: "GS01" in text(app))
        await core.stop()
        await until(pilot, lambda: "GS01" not in text(app))

    play(tmp_path, scenario)


keys = st.one_of(
    st.sampled_from(["enter", "tab", "up", "down", "left", "right", "backspace", "f5"]).map(
        lambda key: (key, None)
    ),
    st.characters().map(lambda character: (character, character)),
)


@given(st.sampled_from(sorted(FIELDS)), st.lists(keys, max_size=40), st.text(max_size=300))
def test_whatever_is_typed_or_pasted_every_form_holds(
    kind: str, typed: list[tuple[str, str | None]], clipboard: str
) -> None:
    """Bad input: pasted control characters, anything at all."""
    now = Pressed(pasted(blank(kind, picks=("a.csv", "b.xlsx")), clipboard))
    for key, character in typed:
        assert now.form is not None
        now = pressed(now.form, key, character, Typing.TELEX)
        assert now.form is not None
        assert_holds(now.form)
        if now.done:
            assert isinstance(finished(now.form), FromScreen | Wrong)
            now = Pressed(refused(now.form, Message("people.wrong")))


def assert_holds(form: Form) -> None:
    for known, value in zip(form.fields, form.values, strict=True):
        assert len(value) <= known.longest or known.kind is Kind.PICK
        assert value.isprintable()
        if known.kind in (Kind.CODE, Kind.SECRET):
            assert not value or (value.isalnum() and value.isascii())
        if known.kind is Kind.PICK:
            assert value in known.picks


def test_a_pin_is_in_no_representation() -> None:
    form = Form("sign_in", ("GS01", "280451"))
    given_once = Told(pin=FirstPin("CB03", "280451"))
    said = [form, SignIn("GS01", "280451"), ChangePin("280451", "719305"), given_once]
    assert "280451" not in "".join(map(repr, said))
