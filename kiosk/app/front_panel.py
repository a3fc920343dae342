"""The panel at the kiosk's front: who presses or stands there, whether it was opened, and its lamp."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.hal.panel import Lamp, Panel
from kiosk.workflow.attended import Attended


class FrontPanel:
    """`called` and `there` are told of a person, `housing(open)` how the housing is at each look; `lamp` says what to
    show."""

    def __init__(
        self,
        panel: Attended[Panel],
        called: Callable[[], None],
        there: Callable[[], None],
        housing: Callable[[bool], None],
        lamp: Callable[[], Lamp],
    ) -> None:
        self._panel = panel
        self._called = called
        self._there = there
        self._housing = housing
        self._lamp = lamp

    def look(self) -> None:
        """A few times a second."""
        if self._panel.try_use(lambda found: found.call_pressed()):
            self._called()
        if self._panel.try_use(lambda found: found.present()):
            self._there()
        opened = self._panel.try_use(lambda found: found.tampered())
        if opened is not None:
            self._housing(opened)
        self._panel.try_use(lambda found: found.show(self._lamp()))
