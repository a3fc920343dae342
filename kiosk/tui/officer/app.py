"""The officer's screen as a program, and the same board as lines of JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from textual import events
from textual.geometry import Size

from kiosk.domain.message import Message
from kiosk.link.client import Picture
from kiosk.link.messages import (
    BoardChanged,
    FromCore,
    FromScreen,
    Refused,
    SessionChanged,
    SignOut,
    Touch,
    Welcome,
)
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.tui.canvas import clean
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.officer.desk import Desk, Focus, decide, selected, settled
from kiosk.tui.officer.draw import draw_desk
from kiosk.tui.officer.review import Reviewing, asked
from kiosk.tui.officer.signin import Form, change_form, refused, sign_in_form, typed
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE
from kiosk.tui.wire import Wire
from kiosk.workflow.board import Board

SMALLEST: Final = (60, 20)
OTHER: Final = {"vi": "en", "en": "vi"}
REASON_KEYS: Final = {"backspace": Act(Do.RUB), "enter": Act(Do.DECIDE), "escape": Act(Do.SELECT, "0")}
LIST_KEYS: Final = {"up": Act(Do.SELECT, "-1"), "down": Act(Do.SELECT, "1")}


class OfficerApp(HardenedApp):
    """`socket` is the core's officer socket; without one nothing is connected (the gallery)."""

    def __init__(
        self,
        socket: Path | None,
        language: str = SOURCE_LANGUAGE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._arrived = 0.0
        self._cells: Size | None = None
        self._wire = None if socket is None else Wire(socket)
        self._board: Board | None = None
        self._focus = Focus()
        self._form: Form | None = None
        self._session = SessionChanged()
        self._refusal: Message | None = None
        self._catalogues: tuple[str, ...] = ()
        self._words = Words(language)
        self.page = Page(*SMALLEST, PAGE)
        self._reviewing = Reviewing(self, lambda: self._words, self._send)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        if self._wire is not None:
            self.run_worker(self._wire.run(self))

    def greeted(self, welcome: Welcome) -> None:
        self._catalogues = welcome.catalogues
        self._words = Words(self._words.language, self._catalogues)

    def arrived(self, message: FromCore | Picture) -> None:
        if isinstance(message, BoardChanged):
            self.show(message.board)
        elif isinstance(message, SessionChanged):
            self._take_session(message)
        elif isinstance(message, Refused):
            self._take_refusal(message.message)
        else:
            self._reviewing.arrived(message, self._board)

    def _take_session(self, session: SessionChanged) -> None:
        """A PIN that somebody else gave is changed first of all."""
        self._reviewing.close()
        self._session, self._refusal = session, None
        self._form = change_form() if session.fresh else None
        self._redraw()

    def _take_refusal(self, why: Message) -> None:
        self._reviewing.close()
        if self._form is not None and self._form.waiting:
            self._form = refused(self._form, why)
        else:
            self._refusal = why
        self._redraw()

    def lost(self) -> None:
        self._reviewing.close()
        self._board, self._focus = None, Focus()
        self._session, self._form, self._refusal = SessionChanged(), None, None
        self._redraw()

    def show(self, board: Board, focus: Focus | None = None) -> None:
        """Draw `board`; what is being typed stays while its approval does."""
        self._board, self._arrived = board, self._clock()
        self._focus = settled(self._focus if focus is None else focus, board)
        self._reviewing.settle(board)
        self._redraw()

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "f3":
            self._turn_language()
            return
        if self._form is not None and event.key not in ("f1", "f2", "f4"):
            self._type(event.key, event.character)
            return
        self._send(Touch())
        act = self._act(event)
        if act is not None:
            self._take(act)

    def _act(self, event: events.Key) -> Act | None:
        """While a reason is typed, letters and digits go to it; F1 still answers a call."""
        if self._focus.choice and event.key in REASON_KEYS:
            return REASON_KEYS[event.key]
        if self._focus.choice and event.character is not None and event.is_printable:
            return Act(Do.TYPE, event.character)
        target = self.page.by_key(event.key)
        if target is not None:
            return target.act
        return None if self._focus.choice else LIST_KEYS.get(event.key)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self._focus.choice:
            self._take(Act(Do.TYPE, clean(event.text[:1000])))

    def finger(self, what: str, x: float, y: float) -> None:
        target = self.page.at(int(x), int(y)) if what == "up" else None
        if target is not None and target.act.do is Do.LANGUAGE:
            self._turn_language()
        elif target is not None:
            self._take(target.act)

    def _take(self, act: Act) -> None:
        if self._board is None:
            return
        self._refusal = None
        if act.do is Do.SIGN:
            self._sign(act.value)
        elif act.do is Do.LOOK:
            self._send(asked(act, self._board, selected(self._board, self._focus)))
        elif act.do is Do.COUNTERSIGN and self._session.officer is not None:
            self._reviewing.sign(self._board, self._session.officer.id)
        elif act.do is Do.FORM:
            self._type(act.value, None)
        else:
            self._focus, message = decide(self._focus, act, self._board)
            self._send(message)
        self._redraw()

    def _sign(self, way: str) -> None:
        if way == "out":
            self._send(SignOut())
        else:
            self._form = sign_in_form()

    def _type(self, key: str, character: str | None) -> None:
        if self._form is not None:
            self._form, message = typed(self._form, key, character)
            self._send(message)
            self._redraw()

    def _send(self, message: FromScreen | None) -> None:
        if message is not None and self._wire is not None:
            self._wire.send(message)

    def _turn_language(self) -> None:
        self._words = Words(OTHER.get(self._words.language, SOURCE_LANGUAGE), self._catalogues)
        self._redraw()

    def on_resize(self, event: events.Resize) -> None:
        self._cells = event.size
        self._redraw()

    def _tick(self) -> None:
        """The seconds of a step go on between two boards."""
        if self._board is not None and self._board.view.visit:
            self._redraw()

    def _redraw(self) -> None:
        size = self._cells or self.size
        width, height = max(SMALLEST[0], size.width), max(SMALLEST[1], size.height)
        since = int(self._clock() - self._arrived)
        desk = Desk(self._board, self._focus, self._words, width, height, since, self._session, self._refusal)
        self.page = draw_desk(desk, self._form)
        self.sheet.show(self.page)


class _Lines:
    """Writes every board as one line of JSON."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def greeted(self, welcome: Welcome) -> None:
        """Nothing to say."""

    def arrived(self, message: FromCore | Picture) -> None:
        if isinstance(message, BoardChanged):
            self._write(msgspec.json.encode(message.board).decode() + "\n")

    def lost(self) -> None:
        """Nothing to say: the next line comes when the core is back."""


def stream_boards(socket: Path, write: Callable[[str], object]) -> None:
    """Write boards until interrupted."""
    asyncio.run(Wire(socket).run(_Lines(write)))
