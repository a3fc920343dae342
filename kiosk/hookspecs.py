"""Every place where a plugin joins in. A plugin implements what it needs and nothing more.

Plugins are found through the entry-point group `kiosk.plugins.v1`; the manager (`kiosk.plugins.manager`) calls
one implementation at a time, contained and timed: what one plugin raises never reaches another.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pluggy

from kiosk.domain.dossier import Dossier
from kiosk.domain.receipt import SlipPart
from kiosk.locale import Words
from kiosk.workflow.ledger import Sealed
from kiosk.workflow.step import Activity

PROJECT = "kiosk"
ENTRY_POINTS = "kiosk.plugins.v1"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class KioskHooks:
    """The hooks, grouped as a visit meets them."""

    @hookspec
    def kiosk_catalogues(self) -> Path:
        """The folder of the plugin's gettext catalogues, `<language>/LC_MESSAGES/kiosk.mo`. Asked once, at start."""
        raise NotImplementedError

    @hookspec
    def kiosk_activities(self) -> Sequence[Activity]:
        """Activities for the welcome screen. Asked once, at start."""
        raise NotImplementedError

    @hookspec
    def kiosk_slip_lines(self, dossier: Dossier, words: Words) -> Sequence[SlipPart]:
        """Lines to add to the slip of `dossier`, in the citizen's language. The dossier is complete and not yet sealed."""
        raise NotImplementedError

    @hookspec
    def kiosk_dossier_sealed(self, sealed: Sealed) -> None:
        """A dossier has been sealed and is on disk; nothing of the person is in `sealed`."""
        raise NotImplementedError
