"""Acts that need two persons: asked for by one, done when another agrees."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Role
from kiosk.domain.request import AGREED_WITH, ASKED_WITH, Request, RequestKind, parse_request
from kiosk.link.messages import FirstPin, FromCore, Propose, Refused, Settle, Settled
from kiosk.link.server import Screen
from kiosk.store.people import People
from kiosk.store.requests import Requests
from kiosk.workflow.sessions import Sessions


class Proposals:
    """`ended(staff number)` is told when somebody may no longer stay signed in."""

    def __init__(
        self,
        requests: Requests,
        people: People,
        sessions: Sessions,
        changed: Callable[[], None],
        ended: Callable[[str], None],
    ) -> None:
        self._requests = requests
        self._people = people
        self._sessions = sessions
        self._changed = changed
        self._ended = ended
        self.waiting = requests.open()

    def propose(self, screen: Screen, message: Propose) -> Message | None:
        officer = self._sessions.allowed(screen, ASKED_WITH[message.kind])
        if isinstance(officer, Message):
            return officer
        values = parse_request(message.kind, message.values, message.why)
        if isinstance(values, Message):
            return values
        if _own_pin(message.kind, values, officer.id):
            return msg("people.two_others")
        self._requests.ask(message.kind, values, message.why.strip(), officer.id)
        self._look_again()
        return None

    def settle(self, screen: Screen, message: Settle) -> FromCore:
        """Slow when it makes a PIN. What was agreed to but cannot be done is said, and stays settled."""
        request = next((r for r in self.waiting if r.id == message.request), None)
        needed = AGREED_WITH[request.kind] if request else AGREED_WITH[RequestKind.RESET_PIN]
        officer = self._sessions.allowed(screen, needed)
        if isinstance(officer, Message):
            return Refused(officer)
        if request and message.agreed and _own_pin(request.kind, request.values, officer.id):
            return Refused(msg("people.two_others"))
        settled = self._requests.settle(message.request, officer.id, message.agreed)
        self._look_again()
        if isinstance(settled, Message):
            return Refused(settled)
        return self._do(settled, officer.id) if message.agreed else Settled(settled.id)

    def _do(self, request: Request, by: str) -> FromCore:
        number = request.values["officer"]
        match request.kind:
            case RequestKind.ADD_OFFICER:
                role = Role(request.values["role"])
                pin = self._people.add(Officer(number, request.values["name"], role), request.by)
            case RequestKind.RESET_PIN:
                pin = self._people.reset_pin(number, (request.by, by))
                self._ended(number)
            case RequestKind.RETIRE_OFFICER:
                return self._retire(request, by)
        return Refused(pin) if isinstance(pin, Message) else FirstPin(number, pin)

    def _retire(self, request: Request, by: str) -> FromCore:
        trouble = self._people.retire(request.values["officer"], by)
        if trouble:
            return Refused(trouble)
        self._ended(request.values["officer"])
        return Settled(request.id)

    def _look_again(self) -> None:
        self.waiting = self._requests.open()
        self._changed()


def _own_pin(kind: RequestKind, values: dict[str, str], officer: str) -> bool:
    """Nobody has a hand in getting a new PIN for himself."""
    return kind is RequestKind.RESET_PIN and values["officer"] == officer
