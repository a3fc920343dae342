"""First issue of the card: one journey from welcome to slip, by every way in."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from kiosk.domain.dossier import DossierState
from kiosk.store.audit import Whole, verify
from kiosk.store.schema import open_for_reading
from kiosk.store.sealing import InnerManifest
from kiosk.workflow.view import Capture, Choice, Review
from tests.journeys.stage import Stage, at, decides, free_of, settles

CARD = "999085000001|171234567|Nguyễn Văn Mẫu|09031985|Nam|Thôn Ví Dụ, Hoằng Cát|16032021"
IN_ORDER = ["flat-13", "flat-14", "flat-15", *(f"rolled-{code:02d}" for code in range(1, 11))]


def test_from_welcome_to_slip(stage: Stage) -> None:
    """C1, C4, C8, X1, X2: known data confirmed, portrait and prints in the prescribed order, sealed, slip in hand."""
    stage.start()
    asyncio.run(_plain_visit(stage))
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    files = stage.opened(line)
    inner = msgspec.json.decode(files["manifest.json"], type=InnerManifest)
    assert [file.name for file in inner.files if file.media == "image/png"] == [
        "portrait.png",
        *(f"{key}.png" for key in IN_ORDER),
    ]
    kinds = [fact["type"] for fact in json.loads(files["facts.json"])]
    assert kinds[:2] == ["notice_shown", "identified"], (
        "the information notice was shown before anything was taken"
    )
    assert kinds.count("confirmed") == 6
    assert files["signature.json"]
    _slip_is_whole(Path(line.slip), line.dossier)
    assert free_of(stage.data, "Nguyễn Văn Mẫu", "999085000001", "09/03/1985")
    chain = open_for_reading(stage.data / "kiosk.db")
    assert isinstance(verify(chain), Whole)
    chain.close()


async def _plain_visit(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        done = await citizen.goes_on("done")
        assert isinstance(done.screen, Choice)
        assert done.screen.shown == done.dossier
        await citizen.answer("done", "taken")
        after = await citizen.asked("welcome")
        assert (after.dossier, after.kept, after.visit) == ("", (), ""), (
            "nothing of the last person stays (C6)"
        )
        asked = [view.screen.id for view in citizen.views]
        assert [key for key in dict.fromkeys(asked) if key.startswith("fingers.")] == [
            f"fingers.{key}" for key in IN_ORDER
        ]
        assert citizen.pictures, "the portrait was guided by a live picture"


def _slip_is_whole(picture: Path, number: str) -> None:
    with Image.open(picture) as slip:
        dots = np.array(slip.convert("L"))
    assert [code.text for code in zxingcpp.read_barcodes(dots)] == [number]
    assert (dots[:, :16] == 255).all(), "nothing reaches the edge of the paper"
    assert (dots[:, -16:] == 255).all(), "nothing reaches the edge of the paper"


def test_identified_by_the_old_card(stage: Stage) -> None:
    """C4: the QR code of the 2021 card before the camera stands for typing."""

    async def journey() -> None:
        stage.world.change(card=CARD)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.card", identify__way="card")
            stage.world.change(holding_card=True)
            view = await citizen.asked("confirm.full_name")
            assert isinstance(view.screen, Choice)
            assert view.screen.shown == "Nguyễn Văn Mẫu"

    stage.start()
    asyncio.run(journey())


def test_a_code_that_is_no_card_is_told_and_harms_nothing(stage: Stage) -> None:
    async def journey() -> None:
        stage.world.change(card="HTTP WWW AD 999|x|\u0000|not a card", holding_card=True)
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.card", identify__way="card")
            hinted = await citizen.sees(lambda v: isinstance(v.screen, Capture) and v.screen.hint is not None)
            assert isinstance(hinted.screen, Capture)
            assert hinted.screen.hint
            assert hinted.screen.hint.code == "card.unreadable"
            await citizen.answer("identify.card", "back")
            await citizen.asked("identify.way")

    stage.start()
    asyncio.run(journey())


def test_identified_by_name_and_year(stage: Stage) -> None:
    """C4, D6: unaccented words in any order and a year of birth."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.name", identify__way="name")
            await citizen.answer("identify.name", "mau van nguyen")
            await citizen.answer("identify.year", "1985")
            view = await citizen.asked("identify.pick")
            assert isinstance(view.screen, Choice)
            labels = [option.label.values.get("name") for option in view.screen.options]
            assert labels[0] == "Nguyễn Văn Mẫu"
            await citizen.answer("identify.pick", "0")
            await citizen.asked("confirm.full_name")

    stage.start()
    asyncio.run(journey())


def test_wrong_numbers_are_asked_again_kindly(stage: Stage) -> None:
    """Eleven digits, an old CMND, letters: each its own sentence, and the question stays."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.number")
            problems = []
            for typed in ("99908500000", "171234567", "not a number", "9990850\u0660\u0660001"):
                view = await citizen.answer("identify.number", typed)
                later = await citizen.sees(lambda v, seen=view: v.revision > seen.revision)  # type: ignore[misc]
                problems.append(later.screen.problem.code)  # type: ignore[union-attr]
            assert problems == ["number.length", "number.old_card", "number.not_digits", "number.not_digits"]

    stage.start()
    asyncio.run(journey())


@pytest.mark.system
def test_somebody_the_roster_does_not_know(stage: Stage) -> None:
    """TT 60/2021 art. 5: not found, any lawful paper, create; NFD text and the wrong Đ are put right; an officer looks."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("identify.not_found", identify__number="999199000077")
            await citizen.answer("identify.not_found", "enter")
            await citizen.answer("enter.full_name", "\u00d0a\u0323\u0306ng Thi\u0323 Hươ\u0300ng")
            await citizen.answer("enter.birth_date", "31022099")
            retry = await citizen.sees(lambda v: getattr(v.screen, "problem", None) is not None)
            assert retry.screen.problem.code == "date.impossible"  # type: ignore[union-attr]
            await citizen.answer("enter.birth_date", "05031999")
            view = await citizen.asked("confirm.full_name")
            assert isinstance(view.screen, Choice)
            assert view.screen.shown == "Đặng Thị Hường"
            going = asyncio.create_task(citizen.goes_on("done"))
            await decides(officer, "dossier", "approve")
            await going

    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    inner = msgspec.json.decode(stage.opened(line)["manifest.json"], type=InnerManifest)
    assert inner.flags == ("entered",)


def test_a_child_is_told_to_see_an_officer(stage: Stage) -> None:
    """C11: from the age of 14."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("identify.not_found", identify__number="999320000077")
            await citizen.answer("identify.not_found", "enter")
            await citizen.answer("enter.full_name", "Nguyễn Thị Bé")
            await citizen.answer("enter.birth_date", "05032020")
            await citizen.answer("identify.too_young", "understood")
            await citizen.asked("welcome")

    stage.start()
    asyncio.run(journey())
    assert stage.dossiers() == []


def test_what_is_wrong_becomes_a_correction(stage: Stage) -> None:
    """C4, D2: the citizen's words are kept beside the known ones, and an officer sees that there are some."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("confirm.hamlet")
            await citizen.answer("confirm.hamlet", "no")
            await citizen.answer("correct", "Thôn Mới")
            view = await citizen.goes_on("review")
            assert isinstance(view.screen, Review)
            notes = {row.key: row.note.code for row in view.screen.rows if row.note}
            assert notes == {"hamlet": "review.will_be_checked"}
            going = asyncio.create_task(citizen.goes_on("done"))
            await settles(officer, "hamlet", "refused")
            await decides(officer, "dossier", "approve")
            await going

    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    facts = json.loads(stage.opened(line)["facts.json"])
    (corrected,) = [fact for fact in facts if fact["type"] == "corrected"]
    assert (corrected["field"], corrected["said"]) == ("hamlet", "Thôn Mới")


def test_a_reader_of_single_fingers_says_so_in_the_dossier(stage: Stage) -> None:
    """X2: the plan is narrowed openly."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("done")

    stage.configure('[devices.fingers]\ndriver = "sim"\nsettings = { reader = "single" }\n')
    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    files = stage.opened(line)
    assert [name for name in files if name.startswith(("flat", "rolled"))] == [
        f"flat-{code:02d}.png" for code in range(1, 11)
    ]
    narrowed = [fact for fact in json.loads(files["facts.json"]) if fact["type"] == "plan_narrowed"]
    assert [fact["enrolment_grade"] for fact in narrowed] == [False]
    assert narrowed[0]["left_out"] == IN_ORDER
    assert narrowed[0]["instead"] == [f"flat-{code:02d}" for code in range(1, 11)]
