"""The people at the desk: who is signed in at which screen, and the shift they work in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from kiosk.app.acts import Acts
from kiosk.app.proposals import CameOf, Proposals
from kiosk.app.reading import Read, Reading
from kiosk.app.second_factors import Enrolment, SecondFactors
from kiosk.config import SecondFactor as Policy
from kiosk.config import StaffConfig
from kiosk.domain.change import Change
from kiosk.domain.factors import FactorKind, Stage
from kiosk.domain.message import Message, msg
from kiosk.domain.people import RIGHTS, Officer, Right, Role
from kiosk.domain.request import Request, RequestKind
from kiosk.domain.shift import Shift, ShiftClosed
from kiosk.errors import KioskError
from kiosk.link.agreement import AgreedTo, AgreeTo
from kiosk.link.messages import (
    ChangePin,
    FromCore,
    Inbox,
    Propose,
    Refused,
    RosterRejected,
    SessionChanged,
    Settle,
    ShiftEnded,
    SignIn,
)
from kiosk.link.server import Screen
from kiosk.store.ledger import SqliteLedger
from kiosk.store.people import People
from kiosk.store.shifts import Shifts
from kiosk.workflow.second_factor import SecondFactor
from kiosk.workflow.sessions import Half, Session, Sessions

log = logging.getLogger(__name__)

DEMO_PIN = "135790"
"""Shown on the sign-in page of a demonstration; a production kiosk has no such account."""

DEMO_STAFF = (
    Officer("GS01", "Bùi Thị Mẫu", Role.SUPERVISOR),
    Officer("CB01", "Lê Văn Mẫu", Role.OFFICER),
    Officer("CB02", "Phạm Thị Mẫu", Role.OFFICER),
    Officer("HD01", "Vũ Văn Mẫu", Role.HELPER),
    Officer("KT01", "Đỗ Văn Mẫu", Role.TECHNICIAN),
    Officer("TT01", "Hồ Thị Mẫu", Role.INSPECTOR),
)
LEADER = DEMO_STAFF[0].id


class Staff:
    """PINs are checked in a thread of their own: Argon2 takes its time, and citizens wait for nobody's PIN."""

    def __init__(
        self,
        ledger: SqliteLedger,
        config: StaffConfig,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
        put_on_paper: Callable[[ShiftClosed], None],
        acts: Acts,
        second_factor: SecondFactor,
        note_agreed: Callable[[Change, str], None],
    ) -> None:
        """`put_on_paper` prints a shift's sheet; it may take its time. `acts` are what two persons can have done,
        `second_factor` this station's devices for it. `note_agreed` records who agreed to a change of the release."""
        self.people = People(ledger.database, ledger.keys.pins, config.second_factor)
        self.shifts = Shifts(ledger.database)
        self.shift = self.shifts.current()
        self.sessions = Sessions(self.people.check, monotonic, config.lock_after, ledger.audit)
        self.factors = SecondFactors(self.people, self.sessions, second_factor, monotonic, self._ended)
        self._policy = config.second_factor
        self.proposals = Proposals(
            ledger.requests,
            self.people,
            self.sessions,
            changed,
            self._ended,
            acts.table,
            self._enrol,
        )
        self._inbox = acts.roster
        self._reading = Reading(ledger.database, self.people, self.shifts, self.sessions)
        self._changed = changed
        self._put_on_paper = put_on_paper
        self._note_agreed = note_agreed
        self._slow = ThreadPoolExecutor(1, "staff")
        self._slower = ThreadPoolExecutor(1, "requests")

    def close(self) -> None:
        self.factors.close()
        self._slow.shutdown(cancel_futures=True)
        self._slower.shutdown(cancel_futures=True)

    def demonstrate(self) -> None:
        """Invented staff, and a shift that is open."""
        if self.shift is None:
            self.open_shift(LEADER, LEADER)
        self._slow.submit(self._add_demo_staff)

    # -- sessions ----------------------------------------------------------------------------------------------

    def sign_in(self, screen: Screen, message: SignIn) -> None:
        self._answer_slowly(screen, lambda: self._sign_in(screen, message, self.session_of))

    def agree(self, screen: Screen, message: AgreeTo) -> None:
        """The PIN is asked anew, whoever is signed in where."""
        self._answer_slowly(
            screen, lambda: self._sign_in(screen, message, partial(self._agreed, screen, message.change))
        )

    def change_pin(self, screen: Screen, message: ChangePin) -> None:
        self._answer_slowly(screen, lambda: self._change_pin(screen, message))

    def propose(self, screen: Screen, message: Propose) -> None:
        """In a thread of its own, as `settle`: files are looked through, and nobody's PIN waits for that."""
        self._answer_slowly(screen, lambda: self._propose(screen, message), self._slower)

    def settle(self, screen: Screen, message: Settle) -> None:
        self._answer_slowly(screen, lambda: self.proposals.settle(screen, message), self._slower)

    def read_inbox(self, screen: Screen) -> None:
        self._answer_slowly(screen, lambda: self._read_inbox(screen), self._slower)

    def read(self, screen: Screen, message: Read) -> None:
        self._answer_slowly(screen, lambda: self._reading.read(screen, message))

    def sign_out(self, screen: Screen) -> None:
        self.factors.stop(screen)
        self.sessions.sign_out(screen)
        screen.send(SessionChanged())

    def left(self, screen: Screen) -> None:
        """The screen has gone."""
        self.factors.stop(screen)
        self.sessions.sign_out(screen)

    def lock_idle(self) -> None:
        """Called now and then."""
        for screen in self.sessions.lock_idle():
            if isinstance(screen, Screen):
                screen.send(SessionChanged())

    # -- the shift ---------------------------------------------------------------------------------------------

    def open_shift(self, leader: str, by: str) -> Shift | None:
        """None when one is open."""
        opened = self.shifts.open(leader, by)
        if opened:
            self.shift = opened
            self._changed()
        return opened

    def close_shift(self, screen: Screen, by: str) -> None:
        """The record first, then the officer's answer, then the paper."""
        self._slow.submit(self._close_shift, screen, by)

    def print_shift(self, number: str) -> Message | None:
        closed = self.shifts.closed(number)
        if closed is None:
            return msg("shift.unknown", shift=number)
        self._slow.submit(self._put_on_paper, closed)
        return None

    # ----------------------------------------------------------------------------------------------------------

    def session_of(self, session: Session | None) -> SessionChanged:
        """What a screen is told of its session."""
        if session is None:
            return SessionChanged()
        officer, enrol = session.officer, session.stage is Stage.ENROLMENT_WANTED
        kinds = () if self._policy is Policy.NONE else self.factors.kinds
        return SessionChanged(officer, tuple(sorted(RIGHTS[officer.role])), session.fresh, enrol, kinds)

    def _sign_in(
        self, screen: Screen, message: SignIn | AgreeTo, then: Callable[[Session], FromCore]
    ) -> FromCore | None:
        """`then` answers once somebody is signed in, at once or after the second factor."""
        self.factors.stop(screen)
        answer = self.sessions.sign_in(screen, message.officer, message.pin)
        if isinstance(answer, Message):
            return Refused(answer)
        return self.factors.ask(screen, answer, then) if isinstance(answer, Half) else then(answer)

    def _agreed(self, screen: Screen, change: Change, session: Session) -> FromCore:
        """The record first, then the answer; the PIN was for this alone."""
        try:
            officer = self.sessions.allowed(screen, None)
            if isinstance(officer, Message):
                return Refused(officer)
            if not officer.may(Right.AGREE_UPDATE):
                return Refused(msg("update.not_an_officer"))
            self._note_agreed(change, officer.id)
            return AgreedTo(officer.id)
        finally:
            self.sessions.sign_out(screen)

    def _enrol(self, screen: Screen, request: Request, by: str, came_of: CameOf) -> FromCore | None:
        enrolment = Enrolment(request.id, request.values["officer"], FactorKind(request.values["factor"]), by)
        return self.factors.enrol(screen, enrolment, came_of)

    def _close_shift(self, screen: Screen, by: str) -> None:
        closed = self.shifts.close(by)
        if closed is None:
            screen.send(Refused(msg("shift.none_open")))
            return
        self.shift = None
        self._changed()
        screen.send(ShiftEnded(closed))
        self._put_on_paper(closed)

    def _ended(self, number: str) -> None:
        for screen in self.sessions.end(number):
            if isinstance(screen, Screen):
                screen.send(SessionChanged())

    def _propose(self, screen: Screen, message: Propose) -> FromCore | None:
        """A file with bad cells is answered with all of them."""
        answer = self.proposals.propose(screen, message)
        refused = isinstance(answer, Refused) and message.kind is RequestKind.IMPORT_ROSTER
        if refused and self._inbox.bad:
            return RosterRejected(message.values["file"], self._inbox.take_bad())
        return answer

    def _read_inbox(self, screen: Screen) -> FromCore:
        officer = self.sessions.allowed(screen, Right.IMPORT_ROSTER)
        found = officer if isinstance(officer, Message) else self._inbox.files()
        return Refused(found) if isinstance(found, Message) else Inbox(found)

    def _answer_slowly(
        self, screen: Screen, work: Callable[[], FromCore | None], thread: Executor | None = None
    ) -> None:
        def answer() -> None:
            try:
                if (said := work()) is not None:
                    screen.send(said)
            except KioskError as error:
                screen.send(Refused(Message(error.code, dict(error.values))))
                log.error("at the desk: %s", error)

        (thread or self._slow).submit(answer)

    def _change_pin(self, screen: Screen, message: ChangePin) -> FromCore:
        session = self.sessions.at(screen)
        if session is None:
            return SessionChanged()
        trouble = self.people.change_pin(session.officer.id, message.pin, message.new)
        if trouble:
            return Refused(trouble)
        self.sessions.refreshed(screen)
        return self.session_of(self.sessions.at(screen))

    def _add_demo_staff(self) -> None:
        if not len(self.people):
            first, *others = DEMO_STAFF
            self.people.add_first(first, DEMO_PIN)
            for officer in others:
                self.people.add_demonstrator(officer, DEMO_PIN)
