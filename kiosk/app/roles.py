"""What each screen's socket may ask of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.link.agreement import AgreeTo
from kiosk.link.messages import (
    AddWaiting,
    Answer,
    AnswerCall,
    AnswerFor,
    ApproveBatch,
    BoardChanged,
    CallOfficer,
    ChangePin,
    CloseShift,
    Decide,
    DecideCorrection,
    EndVisit,
    FromScreen,
    Leave,
    Look,
    MoveTicket,
    OpenShift,
    PrintShift,
    Propose,
    ReadAloud,
    ReadAudit,
    ReadInbox,
    ReadPeople,
    ReadShift,
    Reprint,
    SetLanguage,
    Settle,
    SignIn,
    SignOut,
    StopFactor,
    Touch,
    ViewChanged,
    Watch,
)
from kiosk.link.server import Screen
from kiosk.workflow.approvals import Decision

if TYPE_CHECKING:
    from kiosk.app.core import Core


class CitizenRole:
    """What the citizen's socket may do."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def greeting(self) -> ViewChanged:
        return ViewChanged(self._core.counter.view, self._core.display.dark)

    def left(self, screen: Screen) -> None:
        """The screen holds nothing; the visit goes on."""

    def handle(self, message: FromScreen, screen: Screen) -> Message | None:
        counter = self._core.counter
        self._core.display.stir()
        match message:
            case Answer(question, value):
                return self._answer(question, value)
            case ReadAloud():
                return None if self._core.speaking.read(counter) else msg("link.no_speaker")
            case CallOfficer():
                self._core.call_officer()
            case Leave():
                self._core.speaking.hush()
                counter.leave()
            case Touch():
                counter.touch()
            case SetLanguage(language):
                counter.set_language(language)
            case _:
                return msg("link.not_allowed")
        return None

    def _answer(self, question: str, value: str) -> Message | None:
        """Nobody has a question read on that is answered already."""
        if not self._core.counter.answer(question, value):
            return msg("link.not_asked", question=question)
        self._core.speaking.hush()
        return None


NEEDS: dict[type[FromScreen], Right] = {
    Decide: Right.DECIDE,
    DecideCorrection: Right.APPROVE,
    AnswerCall: Right.ANSWER_CALL,
    AddWaiting: Right.ANSWER_CALL,
    MoveTicket: Right.ANSWER_CALL,
    Watch: Right.SEE_DATA,
    Look: Right.SEE_DATA,
    ApproveBatch: Right.APPROVE,
    AnswerFor: Right.TAKE_OVER,
    EndVisit: Right.DECIDE,
    Reprint: Right.REPRINT,
    OpenShift: Right.RUN_SHIFT,
    CloseShift: Right.RUN_SHIFT,
    PrintShift: Right.RUN_SHIFT,
}
"""The right an act at the desk needs; what is not in this table needs none, or is no act at the desk."""


class OfficerRole:
    """What the officer's socket may do: nothing but look at the board, until somebody has signed in."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def greeting(self) -> BoardChanged:
        return BoardChanged(self._core.board())

    def left(self, screen: Screen) -> None:
        self._core.staff.left(screen)
        self._core.helping.forget(screen)

    def handle(self, message: FromScreen, screen: Screen) -> Message | None:
        needed = NEEDS.get(type(message))
        if needed is None:
            return self._session(message, screen)
        officer = self._core.staff.sessions.allowed(screen, needed)
        return officer if isinstance(officer, Message) else self._act(message, officer.id, screen)

    def _session(self, message: FromScreen, screen: Screen) -> Message | None:
        staff = self._core.staff
        match message:
            case SignIn() | ChangePin() | SignOut() | StopFactor() | AgreeTo():
                self._sign(message, screen)
            case ReadShift() | ReadPeople() | ReadAudit():
                staff.read(screen, message)
            case Touch():
                staff.sessions.used(screen)
            case _:
                return self._two_persons(message, screen)
        return None

    def _two_persons(self, message: FromScreen, screen: Screen) -> Message | None:
        """Who may is looked up where it is known what for."""
        staff = self._core.staff
        match message:
            case Propose():
                staff.propose(screen, message)
            case Settle():
                staff.settle(screen, message)
            case ReadInbox():
                staff.read_inbox(screen)
            case _:
                return msg("link.not_allowed")
        return None

    def _sign(self, message: SignIn | ChangePin | SignOut | StopFactor | AgreeTo, screen: Screen) -> None:
        staff = self._core.staff
        match message:
            case SignIn():
                staff.sign_in(screen, message)
            case ChangePin():
                staff.change_pin(screen, message)
            case SignOut():
                staff.sign_out(screen)
            case StopFactor():
                staff.factors.stop(screen)
            case AgreeTo():
                staff.agree(screen, message)

    def _act(self, message: FromScreen, officer: str, screen: Screen) -> Message | None:
        match message:
            case Decide(approval, choice, reason):
                return self._core.approvals.decide(approval, Decision(choice, officer, reason))
            case AnswerCall(coming):
                self._core.answer_call(coming, officer)
            case Reprint(dossier, reason):
                return self._core.reprints.ask(dossier, reason, officer)
            case Watch(on):
                self._core.helping.watch(screen, officer, on)
            case AnswerFor(question, value):
                return self._core.helping.answer(officer, question, value)
            case EndVisit(outcome, reason):
                return self._core.helping.end(officer, outcome, reason)
            case _:
                return self._review(message, officer, screen)
        return None

    def _review(self, message: FromScreen, officer: str, screen: Screen) -> Message | None:
        match message:
            case Look(dossier):
                self._core.reviews.look(screen, officer, dossier)
            case ApproveBatch():
                self._core.reviews.sign(screen, officer, message)
            case DecideCorrection():
                self._core.reviews.decide(screen, officer, message)
            case AddWaiting(priority):
                return self._core.line.add(priority, officer)
            case MoveTicket(number, event):
                return self._core.line.act(number, event, officer)
            case _:
                return self._run_shift(message, officer, screen)
        return None

    def _run_shift(self, message: FromScreen, officer: str, screen: Screen) -> Message | None:
        match message:
            case OpenShift(leader):
                return self._open_shift(leader, officer)
            case CloseShift():
                return self._close_shift(officer, screen)
            case PrintShift(shift):
                return self._core.staff.print_shift(shift)
        return None

    def _open_shift(self, leader: str, officer: str) -> Message | None:
        staff = self._core.staff
        known = staff.people.officer(leader)
        if known is None or not known.may(Right.RUN_SHIFT):
            return msg("shift.no_leader", officer=leader)
        return None if staff.open_shift(leader, officer) else msg("shift.already_open")

    def _close_shift(self, officer: str, screen: Screen) -> Message | None:
        """Whoever is being served belongs to the shift that began with them."""
        if self._core.counter.view.visit:
            return msg("shift.visit_going_on")
        self._core.staff.close_shift(screen, officer)
        return None
