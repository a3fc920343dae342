"""The citizen's display: lit for a person, dark while nobody is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Set

from kiosk.domain.dark import Around, goes_dark
from kiosk.workflow.view import Help, View

OUT_OF_SERVICE = "out_of_service"


class Display:
    """`changed` is called after `dark` has become another, from whatever thread made it so."""

    def __init__(self, after: float, monotonic: Callable[[], float], changed: Callable[[], None]) -> None:
        """`after`: seconds without anybody until it is dark; 0 is never."""
        self._after = after
        self._monotonic = monotonic
        self._changed = changed
        self._lock = threading.Lock()
        self._stirred = monotonic()
        self._revision = -1
        self._faults: Set[str] = frozenset()
        self.dark = False

    def stir(self) -> None:
        """Somebody touched the screen: light at once."""
        with self._lock:
            was, self.dark = self.dark, False
            self._stirred = self._monotonic()
        if was:
            self._changed()

    def shows(self, view: View) -> None:
        """Called with every view before it is shown: one that is new is shown lit, without a word to `changed`."""
        with self._lock:
            if view.revision != self._revision:
                self._revision = view.revision
                self._stirred = self._monotonic()
                self.dark = False

    def look(self, view: View, called: bool, present: bool | None, faults: Set[str]) -> None:
        """A few times a second. A fault that was not there before lights up, so that whoever is near notices."""
        with self._lock:
            now = self._monotonic()
            if present or faults - self._faults:
                self._stirred = now
            self._faults = faults
            around = Around(
                visit=bool(view.visit),
                help=view.help is not Help.NONE,
                called=called,
                fault=view.screen.id == OUT_OF_SERVICE,
                present=present,
                quiet=now - self._stirred,
            )
            was, self.dark = self.dark, goes_dark(around, self._after)
        if was != self.dark:
            self._changed()
