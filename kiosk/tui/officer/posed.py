"""The officer's screen without a core: what it shows is given to it. For pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kiosk.link.messages import BoardChanged
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.desk import Focus, Place, Station
from kiosk.tui.officer.form import Form
from kiosk.tui.officer.needs import Need
from kiosk.tui.officer.stations import Connection, Post
from kiosk.workflow.board import Board


class PosedOfficer(OfficerApp):
    """`PosedOfficer(None)`."""

    def show(self, board: Board, focus: Focus | None = None) -> None:
        """Draw `board`; what is being typed stays while its approval does."""
        if focus is not None:
            self._place = replace(self._place, focus=focus)
        self._here.arrived(BoardChanged(board))

    def pose(self, room: Sequence[Station], place: Place, form: Form | None = None) -> None:
        """These stations, this page, this form."""
        self._room = [
            Connection(Post(station.name, Path()), lambda: 0.0, self._heard, station.told) for station in room
        ]
        self._needs, self._at = [Need.FREE] * len(room), 0
        self._place, self._form = place, form
        self._redraw()
