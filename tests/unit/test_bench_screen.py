"""The correction bench on the officer's page: keys, what they send, and how it is drawn (D2, O4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from kiosk.domain.correction import Evidence, Finding
from kiosk.domain.message import msg
from kiosk.link.messages import DecideCorrection, Look, Refused
from kiosk.locale import Words
from kiosk.tui.gallery_corrections import bench_shots, dossier, question
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.bench import EMPTY, offered
from kiosk.tui.officer.review import typed, with_question
from kiosk.tui.officer.review_page import FAR, Reviewed, Signing, draw_review
from kiosk.tui.vietnamese import Typing
from kiosk.workflow.board import Approval
from tests.unit.fake_core import FakeCore
from tests.unit.test_review_screen import board, over, play, until

ASKED = question("birth_date")
AT = Reviewed(dossier(), ASKED)
BARE = Reviewed(dossier(papers=False), ASKED)


def press(state: Reviewed, *keys: str) -> tuple[Reviewed | Signing | None, object]:
    """Press the keys one after the other; the page after them and the last message."""
    out: object = None
    after: Reviewed | Signing | None = state
    for key in keys:
        assert after is not None
        after, out = typed(after, key, key if len(key) == 1 else None, Typing.TELEX)
    return after, out


def test_accepted_takes_the_kind_of_paper_and_a_reason_and_the_page_stays() -> None:
    after, out = press(AT, "1", "1", *"khop", "enter")
    assert out == DecideCorrection(ASKED.id, "accepted", Finding(Evidence.BIRTH_CERTIFICATE), "khop")
    assert isinstance(after, Reviewed)
    assert after.bench == EMPTY


def test_by_the_paper_takes_the_officers_own_reading() -> None:
    _, nothing = press(AT, "2", "enter", "enter")
    assert nothing is None, "an empty reading is none"
    _, out = press(AT, "2", *"8/3/1958", "enter", "3", "enter")
    assert out == DecideCorrection(ASKED.id, "differently", Finding(Evidence.OLD_CARD, "8/3/1958"))
    name = replace(AT, approval=question("full_name"))
    _, out = press(name, "2", *"Maaux", "enter", "1", "enter")
    assert isinstance(out, DecideCorrection)
    assert out.finding.value == "Mẫu", "typed on a plain keyboard"


@pytest.mark.parametrize(("key", "choice"), [("4", "papers_again"), ("5", "another_day")])
def test_what_the_citizen_is_asked_first_takes_the_page_away(key: str, choice: str) -> None:
    after, out = press(AT, key, "enter")
    assert after is None
    assert out == DecideCorrection(ASKED.id, choice, Finding())


def test_without_a_paper_only_what_was_known_can_stay() -> None:
    assert list(offered(ASKED, BARE.shown)) == ["3", "4", "5"]
    assert press(BARE, "1") == (BARE, None)
    _, out = press(BARE, "3", "enter")
    assert out == DecideCorrection(ASKED.id, "refused", Finding())
    phone = question("phone")
    assert list(offered(phone, BARE.shown)) == ["1", "2", "3", "4", "5"]


def test_escape_goes_one_question_back() -> None:
    reason, _ = press(AT, "2", *"1958", "enter", "1")
    assert isinstance(reason, Reviewed)
    evidence, _ = press(reason, "escape")
    value, _ = press(evidence, "escape")  # type: ignore[arg-type]
    assert isinstance(value, Reviewed)
    assert value.bench.value == "1958"
    assert press(value, "escape", "escape")[0] is None


def test_a_paper_comes_nearer_and_is_moved_about() -> None:
    near, _ = press(AT, "z", "right", "down", "left", "left")
    assert isinstance(near, Reviewed)
    assert (near.lens.zoom, near.lens.x, near.lens.y) == (2, 0, 1)
    assert press(AT, "z", "z", "z", "z")[0] == replace(AT, lens=FAR)
    assert press(near, "escape")[0] == AT


def test_the_next_question_takes_nothing_of_the_one_before_along() -> None:
    half, _ = press(AT, "2", *"1958")
    assert isinstance(half, Reviewed)
    assert with_question(half, board(ASKED)) == half
    assert with_question(half, board(question("sex"))).bench == EMPTY
    assert "1958" not in repr(half)


KEYS = st.sampled_from(
    [*"1234567890z", "enter", "escape", "backspace", "left", "right", "up", "down", "a", "ế", "\x1b"]
)


@given(st.lists(KEYS, max_size=30), st.booleans(), st.sampled_from(["birth_date", "sex", "phone"]))
def test_no_keys_send_what_is_not_offered(keys: list[str], papers: bool, item: str) -> None:
    asked = question(item)
    state: Reviewed | Signing | None = Reviewed(dossier(papers=papers), asked)
    for key in keys:
        assert isinstance(state, Reviewed)
        state, out = typed(state, key, key if len(key) == 1 else None)
        if out is not None:
            assert isinstance(out, DecideCorrection)
            assert key == "enter"
            assert out.choice in offered(asked, dossier(papers=papers)).values()
        if state is None:
            return
        assert isinstance(state, Reviewed)
    assert state is not None
    draw_review(state, Words("vi"), 60, 20)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_question_has_its_words_and_its_keys(size: tuple[int, int], language: str) -> None:
    for shot in bench_shots():
        page = draw_review(shot.state, Words(language), *size)
        assert "⟦" not in page.canvas.plain()
        assert all(t.rect.x + t.rect.w <= size[0] and t.rect.y < size[1] for t in page.targets)
        assert page.by_key("escape")


def test_one_field_after_the_other_without_leaving_the_page(tmp_path: Path) -> None:
    """D2: decided, looked at afresh, the next question; then the dossier as a whole, and back to the desk."""

    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.show(board(ASKED))
        await until(pilot, lambda: "còn 1 chỗ chưa quyết" in app.page.canvas.plain())
        assert "1958" not in app.page.canvas.plain()
        await pilot.press("x")
        await until(pilot, lambda: len(core.of(Look)) == 1)
        core.say(dossier())
        await until(pilot, lambda: "▶ Ngày sinh" in over(app))
        await pilot.press("1", "1", *"khowps", "enter")
        await until(pilot, lambda: len(core.of(DecideCorrection)) == 1)
        seen = Finding(Evidence.BIRTH_CERTIFICATE)
        assert core.of(DecideCorrection) == [DecideCorrection(ASKED.id, "accepted", seen, "khớp")]
        core.show(board(question("sex")))
        await until(pilot, lambda: len(core.of(Look)) == 2)
        core.say(dossier())
        await until(pilot, lambda: "quyết định: Giới tính" in over(app))
        whole = msgspec.structs.replace(ASKED, id="d", kind="dossier", choices=("approve", "refuse"))
        core.show(board(whole))
        await until(pilot, lambda: "Duyệt" in over(app))
        await pilot.press("1", "enter")
        await until(pilot, lambda: over(app) == "")

    play(tmp_path, scenario)


def test_a_refused_decision_is_said_at_the_desk(tmp_path: Path) -> None:
    async def scenario(core: FakeCore, app: OfficerApp, pilot: Pilot[None]) -> None:
        core.show(board(ASKED))
        core.say(dossier())
        await until(pilot, lambda: "▶ Ngày sinh" in over(app))
        core.say(Refused(msg("correction.needs_paper", item=msg("item.birth_date"))))
        await until(pilot, lambda: over(app) == "" and "giấy tờ đã chụp" in app.page.canvas.plain())

    play(tmp_path, scenario)


def test_the_list_on_the_board_leads_to_the_bench() -> None:
    from kiosk.tui.officer.approvals import from_list

    assert from_list(ASKED) == ()
    other = msgspec.structs.replace(ASKED, kind="dossier")
    assert isinstance(other, Approval)
    assert from_list(other) == ASKED.choices
