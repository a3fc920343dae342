"""What two persons can have done: looked into before one may ask, done when the other agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from kiosk.app.clock_order import ClockSetting
from kiosk.app.roster_desk import RosterDesk
from kiosk.domain.message import Message, msg
from kiosk.domain.request import Request, RequestKind
from kiosk.domain.time import Clock
from kiosk.store.ledger import SqliteLedger

Values = dict[str, str]
Officers = tuple[str, str]


class Act(NamedTuple):
    """`look` adds what the kiosk found to what was asked, or says why nobody need ask. `do` does it for the two
    officers, whoever asked first; or says why not. Either may take its time and raise `KioskError`."""

    look: Callable[[Values], Values | Message]
    do: Callable[[Request, Officers], Message | None]


class Acts:
    """Everything but the staff's own accounts."""

    def __init__(self, data: Path, inbox: str, ledger: SqliteLedger, clock: Clock) -> None:
        self._ledger = ledger
        self.clock = ClockSetting(data, ledger, clock)
        self.roster = RosterDesk(data, inbox, ledger, clock)
        self.table: Mapping[RequestKind, Act] = {
            RequestKind.CANCEL_DOSSIER: Act(self._draft, self._cancel),
            RequestKind.SET_CLOCK: Act(self.clock.look, self.clock.do),
            RequestKind.IMPORT_ROSTER: Act(self.roster.look, self.roster.do),
            RequestKind.PURGE_DOSSIER: Act(self._sealed, self._purge),
            RequestKind.PURGE_UNKNOWN: Act(self._unknown, self._purge_unknown),
        }

    def _draft(self, values: Values) -> Values | Message:
        why_not = self._ledger.why_not_cancelled(values["dossier"])
        return why_not or values

    def _cancel(self, request: Request, officers: Officers) -> Message | None:
        return self._ledger.cancel(request.values["dossier"], officers)

    def _sealed(self, values: Values) -> Values | Message:
        found = self._ledger.purge.sealed_id(values["dossier"])
        return found if isinstance(found, Message) else {**values, "sealed": found}

    def _purge(self, request: Request, officers: Officers) -> Message | None:
        values = request.values
        return self._ledger.purge.dossier(values["dossier"], values["sealed"], officers, request.id)

    def _unknown(self, values: Values) -> Values | Message:
        count, digest = self._ledger.purge.set_aside()
        if not count:
            return msg("purge.nothing")
        return {**values, "count": str(count), "digest": digest, "begins": digest[:12]}

    def _purge_unknown(self, request: Request, officers: Officers) -> Message | None:
        return self._ledger.purge.unknown(request.values["digest"], officers, request.id)
