"""Acts that need two persons: asked for by one, done when another agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from kiosk.app.acts import Act
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Right, Role
from kiosk.domain.request import AGREED_WITH, ASKED_WITH, Request, RequestKind, parse_request
from kiosk.errors import KioskError
from kiosk.link.messages import FirstPin, FromCore, Propose, Refused, Settle, Settled
from kiosk.link.server import Screen
from kiosk.store.people import People
from kiosk.store.requests import Requests
from kiosk.workflow.sessions import Sessions

CameOf = Callable[[Message | None], None]
"""Records what came of something that was agreed to: None when it was done."""


ONLY_ACCOUNT = "only-account"
"""Stands in the record for the second person, while a kiosk has one account and nobody could agree to another."""


class Proposals:
    """`ended(staff number)` is told when somebody may no longer stay signed in; `acts` are those that are not
    about accounts; `enrol(screen, request, agreed by, came of it)` waits for a finger or key."""

    def __init__(
        self,
        requests: Requests,
        people: People,
        sessions: Sessions,
        changed: Callable[[], None],
        ended: Callable[[str], None],
        acts: Mapping[RequestKind, Act],
        enrol: Callable[[Screen, Request, str, CameOf], FromCore | None],
    ) -> None:
        self._requests = requests
        self._people = people
        self._sessions = sessions
        self._changed = changed
        self._ended = ended
        self._acts = acts
        self._enrol = enrol
        self.waiting = requests.open()

    def propose(self, screen: Screen, message: Propose) -> FromCore | None:
        """Slow when it looks through a file. None: it stands on the board."""
        enrols = message.kind is RequestKind.ENROL_FACTOR
        officer = self._sessions.allowed(screen, ASKED_WITH[message.kind], enrols)
        if isinstance(officer, Message):
            return Refused(officer)
        values = parse_request(message.kind, message.values, message.why)
        if isinstance(values, Message):
            return Refused(values)
        if _own_pin(message.kind, values, officer.id):
            return Refused(msg("people.two_others"))
        if enrols and values["officer"] != officer.id:
            return Refused(msg("factor.own"))
        if message.kind in self._acts:
            values = self._acts[message.kind].look(values)
            if isinstance(values, Message):
                return Refused(values)
        request = self._requests.ask(message.kind, values, message.why.strip(), officer.id)
        self._look_again()
        if message.kind is RequestKind.ADD_OFFICER and len(self._people) == 1:
            return self._agreed(screen, request.id, ONLY_ACCOUNT)
        return None

    def settle(self, screen: Screen, message: Settle) -> FromCore | None:
        """Slow when it makes a PIN; None when the answer is sent later. What was agreed to but cannot be done
        is said, and stays settled."""
        request = next((r for r in self.waiting if r.id == message.request), None)
        enrols = request is not None and request.kind is RequestKind.ENROL_FACTOR
        officer = self._sessions.allowed(screen, self._needed(screen, request), enrols)
        if isinstance(officer, Message):
            return Refused(officer)
        if request and message.agreed and _own_pin(request.kind, request.values, officer.id):
            return Refused(msg("people.two_others"))
        if message.agreed:
            return self._agreed(screen, message.request, officer.id)
        settled = self._requests.settle(message.request, officer.id, agreed=False)
        self._look_again()
        return Refused(settled) if isinstance(settled, Message) else Settled(settled.id)

    def _agreed(self, screen: Screen, number: str, by: str) -> FromCore | None:
        settled = self._requests.settle(number, by, agreed=True)
        self._look_again()
        return Refused(settled) if isinstance(settled, Message) else self._do(screen, settled, by)

    def _needed(self, screen: Screen, request: Request | None) -> Right | None:
        """Whoever asked may always take it back."""
        if request is None:
            return Right.DECIDE
        session = self._sessions.at(screen)
        own = session is not None and session.officer.id == request.by
        return (ASKED_WITH if own else AGREED_WITH)[request.kind]

    def _do(self, screen: Screen, request: Request, by: str) -> FromCore | None:
        """What came of it is in the audit chain, whatever it was; None while a finger or key is waited for."""
        if request.kind is RequestKind.ENROL_FACTOR:
            return self._enrol(screen, request, by, partial(self._requests.came_of, request))
        answer: FirstPin | Message | None
        try:
            if request.kind in self._acts:
                answer = self._acts[request.kind].do(request, (request.by, by))
            else:
                answer = self._do_to_staff(request, by)
        except KioskError as error:
            self._requests.came_of(request, Message(error.code, dict(error.values)))
            raise
        self._requests.came_of(request, answer if isinstance(answer, Message) else None)
        if isinstance(answer, Message):
            return Refused(answer)
        return answer or Settled(request.id)

    def _do_to_staff(self, request: Request, by: str) -> FirstPin | Message | None:
        number = request.values["officer"]
        match request.kind:
            case RequestKind.ADD_OFFICER:
                role = Role(request.values["role"])
                pin = self._people.add(Officer(number, request.values["name"], role), request.by)
            case RequestKind.RESET_PIN:
                pin = self._people.reset_pin(number, (request.by, by))
                self._ended(number)
            case _:
                return self._end(request, by)
        return pin if isinstance(pin, Message) else FirstPin(number, pin)

    def _end(self, request: Request, by: str) -> Message | None:
        """The account, or its second factors."""
        number = request.values["officer"]
        if request.kind is RequestKind.FORGET_FACTORS:
            trouble = self._people.forget_factors(number, (request.by, by))
        else:
            trouble = self._people.retire(number, by)
        if trouble is None:
            self._ended(number)
        return trouble

    def _look_again(self) -> None:
        self.waiting = self._requests.open()
        self._changed()


def _own_pin(kind: RequestKind, values: dict[str, str], officer: str) -> bool:
    """Nobody has a hand in getting a new PIN for himself, nor in getting rid of his second factor."""
    return kind in (RequestKind.RESET_PIN, RequestKind.FORGET_FACTORS) and values["officer"] == officer
