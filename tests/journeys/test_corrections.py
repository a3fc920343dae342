"""Wrong data are cleaned with evidence, field by field (C4, D1, D2, O4)."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from kiosk.domain.correction import Evidence, Finding
from kiosk.domain.dossier import DossierState, SampleKind
from kiosk.link.messages import Answer, Decide, DecideCorrection
from kiosk.store import audit
from kiosk.store.schema import open_for_reading
from kiosk.workflow.board import Board
from kiosk.workflow.view import Capture, Choice, Target
from tests.journeys.stage import Person, Stage, at, decides, run_kiosk, settles, standing_at

pytestmark = pytest.mark.system

WRONG_YEAR = {"confirm__birth_date": "no", "correct": "09031958"}


def nothing(_: Capture) -> None:
    """Who has no papers does nothing with them."""


def facts_of(stage: Stage, kind: str) -> list[dict[str, object]]:
    """The facts of one kind in the only dossier, which is sealed."""
    (line,) = stage.dossiers()
    assert line.state == DossierState.SEALED
    return [fact for fact in json.loads(stage.opened(line)["facts.json"]) if fact["type"] == kind]


def events(stage: Stage, kind: str) -> list[dict[str, object]]:
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        assert isinstance(audit.verify(connection), audit.Whole)
        return [json.loads(event.detail) for event in audit.events(connection, kind)]


def slip_of(stage: Stage) -> str:
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        ((slip,),) = connection.execute("select body from slip").fetchall()
    return str(slip)


def asks(board: Board) -> bool:
    return any(approval.kind == "correction" for approval in board.approvals)


async def shows_a_paper(citizen: Person, stage: Stage, **wrong: str) -> None:
    """As far as the officer, with one paper photographed."""
    stage.world.change(holding_paper=False)

    def lay(screen: Capture) -> None:
        stage.world.change(holding_paper=screen.target is Target.PAPER)

    await citizen.goes_on("approval.correction", lay, papers="show", **wrong)


def test_a_wrong_birth_year_is_corrected_with_the_birth_certificate(stage: Stage) -> None:
    """C4, D2: photographed, seen by the officer beside both values, decided, printed, sealed."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await shows_a_paper(citizen, stage, **WRONG_YEAR)
            board = await officer.board_shows(asks)
            (question,) = board.approvals
            assert "1958" not in repr(board), "the board says which field, not what it holds"
            shown = await officer.looks_at(question.dossier)
            datum = {field.item: field for field in shown.fields}["birth_date"]
            assert (datum.known, datum.said, datum.decided) == ("09/03/1985", "09/03/1958", None)
            paper = shown.pictures[0]
            assert (paper.key, paper.kind) == ("evidence-1", SampleKind.EVIDENCE)
            with Image.open(io.BytesIO(paper.png)) as image:
                assert (image.mode, max(image.size)) == ("L", 640)
            assert (await officer.refusal(Decide(question.id, "accepted"))).code == "correction.at_bench"
            await settles(officer, "birth_date", "accepted", Evidence.BIRTH_CERTIFICATE)
            stage.world.change(paper_mm=0.0)
            await decides(officer, "dossier", "approve")
            await citizen.asked("printer.paper_out")

    stage.start()
    asyncio.run(journey())
    assert "09/03/1958" in slip_of(stage)
    assert "09/03/1985" not in slip_of(stage)
    (decided,) = facts_of(stage, "correction_decided")
    assert (decided["verdict"], decided["value"], decided["evidence"], decided["officer"]) == (
        "accepted",
        "09/03/1958",
        "birth_certificate",
        "CB01",
    )
    (line,) = stage.dossiers()
    assert stage.opened(line)["evidence-1.png"].startswith(b"\x89PNG")
    (noted,) = events(stage, "fact.CorrectionDecided")
    assert noted == {
        "field": "birth_date",
        "verdict": "accepted",
        "evidence": "birth_certificate",
        "officer": "CB01",
    }


def test_an_accepted_correction_goes_out_and_its_reply_comes_back(stage: Stage, tmp_path: Path) -> None:
    """D1, D2, X1: counted on the board, sealed onto a stick, answered by the population database, then forgotten."""
    key, age = Ed25519PrivateKey.generate(), stage.data / "demo-keys" / "centre.key"
    pem, config = tmp_path / "centre.pem", tmp_path / "kiosk.toml"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    config.write_text(f'[seal]\nreply_key = "{key.public_key().public_bytes_raw().hex()}"\n')

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await shows_a_paper(citizen, stage, **WRONG_YEAR)
            await settles(officer, "birth_date", "accepted", Evidence.BIRTH_CERTIFICATE)
            await decides(officer, "dossier", "approve")
            await citizen.answer("done", "taken")
            await officer.board_shows(lambda board: board.corrections.decided == 1)
            await officer.signs_in("GS01")
            await citizen.asked("welcome")
            assert (await officer.closes_shift()).counts.corrections == 1

    stage.start()
    asyncio.run(journey())
    device = Ed25519PrivateKey.from_private_bytes((stage.data / "keys" / "device.key").read_bytes())
    centre = ("--device-key", device.public_key().public_bytes_raw().hex())
    core = ("--data", str(stage.data), "--config", str(config), "--json")
    assert run_kiosk("corrections", "export", *core, "--to", str(tmp_path)).returncode == 2, "the core runs"
    stage.stop()
    exported = run_kiosk("corrections", "export", *core, "--to", str(tmp_path))
    place = json.loads(exported.stdout)["place"]
    opened = ("corrections", "open", place, *centre, "--key", str(age), "--to", str(tmp_path / "open"))
    assert run_kiosk(*opened).returncode == 0
    (inner,) = (tmp_path / "open").glob("*/correction.json")
    (field,) = json.loads(inner.read_text())["fields"]
    assert (field["known"], field["value"]) == ("09/03/1985", "09/03/1958")
    reply = str(tmp_path / "reply.json")
    replying = ("corrections", "reply", place, *centre, "--sign", str(pem), "--out", reply)
    assert run_kiosk(*replying).returncode == 0
    taken = run_kiosk("corrections", "import", reply, *core)
    assert json.loads(taken.stdout) == {"accepted": 1, "refused": 0, "same": 0}
    assert list((stage.data / "corrections").iterdir()) == []
    assert [event["field"] for event in events(stage, "correction.accepted")] == ["birth_date"]


def test_the_officer_reads_the_paper_differently_and_refuses_another(stage: Stage) -> None:
    """D2: one field after the other; what was known stays where the paper does not bear it out."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            wrong = {**WRONG_YEAR, "confirm__sex": "no", "correct__sex": "female"}
            await shows_a_paper(citizen, stage, **wrong)
            board = await officer.board_shows(asks)
            bad = Finding(Evidence.BIRTH_CERTIFICATE, "31/02/1958")
            refused = await officer.refusal(DecideCorrection(board.approvals[0].id, "differently", bad))
            assert refused.code == "date.impossible"
            await settles(officer, "birth_date", "differently", Evidence.OLD_CARD, "8/3/1958")
            await settles(officer, "sex", "refused", Evidence.BIRTH_CERTIFICATE)
            stage.world.change(paper_mm=0.0)
            await decides(officer, "dossier", "approve")
            await citizen.asked("printer.paper_out")

    stage.start()
    asyncio.run(journey())
    decided = {fact["field"]: fact["value"] for fact in facts_of(stage, "correction_decided")}
    assert decided == {"birth_date": "08/03/1958", "sex": "male"}
    assert "08/03/1958" in slip_of(stage)


def test_without_papers_known_data_stay(stage: Stage) -> None:
    """D2: a word alone changes nothing; the visit goes on all the same."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("approval.correction", nothing, **WRONG_YEAR)
            board = await officer.board_shows(asks)
            claim = Finding(Evidence.BIRTH_CERTIFICATE)
            refused = await officer.refusal(DecideCorrection(board.approvals[0].id, "accepted", claim))
            assert refused.code == "correction.needs_paper"
            stage.world.change(paper_mm=0.0)
            await settles(officer, "birth_date", "refused")
            await decides(officer, "dossier", "approve")
            await citizen.asked("printer.paper_out")

    stage.start()
    asyncio.run(journey())
    assert "09/03/1985" in slip_of(stage)
    assert facts_of(stage, "evidence_shown") == [{"type": "evidence_shown", "papers": 0}]


def test_another_day_keeps_everything_and_asks_for_the_papers_again(stage: Stage) -> None:
    """C6, D2, O3: nobody is held up; whoever comes back with the paper goes on from there."""

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await citizen.goes_on("approval.correction", nothing, **WRONG_YEAR)
            await settles(officer, "birth_date", "another_day")
            await citizen.asked("over.cannot_today")
            await citizen.asked("welcome")
            await citizen.goes_on("papers")
            await officer.board_shows(lambda board: not board.approvals)
            await shows_a_paper(citizen, stage)
            await settles(officer, "birth_date", "accepted", Evidence.RESIDENCE)
            await decides(officer, "dossier", "approve")
            await citizen.asked("done")

    stage.start()
    asyncio.run(journey())
    assert [fact["papers"] for fact in facts_of(stage, "evidence_shown")] == [0, 1]


def test_an_unreadable_photograph_is_taken_again(stage: Stage) -> None:
    async def journey() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await shows_a_paper(citizen, stage, **WRONG_YEAR)
            await settles(officer, "birth_date", "papers_again")
            asked = await citizen.asked("papers")
            assert isinstance(asked.screen, Choice)
            assert [option.key for option in asked.screen.options] == ["show", "none"]
            await shows_a_paper(citizen, stage)
            await settles(officer, "birth_date", "accepted", Evidence.BIRTH_CERTIFICATE)
            await decides(officer, "dossier", "approve")
            await citizen.asked("done")

    stage.start()
    asyncio.run(journey())
    (line,) = stage.dossiers()
    assert [name for name in stage.opened(line) if name.startswith("evidence")] == ["evidence-1.png"]
    assert len(facts_of(stage, "sample_retracted")) == 1


def test_killed_between_paper_and_decision(stage: Stage) -> None:
    """Nothing is asked twice: the photograph, a decision, each is on disk before the next is asked."""

    async def until_one_is_decided() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            wrong = {**WRONG_YEAR, "confirm__sex": "no", "correct__sex": "female"}
            await shows_a_paper(citizen, stage, **wrong)
            stage.kill()
        stage.start()
        async with at(stage, "officer") as officer:
            await settles(officer, "birth_date", "accepted", Evidence.BIRTH_CERTIFICATE)
            await officer.board_shows(lambda b: any(a.id.endswith("/sex") for a in b.approvals))
            stage.kill()

    async def the_rest() -> None:
        async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
            await settles(officer, "sex", "refused", Evidence.BIRTH_CERTIFICATE)
            await decides(officer, "dossier", "approve")
            await citizen.asked("done")
            assert not [v for v in citizen.views if v.screen.id.startswith("papers")]

    stage.start()
    asyncio.run(until_one_is_decided())
    stage.start()
    asyncio.run(the_rest())
    assert len(events(stage, "fact.CorrectionDecided")) == 2
    assert len(facts_of(stage, "evidence_shown")) == 1


def test_an_officer_who_is_away_is_reminded(stage: Stage) -> None:
    """P10: the question grows urgent on the board, and the citizen is told; nothing is decided by waiting."""
    stage.configure("[officer]\npatience = 0.5\n")

    async def journey() -> None:
        async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
            await citizen.goes_on("approval.correction", nothing, **WRONG_YEAR)
            await citizen.sees(lambda v: "approval.away" in [m.code for m in getattr(v.screen, "body", ())])
            board = await desk.board_shows(lambda b: any(alert.urgent for alert in b.alerts))
            asked = DecideCorrection(board.approvals[0].id, "refused", Finding())
            assert (await desk.refusal(asked)).code == "people.sign_in"
            await desk.signs_in("HD01")
            assert (await desk.refusal(asked)).code == "people.not_yours"
            await desk.signs_in("GS01")
            await settles(desk, "birth_date", "refused")
            await decides(desk, "dossier", "approve")
            citizen.send(Answer("done", "taken"))

    stage.start()
    asyncio.run(journey())
