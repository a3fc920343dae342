"""Opening the database, brought up to date first (`kiosk.store.migrations`).

`SCHEMA` counts the migrations and is written to `user_version`; a database with a larger one belongs to a newer
release and is not touched.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kiosk.errors import StoreError

SCHEMA = 2


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
    if found > SCHEMA:
        connection.close()
        raise StoreError("store.newer", found=found, known=SCHEMA)


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("pragma user_version").fetchone()
    return int(found)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    from kiosk.store.migrations import migrate

    migrate(connection)
    connection.execute(f"pragma user_version = {SCHEMA}")
