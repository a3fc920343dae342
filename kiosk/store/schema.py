"""Opening the database, brought up to date first (`kiosk.store.migrations`).

`SCHEMA` counts the migrations and is written to `user_version`. The table `schema` says beside it from which number on
a release can use the database: so the release before can be put back, as long as a newer one has only added to it. Any
other database of a newer release is not touched.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kiosk.errors import StoreError

SCHEMA = 8
READABLE_FROM = 2
"""The oldest `SCHEMA` that can work on what this release writes: one older knows no row of sealed dossiers."""


def open_database(path: Path) -> sqlite3.Connection:
    """The one writer's connection: WAL, FULL, foreign keys, erasing what is deleted. Raises `StoreError`."""
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        _refuse_newer(connection)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma secure_delete = on")
        if _version(connection) < SCHEMA:
            _bring_up_to_date(connection)
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
    found = _version(connection)
    if found > SCHEMA and _readable_from(connection, found) > SCHEMA:
        connection.close()
        raise StoreError("store.newer", found=found, known=SCHEMA)


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("pragma user_version").fetchone()
    return int(found)


def _readable_from(connection: sqlite3.Connection, found: int) -> int:
    """As the release that wrote schema `found` has noted it; `found` itself when it has not."""
    if not connection.execute("select 1 from sqlite_schema where name = 'schema'").fetchone():
        return found
    row = connection.execute("select readable_from from schema where version = ?", (found,)).fetchone()
    return int(row[0]) if row else found


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    from kiosk.store.migrations import migrate

    migrate(connection)
    connection.execute("begin immediate")
    connection.execute("insert or replace into schema values (1, ?, ?)", (SCHEMA, READABLE_FROM))
    connection.execute(f"pragma user_version = {SCHEMA}")
    connection.execute("commit")
