"""The citizen's screen on a real socket: what is drawn, what is pressed, what never happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from textual import events
from textual.pilot import Pilot

from kiosk.domain.dossier import ITEMS
from kiosk.domain.message import msg
from kiosk.link.messages import Answer, CallOfficer, Leave, ReadAloud, SetLanguage, Touch
from kiosk.tui import gallery
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.citizen.scene import LONGEST_TEXT
from kiosk.tui.drawings import face_picture
from kiosk.workflow.view import Capture, Choice, Entry, Help, KeySet, Option, Review, Row, Target, View
from tests.unit.fake_core import FakeCore

Scenario = Callable[[FakeCore, CitizenApp, Pilot[None]], Awaitable[None]]


def play(tmp_path: Path, scenario: Scenario, size: tuple[int, int] = (80, 24), settle: float = 0.0) -> None:
    async def run() -> None:
        async with FakeCore(tmp_path / "run" / "citizen.sock") as core:
            app = CitizenApp(core.path, settle=settle)
            async with app.run_test(size=size) as pilot:
                await scenario(core, app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not happen")


async def shown(core: FakeCore, app: CitizenApp, pilot: Pilot[None], view: View) -> None:
    await until(pilot, lambda: core.greetings > 0)
    core.show(view)
    await until(pilot, lambda: app._view == view)
    await pilot.pause()


def text(app: CitizenApp) -> str:
    return app.page.canvas.plain()


async def tap(app: CitizenApp, pilot: Pilot[None], key: str) -> None:
    target = app.page.by_key(key)
    assert target is not None, key
    rect = target.rect
    assert await pilot.click(offset=(rect.x + rect.w // 2, rect.y + rect.h // 2))


async def keys(app: CitizenApp, pilot: Pilot[None], *names: str) -> None:
    """Keys without the pilot's wait behind each of them."""
    for name in names:
        app.post_message(events.Key(name, name if len(name) == 1 else None))
    await pilot.pause()


def touch(app: CitizenApp, key: str) -> None:
    """A finger down and up in the middle of a target."""
    target = app.page.by_key(key)
    assert target is not None, key
    rect = target.rect
    for what in ("down", "up"):
        app.finger(what, rect.x + rect.w / 2, rect.y + rect.h / 2)


def number(step: str = "identify", **more: object) -> View:
    return gallery.view(gallery.number_entry(), step, **more)


def items(count: int) -> Choice:
    """A choice of many short labels."""
    labels = [msg(f"item.{item}") for item in ITEMS]
    options = tuple(Option(f"k{n}", labels[n % len(labels)]) for n in range(count))
    return Choice("many", msg("review.which"), options)


@pytest.mark.parametrize("by", ["key", "touch"])
def test_a_choice_is_answered_alike_by_key_and_by_touch(tmp_path: Path, by: str) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(items(4)))
        await (pilot.press("2") if by == "key" else tap(app, pilot, "2"))
        await until(pilot, lambda: core.of(Answer) == [Answer("many", "k1")])
        await pilot.press("1")
        await pilot.pause(0.05)
        assert len(core.of(Answer)) == 1, "a question takes one answer"
        assert "●" in text(app), "the option pressed is marked"

    play(tmp_path, scenario)


def test_the_second_tap_of_a_trembling_hand_does_not_answer_the_next_question(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.welcome()))
        await tap(app, pilot, "1")
        await pilot.press("1")
        await pilot.press("1")
        await until(pilot, lambda: bool(core.of(Touch)))
        assert core.of(Answer) == [Answer("welcome", "first_issue")]

    play(tmp_path, scenario, settle=3600.0)


def test_the_bar_calls_stops_and_changes_language(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        await pilot.press("f1", "f2", "f3")
        await until(pilot, lambda: len(core.received) >= 4)
        assert core.of(CallOfficer) and core.of(Leave) and core.of(SetLanguage) == [SetLanguage("en")]
        await shown(core, app, pilot, number(step=""))
        assert app.page.by_key("f2") is None, "nothing to stop outside an activity"

    play(tmp_path, scenario)


def test_what_can_be_heard_is_asked_for_by_key_and_by_finger(tmp_path: Path) -> None:
    """C7: only where there is a speaker; asking is no answer, and what was typed stays."""

    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        assert app.page.by_key("f8") is None
        await shown(core, app, pilot, number(read_aloud=True))
        await keys(app, pilot, "9", "9", "f8")
        touch(app, "f8")
        await until(pilot, lambda: len(core.of(ReadAloud)) == 2)
        assert (app._local.typed, core.of(Answer)) == ("99", [])

    play(tmp_path, scenario)


def test_more_than_two_languages_are_chosen_on_a_page_of_their_own(tmp_path: Path) -> None:
    """C7: in the languages of the place."""

    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.welcome(), languages=gallery.SIX))
        await pilot.press("f3")
        assert "H’Mông" in text(app)
        await pilot.press("6")
        await until(pilot, lambda: core.of(SetLanguage) == [SetLanguage("hmn")])

    play(tmp_path, scenario)


def test_twelve_digits_are_typed_corrected_and_sent(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        await keys(app, pilot, *"99915600000", "enter")
        assert "Còn thiếu 1 số." in text(app)
        assert not core.of(Answer)
        await tap(app, pilot, "7")
        await keys(app, pilot, "backspace", "1", "5", "enter")
        await until(pilot, lambda: core.of(Answer) == [Answer("identify.number", "999156000001")])

    play(tmp_path, scenario)


def test_what_was_typed_stays_while_the_question_is_the_same_and_goes_with_the_visit(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number(visit="a"))
        await pilot.press("9", "8")
        await shown(core, app, pilot, number(visit="a", help=Help.CALLED))
        assert app._local.typed == "98"
        assert "☎" in text(app)
        await shown(core, app, pilot, number(visit="b"))
        assert app._local.typed == ""

    play(tmp_path, scenario)


def test_ways_out_of_a_keypad_are_one_key_away(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        ways = (Option("card", msg("identify.way.card")), Option("name", msg("identify.way.name")))
        screen = Entry("many", msg("identify.number"), KeySet.DIGITS, 12, options=ways)
        await shown(core, app, pilot, gallery.view(screen, "identify"))
        await pilot.press("f4", "2")
        await until(pilot, lambda: core.of(Answer) == [Answer("many", "name")])
        await shown(core, app, pilot, number())
        await pilot.press("f4")
        await until(pilot, lambda: core.of(Answer)[1:] == [Answer("identify.number", "back")])

    play(tmp_path, scenario)


def test_a_name_is_typed_and_sent_by_touch_alone(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.name_entry(), "identify"))
        for key in ("2", "2", "1", "2", "9", "2", "5", "2"):  # Đ, Ă, marks: Ằ, N
            touch(app, key)
        assert app._local.typed == "ĐẰN"
        for key in ("backspace", "space", "9", "escape", "5", "1"):
            touch(app, key)
        await tap(app, pilot, "enter")
        await until(pilot, lambda: core.of(Answer) == [Answer("identify.name", "ĐẰ M")])

    play(tmp_path, scenario)


def test_a_keyboard_types_vietnamese_and_a_paste_cannot_hurt(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.name_entry(), "identify"))
        for letter in "Nguye\u0302\u0303n":
            app.post_message(events.Key("x", letter))
        await pilot.pause()
        assert app._local.typed == "Nguyễn"
        app.post_message(events.Paste("\x1b[2J\x00 Thị\r\n\u202eMẫu" + "A" * 10_000_000))
        await until(pilot, lambda: len(app._local.typed) == LONGEST_TEXT)
        assert app._local.typed.startswith("Nguyễn2J ThịMẫuAAA"), "letters stay, controls go"
        assert app._local.typed.isprintable()

    play(tmp_path, scenario)


def test_digits_are_not_letters_and_letters_are_not_digits(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        await pilot.press("a", "space", "٣", "4")
        app.post_message(events.Paste("12-34 56\n" + "7" * 1_000_000))
        await until(pilot, lambda: len(app._local.typed) == 12)
        assert app._local.typed == "412345677777"

    play(tmp_path, scenario)


def test_idle_any_key_is_a_touch_and_answers_nothing(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number(idle_left=9, visit="v"))
        assert "9 giây" in text(app)
        assert "định danh" not in text(app), "nothing of the visit under the warning"
        await pilot.press("1")
        await until(pilot, lambda: bool(core.of(Touch)))
        await tap(app, pilot, "1")
        assert app._local.typed == ""
        assert len(core.received) == 1, "touches are sent at most once a second"

    play(tmp_path, scenario)


def test_a_core_that_goes_away_is_waited_for_and_the_question_comes_back(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        await pilot.press("9")
        await core.stop()
        await until(pilot, lambda: "Máy đang chuẩn bị" in text(app))
        await pilot.press("1", "f1")
        await core.start()
        await until(pilot, lambda: "định danh" in text(app))
        assert app._local.typed == "", "nothing of a person outlives the connection"
        assert core.greetings == 2

    play(tmp_path, scenario)


def test_live_pictures_are_drawn_and_broken_ones_are_not(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(
            core, app, pilot, gallery.view(Capture("portrait", msg("portrait"), Target.PORTRAIT), "portrait")
        )
        blank = _painted(app)
        core.picture(msgspec.structs.replace(face_picture(), width=7))
        await pilot.pause(0.05)
        assert app._picture is None
        app._drawn = float("-inf")
        core.picture(face_picture())
        await until(pilot, lambda: app._picture is not None)
        await pilot.pause()
        assert _painted(app).count("▀") > blank.count("▀") + 200
        await shown(core, app, pilot, number())
        assert app._picture is None, "no face stays for the next question"

    play(tmp_path, scenario)


def _painted(app: CitizenApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(app.size))


def test_a_signature_is_drawn_cleared_and_sent_as_strokes(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        asked = gallery.view(gallery.signing(), "sign")
        await shown(core, app, pilot, asked)
        await pilot.press("2")
        assert "Chưa có chữ ký" in text(app)
        pad = app.page.pad
        assert pad is not None
        app.finger("down", pad.x + 2.0, pad.y + 1.0)
        app.finger("move", pad.x + 30.5, pad.y + 4.25)
        app.finger("up", pad.x + 30.5, pad.y + 4.25)
        assert any("\u2801" <= letter <= "\u28ff" for letter in text(app))
        await pilot.press("1")
        assert app._local.strokes == ()
        app.finger("down", pad.x + 2.0, pad.y + 1.0)
        app.finger("move", pad.x + float(pad.w - 1), pad.y + 1.0)
        await pilot.press("2")
        await until(pilot, lambda: bool(core.of(Answer)))
        (answer,) = core.of(Answer)
        assert isinstance(answer, Answer)
        strokes = json.loads(answer.value)
        assert len(strokes) == 1
        assert all(0 <= value <= 1000 for stroke in strokes for point in stroke for value in point)
        await shown(core, app, pilot, msgspec.structs.replace(asked, revision=2))
        assert "Chưa có chữ ký" in text(app), "what was too little is said, and the pad is free again"

    play(tmp_path, scenario)


def test_signing_needs_no_finger(tmp_path: Path) -> None:
    """C3: who cannot sign goes on by a key."""

    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.signing(), "sign"))
        await pilot.press("3")
        await until(pilot, lambda: core.of(Answer) == [Answer("sign", "mark")])

    play(tmp_path, scenario)


def test_a_long_review_is_read_to_its_end_by_keys(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        rows = tuple(Row(str(n), msg("item.full_name"), f"GIÁ TRỊ {n}") for n in range(40))
        review = Review("review", msg("review"), rows, gallery.YES_NO)
        await shown(core, app, pilot, gallery.view(review, "review"))
        seen = set()
        for _ in range(12):
            seen |= {n for n in range(40) if f"GIÁ TRỊ {n} " in text(app).replace("\n", " \n") + " "}
            await pilot.press("pagedown")
        assert seen == set(range(40))

    play(tmp_path, scenario)


def test_many_options_are_turned_page_by_page(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(items(20)))
        await pilot.press("0", "0", "1")
        await until(pilot, lambda: core.of(Answer) == [Answer("many", "k16")])

    play(tmp_path, scenario)


def test_every_size_survives_and_comes_back(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        for size in ((5, 12), (1, 1), (160, 45)):
            await pilot.resize_terminal(*size)
            for shot in gallery.shots()[::2]:
                if shot.view is not None:
                    app.show(shot.view, shot.local)
        await pilot.resize_terminal(80, 24)
        app.show(number())
        await pilot.pause()
        assert "định danh" in text(app)

    play(tmp_path, scenario)


def test_a_hint_and_praise_are_words_with_a_sign(tmp_path: Path) -> None:
    """C2: say so, and show that it helped."""

    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, gallery.view(gallery.wet(), "fingers"))
        assert "Ngón tay hơi ướt." in text(app)
        assert "▸ Ông/bà lau khô" in text(app)
        assert "bấm F1" in text(app), "whom to ask when nothing helps"
        good = gallery.placing("rolled", 3, (3,), (1, 2, 3), hint="good", good=True)
        await shown(core, app, pilot, gallery.view(good, "fingers", notice=msg("resumed")))
        assert "✓ Tốt rồi" in text(app)
        assert "làm tiếp" in text(app)
        await shown(core, app, pilot, gallery.view(gallery.wet(), "fingers", help=Help.COMING))
        assert "bấm F1" not in text(app)

    play(tmp_path, scenario)


def test_an_answer_that_was_not_taken_says_why_and_may_be_mended(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        asked = gallery.view(gallery.entry("identify.year", KeySet.DIGITS, 4), "identify")
        await shown(core, app, pilot, asked)
        await keys(app, pilot, "1", "7", "5", "6", "enter")
        await until(pilot, lambda: core.of(Answer) == [Answer("identify.year", "1756")])
        wrong = gallery.entry("identify.year", KeySet.DIGITS, 4, "year.impossible")
        await shown(core, app, pilot, msgspec.structs.replace(asked, revision=2, screen=wrong))
        assert "Năm này chưa đúng" in text(app)
        await keys(app, pilot, "backspace", "backspace", "backspace")
        assert "Năm này chưa đúng" not in text(app)
        await keys(app, pilot, "9", "5", "6", "enter")
        await until(pilot, lambda: core.of(Answer)[1:] == [Answer("identify.year", "1956")])

    play(tmp_path, scenario)


def fits(app: CitizenApp, size: tuple[int, int]) -> bool:
    return (app.page.canvas.width, app.page.canvas.height) == size


def test_the_page_has_the_size_of_the_terminal_at_once(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: CitizenApp, pilot: Pilot[None]) -> None:
        await shown(core, app, pilot, number())
        for size in ((80, 23), (120, 40), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(pilot, partial(fits, app, size))

    play(tmp_path, scenario)
