"""What an officer's screen may read beyond the board: the shift so far, who works here, the audit chain."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right, Role
from kiosk.link.messages import FromCore, PeopleList, ReadAudit, ReadPeople, ReadShift, Refused, ShiftFigures
from kiosk.link.server import Screen
from kiosk.link.shown import AuditLine, AuditPage
from kiosk.store.audit_page import PATTERN, newest, note_read
from kiosk.store.database import Database
from kiosk.store.people import People
from kiosk.store.shifts import Shifts
from kiosk.workflow.sessions import Sessions

PAGE_EVENTS = 60

Read = ReadShift | ReadPeople | ReadAudit


class Reading:
    """Slow where the chain is long: called in the staff's own thread."""

    def __init__(self, database: Database, people: People, shifts: Shifts, sessions: Sessions) -> None:
        self._database = database
        self._people = people
        self._shifts = shifts
        self._sessions = sessions

    def read(self, screen: Screen, message: Read) -> FromCore:
        reading: Callable[[Officer], FromCore]
        match message:
            case ReadShift():
                return self._shift(screen)
            case ReadPeople():
                right, reading = Right.DECIDE, self._officers
            case ReadAudit(kind, before):
                right, reading = Right.READ_AUDIT, lambda reader: self._audit(reader, kind, before)
        reader = self._sessions.allowed(screen, right)
        return Refused(reader) if isinstance(reader, Message) else reading(reader)

    def _shift(self, screen: Screen) -> FromCore:
        """Asked again by the screen itself while the page is open: that is no use of it, and a screen left alone locks."""
        session = self._sessions.at(screen)
        if session is None or not session.officer.may(Right.READ_AUDIT):
            return ShiftFigures()
        return ShiftFigures(self._shifts.counts(), self._shifts.last_closed())

    def _officers(self, reader: Officer) -> FromCore:
        return PeopleList(tuple(self._people.all()))

    def _audit(self, reader: Officer, kind: str, before: int) -> FromCore:
        if not PATTERN.fullmatch(kind) or not 0 <= before < 1 << 63:
            return Refused(msg("audit.bad_kind"))
        if reader.role is Role.INSPECTOR:
            note_read(self._database, reader.id, kind, before)
        found = newest(self._database, kind, before, PAGE_EVENTS + 1)
        lines = tuple(AuditLine(*event) for event in found[:PAGE_EVENTS])
        return AuditPage(lines, len(found) > PAGE_EVENTS)
