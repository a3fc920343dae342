"""A visit with a badly held card, then the centre takes the dossier over in its own formats."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator

from kiosk.biometrics.iso_face import read_face_record
from kiosk.biometrics.iso_finger import FingerView, read_finger_record
from kiosk.domain.message import Message
from kiosk.hal.world import INVENTED_CARD
from kiosk.workflow.view import Choice
from scripts.schemas import FOLDER
from tests.journeys.stage import Stage, at, decides, run_kiosk
from tests.journeys.test_first_issue import IN_ORDER

pytestmark = pytest.mark.system

UNKNOWN_CARD = INVENTED_CARD.replace("999085000001", "999085999999")
"""Of somebody who is not on the roster."""


def test_the_centre_takes_what_a_visit_sealed(stage: Stage, tmp_path: Path) -> None:
    """C4, X1: a card far off, leaning and soft is read in full resolution; its data alone need an officer; the centre
    gets records."""
    stage.world.change(card=UNKNOWN_CARD, distance=2.4, card_tilt=25, card_blur=1.0)
    stage.start()
    asyncio.run(_visit(stage))
    (line,) = stage.dossiers()
    for name, document in (
        ("manifest.json", Path(line.sealed).with_suffix(".json").read_bytes()),
        ("inner-manifest.json", stage.opened(line)["manifest.json"]),
        ("facts.json", stage.opened(line)["facts.json"]),
    ):
        _fits(name, json.loads(document))
    identified = next(f for f in json.loads(stage.opened(line)["facts.json"]) if f["type"] == "identified")
    assert (identified["source"], identified["card"]["raw"]) == ("card", UNKNOWN_CARD)
    assert "card" in json.loads(stage.opened(line)["manifest.json"])["flags"]
    taken = _taken(stage, Path(line.sealed), tmp_path)
    _fits("export.json", json.loads((taken / "export.json").read_text()))
    views = [_finger(taken / f"{key}.fir") for key in IN_ORDER]
    assert [f"{view.impression}-{view.position:02d}" for view in views] == IN_ORDER
    assert not isinstance(read_face_record((taken / "portrait.fac").read_bytes()), Message)


async def _visit(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen, at(stage, "officer") as officer:
        await citizen.goes_on("identify.card", identify__way="card")
        stage.world.change(holding_card=True)
        view = await citizen.asked("confirm.full_name")
        assert isinstance(view.screen, Choice)
        assert view.screen.shown == "Nguyễn Văn Mẫu"
        stage.world.change(holding_card=False, distance=1.0)
        approving = asyncio.create_task(decides(officer, "dossier", "approve"))
        await citizen.goes_on("done")
        await approving


def _taken(stage: Stage, sealed: Path, folder: Path) -> Path:
    secret = (stage.data / "keys" / "device.key").read_bytes()
    device = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw().hex()
    key = str(stage.data / "demo-keys" / "centre.key")
    command = ("dossier", "export", str(sealed), "--key", key, "--device-key", device)
    done = run_kiosk(*command, "--to", str(folder / "taken"), "--json")
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["place"])


def _fits(name: str, document: object) -> None:
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)


def _finger(path: Path) -> FingerView:
    views = read_finger_record(path.read_bytes())
    assert not isinstance(views, Message), views
    return views[0]
