"""`kiosk visit`: a scripted citizen against a running core, over the citizen's own socket.

A script says how a person answers and, for simulated devices, what hands and surroundings they bring. It answers
whatever is asked, so that the same script run again after a crash goes on where the kiosk goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fnmatch
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from kiosk.app.staff import DEMO_PIN
from kiosk.cli.common import (
    CORE_GONE,
    FAILED,
    OK,
    Subparsers,
    add_data,
    add_json,
    guarded,
    print_json,
    speaker,
    tell,
)
from kiosk.cli.records import dossier_lines
from kiosk.domain.correction import Evidence, Finding
from kiosk.domain.message import msg
from kiosk.errors import BadInputError, LinkError
from kiosk.hal.world import WORLD_FILE, World, WorldFile
from kiosk.link.address import socket_path
from kiosk.link.client import Client, Picture, connect
from kiosk.link.messages import (
    Answer,
    BoardChanged,
    Decide,
    DecideCorrection,
    FromCore,
    FromScreen,
    SignIn,
    ViewChanged,
)
from kiosk.store.files import disk_trouble
from kiosk.workflow.board import CORRECTION, Approval
from kiosk.workflow.counter import NEXT
from kiosk.workflow.view import Capture, Choice, Pause, Screen, Target, View

CORE_COMES_UP_S = 10.0
OUT_OF_SERVICE_S = 10.0
RETRY_S = 0.1


class Colleague(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides for the script: by default an officer of the demonstration."""

    officer: str = "CB01"
    pin: str = DEMO_PIN


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`answers`: question id, or a pattern with `*`, to answer; the most exact one counts. `officer`: kind of
    approval to the choice of the officer `desk`. `world`: what simulated devices sense."""

    answers: dict[str, str]
    officer: dict[str, str] = {}
    desk: Colleague = Colleague()
    world: World = World()

    def answer(self, question: str) -> str | None:
        if question in self.answers:
            return self.answers[question]
        fitting = [pattern for pattern in self.answers if fnmatch.fnmatchcase(question, pattern)]
        return self.answers[max(fitting, key=len)] if fitting else None


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("visit", help=say(msg("help.visit")))
    add_data(parser)
    add_json(parser)
    parser.add_argument("--script", type=Path, required=True, metavar="FILE", help=say(msg("help.script")))
    parser.add_argument(
        "--answer", action="append", default=[], metavar="QUESTION=VALUE", help=say(msg("help.answer"))
    )
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Exit status 0: slip printed; 1: the visit ended otherwise; 2: unusable; 3: the core went away, run it again."""
    script = read_script(args.script, args.answer)
    visitor = Visitor(script, args.script, args.data)
    try:
        return asyncio.run(visitor.play())
    except LinkError as error:
        if error.code == "link.absent":
            raise
        tell(msg("visit.core_gone"))
        return CORE_GONE


def read_script(path: Path, overrides: list[str]) -> Script:
    """Raises `BadInputError` naming what is wrong with the script."""
    try:
        script = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Script)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise BadInputError("visit.script", script=str(path), why=str(error)) from error
    given = dict(item.partition("=")[::2] for item in overrides)
    return msgspec.structs.replace(script, answers={**script.answers, **given})


class Visitor:
    """One scripted person (and, where the script says so, the officer beside them)."""

    def __init__(self, script: Script, name: Path, data: Path) -> None:
        self._script = script
        self._name = name
        self._data = data
        self._world = WorldFile(data / WORLD_FILE)
        self._answered = ("", -1)
        self._kept: tuple[str, ...] = ()
        self._at = ""
        self._number = ""
        self._begun = False
        self._closed = False

    async def play(self) -> int:
        """Play to the end; raises `LinkError` when the core goes away."""
        with disk_trouble(self._world.path):
            self._world.path.parent.mkdir(parents=True, exist_ok=True)
            self._world.write(self._script.world)
        citizen = await patiently(socket_path(self._data, "citizen"))
        officer = await patiently(socket_path(self._data, "officer"))
        deciding = asyncio.create_task(self._decide(officer))
        try:
            return await self._visit(citizen)
        finally:
            change(self._world, laying=self._script.world.laying)
            deciding.cancel()
            await citizen.close()
            await officer.close()

    async def _visit(self, citizen: Client) -> int:
        messages = aiter(citizen)
        while True:
            view = await self._next_view(messages)
            self._report(view)
            if self._over(view):
                return self._finish()
            self._respond(citizen, view)

    async def _next_view(self, messages: AsyncIterator[FromCore | Picture]) -> View:
        """Raises `BadInputError` when the kiosk stays out of service."""
        try:
            async with asyncio.timeout(OUT_OF_SERVICE_S if self._closed else None):
                while not isinstance(message := await anext(messages), ViewChanged):
                    continue
        except TimeoutError:
            raise BadInputError("visit.out_of_service", question=self._at) from None
        self._closed = message.view.screen.id == "out_of_service"
        return message.view

    def _over(self, view: View) -> bool:
        self._begun = self._begun or bool(view.visit)
        return self._begun and not view.visit and view.screen.id == "welcome"

    def _report(self, view: View) -> None:
        """One line a question: where we are, and which captures are safely on disk by now."""
        new = [sample for sample in view.kept if sample not in self._kept]
        if (view.screen.id == self._at or not view.visit or not view.step) and not new:
            return
        self._at, self._kept = view.screen.id, self._kept + tuple(new)
        line: dict[str, object] = {"step": view.step, "steps": view.steps, "question": view.screen.id}
        if view.dossier:
            line["number"] = view.dossier
        if new:
            line["kept"] = new
        print_json(line)

    def _respond(self, citizen: Client, view: View) -> None:
        screen = view.screen
        if isinstance(screen, Pause):
            return
        if isinstance(screen, Capture):
            self._present(citizen, screen)
            return
        if screen.id in ("done", "identify.repeated") and isinstance(screen, Choice):
            self._number = screen.shown
        answer = self._script.answer(screen.id)
        if answer is None:
            raise BadInputError("visit.no_answer", script=str(self._name), question=screen.id)
        if (screen.id, view.revision) != self._answered:
            self._answered = (screen.id, view.revision)
            citizen.send(Answer(screen.id, answer))

    def _present(self, citizen: Client, screen: Capture) -> None:
        """Do what is asked for, go on past what was read, use the way out the script names."""
        follow(self._world, screen)
        answer = self._script.answer(screen.id)
        if screen.good or screen.remedy:
            citizen.send(Answer(screen.id, NEXT))
        elif answer is not None:
            citizen.send(Answer(screen.id, answer))

    def _finish(self) -> int:
        """The last line: what the citizen carries home and what lies behind it."""
        found = [line for line in dossier_lines(self._data) if line.dossier == self._number]
        if not found:
            return FAILED
        line = found[0]
        print_json(
            {"dossier": line.dossier, "slip": line.slip, "sealed": line.sealed, "samples": line.samples}
        )
        return OK

    async def _decide(self, officer: Client) -> None:
        if self._script.officer:
            officer.send(SignIn(self._script.desk.officer, self._script.desk.pin))
        async for message in officer:
            if not isinstance(message, BoardChanged):
                continue
            for approval in message.board.approvals:
                choice = self._script.officer.get(approval.kind)
                if choice:
                    officer.send(said(approval, choice))


def said(approval: Approval, choice: str) -> FromScreen:
    """The officer's word; of a correction with some paper seen."""
    if approval.kind == CORRECTION:
        return DecideCorrection(approval.id, choice, Finding(Evidence.OTHER), "script")
    return Decide(approval.id, choice, "script")


def follow(world: WorldFile, screen: Screen) -> None:
    """The simulated person does what the screen asks: holds card or paper up just then, lays that finger and no other."""
    target = screen.target if isinstance(screen, Capture) else None
    laying = finger_on_glass(screen, world.read().laying)
    change(world, holding_card=target is Target.CARD, holding_paper=target is Target.PAPER, laying=laying)


def change(world: WorldFile, **fields: object) -> None:
    """Where anything differs. On a full disk the person stands still; what the kiosk does there is what is looked at."""
    now = world.read()
    if any(getattr(now, name) != value for name, value in fields.items()):
        with contextlib.suppress(OSError):
            world.change(**fields)


def finger_on_glass(screen: Screen, before: str | None) -> str | None:
    """`World.laying` for a screen: the one finger it asks for, none once that was good, and else as `before`."""
    if not isinstance(screen, Capture) or len(screen.fingers) != 1:
        return before
    return "0" if screen.good else str(screen.fingers[0])


async def patiently(path: Path) -> Client:
    """Connect, giving a core that is just starting a few seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CORE_COMES_UP_S
    while True:
        try:
            return await connect(path)
        except LinkError:
            if loop.time() > until:
                raise
            await asyncio.sleep(RETRY_S)
