"""The dock as a program: a key or a click changes the world file, and the page shows the file as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from textual import events

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.domain.message import Message
from kiosk.errors import DeviceError
from kiosk.hal.panel import Lamp
from kiosk.hal.world import World, world_in
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.tui.dock.controls import ALL_KEY, CONDITIONS, CONTROLS, FINGER_KEYS, USUAL_KEY, as_usual, lay
from kiosk.tui.dock.draw import SMALLEST, Bench, draw_dock
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE

LOOK_SECONDS: Final = 0.25
OTHER: Final = {"vi": "en", "en": "vi"}
WAYS_OUT: Final = ("ctrl+c", "ctrl+q")
BY_KEY: Final = {control.key: control for control in CONTROLS}


class DockApp(HardenedApp):
    """Plays the simulated devices of the core that keeps its data in `data`; what it played stays when it ends."""

    def __init__(self, data: Path, language: str = SOURCE_LANGUAGE) -> None:
        super().__init__()
        self._data = data
        self._file = world_in(data)
        self._words = Words(language)
        self._chosen = frozenset({FingerPosition.RIGHT_INDEX})
        self._seen: tuple[World | None, str, Message | None] = (None, "", None)
        self.page = Page(*SMALLEST, PAGE)

    def on_mount(self) -> None:
        self._look()
        self.set_interval(LOOK_SECONDS, self._look)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in WAYS_OUT:
            self.exit()
            return
        target = self.page.by_key(event.key.lower())
        if target is not None:
            self._take(target.act)

    def finger(self, what: str, x: float, y: float) -> None:
        target = self.page.at(int(x), int(y)) if what == "up" else None
        if target is not None:
            self._take(target.act)

    def on_resize(self) -> None:
        self._redraw()

    def _take(self, act: Act) -> None:
        if act.do is Do.LEAVE:
            self.exit()
        elif act.do is Do.LANGUAGE:
            self._words = Words(OTHER.get(self._words.language, SOURCE_LANGUAGE))
        elif act.do is Do.SELECT:
            all_ten = act.value == ALL_KEY
            self._chosen = frozenset(SINGLE_FINGERS if all_ten else {FINGER_KEYS[act.value]})
        else:
            self._play(act.value)
        self._look()
        self._redraw()

    def _play(self, key: str) -> None:
        """Change the world; a file that cannot be used is replaced only by the key that sets all right."""
        try:
            world = self._file.read()
        except DeviceError:
            world = None
        if key == USUAL_KEY:
            self._file.write(as_usual(world or World()))
        elif world is not None and key in CONDITIONS:
            self._file.change(**lay(world, self._chosen, CONDITIONS[key][1]))
        elif world is not None:
            self._file.change(**BY_KEY[key].play(world))

    def _look(self) -> None:
        """Draw again when somebody changed the world, or the core its lamp."""
        world, trouble = self._world()
        seen = (world, self._lamp(), trouble)
        if seen != self._seen:
            self._seen = seen
            self._redraw()

    def _world(self) -> tuple[World | None, Message | None]:
        try:
            return self._file.read(), None
        except DeviceError as error:
            return None, Message(error.code, dict(error.values))

    def _lamp(self) -> str:
        """What the simulated panel shows; "" before a core has run."""
        try:
            text = (self._data / "sim" / "lamp").read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""
        return text if text in set(Lamp) else ""

    def _redraw(self) -> None:
        world, lamp, trouble = self._seen
        width, height = max(SMALLEST[0], self.size.width), max(SMALLEST[1], self.size.height)
        place = str(self._data)
        bench = Bench(world, self._chosen, self._words, width, height, lamp, place, trouble)
        self.page = draw_dock(bench)
        self.sheet.show(self.page)
