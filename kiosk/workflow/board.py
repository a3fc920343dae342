"""What the officer's desk sees of a station, as data."""

from __future__ import annotations

import msgspec

from kiosk.domain.message import Message
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


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision asked of an officer. `what` says it in a sentence; answered with one of `choices`."""

    id: str
    kind: str
    dossier: str
    what: Message
    choices: tuple[str, ...]
    asked: str


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a person should look at; `urgent` when the kiosk cannot serve because of it."""

    message: Message
    urgent: bool = False


class Board(msgspec.Struct, frozen=True, omit_defaults=True):
    """One station at one moment. `view` is the citizen's screen with personal data masked."""

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
    shift: Shift | None = None
    requests: tuple[Request, ...] = ()
