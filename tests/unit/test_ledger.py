"""What is promised is on disk; what is sealed is unreadable here and opens elsewhere (X1)."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyrage
import pytest
from sqlite_utils import Database

from kiosk.domain.dossier import Approved, Confirmed, Dossier, DossierEvent, DossierState, SampleKind
from kiosk.errors import ConfigError, StoreError
from kiosk.store import audit
from kiosk.store.files import write_durably
from kiosk.store.ledger import SqliteLedger
from kiosk.store.migrations import migrations
from kiosk.store.schema import SCHEMA, open_database, open_for_reading
from kiosk.store.sealing import Manifest, Recipients, signature_holds
from kiosk.workflow.ledger import Known, Sealed
from tests.kit import CU, MAU, Keys, begin_dossier, open_ledger, slip_for

PORTRAIT = b"\x89PNG invented portrait"
FINGER = b"\x89PNG invented finger"


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def ledger(tmp_path: Path, keys: Keys) -> Iterator[SqliteLedger]:
    opened = open_ledger(tmp_path, keys)
    yield opened
    opened.close()


def complete(ledger: SqliteLedger) -> Dossier:
    dossier = begin_dossier(ledger)
    dossier, _ = ledger.keep(dossier, SampleKind.PORTRAIT, "portrait", "image/png", PORTRAIT)
    dossier, _ = ledger.keep(
        dossier, SampleKind.FINGER, "rolled-02", "image/png", FINGER, score=80, position=2
    )
    dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
    dossier = ledger.record(dossier, Approved("desk:0", ()))
    return ledger.move(dossier, DossierEvent.APPROVE, "desk:0")


def seal(ledger: SqliteLedger) -> tuple[Dossier, Sealed]:
    dossier = complete(ledger)
    return dossier, ledger.seal(dossier, slip_for(dossier))


def readable_traces(data: Path, words: list[str]) -> list[str]:
    """The files below `data` in which any of the words can be read, in UTF-8 or UTF-16."""
    needles = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le")]
    return [
        str(path.relative_to(data))
        for path in data.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def test_a_visit_and_its_facts_survive_reopening(tmp_path: Path, keys: Keys) -> None:
    first = open_ledger(tmp_path, keys)
    visit = first.begin_visit("first_issue")
    visit = first.change_visit(visit, language="vi", notice_seen=True)
    dossier = begin_dossier(first)
    visit = first.change_visit(visit, dossier=dossier.number)
    dossier = first.record(dossier, Confirmed("full_name"))
    dossier, _ = first.keep(dossier, SampleKind.PORTRAIT, "portrait", "image/png", PORTRAIT)
    first.close()
    second = open_ledger(tmp_path, keys)
    assert second.open_visit() == visit
    assert second.dossier(dossier.number) == dossier
    second.end_visit(visit, "done")
    assert second.open_visit() is None
    second.close()


def test_a_sample_is_on_disk_when_it_is_counted(ledger: SqliteLedger, tmp_path: Path) -> None:
    dossier, sample = ledger.keep(
        begin_dossier(ledger), SampleKind.PORTRAIT, "portrait", "image/png", PORTRAIT
    )
    stored = tmp_path / "drafts" / dossier.number / "portrait.png"
    assert stored.read_bytes() == PORTRAIT
    assert sample.id == hashlib.sha256(PORTRAIT).hexdigest()
    assert ledger.dossier(dossier.number).samples == (sample,)


def test_the_same_person_is_found_again(ledger: SqliteLedger) -> None:
    assert ledger.find_dossier(MAU) is None
    dossier = begin_dossier(ledger)
    assert ledger.find_dossier(MAU) == Known(dossier.number, draft=True)
    assert ledger.find_dossier(CU) is None


def test_a_sealed_dossier_is_no_draft(ledger: SqliteLedger) -> None:
    dossier, _ = seal(ledger)
    assert ledger.find_dossier(MAU) == Known(dossier.number, draft=False)
    assert ledger.counts() == {"sealed": 1}
    assert ledger.outbox() == 1


def test_the_sealed_file_opens_for_both_recipients_and_holds_everything(
    ledger: SqliteLedger, keys: Keys
) -> None:
    dossier, sealed = seal(ledger)
    for identity in (keys.centre, keys.escrow):
        plain = pyrage.decrypt(Path(sealed.file).read_bytes(), [identity])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            names = tar.getnames()
            manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
            contents = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
        assert names == ["manifest.json", "facts.json", "portrait.png", "rolled-02.png"]
        assert contents["portrait.png"] == PORTRAIT
        assert manifest["dossier"] == dossier.number
        listed = {file["name"]: file["sha256"] for file in manifest["files"]}
        assert listed == {name: hashlib.sha256(contents[name]).hexdigest() for name in names[1:]}
        assert MAU.full_name in contents["facts.json"].decode()


def test_stock_age_and_tar_open_it(ledger: SqliteLedger, keys: Keys, tmp_path: Path) -> None:
    """X1: the centre needs no program of ours."""
    age = shutil.which("age")
    assert age, "the age program is missing: install the Debian package `age`"
    _, sealed = seal(ledger)
    key = tmp_path / "centre.key"
    key.write_text(f"{keys.centre}\n")
    opened = subprocess.run([age, "-d", "-i", str(key), sealed.file], capture_output=True, check=True)
    listed = subprocess.run(["tar", "t"], input=opened.stdout, capture_output=True, check=True)
    assert listed.stdout.decode().split() == ["manifest.json", "facts.json", "portrait.png", "rolled-02.png"]


def test_the_manifest_is_signed_chained_and_names_nobody(ledger: SqliteLedger) -> None:
    _, first = seal(ledger)
    other = begin_dossier(ledger, CU)
    other = ledger.move(ledger.move(other, DossierEvent.COMPLETE, "kiosk"), DossierEvent.APPROVE, "desk:0")
    second = ledger.seal(other, slip_for(other))
    read = [
        msgspec.json.decode(Path(s.file).with_suffix(".json").read_bytes(), type=Manifest)
        for s in (first, second)
    ]
    assert [manifest.counter for manifest in read] == [1, 2]
    assert read[1].prev_id == first.id
    for sealed, manifest in zip((first, second), read, strict=True):
        assert manifest.id == hashlib.sha256(Path(sealed.file).read_bytes()).hexdigest()
        assert manifest.size == Path(sealed.file).stat().st_size
        assert signature_holds(manifest, ledger.keys.public)
        forged = msgspec.structs.replace(manifest, counter=manifest.counter + 1)
        assert not signature_holds(forged, ledger.keys.public)


def test_nothing_readable_stays_once_sealed(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Neither files nor freed pages nor the write-ahead log; the slip's text until it is printed, then not even that."""
    dossier, _ = seal(ledger)
    words = [MAU.full_name, MAU.number, "Ví Dụ", "09/03/1985", PORTRAIT.decode("latin-1")]
    assert readable_traces(tmp_path, words) == ["kiosk.db"]
    ledger.slip_done(dossier.number, None)
    assert readable_traces(tmp_path, words) == []
    ledger.close()
    assert readable_traces(tmp_path, words) == []


def test_the_search_for_traces_finds_a_trace(ledger: SqliteLedger, tmp_path: Path) -> None:
    begin_dossier(ledger)
    assert any("kiosk.db" in trace for trace in readable_traces(tmp_path, [MAU.full_name]))


def test_a_slip_is_owed_until_it_is_printed(tmp_path: Path, keys: Keys) -> None:
    first = open_ledger(tmp_path, keys)
    dossier, _ = seal(first)
    first.close()
    second = open_ledger(tmp_path, keys)
    assert second.pending_slip(dossier.number) == slip_for(dossier)
    second.slip_done(dossier.number, "/somewhere/slip.png")
    assert second.pending_slip(dossier.number) is None
    assert second.slip_paper(dossier.number) == "/somewhere/slip.png"
    second.close()


def test_a_crash_between_file_and_commit_loses_nothing(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_ledger(tmp_path, keys)
    dossier = complete(first)

    def crash(*_: object) -> Manifest:
        raise KeyboardInterrupt

    monkeypatch.setattr(first, "_commit_seal", crash)
    with pytest.raises(KeyboardInterrupt):
        first.seal(dossier, slip_for(dossier))
    first.close()
    second = open_ledger(tmp_path, keys)
    again = second.dossier(dossier.number)
    assert again.state is DossierState.APPROVED
    second.seal(again, slip_for(again))
    assert len(list((tmp_path / "spool").glob("*.age"))) == 1
    assert len(list((tmp_path / "spool" / "unknown").glob("*.age"))) == 1, "set aside, never deleted"
    second.close()


def test_a_crash_before_wiping_is_tidied(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_ledger(tmp_path, keys)
    monkeypatch.setattr(first, "_wipe", lambda *_, **__: None)
    dossier, sealed = seal(first)
    Path(sealed.file).with_suffix(".json").unlink()
    first.close()
    second = open_ledger(tmp_path, keys)
    assert not (tmp_path / "drafts" / dossier.number).exists()
    assert second.pending_slip(dossier.number) == slip_for(dossier)
    assert Path(sealed.file).with_suffix(".json").exists()
    second.close()


def test_the_schema_number_counts_the_migrations(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "kiosk.db")
    assert connection.execute("pragma user_version").fetchone() == (SCHEMA,)
    assert len(migrations.applied(Database(connection))) == SCHEMA
    connection.close()


def test_a_newer_database_is_not_touched(tmp_path: Path, keys: Keys) -> None:
    open_ledger(tmp_path, keys).close()
    with sqlite3.connect(tmp_path / "kiosk.db") as connection:
        connection.execute(f"pragma user_version = {SCHEMA + 1}")
    connection.close()
    before = (tmp_path / "kiosk.db").read_bytes()
    with pytest.raises(StoreError, match=r"store\.newer"):
        open_ledger(tmp_path, keys)
    assert (tmp_path / "kiosk.db").read_bytes() == before


def test_a_damaged_key_is_never_replaced(tmp_path: Path, keys: Keys) -> None:
    open_ledger(tmp_path, keys).close()
    (tmp_path / "keys" / "device.key").write_bytes(b"short")
    with pytest.raises(StoreError, match=r"store\.key_damaged"):
        open_ledger(tmp_path, keys)
    assert (tmp_path / "keys" / "device.key").read_bytes() == b"short"


def test_one_recipient_is_not_enough(keys: Keys) -> None:
    with pytest.raises(ConfigError, match=r"config\.recipients"):
        Recipients([str(keys.centre.to_public())])
    with pytest.raises(ConfigError, match=r"config\.recipient_unreadable"):
        Recipients([str(keys.centre.to_public()), "age1nonsense"])


def test_a_refusal_of_the_disk_is_said_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")
    with pytest.raises(StoreError, match=r"store\.disk"):
        write_durably(path / "below-a-file", b"new")
    assert path.read_bytes() == b"old"


def events_of(data: Path) -> list[audit.AuditEvent]:
    connection = open_for_reading(data / "kiosk.db")
    try:
        return list(audit.events(connection))
    finally:
        connection.close()


def verdict(data: Path) -> audit.Whole | audit.Broken:
    connection = open_for_reading(data / "kiosk.db")
    try:
        return audit.verify(connection)
    finally:
        connection.close()


@pytest.fixture
def chained(tmp_path: Path, keys: Keys) -> Path:
    ledger = open_ledger(tmp_path, keys)
    seal(ledger)
    ledger.close()
    return tmp_path


def test_the_chain_is_whole_and_holds_no_personal_data(chained: Path) -> None:
    events = events_of(chained)
    assert verdict(chained) == audit.Whole(len(events), events[-1].hash)
    text = msgspec.json.encode(events).decode()
    assert MAU.full_name not in text
    assert MAU.number not in text


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("update audit set detail = '{}' where seq = 4", audit.Broken(4, "edited")),
        ("update audit set wall = '2020-01-01T00:00:00+00:00' where seq = 2", audit.Broken(2, "edited")),
        ("delete from audit where seq = 3", audit.Broken(3, "deleted")),
    ],
)
def test_tampering_is_found(chained: Path, sql: str, broken: audit.Broken) -> None:
    with sqlite3.connect(chained / "kiosk.db") as connection:
        connection.execute(sql)
    connection.close()
    assert verdict(chained) == broken


def test_reordering_is_found_even_with_hashes_made_anew(chained: Path) -> None:
    first, second = events_of(chained)[2:4]
    swapped = msgspec.structs.replace(second, seq=first.seq), msgspec.structs.replace(first, seq=second.seq)
    with sqlite3.connect(chained / "kiosk.db") as connection:
        for event in swapped:
            connection.execute(
                "update audit set kind=?, subject=?, detail=?, prev=?, hash=? where seq=?",
                (event.kind, event.subject, event.detail, event.prev, event.computed(), event.seq),
            )
    connection.close()
    assert verdict(chained) == audit.Broken(3, "reordered")
