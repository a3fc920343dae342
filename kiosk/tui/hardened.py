"""A Textual program that a passer-by cannot leave and that never shows what it was working on when it breaks.

Textual's own keys are taken out (quit, palette, copy), text cannot be selected, and an unexpected error
prints file, line and function only: Textual's traceback shows local variables, which hold personal data.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from kiosk.tui.canvas import Rect
from kiosk.tui.console import ITS_COLOURS, OWN_COLOURS, TERMINAL, ConsoleColours
from kiosk.tui.page import Page


def places(error: BaseException) -> str:
    """Where `error` came from, without its text and without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    trail = [f"{os.path.basename(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames]  # noqa: PTH119
    return "\n".join([type(error).__name__, *trail])


def run_screen(app: HardenedApp) -> int:
    """Run `app` until it ends; the process's exit status."""
    if os.environ.get("TERM") == TERMINAL:
        app.use_console()
    try:
        app.run()
    except Exception as error:  # noqa: BLE001 - the interpreter's own report could show data
        sys.stderr.write(f"{places(error)}\n")
        return 1
    return app.return_code or 0


class Sheet(Widget):
    """Shows one page, and tells the program where a finger goes."""

    DEFAULT_CSS = "Sheet { width: 100%; height: 100%; }"
    ALLOW_SELECT = False

    def __init__(self, finger: Callable[[str, float, float], None]) -> None:
        super().__init__()
        self._finger = finger
        self._strips: list[Strip] = []
        self._picture: list[Strip] = []
        self._place = Rect(0, 0, 0, 0)

    def show(self, page: Page) -> None:
        self._strips = page.canvas.strips()
        self.refresh()

    def show_picture(self, strips: list[Strip], place: Rect) -> None:
        """Lay a live picture over the page; an empty list takes it away."""
        before = self._place
        self._picture, self._place = strips, place
        if before != place:
            self.refresh()
        else:
            self.refresh(Region(place.x, place.y, place.w, place.h))

    def render_line(self, y: int) -> Strip:
        if y >= len(self._strips):
            return Strip.blank(self.size.width)
        strip = self._strips[y]
        row = y - self._place.y
        if 0 <= row < len(self._picture):
            left, right = self._place.x, self._place.x + self._place.w
            strip = Strip.join([strip.crop(0, left), self._picture[row], strip.crop(right)])
        return strip.adjust_cell_length(self.size.width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._finger("down", event.pointer_x, event.pointer_y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if event.button:
            self._finger("move", event.pointer_x, event.pointer_y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        self._finger("up", event.pointer_x, event.pointer_y)


class BareScreen(Screen[None], inherit_bindings=False):
    """Textual's screen without its keys."""

    BINDINGS: ClassVar[list[BindingType]] = []
    ALLOW_SELECT = False


class HardenedApp(App[None], inherit_bindings=False):
    """One sheet, no way out."""

    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self._console: ConsoleColours | None = None
        self.sheet = Sheet(self.finger)

    def get_default_screen(self) -> Screen[None]:
        return BareScreen(id="_default")

    def use_console(self) -> None:
        """From the start on, draw for the plain Linux console."""
        self._console = ConsoleColours()

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return filters if self._console is None else [*filters, self._console]

    def on_mount(self) -> None:
        if self._console is not None:
            self.margins(OWN_COLOURS)

    def on_unmount(self) -> None:
        if self._console is not None:
            self.margins(ITS_COLOURS)

    def compose(self) -> ComposeResult:
        yield self.sheet

    def finger(self, what: str, x: float, y: float) -> None:
        """A finger or mouse goes `down`, `move`s or goes `up` at a cell, fractions where the terminal tells."""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        return ()

    async def action_quit(self) -> None:
        """Not for citizens."""

    def action_help_quit(self) -> None:
        """Would name the quit key."""

    def action_suspend_process(self) -> None:
        """Would leave a shell."""

    def margins(self, order: str) -> None:
        """Tell the terminal (OSC 11 and 111 of xterm) what colour is round the cells, where it knows about that."""
        if self._driver is not None:
            self._driver.write(order)

    def copy_to_clipboard(self, text: str) -> None:
        """Would write personal data to the terminal's clipboard."""

    def _handle_exception(self, error: Exception) -> None:
        # Private in Textual, hence the pinned version and a test: the original prints local variables.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.panic(Text(places(error)))
