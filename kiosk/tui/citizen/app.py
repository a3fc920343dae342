"""The citizen's screen as a program: it draws the core's view and sends what is pressed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from textual import events
from textual.geometry import Size

from kiosk.domain.message import msg
from kiosk.link.client import Picture
from kiosk.link.messages import FromCore, FromScreen, Touch, ViewChanged, Welcome
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.tui.canvas import Rect
from kiosk.tui.citizen.draw import draw
from kiosk.tui.citizen.paper import dark_page, waiting_page
from kiosk.tui.citizen.picture import fitted, picture_strips
from kiosk.tui.citizen.scene import MOST_POINTS, Local, Scene, accept, press
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.page import Act, Do, Page, Target
from kiosk.tui.palette import PAGE
from kiosk.tui.wire import Wire
from kiosk.workflow.view import Capture, Entry, Pause, Signature, View

SMALLEST: Final = (40, 14)
PICTURE_SECONDS: Final = 1 / 8
TOUCH_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 0.35
DARK_MARGINS: Final = "\x1b]11;#000000\x1b\\"
OWN_MARGINS: Final = "\x1b]111\x1b\\"
NOBODY: Final = View(revision=0, screen=Pause(id="", prompt=msg("screen.moment")))


class CitizenApp(HardenedApp):
    """`socket` is the core's citizen socket; without one nothing is connected (the gallery).

    A new question takes no answer from a tap, or from the key just used, for `settle` seconds:
    the second tap of a trembling hand was meant for the question before.

    A dark screen is woken by the first touch, which presses nothing: nobody chooses what cannot be seen. `light` switches
    the light behind the panel on and off.
    """

    def __init__(
        self,
        socket: Path | None,
        settle: float = SETTLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        light: Callable[[bool], None] = lambda on: None,
    ) -> None:
        super().__init__()
        self._wire = None if socket is None else Wire(socket)
        self._settle = settle
        self._clock = clock
        self._light = light
        self._dark = False
        self._lit = float("-inf")
        self._view: View | None = None
        self._local = Local()
        self._words = Words(SOURCE_LANGUAGE)
        self._catalogues: tuple[str, ...] = ()
        self._picture: Picture | None = None
        self._drawn = self._touched = self._asked = float("-inf")
        self._last_key = ""
        self._ticks = 0
        self._cells: Size | None = None
        self.page = Page(*SMALLEST, PAGE)

    def on_mount(self) -> None:
        self._light(True)
        self.set_interval(1.0, self._tick)
        if self._wire is not None:
            self.run_worker(self._wire.run(self))

    def on_unmount(self) -> None:
        self._light(True)

    # ---- from the core ----

    def greeted(self, welcome: Welcome) -> None:
        self._catalogues = welcome.catalogues
        self._words = Words(self._words.language, self._catalogues)

    def arrived(self, message: FromCore | Picture) -> None:
        if isinstance(message, Picture):
            self._show_picture(message)
        elif isinstance(message, ViewChanged):
            self._darken(message.dark)
            self.show(message.view)

    def lost(self) -> None:
        """The core is away: wait calmly, forget what was typed."""
        if self._view is not None or self._local != Local():
            self._view, self._local, self._picture = None, Local(), None
        self._darken(False)
        self._redraw()

    def _darken(self, dark: bool) -> None:
        """Light or dark from now on, margins and panel too; whoever calls draws the page."""
        if dark == self._dark:
            return
        self._dark = dark
        self._light(not dark)
        self.margins(DARK_MARGINS if dark else OWN_MARGINS)
        if dark:
            self._local = Local()
        else:
            self._lit = self._clock()

    def show(self, view: View, local: Local | None = None) -> None:
        """Draw `view`; what was typed stays while the question is the same."""
        before, self._view = self._view, view
        if before is None or _question(before) != _question(view):
            self._local = Local()
            self._picture = None
            self._asked = self._clock()
        elif before.revision != view.revision:
            self._local = _unanswered(self._local, view)
        self._local = self._local if local is None else local
        if view.language != self._words.language:
            self._words = Words(view.language, self._catalogues)
        self._redraw()

    # ---- from the person ----

    def on_key(self, event: events.Key) -> None:
        event.stop()
        again = event.key == self._last_key and self._unsettled()
        self._last_key = event.key
        if self._wakes():
            return
        self._touch()
        if self._view is None or self._view.idle_left is not None:
            return
        target = self.page.by_key(event.key)
        if target is not None:
            if not (again and target.act.do is Do.ANSWER):
                self._press(target.act)
        elif event.character is not None and event.is_printable:
            self._type(event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self._wakes():
            return
        self._touch()
        if self._view is not None and self._view.idle_left is None:
            self._type(event.text)

    def finger(self, what: str, x: float, y: float) -> None:
        if self._wakes():
            return
        if what == "down":
            self._touch()
        if self._view is None or self._view.idle_left is not None:
            return
        target = self.page.at(int(x), int(y))
        if self.page.pad is not None and target is None:
            self._draw_on(self.page.pad, what, x, y)
        elif what == "down" and target is not None:
            self._hold("" if self._unsettled() and target.act.do is Do.ANSWER else target.key)
        elif what == "up":
            self._lift(target)

    def _hold(self, key: str) -> None:
        self._local = replace(self._local, held=key)
        self._redraw()

    def _lift(self, target: Target | None) -> None:
        held, self._local = self._local.held, replace(self._local, held="")
        if target is not None and target.key == held:
            self._press(target.act)
        elif held:
            self._redraw()

    def _draw_on(self, pad: Rect, what: str, x: float, y: float) -> None:
        strokes = self._local.strokes
        if what == "up" or not pad.holds(int(x), int(y)) or sum(map(len, strokes)) >= MOST_POINTS:
            return
        point = (_thousandth(x - pad.x, pad.w), _thousandth(y - pad.y, pad.h))
        new = what == "down" or not strokes
        longer = (*strokes, (point,)) if new else (*strokes[:-1], (*strokes[-1], point))
        self._local = replace(self._local, strokes=longer, problem=None)
        self._redraw()

    def _press(self, act: Act) -> None:
        if self._view is None:
            return
        self._local, message = press(self._local, act, self._view)
        if message is not None:
            self._send(message)
        self._redraw()

    def _type(self, text: str) -> None:
        if self._view is None or not isinstance(self._view.screen, Entry):
            return
        if accept(self._local.typed, text, self._view) != self._local.typed:
            self._press(Act(Do.TYPE, text))

    def _touch(self) -> None:
        now = self._clock()
        if now - self._touched >= TOUCH_SECONDS:
            self._touched = now
            self._send(Touch())

    def _wakes(self) -> bool:
        """Whether what was just done was done to a dark screen, or to one lit for less than a hand needs to notice."""
        if self._dark:
            self._send(Touch())
        return self._dark or self._clock() - self._lit < self._settle

    def _unsettled(self) -> bool:
        return self._clock() - self._asked < self._settle

    def _send(self, message: FromScreen) -> None:
        if self._wire is not None:
            self._wire.send(message)

    # ---- drawing ----

    def on_resize(self, event: events.Resize) -> None:
        self._cells = event.size
        self._redraw()

    def _tick(self) -> None:
        self._ticks += 1
        if self._view is None or isinstance(self._view.screen, Pause | Capture):
            self._redraw()

    def _redraw(self) -> None:
        size = self._cells or self.size
        width, height = max(SMALLEST[0], size.width), max(SMALLEST[1], size.height)
        if self._dark:
            self.page = dark_page(width, height)
        elif self._view is None:
            scene = Scene(NOBODY, Local(), self._words, width, height, self._ticks)
            self.page = waiting_page(scene)
        else:
            live = self._picture is not None
            scene = Scene(self._view, self._local, self._words, width, height, self._ticks, live)
            self.page = draw(scene)
        self.sheet.show(self.page)
        self._lay_picture()

    def _show_picture(self, picture: Picture) -> None:
        """At most eight pictures a second."""
        now = self._clock()
        if now - self._drawn >= PICTURE_SECONDS and self._view is not None:
            self._drawn = now
            self.lay(picture)

    def lay(self, picture: Picture) -> None:
        """Draw a live picture where the page has a place for one; one that is not whole is dropped."""
        if not picture.pixels or len(picture.pixels) != picture.width * picture.height:
            return
        first, self._picture = self._picture is None, picture
        if first:
            self._redraw()
        else:
            self._lay_picture()

    def _lay_picture(self) -> None:
        slot, picture = self.page.slot, self._picture
        if slot is None or picture is None:
            self.sheet.show_picture([], Rect(0, 0, 0, 0))
            return
        place = fitted(picture, slot)
        self.sheet.show_picture(picture_strips(picture, place.w, place.h, self.page.oval), place)


def _unanswered(local: Local, view: View) -> Local:
    """The same question again: free to be answered, and what was wrong with the answer is said."""
    if local.answered and isinstance(view.screen, Entry):
        return replace(local, answered="", problem=view.screen.problem)
    if local.answered and isinstance(view.screen, Signature):
        return replace(local, answered="", strokes=(), problem=msg("screen.nothing_signed"))
    return replace(local, answered="")


def _question(view: View) -> tuple[str, str]:
    return view.visit, view.screen.id


def _thousandth(offset: float, length: int) -> int:
    return max(0, min(1000, round(offset * 1000 / max(1, length))))
