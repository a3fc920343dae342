"""What lies in this machine, for the board."""

from __future__ import annotations

import msgspec

from kiosk.domain.batch import Unsigned
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.board import SlipLine


class Counts(msgspec.Struct, frozen=True):
    """Dossiers by state, sealed files that wait for the centre, slips that can be printed again, what is unsigned."""

    dossiers: dict[str, int] = {}
    outbox: int = 0
    slips: tuple[SlipLine, ...] = ()
    unsigned: Unsigned | None = None


def count(ledger: SqliteLedger) -> Counts:
    """Raises `StoreError`."""
    return Counts(ledger.counts(), ledger.outbox(), ledger.slips.latest(), ledger.batches.unsigned())
