"""What each screen's socket may ask of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.domain.message import Message, msg
from kiosk.link.messages import (
    Answer,
    AnswerCall,
    BoardChanged,
    CallOfficer,
    Decide,
    FromScreen,
    Leave,
    SetLanguage,
    Touch,
    ViewChanged,
)
from kiosk.workflow.approvals import Decision

if TYPE_CHECKING:
    from kiosk.app.core import Core


class CitizenRole:
    """What the citizen's socket may do."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def greeting(self) -> ViewChanged:
        return ViewChanged(self._core.counter.view)

    def handle(self, message: FromScreen, uid: int) -> Message | None:
        counter = self._core.counter
        match message:
            case Answer(question, value):
                return None if counter.answer(question, value) else msg("link.not_asked", question=question)
            case CallOfficer():
                self._core.call_officer()
            case Leave():
                counter.leave()
            case Touch():
                counter.touch()
            case SetLanguage(language):
                counter.set_language(language)
            case _:
                return msg("link.not_allowed")
        return None


class OfficerRole:
    """What the officer's socket may do. Until officers log in, the user of the process stands for the officer."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def greeting(self) -> BoardChanged:
        return BoardChanged(self._core.board())

    def handle(self, message: FromScreen, uid: int) -> Message | None:
        officer = f"desk:{uid}"
        match message:
            case Decide(approval, choice, reason):
                return self._core.approvals.decide(approval, Decision(choice, officer, reason))
            case AnswerCall(coming):
                self._core.answer_call(coming, officer)
            case _:
                return msg("link.not_allowed")
        return None
