"""One sign-in for the room: whoever one station has let in, the others are asked to let in too."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.link.messages import FromCore, FromScreen, Refused, SessionChanged, SignIn
from kiosk.tui.officer.stations import Connection


class Entrance:
    """Number and PIN that one station is looking at, until it has said yes or no. With a second factor it says yes only
    after that was shown; each of the others then waits for it at its own devices."""

    def __init__(self) -> None:
        self._asked: tuple[Connection, SignIn] | None = None

    def sent(self, connection: Connection, message: FromScreen) -> None:
        """What a form came to, and where it went: the newest counts."""
        self._asked = (connection, message) if isinstance(message, SignIn) else None

    def heard(self, connection: Connection, message: FromCore | None, room: Sequence[Connection]) -> None:
        """Where somebody may work now, the others of the room are told, but for those where the same officer is in. A
        wrong PIN costs one try, not one at every station; `message` None: the station is away."""
        if self._asked is None or self._asked[0] is not connection:
            return
        if message is not None and not isinstance(message, SessionChanged | Refused):
            return
        known, self._asked = self._asked[1], None
        if not isinstance(message, SessionChanged) or not _whole(message):
            return
        for each in room:
            if each is not connection and each.told.session.officer != message.officer:
                each.send(known)


def _whole(session: SessionChanged) -> bool:
    """Not one in which a PIN has to be changed or a second factor enrolled first."""
    return session.officer is not None and not session.fresh and not session.enrol
