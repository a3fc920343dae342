"""The second factors of those who work here: in the database and nowhere else, erased with the account."""

from __future__ import annotations

import sqlite3

from kiosk.domain.factors import Factor, FactorKind
from kiosk.store.database import Database


class Factors:
    """One of each kind an officer; another one takes its place. What writes belongs into a transaction of the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, number: str) -> tuple[Factor, ...]:
        rows = self._database.all(
            "select kind, format, data, counter from factor where officer = ? order by kind", number
        )
        return tuple(Factor(FactorKind(kind), form, data, counter) for kind, form, data, counter in rows)

    def keep(self, db: sqlite3.Connection, number: str, factor: Factor) -> None:
        db.execute(
            "insert or replace into factor (officer, kind, format, data, counter) values (?,?,?,?,?)",
            (number, factor.kind, factor.format, factor.data, factor.counter),
        )

    def count(self, db: sqlite3.Connection, number: str, kind: FactorKind, counter: int) -> None:
        db.execute("update factor set counter = ? where officer = ? and kind = ?", (counter, number, kind))

    def erase(self, db: sqlite3.Connection, number: str) -> None:
        db.execute("delete from factor where officer = ?", (number,))
