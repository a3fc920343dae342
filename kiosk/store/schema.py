"""The tables, as migrations. A migration once released is never changed; the previous release must read the result.

`SCHEMA` is written to `user_version`; a database with a larger one belongs to a newer release and is not touched.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk.errors import StoreError

SCHEMA = 1
migrations = Migrations("kiosk")


@migrations()
def m001_visits_dossiers_audit_outbox(db: Database) -> None:
    db.execute(
        "create table audit (seq integer primary key, boot_id text not null, boottime_ns integer not null,"
        " wall text not null, source text not null, uncertainty_s integer not null, kind text not null,"
        " subject text not null, detail text not null, prev text not null, hash text not null) strict"
    )
    db.execute(
        "create table dossier (number text primary key, activity text not null, regime text not null,"
        " state text not null, person_tag text not null, opened_seq integer not null references audit(seq),"
        " sealed_id text, samples integer not null default 0, described integer not null default 0) strict"
    )
    db.execute("create index dossier_person on dossier(person_tag)")
    db.execute(
        "create table fact (seq integer primary key references audit(seq),"
        " dossier text not null references dossier(number), body text not null) strict"
    )
    db.execute("create index fact_dossier on fact(dossier)")
    db.execute(
        "create table visit (id text primary key, activity text not null, language text,"
        " notice_seen integer not null default 0, dossier text references dossier(number),"
        " opened_seq integer not null references audit(seq), closed_seq integer references audit(seq),"
        " outcome text) strict"
    )
    db.execute("create index visit_open on visit(closed_seq) where closed_seq is null")
    db.execute(
        "create table outbox (id text primary key, dossier text not null references dossier(number),"
        " manifest text not null, size integer not null, queued_seq integer not null references audit(seq)) strict"
    )
    db.execute("create table slip (dossier text primary key references dossier(number), paper text) strict")


def open_database(path: Path) -> sqlite3.Connection:
    """The one writer's connection: WAL, FULL, foreign keys, erasing what is deleted. Raises `StoreError`."""
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        _refuse_newer(connection)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma secure_delete = on")
        migrations.apply(Database(connection, execute_plugins=False))
        connection.execute(f"pragma user_version = {SCHEMA}")
    except sqlite3.Error as error:
        raise StoreError("store.database", why=str(error)) from error
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A second, read-only look at the database of a running kiosk. Raises `StoreError`."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        _refuse_newer(connection)
    except sqlite3.Error as error:
        raise StoreError("store.absent", place=str(path), why=str(error)) from error
    return connection


def _refuse_newer(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("pragma user_version").fetchone()
    if found > SCHEMA:
        connection.close()
        raise StoreError("store.newer", found=found, known=SCHEMA)
