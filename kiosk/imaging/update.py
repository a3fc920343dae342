"""Installing an update: nothing is written before release, signature and the people at the machine agree to it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from kiosk.domain.change import Change
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError, LinkError
from kiosk.imaging.bundle import Bundle, read_bundle
from kiosk.imaging.release import Release, is_older
from kiosk.imaging.running import Running
from kiosk.link.address import socket_path
from kiosk.link.agreement import AgreedTo, AgreeTo
from kiosk.link.client import connect
from kiosk.link.messages import BoardChanged, FactorWanted, Refused, ViewChanged
from kiosk.store.update_lock import core_runs, updating
from kiosk.workflow.board import Board

PERCENT = re.compile(r"^\s*(\d{1,3})%\s+(.*)")
LAST_LINES = 5
ANSWER_S = 5.0
AGREE_S = 60.0
"""Checking a PIN is slow by design, and a finger or a key may have to be shown."""

T = TypeVar("T")
Progress = Callable[[int, str], None]
"""Told per cent and what RAUC is at."""


def offered(source: str, running: Running, keyring: Path | None = None) -> Bundle | Message:
    """The bundle, signed by somebody this machine trusts and not older than what runs, or why it is not taken."""
    if running.slot is None:
        raise BadInputError("update.no_slots")
    if running.on_trial:
        return msg("update.on_trial", version=running.release.version)
    bundle = read_bundle(source, keyring)
    if isinstance(bundle, Bundle) and is_older(bundle.version, running.release.version):
        return msg("update.older", offered=bundle.version, running=running.release.version)
    return bundle


@contextmanager
def nobody_served(data: Path) -> Iterator[Board | None]:
    """Hold the update lock while nobody is being served; the station's board, None when no core answers.

    The lock is taken first and the board looked at then: a visit that begins in between has either been seen or has
    seen the lock. Raises `BadInputError` `update.visit` or `update.question` while a citizen or an officer is at work,
    `update.core_silent` for a core that runs and does not answer: it may be starting, or serving somebody.
    """
    if not (data / "run").is_dir():
        yield None
        return
    with updating(data):
        board = _present(data)
        if board is not None and board.view.visit:
            raise BadInputError("update.visit", minutes=board.step_seconds // 60)
        if board is not None and board.approvals:
            raise BadInputError("update.question", dossier=board.approvals[0].dossier)
        yield board


def core_answers(data: Path) -> bool:
    """Whether there is a core to ask an officer through. Raises `BadInputError` as `nobody_served`."""
    return _present(data) is not None


def agreed(
    data: Path, number: str, pin: str, change: Change, wanted: Callable[[FactorWanted], None]
) -> str | Message:
    """The officer's number once the core has the agreement in its audit chain, its count of wrong tries holds here too;
    or why not. `wanted` is told of a second factor that is waited for.

    Raises `LinkError` when no core serves, `BadInputError` `update.core_silent` when none answers in time.
    """
    return _in_time(_agreed(data, AgreeTo(number, pin, change), wanted), AGREE_S)


def serves(data: Path) -> Message | None:
    """None when a core greets screens and its store is in order: what a slot on trial has to do. Why not otherwise."""
    try:
        board = asyncio.run(_greeted(data))
    except (LinkError, TimeoutError):
        return msg("health.silent")
    trouble = next((alert.message for alert in board.alerts if alert.message.code.startswith("store.")), None)
    return msg("health.store", trouble=trouble) if trouble else None


def install(source: str, progress: Progress) -> None:
    """RAUC writes the slot that does not run and asks for its trial. Raises `BadInputError` when it refuses or fails."""
    last: list[str] = []
    try:
        with subprocess.Popen(
            ["rauc", "install", source],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                last = [*last, line.strip()][-LAST_LINES:]
                if found := PERCENT.match(line):
                    progress(int(found[1]), found[2].strip())
    except FileNotFoundError as error:
        raise BadInputError("bundle.no_rauc") from error
    if process.returncode != 0:
        raise _failure(last)


def other_release(running: Running) -> Release:
    """The release in the slot that does not run. Raises `BadInputError` when there is nothing in it to start."""
    if running.slot is None:
        raise BadInputError("update.no_slots")
    other = running.slot.other
    if other in running.bad or running.others is None:
        raise BadInputError("rollback.nothing", slot=other)
    return running.others


def try_other() -> None:
    """Ask for a trial of the slot that does not run. Raises `BadInputError` when RAUC refuses."""
    done = subprocess.run(
        ["rauc", "status", "mark-active", "other"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise _failure(done.stderr.splitlines())


def _failure(lines: list[str]) -> BadInputError:
    said = " ".join(line for line in lines if line)[-300:]
    if "DOWNGRADE refused" in said:
        return BadInputError("update.refused_older")
    if "No space left" in said:
        return BadInputError("update.no_room")
    return BadInputError("update.failed", why=said)


def _in_time(answer: Coroutine[Any, Any, T], seconds: float) -> T:
    try:
        return asyncio.run(asyncio.wait_for(answer, seconds))
    except TimeoutError as error:
        raise BadInputError("update.core_silent") from error


def _present(data: Path) -> Board | None:
    """None when there is no core; one that starts or hangs is waited for by whoever asks."""
    board = _in_time(_board(data), ANSWER_S)
    if board is None and core_runs(data):
        raise BadInputError("update.core_silent")
    return board


async def _board(data: Path) -> Board | None:
    """None when no core serves."""
    with contextlib.suppress(LinkError):
        return await _first_board(data)
    return None


async def _greeted(data: Path) -> Board:
    """Both roles greet: the citizen's screen has something to show, the officer's board is there."""

    async def first_view() -> None:
        client = await connect(socket_path(data, "citizen"))
        try:
            async for message in client:
                if isinstance(message, ViewChanged):
                    return
        finally:
            await client.close()

    await asyncio.wait_for(first_view(), ANSWER_S)
    return await asyncio.wait_for(_first_board(data), ANSWER_S)


async def _first_board(data: Path) -> Board:
    client = await connect(socket_path(data, "officer"))
    try:
        async for message in client:
            if isinstance(message, BoardChanged):
                return message.board
    finally:
        await client.close()
    raise LinkError("link.gone")


async def _agreed(data: Path, asked: AgreeTo, wanted: Callable[[FactorWanted], None]) -> str | Message:
    client = await connect(socket_path(data, "officer"))
    try:
        client.send(asked)
        async for message in client:
            if isinstance(message, Refused):
                return message.message
            if isinstance(message, AgreedTo):
                return message.officer
            if isinstance(message, FactorWanted) and message.said is None:
                wanted(message)
    finally:
        await client.close()
    raise LinkError("link.gone")
