"""The pages over the desk: a draft with its pictures, and the signature under many (O1, O4)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from textual.pilot import Pilot

from kiosk.domain.batch import Batch, Unsigned
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import msg
from kiosk.domain.people import RIGHTS, Officer, Role
from kiosk.link.messages import ApproveBatch, BatchSigned, Decide, Look, Refused, SessionChanged
from kiosk.link.shown import DossierShown, FieldShown, PictureShown
from kiosk.locale import Words
from kiosk.tui import gallery
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.review import typed, with_question
from kiosk.tui.officer.review_page import Reviewed, Signing, draw_review
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import Help
from tests.unit.fake_core import FakeCore

NUMBER = "MAU01-000007"
OFFICER = Officer("CB01", "Lê Văn Mẫu", Role.OFFICER)
ASKED = Approval("a1", "dossier", NUMBER, msg("approval.sample.what"), ("approve", "refuse"), "now")
UNSIGNED = Unsigned(37, 900, "ab" * 32)
BATCH = Batch("L00001", "MAU01", "CB01", 12, 37, UNSIGNED.digest, "k", "s")
Scenario = Callable[[FakeCore, OfficerApp, Pilot[None]], Awaitable[None]]


def png(width: int, height: int, grey: int = 90) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), grey).save(file, "PNG")
    return file.getvalue()


SHOWN = DossierShown(
    dossier=NUMBER,
    flags=("correction",),
    fields=(
        FieldShown("number", "999085000001"),
        FieldShown("full_name", "Nguyễn Văn Mẫu"),
        FieldShown("sex", "male"),
        FieldShown("hamlet", "Thôn Ví Dụ", "Thôn Khác"),
        FieldShown("phone", "0999000001", ""),
    ),
    source="roster",
    doubts=(),
    described=((2, "missing"),),
    pictures=(
        PictureShown("portrait", SampleKind.PORTRAIT, 0, 99, png(80, 120)),
        PictureShown("flat-13", SampleKind.FINGER, 13, 80, png(96, 40)),
        PictureShown("rolled-01", SampleKind.FINGER, 1, -1, b"broken"),
    ),
)


def board(*approvals: Approval, unsigned: Unsigned | None = UNSIGNED, **fields: object) -> Board:
    return msgspec.structs.replace(gallery.quiet_board(), approvals=approvals, unsigned=unsigned, **fields)


def play(tmp_path: Path, scenario: Scenario, size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "officer.sock") as core:
            app = OfficerApp(core.path)
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: core.greetings > 0)
                core.say(SessionChanged(OFFICER, tuple(RIGHTS[Role.OFFICER])))
                core.show(board(ASKED))
                await until(pilot, lambda: "37 hồ sơ chờ ký" in app.page.canvas.plain())
                await scenario(core, app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not happen")


def over(app: OfficerApp) -> str:
    """The letters of the page over the desk; empty without one."""
    screen = app._reviewing.screen
    return screen.page.canvas.plain() if screen else ""


def test_a_look_is_asked_for_and_shown_with_what_differs(tmp_path: Path) -> None:
    """O4: known beside said; the decision and its reason go to the core, and the page goes."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("x")
        await until(pilot, lambda: core.of(Look) == [Look(NUMBER)])
        core.say(SHOWN)
        await until(pilot, lambda: "Thôn Khác" in over(app))
        page = over(app)
        assert "Đã có: Thôn Ví Dụ" in page
        assert "Giới tính: Nam" in page
        assert "Số điện thoại: —" in page
        assert "ngón trỏ phải: " in page
        assert "1/3 Chân dung · 99/100" in page
        assert "▀" in page
        await pilot.press("right")
        assert "2/3 bốn ngón tay phải (ấn) · 80/100" in over(app)
        await pilot.press("right")
        assert "3/3 ngón cái phải (lăn)" in over(app)
        assert "không xem được" in over(app)
        await pilot.press("1", *"rõ ràng", "enter")
        await until(pilot, lambda: core.of(Decide) == [Decide("a1", "approve", "rõ ràng")])
        await until(pilot, lambda: over(app) == "")

    play(tmp_path, scenario)


@pytest.mark.parametrize("end", ["signed out", "refused", "gone"])
def test_nothing_of_a_person_outlives_the_officer(tmp_path: Path, end: str) -> None:
    """O4, X2: locked, refused or without a core, the page is taken away."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SHOWN)
        await until(pilot, lambda: "Nguyễn Văn Mẫu" in over(app))
        if end == "gone":
            await core.stop()
        else:
            core.say(SessionChanged() if end == "signed out" else Refused(msg("look.closed", dossier=NUMBER)))
        await until(pilot, lambda: over(app) == "")
        assert "Nguyễn Văn Mẫu" not in app.page.canvas.plain()

    play(tmp_path, scenario)


def test_a_page_that_was_closed_is_not_opened_by_an_answer_on_its_way(tmp_path: Path) -> None:
    """After a field was decided the page looks again by itself; the officer may be quicker with Escape."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SHOWN)
        await until(pilot, lambda: "Nguyễn Văn Mẫu" in over(app))
        await pilot.press("escape")
        await until(pilot, lambda: over(app) == "")
        core.say(SHOWN)
        core.show(board(ASKED, station="MAU09"))
        await until(pilot, lambda: "MAU09" in app.page.canvas.plain())
        assert over(app) == ""
        await pilot.press("x")
        await until(pilot, lambda: core.of(Look) == [Look(NUMBER)])
        core.say(SHOWN)
        await until(pilot, lambda: "Nguyễn Văn Mẫu" in over(app))

    play(tmp_path, scenario)


def test_a_batch_is_signed_after_its_meaning_was_shown(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("k")
        assert "CB01" in over(app)
        assert core.of(ApproveBatch) == []
        await pilot.press("enter", "enter")
        await until(pilot, lambda: core.of(ApproveBatch) == [ApproveBatch(900, UNSIGNED.digest)])
        core.show(board(unsigned=None))
        core.say(BatchSigned(BATCH))
        await until(pilot, lambda: "Đã ký 37 hồ sơ (lượt L00001)" in over(app))
        await pilot.press("escape")
        await until(pilot, lambda: over(app) == "")

    play(tmp_path, scenario)


def test_a_batch_signed_at_another_desk_is_said(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        await pilot.press("k", "enter")
        core.say(Refused(msg("batch.taken", batch="L00001", officer="CB02")))
        await until(pilot, lambda: over(app) == "")
        await until(pilot, lambda: "CB02" in app.page.canvas.plain())

    play(tmp_path, scenario)


def test_a_call_for_help_is_seen_from_the_page(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.say(SHOWN)
        await until(pilot, lambda: over(app) != "")
        called = board(ASKED)
        core.show(
            msgspec.structs.replace(called, view=msgspec.structs.replace(called.view, help=Help.CALLED))
        )
        await until(pilot, lambda: "☎" in over(app))

    play(tmp_path, scenario)


def test_a_question_answered_elsewhere_takes_its_reason_with_it() -> None:
    state = Reviewed(SHOWN, ASKED, "refuse", "chưa rõ")
    assert with_question(state, board(ASKED)) == state
    gone = with_question(state, board())
    assert (gone.approval, gone.choice, gone.reason) == (None, "", "")
    other = msgspec.structs.replace(ASKED, id="a2")
    assert with_question(state, board(other)).reason == ""
    finger = msgspec.structs.replace(ASKED, kind="finger")
    assert with_question(state, board(finger)).approval is None
    assert "chưa rõ" not in repr(state)


KEYS = st.sampled_from(
    ["1", "2", "3", "0", "enter", "escape", "backspace", "left", "right", "tab", "a", "ế", "f5", "\x1b"]
)


@given(st.lists(KEYS, max_size=30), st.booleans())
def test_no_keys_decide_what_is_not_asked(keys: list[str], asked: bool) -> None:
    """Whatever is pressed: only the choices asked for, only after a choice and Enter; and it can be drawn throughout."""
    state: Reviewed | Signing | None = Reviewed(SHOWN, ASKED if asked else None)
    words = Words("vi")
    for key in keys:
        assert state is not None
        before = state
        state, out = typed(state, key, key if len(key) == 1 else None)
        if out is not None:
            assert asked
            assert isinstance(out, Decide)
            assert isinstance(before, Reviewed)
            assert (key, out.choice) == ("enter", before.choice)
            assert out.choice in ASKED.choices
        if state is None:
            return
    assert state is not None
    draw_review(state, words, 60, 20)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_size_has_its_words_and_its_keys(size: tuple[int, int], language: str) -> None:
    words = Words(language)
    for state in (Reviewed(SHOWN, ASKED), Signing(UNSIGNED, "CB01")):
        page = draw_review(state, words, *size)
        assert "⟦" not in page.canvas.plain()
        assert all(t.rect.x + t.rect.w <= size[0] for t in page.targets)
        assert page.by_key("escape")


def test_a_dossier_without_pictures_and_without_question_can_only_be_closed() -> None:
    bare = msgspec.structs.replace(SHOWN, pictures=(), flags=())
    page = draw_review(Reviewed(bare), Words("vi"), 80, 24)
    assert [target.key for target in page.targets] == ["escape"]
    assert typed(Reviewed(bare), "right", None).page == Reviewed(bare)
