"""What the officer's page is drawn from, and what a key makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.link.messages import AnswerCall, Decide, FromScreen, Reprint, SessionChanged
from kiosk.locale import Audience, Words
from kiosk.tui.page import Act, Do
from kiosk.workflow.board import Approval, Board

LONGEST_REASON: Final = 200


@dataclass(frozen=True)
class Focus:
    """Where the officer is: the approval by its id, the choice taken, and the reason being typed for it; or the dossier
    whose slip is to be printed again."""

    approval: str = ""
    choice: str = ""
    reason: str = field(default="", repr=False)
    reprint: str = ""


class Desk(NamedTuple):
    """Everything an officer's page is drawn from; without a board the core is away. The board came `since` seconds ago;
    `refusal` is what the core would not do last."""

    board: Board | None
    focus: Focus
    words: Words
    width: int
    height: int
    since: int = 0
    session: SessionChanged = SessionChanged()
    refusal: Message | None = None

    def own(self, name: str, **values: str | int) -> str:
        """The desk's own words."""
        return self.words.say(msg(f"desk.{name}", **values), Audience.OFFICER)

    def say(self, message: Message) -> str:
        """A message for officers, or else for technicians, or else for citizens."""
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


def selected(board: Board | None, focus: Focus) -> Approval | None:
    """The approval in focus; the first when that one is gone."""
    if board is None or not board.approvals:
        return None
    return next((item for item in board.approvals if item.id == focus.approval), board.approvals[0])


class Decided(NamedTuple):
    """What a key leads to."""

    focus: Focus
    out: FromScreen | None = None


def decide(focus: Focus, act: Act, board: Board) -> Decided:
    """What `act` makes of the desk, and what is sent to the core."""
    if act.do is Do.CALL:
        return Decided(focus, AnswerCall(coming=act.value == "coming"))
    if act.do is Do.REPRINT:
        return Decided(Focus(reprint=board.slips[0].dossier) if board.slips else Focus())
    if focus.reprint:
        return _reprint(focus, act, board)
    item = selected(board, focus)
    if item is None:
        return Decided(Focus())
    return _approval(focus, act, board, item)


def _reprint(focus: Focus, act: Act, board: Board) -> Decided:
    """Another slip, the reason that sends it to the printer, or the way out."""
    numbers = [line.dossier for line in board.slips]
    if act.do is Do.SELECT and int(act.value):
        at = numbers.index(focus.reprint) + int(act.value)
        return Decided(Focus(reprint=numbers[at % len(numbers)]))
    if act.do is Do.CHOOSE:
        return Decided(Focus(), Reprint(focus.reprint, act.value))
    return Decided(Focus())


def _approval(focus: Focus, act: Act, board: Board, item: Approval) -> Decided:
    if act.do is Do.SELECT:
        return Decided(Focus(_neighbour(board, item, int(act.value))))
    if act.do is Do.CHOOSE:
        return Decided(Focus(item.id, act.value))
    if act.do is Do.TYPE:
        return Decided(replace(focus, reason=(focus.reason + act.value)[:LONGEST_REASON]))
    if act.do is Do.RUB:
        return Decided(replace(focus, reason=focus.reason[:-1]))
    return Decided(Focus(), Decide(item.id, focus.choice, focus.reason.strip()))


def _neighbour(board: Board, item: Approval, by: int) -> str:
    ids = [approval.id for approval in board.approvals]
    return ids[(ids.index(item.id) + by) % len(ids)]


def settled(focus: Focus, board: Board) -> Focus:
    """`focus` after a change of the board: a reason is never carried to another approval, nor to another slip."""
    if focus.reprint:
        return focus if any(line.dossier == focus.reprint for line in board.slips) else Focus()
    return focus if any(item.id == focus.approval for item in board.approvals) else Focus()
