"""What lies in this machine, for the board."""

from __future__ import annotations

import msgspec

from kiosk.domain.batch import Unsigned
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.board import CorrectionCounts, SlipLine


class Counts(msgspec.Struct, frozen=True):
    """Dossiers by state, sealed files that wait for the centre, slips to print again, unsigned ones, corrections."""

    dossiers: dict[str, int] = {}
    outbox: int = 0
    slips: tuple[SlipLine, ...] = ()
    unsigned: Unsigned | None = None
    corrections: CorrectionCounts = CorrectionCounts()


def count(ledger: SqliteLedger) -> Counts:
    """Raises `StoreError`."""
    return Counts(
        ledger.counts(),
        ledger.outbox(),
        ledger.slips.latest(),
        ledger.batches.unsigned(),
        ledger.corrections.counts(),
    )
