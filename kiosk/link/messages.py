"""Every message on a socket. A line is one JSON object with a `type`; a `FrameHeader` is followed by `size` raw bytes."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from kiosk.domain.batch import Batch, Upto
from kiosk.domain.correction import Finding
from kiosk.domain.factors import FactorKind
from kiosk.domain.message import Message
from kiosk.domain.people import Officer, Right
from kiosk.domain.queue import Priority, TicketEvent
from kiosk.domain.request import RequestKind
from kiosk.domain.roster import BadCell
from kiosk.domain.shift import ShiftClosed, ShiftCounts
from kiosk.domain.visit import Outcome
from kiosk.link.agreement import AgreedTo, AgreeTo
from kiosk.link.shown import AuditPage, DossierShown
from kiosk.workflow.board import Board
from kiosk.workflow.view import View

PROTOCOL: Final = 1
TicketNumber = Annotated[int, msgspec.Meta(ge=0, le=99999)]


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """First line from a screen."""

    protocol: int = PROTOCOL


class Answer(msgspec.Struct, frozen=True, tag_field="type", tag="answer"):
    """The citizen's answer to the question `question`; an answer to another question is dropped."""

    question: str
    value: str


class CallOfficer(msgspec.Struct, frozen=True, tag_field="type", tag="call_officer"):
    """The citizen wants help."""


class Leave(msgspec.Struct, frozen=True, tag_field="type", tag="leave"):
    """The citizen stops for today; what was done is kept."""


class Touch(msgspec.Struct, frozen=True, tag_field="type", tag="touch"):
    """Somebody touched the screen or a key: not idle."""


class SetLanguage(msgspec.Struct, frozen=True, tag_field="type", tag="set_language"):
    """The citizen reads on in another language."""

    language: str


class ReadAloud(msgspec.Struct, frozen=True, tag_field="type", tag="read_aloud"):
    """Say what is asked now; it is not said on once something else is on the screen."""


class Decide(msgspec.Struct, frozen=True, tag_field="type", tag="decide"):
    """The officer's answer to an approval: one of its choices, and why."""

    approval: str
    choice: str
    reason: str = ""


class DecideCorrection(msgspec.Struct, frozen=True, tag_field="type", tag="decide_correction"):
    """The officer's answer to an approval of a correction: one of its choices, what was seen, and why."""

    approval: str
    choice: str
    finding: Finding
    reason: str = ""

    def __repr__(self) -> str:
        return f"DecideCorrection(approval={self.approval!r}, choice={self.choice!r})"


class AnswerCall(msgspec.Struct, frozen=True, tag_field="type", tag="answer_call"):
    """The officer is coming (`coming`) or the citizen has been helped (not `coming`)."""

    coming: bool


class AddWaiting(msgspec.Struct, frozen=True, tag_field="type", tag="add_waiting"):
    """Somebody came who waits: the next number of the day, in the order of `priority`."""

    priority: Priority


class MoveTicket(msgspec.Struct, frozen=True, tag_field="type", tag="move_ticket"):
    """A number is called, served, absent or back; `call` with the number 0 calls whoever's turn it is."""

    number: TicketNumber
    event: TicketEvent


class Reprint(msgspec.Struct, frozen=True, tag_field="type", tag="reprint"):
    """The officer has the slip of `dossier` printed again; `reason` is `torn`, `illegible` or `lost`."""

    dossier: str
    reason: str


class Watch(msgspec.Struct, frozen=True, tag_field="type", tag="watch"):
    """See what the citizen sees, data and all, from now on (`on`) or no longer; answered with `ViewChanged`."""

    on: bool


class AnswerFor(msgspec.Struct, frozen=True, tag_field="type", tag="answer_for"):
    """Answer one question in the citizen's place; the next one is theirs again."""

    question: str
    value: str

    def __repr__(self) -> str:
        return f"AnswerFor(question={self.question!r})"


class EndVisit(msgspec.Struct, frozen=True, tag_field="type", tag="end_visit"):
    """End the visit with one of the outcomes that are an officer's to say, and why."""

    outcome: Outcome
    reason: str


class Propose(msgspec.Struct, frozen=True, tag_field="type", tag="propose"):
    """Ask for something that a second person has to agree to, with its values and why."""

    kind: RequestKind
    values: dict[str, str]
    why: str


class Settle(msgspec.Struct, frozen=True, tag_field="type", tag="settle"):
    """Agree to a request or decline it; answered with `Settled`, `FirstPin` or `Refused`, before that with `FactorWanted`
    where a finger or key is enrolled."""

    request: str
    agreed: bool


class Look(msgspec.Struct, frozen=True, tag_field="type", tag="look"):
    """See a dossier that is not sealed yet; recorded, and answered with `DossierShown` or `Refused`."""

    dossier: str


class ApproveBatch(msgspec.Struct, frozen=True, tag_field="type", tag="approve_batch"):
    """Countersign the dossiers sealed by rule that the board has shown as `Unsigned`, no more and no fewer; answered
    with `BatchSigned` or `Refused`."""

    upto: Upto
    digest: str


class SignIn(msgspec.Struct, frozen=True, tag_field="type", tag="sign_in"):
    """Somebody at the officer's screen, by staff number and PIN; answered with `SessionChanged` or `Refused`, before that
    with `FactorWanted` where a second factor is asked for."""

    officer: str
    pin: str

    def __repr__(self) -> str:
        return f"SignIn(officer={self.officer!r})"


class ChangePin(msgspec.Struct, frozen=True, tag_field="type", tag="change_pin"):
    """A PIN of one's own in place of the one in use."""

    pin: str
    new: str

    def __repr__(self) -> str:
        return "ChangePin()"


class StopFactor(msgspec.Struct, frozen=True, tag_field="type", tag="stop_factor"):
    """Nobody shows a second factor at this screen; answered with `Refused` where one was waited for."""


class SignOut(msgspec.Struct, frozen=True, tag_field="type", tag="sign_out"):
    """The officer leaves this screen."""


class OpenShift(msgspec.Struct, frozen=True, tag_field="type", tag="open_shift"):
    """Begin a shift; `leader` answers for it (a staff number)."""

    leader: str


class CloseShift(msgspec.Struct, frozen=True, tag_field="type", tag="close_shift"):
    """End the shift; answered with `ShiftEnded`, and its sheet is printed."""


class PrintShift(msgspec.Struct, frozen=True, tag_field="type", tag="print_shift"):
    """Print the sheet of a shift that has ended once more."""

    shift: str


class ReadShift(msgspec.Struct, frozen=True, tag_field="type", tag="read_shift"):
    """What the shift comes to so far; answered with `ShiftFigures`."""


class ReadPeople(msgspec.Struct, frozen=True, tag_field="type", tag="read_people"):
    """Who works here; answered with `PeopleList`."""


class ReadAudit(msgspec.Struct, frozen=True, tag_field="type", tag="read_audit"):
    """The newest events before the number `before` (0: the newest of all) whose kind fits the pattern `kind`; answered
    with `AuditPage`."""

    kind: str = "*"
    before: int = 0


class ReadInbox(msgspec.Struct, frozen=True, tag_field="type", tag="read_inbox"):
    """What files lie ready for a roster import; answered with `Inbox`."""


class Welcome(msgspec.Struct, frozen=True, tag_field="type", tag="welcome"):
    """First line from the core. `catalogues` are the folders where plugins keep their words."""

    protocol: int
    version: str
    catalogues: tuple[str, ...] = ()


class ViewChanged(msgspec.Struct, frozen=True, tag_field="type", tag="view"):
    """What the citizen sees from now on; `dark`: nothing of it, because nobody is there to see it."""

    view: View
    dark: bool = False


class BoardChanged(msgspec.Struct, frozen=True, tag_field="type", tag="board"):
    """What the officer sees from now on."""

    board: Board


class SessionChanged(msgspec.Struct, frozen=True, tag_field="type", tag="session"):
    """Who is signed in at this screen, nobody when `officer` is None; `fresh`: the PIN has to be changed first; `enrol`:
    nothing is done but asking for a second factor. `factors`: what can be enrolled here, nothing where none is wanted."""

    officer: Officer | None = None
    rights: tuple[Right, ...] = ()
    fresh: bool = False
    enrol: bool = False
    factors: tuple[FactorKind, ...] = ()


class FactorWanted(msgspec.Struct, frozen=True, tag_field="type", tag="factor"):
    """The station waits, `seconds` more, for one of these of the officer's, at its own reader and sockets; `said` is what
    to know meanwhile. `enrols`: to know it from now on."""

    officer: str
    kinds: tuple[FactorKind, ...]
    seconds: int
    said: Message | None = None
    enrols: bool = False

    def now(self, seconds: int, said: Message | None) -> FactorWanted:
        return msgspec.structs.replace(self, seconds=seconds, said=said)


class Settled(msgspec.Struct, frozen=True, tag_field="type", tag="settled"):
    """A request was done, or declined."""

    request: str


class Inbox(msgspec.Struct, frozen=True, tag_field="type", tag="inbox"):
    """Files that a roster import can be asked for, the newest first."""

    files: tuple[str, ...]


class RosterRejected(msgspec.Struct, frozen=True, tag_field="type", tag="roster_rejected"):
    """The file cannot be taken in: its bad cells in the order of the file, shapes of values and never values."""

    file: str
    bad: tuple[BadCell, ...]


class FirstPin(msgspec.Struct, frozen=True, tag_field="type", tag="first_pin"):
    """A PIN for one time, for whoever agreed to tell it to its owner."""

    officer: str
    pin: str

    def __repr__(self) -> str:
        return f"FirstPin(officer={self.officer!r})"


class BatchSigned(msgspec.Struct, frozen=True, tag_field="type", tag="batch_signed"):
    """A batch was countersigned."""

    batch: Batch


class ShiftEnded(msgspec.Struct, frozen=True, tag_field="type", tag="shift_ended"):
    """The sheet of the shift that was closed."""

    closed: ShiftClosed


class ShiftFigures(msgspec.Struct, frozen=True, tag_field="type", tag="shift_figures"):
    """The open shift's counts, None when none is open; `last` is the number of the shift that ended last."""

    counts: ShiftCounts | None = None
    last: str = ""


class PeopleList(msgspec.Struct, frozen=True, tag_field="type", tag="people"):
    """Everybody with an account, in no order."""

    officers: tuple[Officer, ...] = ()


class Refused(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """A line that could not be taken, and why; the connection stays."""

    message: Message


class FrameHeader(msgspec.Struct, frozen=True, tag_field="type", tag="frame"):
    """A live picture for the current capture: 8-bit grey, row-major; `size` = width × height bytes follow."""

    width: int
    height: int
    size: int


FromScreen = (
    Hello
    | Answer
    | CallOfficer
    | Leave
    | Touch
    | SetLanguage
    | ReadAloud
    | Decide
    | DecideCorrection
    | AnswerCall
    | AddWaiting
    | MoveTicket
    | Reprint
    | Watch
    | AnswerFor
    | EndVisit
    | Propose
    | Settle
    | Look
    | ApproveBatch
    | SignIn
    | ChangePin
    | AgreeTo
    | StopFactor
    | SignOut
    | OpenShift
    | CloseShift
    | PrintShift
    | ReadShift
    | ReadPeople
    | ReadAudit
    | ReadInbox
)
FromCore = (
    Welcome
    | ViewChanged
    | BoardChanged
    | SessionChanged
    | AgreedTo
    | FactorWanted
    | ShiftEnded
    | Settled
    | FirstPin
    | Inbox
    | RosterRejected
    | DossierShown
    | BatchSigned
    | ShiftFigures
    | PeopleList
    | AuditPage
    | Refused
    | FrameHeader
)
