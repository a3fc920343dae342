"""The stations a desk is connected to: each has its own wire, and none waits for another."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kiosk.errors import BadInputError
from kiosk.link.address import socket_path
from kiosk.link.client import Picture
from kiosk.link.messages import (
    BoardChanged,
    FactorWanted,
    FirstPin,
    FromCore,
    FromScreen,
    PeopleList,
    Refused,
    RosterRejected,
    SessionChanged,
    Settled,
    ShiftEnded,
    ShiftFigures,
    ViewChanged,
    Welcome,
)
from kiosk.link.shown import AuditPage
from kiosk.tui.officer.desk import NOTHING, Told
from kiosk.tui.officer.tunnel import Tunnel, parse_station
from kiosk.tui.wire import Wire

LOCAL: Final = "local"


class Post(NamedTuple):
    """One station to connect to: its name here, its socket, and what brings the socket here when it is far away."""

    name: str
    socket: Path
    tunnel: Tunnel | None = None


@contextmanager
def posts(addresses: Sequence[str], data: Path) -> Iterator[list[Post]]:
    """The stations named, `local` for the core that keeps its data in `data`; sockets from elsewhere lie in a folder
    that goes at the end. Raises `BadInputError` for an address that says nothing, or the same one twice."""
    if len(set(addresses)) != len(addresses):
        raise BadInputError("station.twice")
    with tempfile.TemporaryDirectory(prefix="kiosk-desk-") as folder:
        made = [_post(address, data, Path(folder) / f"{n}.sock") for n, address in enumerate(addresses)]
        try:
            yield made
        finally:
            for post in made:
                if post.tunnel is not None:
                    post.tunnel.close()


def _post(address: str, data: Path, local: Path) -> Post:
    if address == LOCAL:
        return Post(LOCAL, socket_path(data, "officer"))
    remote = parse_station(address, data)
    return Post(address.removeprefix("ssh://"), local, Tunnel(remote, local))


@dataclass(eq=False)
class Connection:
    """What has come from one station. `heard(message)` is called after it was noted."""

    post: Post
    clock: Callable[[], float]
    heard: Callable[[Connection, FromCore | None], None]
    told: Told = NOTHING
    catalogues: tuple[str, ...] = ()
    board_came: float = 0.0
    factor_came: float = 0.0
    wire: Wire | None = None

    async def run(self) -> None:
        self.wire = Wire(self.post.socket)
        carrying = [self.wire.run(self)]
        if self.post.tunnel is not None:
            carrying.append(self.post.tunnel.run(lambda: self.heard(self, None)))
        await asyncio.gather(*carrying)

    def send(self, message: FromScreen) -> bool:
        """Whether it went out. A desk that is connected to nothing (the gallery) loses nothing."""
        return self.wire is None or self.wire.send(message)

    @property
    def trouble(self) -> str:
        return self.post.tunnel.trouble if self.post.tunnel is not None else ""

    def now(self) -> Told:
        """With the seconds since the board came, and those left to show a second factor."""
        now, factor = self.clock(), self.told.factor
        if factor is not None:
            factor = factor.now(max(0, factor.seconds - int(now - self.factor_came)), factor.said)
        return replace(self.told, since=int(now - self.board_came), factor=factor)

    # -- a listener of the wire ----------------------------------------------------------------------------------

    def greeted(self, welcome: Welcome) -> None:
        self.catalogues = welcome.catalogues

    def arrived(self, message: FromCore | Picture) -> None:
        if isinstance(message, Picture):
            return
        if isinstance(message, BoardChanged):
            self.board_came = self.clock()
        elif isinstance(message, FactorWanted):
            self.factor_came = self.clock()
        self.told = noted(self.told, message)
        self.heard(self, message)

    def lost(self) -> None:
        if self.told != NOTHING:
            self.told = NOTHING
            self.heard(self, None)


def noted(told: Told, message: FromCore) -> Told:
    """What one message adds. Whoever signs in or out takes nothing over from whoever was there."""
    if isinstance(message, SessionChanged):
        return Told(board=told.board, session=message)
    add = NOTED.get(type(message))
    return add(told, message) if add is not None else told


NOTED: Final[dict[type, Callable[[Told, Any], Told]]] = {
    BoardChanged: lambda told, message: replace(told, board=message.board),
    ViewChanged: lambda told, message: replace(told, seen=message.view),
    ShiftFigures: lambda told, message: replace(told, figures=message),
    PeopleList: lambda told, message: replace(told, people=message.officers),
    AuditPage: lambda told, message: replace(told, audit=message),
    FirstPin: lambda told, message: replace(told, pin=message),
    FactorWanted: lambda told, message: replace(told, factor=message, refusal=None),
    Refused: lambda told, message: replace(told, factor=None),
    Settled: lambda told, message: replace(told, factor=None),
    RosterRejected: lambda told, message: replace(told, rejected=message),
    ShiftEnded: lambda told, message: replace(told, sheet=message.closed),
}


# -- the same as lines of JSON -------------------------------------------------------------------------------------


class _Lines:
    """Writes every board as one line of JSON; with several stations the line begins with its name."""

    def __init__(self, write: Callable[[str], object], name: str = "") -> None:
        self._write = write
        self._name = name

    def greeted(self, welcome: Welcome) -> None:
        """Nothing to say."""

    def arrived(self, message: FromCore | Picture) -> None:
        if isinstance(message, BoardChanged):
            named = {"at": self._name} if self._name else {}
            line = named | msgspec.to_builtins(message.board)
            self._write(msgspec.json.encode(line).decode() + "\n")

    def lost(self) -> None:
        """Nothing to say: the next line comes when the core is back."""


def stream_boards(stations: Sequence[Post], write: Callable[[str], object]) -> None:
    """Write boards until interrupted."""
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_stream(stations, write))


async def _stream(stations: Sequence[Post], write: Callable[[str], object]) -> None:
    many = len(stations) > 1
    carrying = [Wire(post.socket).run(_Lines(write, post.name if many else "")) for post in stations]
    carrying += [post.tunnel.run(lambda: None) for post in stations if post.tunnel is not None]
    await asyncio.gather(*carrying)
