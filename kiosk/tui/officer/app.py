"""The officer's screen as a program: what comes from the stations, what goes to them, and where this screen is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from textual import events
from textual.geometry import Size

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.domain.request import RequestKind
from kiosk.link.messages import (
    AnswerFor,
    BoardChanged,
    FactorWanted,
    FromCore,
    FromScreen,
    Inbox,
    ReadAudit,
    ReadInbox,
    ReadPeople,
    ReadShift,
    Refused,
    SessionChanged,
    SignOut,
    StopFactor,
    Touch,
    Watch,
)
from kiosk.link.shown import AuditPage
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.tui.canvas import clean
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.officer.alone import put_away
from kiosk.tui.officer.asking import answering_refusal, asked, first_form, roster_form
from kiosk.tui.officer.audit import moved, rows_of, scrolled
from kiosk.tui.officer.desk import (
    AUDIT_KINDS,
    Desk,
    Focus,
    Place,
    Station,
    Tab,
    Told,
    decide,
    selected,
    settled,
    wanted_on,
)
from kiosk.tui.officer.draw import draw_desk
from kiosk.tui.officer.entrance import Entrance
from kiosk.tui.officer.form import Form, pasted, pressed, sign_in_form
from kiosk.tui.officer.forms import Wrong, finished
from kiosk.tui.officer.keys import act_of, lines_of
from kiosk.tui.officer.needs import Need, in_order, need_of
from kiosk.tui.officer.pieces import words_of
from kiosk.tui.officer.review import Reviewing
from kiosk.tui.officer.stations import Connection, Post
from kiosk.tui.officer.waiting import moved_ticket
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE
from kiosk.tui.vietnamese import next_way
from kiosk.workflow.board import Board

SMALLEST: Final = (60, 20)
OTHER: Final = {"vi": "en", "en": "vi"}
BEYOND_A_FORM: Final = frozenset({"f1", "f2", "f4"})
UNSIGNED: Final = frozenset({Do.SIGN, Do.FORM, Do.SELECT, Do.MOVE, Do.OPEN, Do.LANGUAGE, Do.TYPING})
"""What whoever stands here may do; anything else asks who it is."""
UNSIGNED_TABS: Final = frozenset({Tab.ROOM, Tab.BOARD, Tab.SHIFT, Tab.QUEUE})
PASTED_AT_MOST: Final = 1000
RINGS: Final = frozenset({Need.CALLED, Need.URGENT, Need.APPROVAL})


class OfficerApp(HardenedApp):
    """`stations` are a core's officer socket, or several of them with names; without any nothing is connected (the
    gallery)."""

    def __init__(
        self,
        stations: Path | Sequence[Post] | None,
        language: str = SOURCE_LANGUAGE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        given = [Post("", stations or Path())] if isinstance(stations, Path | None) else stations
        self._connected = stations is not None
        self._room = [Connection(post, clock, self._heard) for post in given]
        self._needs = [Need.FREE] * len(self._room)
        self._at = 0
        self._cells: Size | None = None
        self._place = Place(Tab.ROOM if len(self._room) > 1 else Tab.BOARD)
        self._form: Form | None = None
        self._sent: Form | None = None
        self._stale = False
        self._entrance = Entrance()
        self._language = language
        self.page = Page(*SMALLEST, PAGE)
        self._reviewing = Reviewing(self, self._words, self._send, lambda: self._place.typing)
        self._acts: dict[Do, Callable[[str], None]] = {
            Do.SIGN: self._sign,
            Do.FORM: lambda key: self._type(key, None),
            Do.LANGUAGE: lambda _: self._turn_language(),
            Do.TYPING: lambda _: self._turn_typing(),
            Do.TAB: lambda tab: self._turn_to(Tab(tab)),
            Do.OPEN: self._open,
            Do.ASK: self._ask,
            Do.MOVE: self._move,
            Do.FILTER: self._filter,
            Do.OLDER: self._scroll,
            Do.ANSWER: self._answer,
            Do.TICKET: lambda value: self._send(moved_ticket(value)),
            Do.LOOK: lambda _: self._reviewing.look(selected(self._told.board, self._place.focus)),
            Do.COUNTERSIGN: lambda _: self._reviewing.sign(self._told.board, self._told.session.officer),
        }

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        if self._connected:
            for connection in self._room:
                self.run_worker(connection.run())

    # -- what the stations say -----------------------------------------------------------------------------------

    @property
    def _here(self) -> Connection:
        return self._room[self._at]

    @property
    def _told(self) -> Told:
        return self._here.told

    @property
    def _factor(self) -> FactorWanted | None:
        return wanted_on(self._told, self._place)

    def _heard(self, connection: Connection, message: FromCore | None) -> None:
        self._ring(connection)
        self._entrance.heard(connection, message, self._room)
        if connection is self._here:
            self._note(message)
            self._redraw()
            return
        if isinstance(message, Refused):
            connection.told = replace(connection.told, refusal=message.message)
        if self._place.tab is Tab.ROOM:
            self._redraw()

    def _ring(self, connection: Connection) -> None:
        """Once when a station begins to need a person, not again while it does."""
        number = self._room.index(connection)
        need = need_of(Station(connection.post.name, connection.told))
        before, self._needs[number] = self._needs[number], need
        if need in RINGS and need < before:
            self.bell()

    def _note(self, message: FromCore | None) -> None:
        if message is None and self._told.board is None:
            self._leave()
        elif isinstance(message, BoardChanged):
            self._settle(message.board)
        elif isinstance(message, SessionChanged):
            self._take_session(message)
        elif isinstance(message, Inbox):
            self._put(roster_form(message.files))
        elif isinstance(message, Refused):
            self._take_refusal(message.message)
        elif isinstance(message, AuditPage):
            self._place = replace(self._place, line=0)
        elif message is not None:
            self._reviewing.arrived(message, self._told.board)

    def _settle(self, board: Board) -> None:
        """A reason that was being typed for what another desk has decided meanwhile goes, and that is said."""
        before, focus = self._place.focus, settled(self._place.focus, board)
        self._place = replace(self._place, focus=focus)
        self._stale = True
        self._reviewing.settle(board)
        if before.choice and not focus.choice:
            self._refuse(msg("link.not_asked", question=before.approval))

    def _take_session(self, session: SessionChanged) -> None:
        """Nobody finds a page of the one before."""
        self._leave()
        self._form = first_form(session)

    def _leave(self) -> None:
        """Back to what everybody may see; nothing typed stays."""
        tab = Tab.ROOM if self._place.tab is Tab.ROOM else Tab.BOARD
        self._place = replace(self._place, tab=tab, focus=Focus(), line=0)
        self._form = self._sent = None
        self._reviewing.close()

    def _take_refusal(self, why: Message) -> None:
        self._reviewing.close()
        form = answering_refusal(self._form, self._sent, why, self._told)
        if form is not None:
            self._form, self._sent = form, None
        else:
            self._refuse(why)

    def _refuse(self, why: Message | None) -> None:
        self._here.told = replace(self._told, refusal=why)

    # -- keys --------------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        event.stop()
        alone = put_away(self._told, self._place, event.key)
        if alone is not None:
            self._here.told, self._place = alone
        elif event.key in ("f3", "f12"):
            self._take(Act(Do.LANGUAGE if event.key == "f3" else Do.TYPING))
        elif (self._form or self._factor) and event.key not in BEYOND_A_FORM:
            self._touch()
            self._type(event.key, event.character)
        else:
            self._touch()
            act = act_of(
                event.key, event.character if event.is_printable else None, self._place, self._at, self.page
            )
            if act is not None:
                self._take(act)
        self._redraw()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self._form is not None:
            self._form = pasted(self._form, event.text[:PASTED_AT_MOST])
        elif self._place.focus.choice:
            self._take(Act(Do.TYPE, clean(event.text[:PASTED_AT_MOST])))
        self._redraw()

    def finger(self, what: str, x: float, y: float) -> None:
        target = self.page.at(int(x), int(y)) if what == "up" else None
        if target is not None:
            self._take(target.act)
            self._redraw()

    def _take(self, act: Act) -> None:
        if act.do not in (Do.LANGUAGE, Do.TYPING, Do.FORM):
            self._sent = None
            self._refuse(None)
        if self._asks_who(act):
            self._put(sign_in_form())
        elif act.do in self._acts:
            self._acts[act.do](act.value)
        elif self._told.board is not None:
            focus, message = decide(self._place.focus, act, self._told.board, self._place.typing)
            self._place = replace(self._place, focus=focus)
            self._send(message)

    def _asks_who(self, act: Act) -> bool:
        """Nobody is signed in, and this is not for everybody: the form comes, and nothing is done."""
        if self._told.session.officer is not None or act.do in UNSIGNED or self._told.board is None:
            return False
        return not (act.do is Do.TAB and act.value in UNSIGNED_TABS)

    def _put(self, form: Form | None) -> None:
        if self._place.tab is Tab.ROOM:
            self._place = replace(self._place, tab=Tab.BOARD)
        if self._told.board is not None:
            self._form = form

    def _sign(self, way: str) -> None:
        if way == "out":
            for connection in self._room:
                connection.send(SignOut())
        else:
            self._send(StopFactor() if self._told.factor else None)
            self._put(sign_in_form())

    def _ask(self, kind: str) -> None:
        if kind == RequestKind.IMPORT_ROSTER:
            self._send(ReadInbox())
        else:
            self._put(asked(kind, self._here.now(), self._place))

    def _type(self, key: str, character: str | None) -> None:
        if self._factor is not None:
            self._send(StopFactor() if key == "escape" else None)
            return
        if self._form is None:
            return
        self._form, done = pressed(self._form, key, character, self._place.typing)
        if not done or self._form is None:
            return
        message = finished(self._form)
        if isinstance(message, Wrong):
            self._form = replace(self._form, at=message.at, trouble=message.why)
            return
        if self._form.kind in ("sign_in", "change"):
            self._form = replace(self._form, waiting=True, trouble=None)
        else:
            self._form, self._sent = None, self._form
        self._entrance.sent(self._here, message)
        self._send(message)

    # -- pages -------------------------------------------------------------------------------------------------------

    def _turn_to(self, tab: Tab) -> None:
        before = self._place.tab
        if self._told.board is None and tab not in (Tab.ROOM, Tab.BOARD):
            return
        self._place = replace(self._place, tab=tab, line=0, focus=Focus())
        if before is Tab.BESIDE and tab is not Tab.BESIDE:
            self._send(Watch(on=False))
            self._here.told = replace(self._told, seen=None)
        if tab is Tab.BESIDE and before is not Tab.BESIDE:
            self._send(Watch(on=True))
        elif tab is Tab.AUDIT:
            self._read_audit(0)
        elif tab is Tab.PEOPLE and self._told.may(Right.DECIDE):
            self._send(ReadPeople())
        elif tab is Tab.SHIFT and self._told.session.officer is not None:
            self._send(ReadShift())

    def _open(self, number: str) -> None:
        self._at = int(number)
        self._leave()
        self._place = replace(self._place, tab=Tab.BOARD)

    def _move(self, by: str) -> None:
        if self._place.tab is Tab.ROOM:
            order = in_order(self._stations())
            self._at = order[(order.index(self._at) + int(by)) % len(order)]
        elif self._place.tab in (Tab.PEOPLE, Tab.QUEUE):
            count = lines_of(self._place.tab, self._told.board)
            self._place = replace(self._place, line=(self._place.line + int(by)) % count)
        elif self._place.tab is Tab.AUDIT:
            self._place = moved(self._place, self._told.audit, int(by))

    def _filter(self, by: str) -> None:
        self._place = replace(self._place, kind=(self._place.kind + int(by)) % len(AUDIT_KINDS))
        self._read_audit(0)

    def _scroll(self, by: str) -> None:
        rows = rows_of(self._cells.height if self._cells else SMALLEST[1])
        self._place, before = scrolled(self._place, self._told.audit, int(by), rows)
        if before is not None:
            self._read_audit(before)

    def _read_audit(self, before: int) -> None:
        self._send(ReadAudit(AUDIT_KINDS[self._place.kind], before))

    def _answer(self, value: str) -> None:
        if self._told.seen is not None:
            self._send(AnswerFor(self._told.seen.screen.id, value))

    def _send(self, message: FromScreen | None) -> None:
        """What cannot be sent is said, but for a touch."""
        if message is None or self._here.send(message) or isinstance(message, Touch):
            return
        self._refuse(msg("desk.not_sent"))

    def _touch(self) -> None:
        """Whoever works at one station has left none of the others."""
        for connection in self._room:
            connection.send(Touch())

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _turn_language(self) -> None:
        self._language = OTHER.get(self._language, SOURCE_LANGUAGE)

    def _turn_typing(self) -> None:
        self._place = replace(self._place, typing=next_way(self._place.typing))

    def on_resize(self, event: events.Resize) -> None:
        self._cells = event.size
        self._redraw()

    def _tick(self) -> None:
        """The seconds of a step go on between two boards; the shift's page is asked again when something happened."""
        if self._place.tab is Tab.SHIFT and self._stale and self._told.session.officer is not None:
            self._stale = False
            self._send(ReadShift())
        if any(each.told.counting for each in self._room):
            self._redraw()

    def _stations(self) -> tuple[Station, ...]:
        return tuple(Station(each.post.name, each.now(), each.trouble) for each in self._room)

    def _words(self) -> Words:
        catalogues = tuple(dict.fromkeys(path for each in self._room for path in each.catalogues))
        return words_of(self._language, catalogues)

    def _redraw(self) -> None:
        size = self._cells or self.size
        width, height = max(SMALLEST[0], size.width), max(SMALLEST[1], size.height)
        desk = Desk(self._here.now(), self._place, self._words(), width, height, self._stations(), self._at)
        self.page = draw_desk(desk, self._form)
        self.sheet.show(self.page)
