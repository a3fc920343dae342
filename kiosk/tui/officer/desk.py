"""What the officer's pages are drawn from, and what a key makes of an approval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right
from kiosk.domain.shift import ShiftClosed
from kiosk.link.messages import (
    AnswerCall,
    Decide,
    FactorWanted,
    FirstPin,
    FromScreen,
    Reprint,
    RosterRejected,
    SessionChanged,
    ShiftFigures,
)
from kiosk.link.shown import AuditPage
from kiosk.locale import Audience, Words
from kiosk.tui.page import Act, Do
from kiosk.tui.vietnamese import Typing, composed
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import View

LONGEST_REASON: Final = 200


class Tab(StrEnum):
    """The pages. ROOM shows every station, the others one."""

    ROOM = "room"
    BOARD = "board"
    SHIFT = "shift"
    BESIDE = "beside"
    PEOPLE = "people"
    AUDIT = "audit"
    QUEUE = "queue"


TAB_KEYS: Final = {Tab.SHIFT: "f5", Tab.BESIDE: "f6", Tab.PEOPLE: "f8", Tab.AUDIT: "f9"}
OPENED_WITH: Final = {
    Tab.BESIDE: (Right.SEE_DATA,),
    Tab.PEOPLE: (Right.DECIDE, Right.SET_CLOCK),
    Tab.AUDIT: (Right.READ_AUDIT,),
}
"""What a page needs, one of them; the shift's and the board are everybody's."""

AUDIT_KINDS: Final = (
    "*",
    "desk.*",
    "people.*",
    "request.*",
    "shift.*",
    "approval.*",
    "dossier.*",
    "correction.*",
    "visit.*",
    "help.*",
    "slip.*",
    "queue.*",
    "update.*",
    "release.*",
    "audit.*",
)


@dataclass(frozen=True)
class Focus:
    """Where the officer is: the approval by its id, the choice taken, and the reason being typed for it; or the dossier
    whose slip is to be printed again."""

    approval: str = ""
    choice: str = ""
    reason: str = field(default="", repr=False)
    reprint: str = ""


@dataclass(frozen=True)
class Place:
    """Where this screen is: its page, the line chosen on it, the kind of events shown, the way keys become letters."""

    tab: Tab = Tab.BOARD
    focus: Focus = Focus()
    line: int = 0
    kind: int = 0
    typing: Typing = Typing.TELEX


NOBODY: Final = SessionChanged()
NO_FIGURES: Final = ShiftFigures()


@dataclass(frozen=True)
class Told:
    """What one core has told this screen, nothing while it is away. The board came `since` seconds ago; `refusal` is
    what the core would not do last; `seen` is the citizen's screen with its data."""

    board: Board | None = None
    since: int = 0
    session: SessionChanged = NOBODY
    refusal: Message | None = None
    seen: View | None = field(default=None, repr=False)
    figures: ShiftFigures = NO_FIGURES
    people: tuple[Officer, ...] = ()
    audit: AuditPage | None = None
    pin: FirstPin | None = field(default=None, repr=False)
    factor: FactorWanted | None = None
    rejected: RosterRejected | None = None
    sheet: ShiftClosed | None = None

    def may(self, right: Right) -> bool:
        return right in self.session.rights

    @property
    def counting(self) -> bool:
        """Seconds go on here: those of a step, or those left to show a second factor."""
        return self.factor is not None or (self.board is not None and bool(self.board.view.visit))


NOTHING: Final = Told()


class Station(NamedTuple):
    """One line of the room: `trouble` is why it is away, in the words of whoever carries the connection."""

    name: str
    told: Told = NOTHING
    trouble: str = ""


class Desk(NamedTuple):
    """Everything an officer's page is drawn from; without a board the core is away."""

    told: Told
    place: Place
    words: Words
    width: int
    height: int
    room: tuple[Station, ...] = ()
    at: int = 0

    @property
    def board(self) -> Board | None:
        return self.told.board

    @property
    def focus(self) -> Focus:
        return self.place.focus

    @property
    def many(self) -> bool:
        return len(self.room) > 1

    def own(self, name: str, **values: str | int) -> str:
        """The desk's own words."""
        return self.words.say(msg(f"desk.{name}", **values), Audience.OFFICER)

    def say(self, message: Message) -> str:
        """A message for officers, or else for technicians, or else for citizens; a step in it by its name."""
        step = message.values.get("step")
        if isinstance(step, str):
            message = Message(message.code, {**message.values, "step": self.name("step", step)})
        for audience in (Audience.OFFICER, Audience.TECHNICIAN, Audience.CITIZEN):
            text = self.words.say(message, audience)
            if not text.startswith("⟦"):
                return text
        return text

    def name(self, family: str, key: str) -> str:
        """The words of `family.key`, or the key itself where nobody gave it words."""
        text = self.say(msg(f"{family}.{key}"))
        return key if text.startswith("⟦") else text

    @property
    def chosen(self) -> Approval | None:
        return selected(self.board, self.focus)

    def offers(self, *rights: Right) -> bool:
        """Whether a key is drawn: for those with one of the rights, and for nobody yet, who is asked to sign in."""
        return self.told.session.officer is None or any(map(self.told.may, rights))

    @property
    def factor(self) -> FactorWanted | None:
        return wanted_on(self.told, self.place)


def wanted_on(told: Told, place: Place) -> FactorWanted | None:
    """The second factor this page waits for; in the room each station says it in its own block, and keys choose one."""
    return told.factor if place.tab is not Tab.ROOM else None


def selected(board: Board | None, focus: Focus) -> Approval | None:
    """The approval in focus; the first when that one is gone."""
    if board is None or not board.approvals:
        return None
    return next((item for item in board.approvals if item.id == focus.approval), board.approvals[0])


class Decided(NamedTuple):
    """What a key leads to."""

    focus: Focus
    out: FromScreen | None = None


def decide(focus: Focus, act: Act, board: Board, typing: Typing = Typing.OFF) -> Decided:
    """What `act` makes of the approvals, and what is sent to the core."""
    if act.do is Do.CALL:
        return Decided(focus, AnswerCall(coming=act.value == "coming"))
    if act.do is Do.REPRINT:
        return Decided(Focus(reprint=board.slips[0].dossier) if board.slips else Focus())
    if focus.reprint:
        return _reprint(focus, act, board)
    item = selected(board, focus)
    return _approval(focus, act, board, item, typing) if item is not None else Decided(Focus())


def _reprint(focus: Focus, act: Act, board: Board) -> Decided:
    """Another slip, the reason that sends it to the printer, or the way out."""
    numbers = [line.dossier for line in board.slips]
    if act.do is Do.SELECT and int(act.value):
        at = numbers.index(focus.reprint) + int(act.value)
        return Decided(Focus(reprint=numbers[at % len(numbers)]))
    if act.do is Do.CHOOSE:
        return Decided(Focus(), Reprint(focus.reprint, act.value))
    return Decided(Focus())


def _approval(focus: Focus, act: Act, board: Board, item: Approval, typing: Typing) -> Decided:
    if act.do is Do.SELECT:
        return Decided(Focus(_neighbour(board, item, int(act.value))))
    if act.do is Do.CHOOSE:
        return Decided(Focus(item.id, act.value))
    if act.do in (Do.TYPE, Do.RUB):
        return Decided(replace(focus, reason=written(focus.reason, act, typing)))
    return Decided(Focus(), Decide(item.id, focus.choice, focus.reason.strip()))


def written(text: str, act: Act, typing: Typing) -> str:
    """`text` after a key; what was pasted (more than one character) stays as it is."""
    if act.do is Do.RUB:
        return text[:-1]
    longer = composed(text, act.value, typing) if len(act.value) == 1 else text + act.value
    return longer[:LONGEST_REASON]


def _neighbour(board: Board, item: Approval, by: int) -> str:
    ids = [approval.id for approval in board.approvals]
    return ids[(ids.index(item.id) + by) % len(ids)]


def settled(focus: Focus, board: Board) -> Focus:
    """`focus` after a change of the board: a reason is never carried to another approval, nor to another slip."""
    if focus.reprint:
        return focus if any(line.dossier == focus.reprint for line in board.slips) else Focus()
    return focus if any(item.id == focus.approval for item in board.approvals) else Focus()
