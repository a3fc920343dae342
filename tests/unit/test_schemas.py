"""The JSON schemas a centre can check with (X1): as committed, as generated, and true of what the kiosk writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kiosk.domain.dossier import Approved, Corrected, DossierEvent, FingerDescribed, PlanNarrowed, SampleKind
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition
from kiosk.store.ledger import SqliteLedger
from kiosk.store.opening import Opened, open_sealed
from scripts.schemas import DOCUMENTS, FOLDER, schemas
from tests.kit import Keys, begin_dossier, open_ledger, slip_for


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / name).read_text(encoding="utf-8")))


def test_the_committed_schemas_are_the_generated_ones() -> None:
    """`python scripts/schemas.py` writes them again."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == schemas()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((FOLDER / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    keys = Keys()
    with closing(open_ledger(tmp_path_factory.mktemp("data"), keys)) as ledger:
        yield _sealed(ledger, keys.centre)


def _sealed(ledger: SqliteLedger, identity: pyrage.x25519.Identity) -> Opened:
    dossier = begin_dossier(ledger)
    for fact in (
        Corrected("hamlet", "Thôn Ví Dụ", "Thôn Khác"),
        FingerDescribed(FingerPosition.LEFT_RING, FingerExceptionCode.BANDAGED, "Nguyễn Thị Duyệt"),
        PlanNarrowed("reader", enrolment_grade=False),
        Approved("Nguyễn Thị Duyệt", ("correction",)),
    ):
        dossier = ledger.record(dossier, fact)
    dossier, _ = ledger.keep(dossier, SampleKind.PORTRAIT, "portrait", "image/png", b"invented")
    dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
    dossier = ledger.move(dossier, DossierEvent.APPROVE, "desk:0")
    found = open_sealed(Path(ledger.seal(dossier, slip_for(dossier)).file), identity, ledger.keys.public)
    assert isinstance(found, Opened)
    return found


def documents(opened: Opened) -> dict[str, Any]:
    return {
        "manifest.json": json.loads(opened.signed),
        "inner-manifest.json": json.loads(opened.files["manifest.json"]),
        "facts.json": json.loads(opened.files["facts.json"]),
    }


def test_what_is_sealed_fits_its_schemas(opened: Opened) -> None:
    for name, document in documents(opened).items():
        validator(name).validate(document)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


@given(st.data())
def test_a_field_of_another_kind_does_not_fit(opened: Opened, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(documents(opened))))
    document = documents(opened)[name]
    path = data.draw(st.sampled_from(list(_paths(document))))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = {"not": ["this"]} if not isinstance(place[path[-1]], dict) else "text"
    assert not validator(name).is_valid(document)
