"""What the kiosk turns to whoever stands before it: lamp, call button, presence sensor, housing, display."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kiosk.domain.message import msg
from kiosk.errors import StoreError
from kiosk.hal.panel import Lamp, Panel
from kiosk.workflow.attended import Attended
from kiosk.workflow.view import Help

if TYPE_CHECKING:
    from kiosk.app.core import Core

log = logging.getLogger(__name__)


class Front:
    """`look` is called a few times a second from the supervisor's thread."""

    def __init__(self, core: Core, panel: Attended[Panel]) -> None:
        self._core = core
        self._panel = panel
        self._opened = False

    def look(self) -> None:
        core = self._core
        if self._panel.try_use(lambda found: found.call_pressed()):
            core.call_officer()
        present = self._panel.try_use(lambda found: found.present())
        if present:
            core.counter.touch()
        core.display.look(core.counter.view, bool(core.line.called), present, core.faults)
        self._look_at_housing()
        self._panel.try_use(self._show_lamp)

    def _look_at_housing(self) -> None:
        """A housing that is open is on the board, and in the audit chain each time it changes."""
        opened = self._panel.try_use(lambda found: found.tampered())
        if opened is None or opened == self._opened:
            return
        self._opened = opened
        self._core.alert("housing", msg("panel.tampered") if opened else None)
        event = "housing.opened" if opened else "housing.closed"
        try:
            self._core.ledger.audit(event, self._core.config.station.id)
        except StoreError as error:
            log.error("not in the audit chain: %s: %s", event, error)

    def _show_lamp(self, panel: Panel) -> None:
        view = self._core.counter.view
        if self._core.faults:
            panel.show(Lamp.FAULT)
        elif view.help is not Help.NONE or self._core.approvals.open:
            panel.show(Lamp.CALL)
        else:
            panel.show(Lamp.BUSY if view.visit else Lamp.READY)
