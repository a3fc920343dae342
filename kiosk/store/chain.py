"""The row of sealed dossiers: which number is next and which one came before.

Kept in a row of its own, because an outbox is emptied once the centre has signed for what was in it.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class Link(NamedTuple):
    """The place of one sealed dossier: `counter` from 1, `prev_id` empty for the first."""

    counter: int
    prev_id: str


def advance(db: sqlite3.Connection, sealed_id: str) -> Link:
    """Add `sealed_id` to the row inside the caller's transaction; its place."""
    counter, prev_id = db.execute("select counter, last_id from sealed_chain").fetchone()
    db.execute("update sealed_chain set counter = ?, last_id = ?", (counter + 1, sealed_id))
    return Link(counter + 1, prev_id)
