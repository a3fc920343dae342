"""What the officer's desk sees of a station, as data."""

from __future__ import annotations

import msgspec

from kiosk.domain.batch import Unsigned
from kiosk.domain.message import Message
from kiosk.domain.queue import Ticket
from kiosk.domain.request import Request
from kiosk.domain.shift import Shift
from kiosk.hal.device import HealthState
from kiosk.workflow.view import View


class DeviceLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One device: `kind` is fingers, camera, printer or panel."""

    kind: str
    model: str
    state: HealthState
    message: Message | None = None


class Voice(msgspec.Struct, frozen=True):
    """What one officer has said so far."""

    officer: str
    choice: str


CORRECTION = "correction"
"""The kind of approval that is decided at the bench: with the papers before the officer, not from the list."""


class CorrectionCounts(msgspec.Struct, frozen=True):
    """Corrections that wait to be exported, and for the population database's answer."""

    decided: int = 0
    exported: int = 0


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision asked of an officer. `what` says it in a sentence; answered with one of `choices`.

    `two_persons` are the choices that two different officers have to make; `given` is what was said so far.
    """

    id: str
    kind: str
    dossier: str
    what: Message
    choices: tuple[str, ...]
    asked: str
    two_persons: tuple[str, ...] = ()
    given: tuple[Voice, ...] = ()

    def needed(self, choice: str) -> int:
        """How many different officers have to make this choice."""
        return 2 if choice in self.two_persons else 1


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a person should look at; `urgent` when the kiosk cannot serve because of it."""

    message: Message
    urgent: bool = False


class SlipLine(msgspec.Struct, frozen=True):
    """A slip that can be printed again: the dossier's number, and how often that was done."""

    dossier: str
    reprints: int = 0


class Board(msgspec.Struct, frozen=True, omit_defaults=True):
    """One station at one moment. `view` is the citizen's screen with personal data masked; `slips` the newest first;
    `unsigned` the dossiers that passed by rule and wait for an officer's signature; `wall` what the station's
    clock showed (ISO 8601); `tickets` who waits, is called or did not come."""

    revision: int
    station: str
    view: View
    devices: tuple[DeviceLine, ...] = ()
    approvals: tuple[Approval, ...] = ()
    alerts: tuple[Alert, ...] = ()
    dossiers: dict[str, int] = {}
    outbox: int = 0
    step: str = ""
    step_seconds: int = 0
    demo: bool = False
    slips: tuple[SlipLine, ...] = ()
    shift: Shift | None = None
    requests: tuple[Request, ...] = ()
    unsigned: Unsigned | None = None
    corrections: CorrectionCounts = CorrectionCounts()
    wall: str = ""
    tickets: tuple[Ticket, ...] = ()
