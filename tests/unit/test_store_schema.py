"""What a release leaves behind for the next one, and for the one before it (T3)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlite_utils import Database

from kiosk.domain.dossier import Approved, Dossier, DossierEvent
from kiosk.errors import StoreError
from kiosk.store.ledger import SqliteLedger
from kiosk.store.migrations import m001_visits_dossiers_audit_outbox, migrations
from kiosk.store.schema import READABLE_FROM, SCHEMA, open_database, open_for_reading
from kiosk.store.sealing import Manifest
from kiosk.workflow.ledger import Sealed
from tests.kit import MAU, Keys, begin_dossier, open_ledger, slip_for


@pytest.fixture
def keys() -> Keys:
    return Keys()


def seal(ledger: SqliteLedger) -> Sealed:
    dossier: Dossier = begin_dossier(ledger, MAU)
    dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
    dossier = ledger.record(dossier, Approved("desk:0", ()))
    dossier = ledger.move(dossier, DossierEvent.APPROVE, "desk:0")
    return ledger.seal(dossier, slip_for(dossier))


def manifest_of(sealed: Sealed) -> Manifest:
    return msgspec.json.decode(Path(sealed.file).with_suffix(".json").read_bytes(), type=Manifest)


def execute(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "kiosk.db")) as connection, connection:
        connection.execute(sql)


def test_counters_go_on_after_the_outbox_was_emptied(tmp_path: Path, keys: Keys) -> None:
    """X1: what the centre has signed for leaves the outbox; the row of sealed dossiers goes on from it."""
    with closing(open_ledger(tmp_path, keys)) as ledger:
        last = [seal(ledger) for _ in range(3)][-1]
    execute(tmp_path, "delete from outbox")
    with closing(open_ledger(tmp_path, keys)) as ledger:
        manifest = manifest_of(seal(ledger))
    assert (manifest.counter, manifest.prev_id) == (4, last.id)


def test_a_seal_that_is_undone_takes_no_number(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_ledger(tmp_path, keys)) as ledger:
        first = seal(ledger)
        with monkeypatch.context() as patched:
            patched.setattr("kiosk.store.ledger.sign", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                seal(ledger)
        manifest = manifest_of(seal(ledger))
    assert (manifest.counter, manifest.prev_id) == (2, first.id)


def test_an_older_database_is_brought_up_with_its_counters(tmp_path: Path) -> None:
    """A database of the first schema with two sealed dossiers in its outbox."""
    path = tmp_path / "kiosk.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        old = Database(connection)
        m001_visits_dossiers_audit_outbox(old)
        columns = {"id": int, "migration_set": str, "name": str, "applied_at": str}
        old["_sqlite_migrations"].create(columns, pk="id")  # type: ignore[union-attr]
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('kiosk', 'm001_visits_dossiers_audit_outbox', '2026-11-22')"
        )
        for number in (1, 2):
            connection.execute(
                "insert into audit values (?, 'b', 0, 'w', 'ntp', 0, 'k', 's', '{}', 'p', 'h')", (number,)
            )
            connection.execute(
                "insert into dossier values (?, 'first_issue', 'cccd2021', 'sealed', 't', ?, ?, 0, 0)",
                (f"D{number}", number, f"id{number}"),
            )
            connection.execute(
                "insert into outbox values (?, ?, '{}', 1, ?)", (f"id{number}", f"D{number}", number)
            )
        connection.execute("pragma user_version = 1")
    with closing(open_database(path)) as connection:
        assert connection.execute("select counter, last_id from sealed_chain").fetchall() == [(2, "id2")]
        assert len(migrations.applied(Database(connection))) == SCHEMA


def test_the_database_says_which_releases_can_use_it(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "kiosk.db")) as connection:
        assert connection.execute("pragma user_version").fetchone() == (SCHEMA,)
        assert connection.execute("select version, readable_from from schema").fetchall() == [
            (SCHEMA, READABLE_FROM)
        ]
    assert READABLE_FROM <= SCHEMA


def newer(data: Path, readable_from: int) -> None:
    """What a release two schemas ahead leaves, having added a table."""
    execute(data, "create table later (id integer primary key) strict")
    execute(data, f"update schema set version = {SCHEMA + 2}, readable_from = {readable_from}")  # noqa: S608
    execute(data, f"pragma user_version = {SCHEMA + 2}")


def test_a_newer_database_that_only_added_is_opened_and_left_as_it_is(tmp_path: Path, keys: Keys) -> None:
    """T3: the release before can be put back."""
    with closing(open_ledger(tmp_path, keys)) as ledger:
        seal(ledger)
    newer(tmp_path, SCHEMA)
    with closing(open_ledger(tmp_path, keys)) as ledger:
        assert manifest_of(seal(ledger)).counter == 2
    with closing(open_for_reading(tmp_path / "kiosk.db")) as connection:
        assert connection.execute("pragma user_version").fetchone() == (SCHEMA + 2,)
        assert connection.execute("select version from schema").fetchone() == (SCHEMA + 2,)


def test_a_newer_database_that_changed_is_refused(tmp_path: Path, keys: Keys) -> None:
    open_ledger(tmp_path, keys).close()
    newer(tmp_path, SCHEMA + 1)
    before = (tmp_path / "kiosk.db").read_bytes()
    with pytest.raises(StoreError, match=r"store\.newer"):
        open_ledger(tmp_path, keys)
    with pytest.raises(StoreError, match=r"store\.newer"):
        open_for_reading(tmp_path / "kiosk.db")
    assert (tmp_path / "kiosk.db").read_bytes() == before


def test_a_newer_database_without_a_note_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection, connection:
        connection.execute(f"pragma user_version = {SCHEMA + 1}")
    with pytest.raises(StoreError, match=r"store\.newer"):
        open_database(tmp_path / "kiosk.db")
