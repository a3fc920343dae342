"""The one writer's way to the database: transactions that have their audit event in them, and rows read back."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.domain.time import Clock
from kiosk.errors import StoreError
from kiosk.store import audit
from kiosk.store.schema import open_database


class Database:
    """`kiosk.db`, shared by everything in the core that keeps a record. Raises `StoreError` throughout."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._connection = open_database(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @property
    def clock(self) -> Clock:
        return self._clock

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """`BEGIN IMMEDIATE` … commit; sqlite-utils' `atomic()` begins deferred and can fail on its first write."""
        with self._lock, database_trouble():
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def append(self, db: sqlite3.Connection, event: str, subject: str, **detail: str | int) -> int:
        """Add an audit event to the transaction `db`; its seq."""
        return audit.append(db, self._clock.read(), event, subject, detail)

    def head(self) -> tuple[int, str]:
        """The audit chain's last seq and hash."""
        with self._lock, database_trouble():
            return audit.head(self._connection)

    def one(self, sql: str, *values: str | int) -> tuple[Any, ...] | None:
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def all(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock, database_trouble():
            return self._connection.execute(sql, values).fetchall()

    def empty_log(self) -> None:
        """What was deleted leaves the write-ahead log too."""
        with self._lock, database_trouble():
            self._connection.execute("pragma wal_checkpoint(truncate)")


@contextmanager
def database_trouble() -> Iterator[None]:
    """Turn what SQLite refuses into `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError("store.database", why=str(error)) from error
