"""A real core in a process of its own, and a person before it who talks to the citizen's and the officer's sockets."""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pyrage

from kiosk.app.staff import DEMO_PIN
from kiosk.cli.records import DossierLine, dossier_lines
from kiosk.domain.batch import Batch
from kiosk.domain.correction import Evidence, Finding
from kiosk.domain.message import Message
from kiosk.domain.shift import ShiftClosed
from kiosk.errors import LinkError
from kiosk.hal.world import WORLD_FILE, World, WorldFile
from kiosk.link.address import socket_path
from kiosk.link.client import Client, Picture, connect
from kiosk.link.messages import (
    Answer,
    BatchSigned,
    BoardChanged,
    CloseShift,
    Decide,
    DecideCorrection,
    FactorWanted,
    FirstPin,
    FromCore,
    FromScreen,
    Look,
    Refused,
    SessionChanged,
    Settle,
    Settled,
    ShiftEnded,
    SignIn,
    ViewChanged,
)
from kiosk.link.shown import DossierShown
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.counter import NEXT
from kiosk.workflow.view import Capture, Target, View

PATIENCE_S = 40.0
UNDRAWN = "[approval]\nsample_percent = 0\n"
ROOMY = "[surroundings]\ndisk_warn = 99.8\ndisk_refuse = 99.9\n"
SIGNATURE = msgspec.json.encode([[(100 + 60 * i, 400 + (i % 3) * 90) for i in range(12)]]).decode()
PLAIN = {
    "welcome": "first_issue",
    "language": "vi",
    "notice": "continue",
    "identify.way": "number",
    "identify.number": "999085000001",
    "identify.repeated": "understood",
    "confirm.*": "yes",
    "heals": "unknown",
    "review": "yes",
    "papers": "none",
    "papers.photo": "take",
    "papers.more": "done",
    "sign": SIGNATURE,
    "done": "taken",
}


class Stage:
    """One data folder: start and kill its core, change the world its simulated devices sense, look at the record."""

    def __init__(self, data: Path, masters: Path) -> None:
        self.data = data
        self.world = WorldFile(data / WORLD_FILE)
        self.world.path.parent.mkdir(parents=True)
        (data / "sim" / "masters").symlink_to(masters)
        self.world.write(World(person=85))
        self._core: subprocess.Popen[bytes] | None = None
        self._config = data / "kiosk.toml"
        self.configure("")

    def configure(self, toml: str) -> None:
        """Nothing is drawn for an officer's look, and how full the disk of the tests is plays no part, unless `toml` says
        so."""
        for table, usual in (("[approval]", UNDRAWN), ("[surroundings]", ROOMY)):
            if table not in toml:
                toml = f"{toml}\n{usual}"
        self._config.write_text(toml, encoding="utf-8")

    def start(self) -> None:
        command = [sys.executable, "-m", "kiosk.cli.main", "core", "--data", str(self.data)]
        command += ["--config", str(self._config)]
        with (self.data / "core.log").open("ab") as log:
            self._core = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        """As a power cut would, for the process."""
        assert self._core
        self._core.send_signal(signal.SIGKILL)
        self._core.wait()

    @property
    def pid(self) -> int:
        """The core's process."""
        assert self._core
        return self._core.pid

    @property
    def dead(self) -> bool:
        return self._core is None or self._core.poll() is not None

    def stop(self) -> None:
        if self._core and self._core.poll() is None:
            self._core.terminate()
            self._core.wait(10)

    def terminated(self, within: float) -> int:
        """Ask the core to stop, as systemd does; its exit status. Raises `TimeoutExpired` when it takes longer."""
        assert self._core
        self._core.terminate()
        return self._core.wait(within)

    @property
    def log(self) -> str:
        return (self.data / "core.log").read_text()

    def dossiers(self) -> list[DossierLine]:
        return dossier_lines(self.data)

    def opened(self, line: DossierLine) -> dict[str, bytes]:
        """The files of a sealed dossier, with the demonstration's key."""
        identity = pyrage.x25519.Identity.from_str(
            (self.data / "demo-keys" / "centre.key").read_text().strip()
        )
        plain = pyrage.decrypt(Path(line.sealed).read_bytes(), [identity])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


class Person:
    """Whoever stands at a socket: sees views (or boards), sends messages."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.view: View | None = None
        self.board: Board | None = None
        self.views: list[View] = []
        self.dark: list[bool] = []
        self.pictures: list[Picture] = []
        self.session: SessionChanged | None = None
        self.pin: str | None = None
        self.shift: ShiftClosed | None = None
        self.dossier: DossierShown | None = None
        self.batches: list[Batch] = []
        self.refused: list[Message] = []
        self.read: list[FromCore] = []
        self.wanted: list[FactorWanted] = []
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            await self._listen()
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _listen(self) -> None:
        async for message in self.client:
            async with self._changed:
                self._take(message)
                self._changed.notify_all()

    def _take(self, message: FromCore | Picture) -> None:
        match message:
            case ViewChanged(view, dark):
                self.view = view
                self.dark += [dark] if self.dark[-1:] != [dark] else []
                self.views.append(view)
            case BoardChanged(board):
                self.board = board
            case Picture():
                self.pictures.append(message)
            case _:
                self._take_answer(message)

    def _take_answer(self, message: FromCore) -> None:
        """What only the screen that asked is told."""
        match message:
            case SessionChanged():
                self.session = message
            case FirstPin():
                self.pin = message.pin
            case ShiftEnded(closed):
                self.shift = closed
            case DossierShown():
                self.dossier = message
            case BatchSigned(batch):
                self.batches.append(batch)
            case _:
                self._take_word(message)

    def _take_word(self, message: FromCore) -> None:
        """What may come several times."""
        match message:
            case Refused(why):
                self.refused.append(why)
            case FactorWanted():
                self.wanted.append(message)
            case _:
                self.read.append(message)

    def send(self, message: FromScreen) -> None:
        self.client.send(message)

    async def sees(self, what: Callable[[View], bool]) -> View:
        """Wait for a view."""
        await self._until(lambda: self.view is not None and what(self.view))
        assert self.view
        return self.view

    async def sees_display(self, dark: bool) -> None:
        """Wait until the screen was dark, or lit, after what was waited for last; `dark` keeps what comes after it."""
        await self._until(lambda: dark in self.dark)
        del self.dark[: self.dark.index(dark)]

    async def board_shows(self, what: Callable[[Board], bool]) -> Board:
        await self._until(lambda: self.board is not None and what(self.board))
        assert self.board
        return self.board

    async def _until(self, true: Callable[[], bool]) -> None:
        async with self._changed:
            waiting = asyncio.ensure_future(self._changed.wait_for(lambda: true() or self._reading.done()))
            try:
                await asyncio.wait_for(waiting, PATIENCE_S)
            except TimeoutError:
                raise AssertionError(f"waited in vain; the screen shows {self.view or self.board}") from None
            if not true():
                self._reading.result()

    def decide(self, approval: Approval, choice: str) -> None:
        """An officer's word; whether it is enough the board tells."""
        self.send(Decide(approval.id, choice, "seen"))

    async def signs_in(self, number: str, pin: str = DEMO_PIN) -> SessionChanged:
        """As one of the demonstration's staff."""
        refusals = len(self.refused)
        self.send(SignIn(number, pin))
        await self._until(lambda: self._is_in(number) or len(self.refused) > refusals)
        assert self._is_in(number), self.refused[-1]
        assert self.session
        return self.session

    async def enrolled(self, of: Settle) -> None:
        """Agree to an enrolment; wait until it was done."""
        refusals = len(self.refused)
        self.send(of)
        done = Settled(of.request)
        await self._until(lambda: done in self.read or len(self.refused) > refusals)
        assert done in self.read, self.refused[-1]

    async def asked_for_factor(self, times: int) -> None:
        """Wait until a second factor was asked for so often."""
        await self._until(lambda: len(self.wanted) >= times)

    async def factor_says(self, code: str) -> None:
        """Wait for this remark while a second factor is waited for."""
        await self._until(lambda: any(w.said is not None and w.said.code == code for w in self.wanted))

    async def signed_in(self, number: str) -> None:
        """Wait until this officer is signed in here."""
        await self._until(lambda: self._is_in(number))

    async def signed_out(self) -> None:
        """Wait until nobody is signed in here any more."""
        await self._until(lambda: self.session is not None and self.session.officer is None)

    async def refused_again(self, before: int) -> Message:
        """Wait for a refusal after so many."""
        await self._until(lambda: len(self.refused) > before)
        return self.refused[-1]

    def _is_in(self, number: str) -> bool:
        officer = self.session.officer if self.session else None
        return officer is not None and officer.id == number

    async def first_pin(self, of: FromScreen) -> str:
        """Agree to what makes a PIN; that PIN."""
        self.pin = None
        self.send(of)
        await self._until(lambda: self.pin is not None)
        assert self.pin
        return self.pin

    async def closes_shift(self) -> ShiftClosed:
        self.send(CloseShift())
        await self._until(lambda: self.shift is not None)
        assert self.shift
        return self.shift

    async def looks_at(self, number: str) -> DossierShown:
        """A dossier as it is shown to whoever may see it."""
        self.dossier = None
        self.send(Look(number))
        await self._until(lambda: self.dossier is not None)
        assert self.dossier
        return self.dossier

    async def told_of_batch(self) -> Batch | Message:
        """Wait for the answer to this person's first `ApproveBatch`: the batch, or why not."""
        await self._until(lambda: bool(self.batches or self.refused))
        return self.batches[-1] if self.batches else self.refused[-1]

    async def reads(self, of: FromScreen) -> FromCore:
        """Ask for something; the answer."""
        count = len(self.read)
        self.send(of)
        await self._until(lambda: len(self.read) > count)
        return self.read[-1]

    async def refusal(self, of: FromScreen) -> Message:
        """Send what will be refused; why."""
        refusals = len(self.refused)
        self.send(of)
        await self._until(lambda: len(self.refused) > refusals)
        return self.refused[-1]

    async def asked(self, pattern: str) -> View:
        """Wait for the question whose id fits the pattern."""
        return await self.sees(lambda view: fnmatch.fnmatchcase(view.screen.id, pattern))

    async def answer(self, pattern: str, value: str) -> View:
        """Wait for the question, answer it; the view it was asked in."""
        view = await self.asked(pattern)
        self.send(Answer(view.screen.id, value))
        await self.sees(lambda later: later.revision > view.revision)
        return view

    async def goes_on(
        self, until: str, follow: Callable[[Capture], None] = lambda _: None, **changed: str
    ) -> View:
        """Answer as a plain visit does (`changed` with `__` for `.`), until the question `until` is asked.

        `follow` is called with each capture before it is answered: to do what it asks for.
        """
        answers = PLAIN | {key.replace("__", "."): value for key, value in changed.items()}
        while True:
            view = await self.sees(lambda view: view.screen.id != "starting")
            if fnmatch.fnmatchcase(view.screen.id, until):
                return view
            if isinstance(view.screen, Capture):
                follow(view.screen)
            self._respond(view, answers)
            await self.sees(lambda later, seen=view: later.revision > seen.revision)  # type: ignore[misc]

    def _respond(self, view: View, answers: dict[str, str]) -> None:
        screen = view.screen
        if isinstance(screen, Capture) and (
            screen.good or screen.remedy or screen.target is not Target.PAPER
        ):
            if screen.good or screen.remedy:
                self.send(Answer(screen.id, NEXT))
            return
        fitting = [key for key in answers if fnmatch.fnmatchcase(screen.id, key)]
        if fitting:
            self.send(Answer(screen.id, answers[max(fitting, key=len)]))

    async def close(self) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, LinkError):
            await self._reading
        await self.client.close()


@contextlib.asynccontextmanager
async def at(stage: Stage, role: str) -> AsyncIterator[Person]:
    """Somebody at the socket of `role`, once the core is up; at the desk an officer, signed in."""
    async with standing_at(stage, role) as person:
        if role == "officer":
            await person.signs_in("CB01")
        yield person


@contextlib.asynccontextmanager
async def standing_at(stage: Stage, role: str) -> AsyncIterator[Person]:
    """Somebody at the socket of `role`, once the core is up; not signed in."""
    path = socket_path(stage.data, role)
    for _ in range(200):
        with contextlib.suppress(LinkError):
            person = Person(await connect(path))
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError(f"no core came up: {stage.log}")
    try:
        yield person
    finally:
        await person.close()


async def decides(officer: Person, kind: str, choice: str) -> None:
    """The officer answers the next approval of this kind."""
    board = await officer.board_shows(lambda board: any(a.kind == kind for a in board.approvals))
    approval = next(a for a in board.approvals if a.kind == kind)
    assert choice in approval.choices
    officer.decide(approval, choice)
    await officer.board_shows(lambda later: approval.id not in {a.id for a in later.approvals})


async def settles(
    officer: Person,
    field: str,
    choice: str,
    evidence: Evidence = Evidence.NONE,
    value: str = "",
) -> None:
    """The officer decides on the correction of `field`, as from the bench."""
    board = await officer.board_shows(
        lambda board: any(a.id.endswith(f"/correction/{field}") for a in board.approvals)
    )
    approval = next(a for a in board.approvals if a.kind == "correction")
    officer.send(DecideCorrection(approval.id, choice, Finding(evidence, value), "seen"))
    await officer.board_shows(lambda later: approval.id not in {a.id for a in later.approvals})


def free_of(data: Path, *words: str) -> bool:
    """Whether none of the words can be read in the record (the roster and the printed paper apart)."""
    own = (path for path in data.rglob("*") if path.is_file() and "masters" not in path.parts)
    kept = [path for path in own if path.name != "roster.db" and path.parent.name != "paper"]
    return not any(word.encode() in path.read_bytes() for path in kept for word in words)


def age_program() -> str:
    found = shutil.which("age")
    assert found, "the age program is missing: install the Debian package `age`"
    return found


def run_kiosk(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LANG": "en_GB.UTF-8"},
    )
