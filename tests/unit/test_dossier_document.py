"""What `docs/dossier-format.md` says is enough to open, check and verify what the kiosk seals (X1)."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import msgspec
import pyrage
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.dossier import (
    Approved,
    Dossier,
    DossierEvent,
    DossierState,
    Fact,
    Sample,
    SampleKind,
    Source,
)
from kiosk.domain.fingers import FingerExceptionCode
from kiosk.domain.states import TRANSITIONS
from kiosk.domain.time import Reading
from kiosk.store.audit import COLUMNS
from kiosk.store.sealing import InnerFile, InnerManifest, Manifest, sample_name
from kiosk.workflow.ledger import Sealed
from tests.kit import Keys, begin_dossier, open_ledger, slip_for
from tests.unit.documents import blocks, codes, page, spans, table


class Spooled(msgspec.Struct, frozen=True):
    """A data folder with two sealed dossiers; `first` and `second` are what the ledger said of them."""

    data: Path
    keys: Path
    first: Sealed
    second: Sealed
    samples: tuple[Sample, ...]


SAMPLES = (
    (SampleKind.PORTRAIT, "portrait", "image/png"),
    (SampleKind.FINGER, "flat-13", "image/png"),
    (SampleKind.FINGER, "rolled-02", "image/png"),
    (SampleKind.SIGNATURE, "signature", "application/json"),
    (SampleKind.MARK, "mark", "image/png"),
    (SampleKind.HANDS, "hands", "image/png"),
    (SampleKind.EVIDENCE, "evidence-1", "image/png"),
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Spooled:
    folder = tmp_path_factory.mktemp("sealed")
    keys = Keys()
    (folder / "centre.key").write_text(f"{keys.centre}\n")
    data = folder / "data"
    with closing(open_ledger(data, keys)) as ledger:
        found = []
        for _ in range(2):
            dossier = begin_dossier(ledger)
            for kind, key, media in SAMPLES:
                dossier, _sample = ledger.keep(dossier, kind, key, media, f"invented {key}".encode())
            dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
            dossier = ledger.record(dossier, Approved("Nguyễn Thị Duyệt", ("doubt",)))
            dossier = ledger.move(dossier, DossierEvent.APPROVE, "desk:0")
            found.append(ledger.seal(dossier, slip_for(dossier)))
    return Spooled(data, folder / "centre.key", found[0], found[1], dossier.samples)


def script(name: str, folder: Path) -> Path:
    """The document's Python code that calls `name`, as a file."""
    (block,) = [block for block in blocks(page("dossier-format.md")) if f"{name}(" in block]
    path = folder / f"{name}.py"
    path.write_text(block, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def public_key(sealed: Spooled, tmp_path_factory: pytest.TempPathFactory) -> str:
    """X1: printed as the document says."""
    told = run(script("public_key", tmp_path_factory.mktemp("key")), sealed.data / "keys" / "device.key")
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


def test_the_documents_program_accepts_what_the_kiosk_sealed(
    sealed: Spooled, public_key: str, tmp_path: Path
) -> None:
    verify = script("verify", tmp_path)
    assert run(verify, sealed.first.file, public_key).returncode == 0
    assert run(verify, sealed.second.file, public_key).returncode == 0


@pytest.mark.parametrize("field", [name for name in Manifest.__struct_fields__ if name != "signature"])
def test_the_documents_rule_covers_every_field(
    sealed: Spooled, public_key: str, field: str, tmp_path: Path
) -> None:
    """Followed in this process for each field changed, as the program of the document does."""
    manifest = json.loads(Path(sealed.first.file).with_suffix(".json").read_text(encoding="utf-8"))
    signature = bytes.fromhex(manifest.pop("signature"))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    key.verify(signature, canonical(manifest))
    manifest[field] = "something else"
    with pytest.raises(InvalidSignature):
        key.verify(signature, canonical(manifest))


def canonical(manifest: dict[str, Any]) -> bytes:
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return b"kiosk.dossier.v1\0" + text.encode()


@pytest.mark.parametrize("damage", ["file", "manifest", "key"])
def test_the_documents_program_refuses_what_was_changed(
    sealed: Spooled, public_key: str, damage: str, tmp_path: Path
) -> None:
    age = Path(shutil.copy(sealed.first.file, tmp_path))
    manifest = Path(shutil.copy(Path(sealed.first.file).with_suffix(".json"), tmp_path))
    if damage == "file":
        age.write_bytes(age.read_bytes() + b"x")
    if damage == "manifest":
        manifest.write_text(manifest.read_text().replace('"counter":1', '"counter":2'))
    key = "00" * 32 if damage == "key" else public_key
    assert run(script("verify", tmp_path), age, key).returncode != 0


def opened(sealed: Spooled, which: Sealed) -> tarfile.TarFile:
    identity = pyrage.x25519.Identity.from_str(sealed.keys.read_text().strip())
    return tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(Path(which.file).read_bytes(), [identity])))


def test_the_documents_command_opens_it(sealed: Spooled) -> None:
    assert shutil.which("age"), "the age program is missing: install the Debian package `age`"
    (command,) = [block for block in blocks(page("dossier-format.md")) if block.startswith("age ")]
    told = command.replace("KEY", str(sealed.keys)).replace("FILE.age", sealed.first.file)
    listed = subprocess.run(told, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert listed.stdout.split()[:2] == ["manifest.json", "facts.json"]


def test_every_file_inside_is_described(sealed: Spooled) -> None:
    shown = [codes(row[0])[0] for row in table(page("dossier-format.md"), "file")]
    with opened(sealed, sealed.first) as tar:
        names = tar.getnames()
    assert names == ["manifest.json", "facts.json", *(sample_name(sample) for sample in sealed.samples)]
    named = {re.sub(r"evidence-\d\.", "evidence-N.", re.sub(r"-\d\d\.", "-PP.", name)) for name in names}
    assert set(shown) == named


def test_every_file_inside_is_the_one_the_inner_manifest_names(sealed: Spooled) -> None:
    """As the centre is told to check."""
    with opened(sealed, sealed.first) as tar:
        contents = {name: file.read() for name in tar.getnames() if (file := tar.extractfile(name))}
    inner = json.loads(contents.pop("manifest.json"))
    assert {file["name"]: file["sha256"] for file in inner["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items()
    }
    assert [file["size"] for file in inner["files"]] == [len(content) for content in contents.values()]


def test_every_field_and_every_fact_is_described() -> None:
    text = page("dossier-format.md")
    outer = {name for row in table(text, "field") for name in codes(row[0])}
    assert outer == set(Manifest.__struct_fields__) | set(InnerManifest.__struct_fields__)
    assert set(InnerFile.__struct_fields__) | set(Reading.__struct_fields__) <= spans(text)
    facts = {codes(row[0])[0]: set(codes(row[1])) for row in table(text, "type")}
    kinds = {str(kind.__struct_config__.tag): set(kind.__struct_fields__) for kind in get_args(Fact)}
    assert facts.keys() == kinds.keys()
    for tag, fields in kinds.items():
        assert fields <= facts[tag], tag
    assert set(Sample.__struct_fields__) <= facts["sample_kept"]


@pytest.mark.parametrize("values", [Source, SampleKind, FingerExceptionCode])
def test_every_value_of_a_fact_is_described(values: type[Any]) -> None:
    assert {str(value) for value in values} <= spans(page("dossier-format.md"))


def test_every_flag_is_described() -> None:
    flags = re.findall(r'^\s+"(\w+)": ', inspect.getsource(Dossier.flags), re.MULTILINE)
    assert len(flags) > 3
    assert set(flags) <= spans(page("dossier-format.md"))


def test_the_states_are_those_of_the_table() -> None:
    rows = [tuple(codes(cell)[0] for cell in row) for row in table(page("dossier-format.md"), "state")]
    assert rows == [(state, event, to) for (state, event), to in TRANSITIONS.items()]
    assert {state for row in rows for state in (row[0], row[2])} == set(DossierState)
    assert {row[1] for row in rows} == set(DossierEvent)


def test_counter_and_predecessor_are_as_described(sealed: Spooled) -> None:
    first, second = (
        json.loads(Path(which.file).with_suffix(".json").read_text(encoding="utf-8"))
        for which in (sealed.first, sealed.second)
    )
    assert [first["counter"], first["prev_id"]] == [1, ""]
    assert [second["counter"], second["prev_id"]] == [2, first["id"]]


def test_the_audit_chain_is_as_described(sealed: Spooled) -> None:
    """Walked by the document's rule alone."""
    listed = re.search(r"Columns in\s+order: (.*?)\.", page("dossier-format.md"), re.DOTALL)
    assert listed and codes(listed[1]) == COLUMNS.split(", ")
    with closing(sqlite3.connect(sealed.data / "kiosk.db")) as connection:
        rows = connection.execute(f"select {', '.join(codes(listed[1]))} from audit order by seq").fetchall()  # noqa: S608
    before = "0" * 64
    for number, (*body, found) in enumerate(rows, start=1):
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        assert (body[0], body[9]) == (number, before)
        assert found == hashlib.sha256(b"kiosk.audit.v1\0" + text.encode()).hexdigest()
        assert body[8] == json.dumps(
            json.loads(body[8]), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        before = found
    assert len(rows) > 20


def test_the_data_folder_is_as_described(sealed: Spooled) -> None:
    named = {name.partition("/")[0] for row in table(page("operations.md"), "name") for name in codes(row[0])}
    assert {path.name for path in sealed.data.iterdir()} <= named
    assert {f"keys/{path.name}" for path in (sealed.data / "keys").iterdir()} <= spans(page("operations.md"))
