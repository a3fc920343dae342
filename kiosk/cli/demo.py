"""`kiosk demo`: core and screens in one terminal on simulated devices; without a terminal one scripted visit."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, guarded, speaker, tell
from kiosk.cli.visit import follow, patiently, read_script
from kiosk.domain.message import msg
from kiosk.errors import LinkError
from kiosk.hal.world import INVENTED_CARD, WORLD_FILE, WorldFile
from kiosk.link.address import socket_path
from kiosk.link.messages import ViewChanged

PERSON_PACE_S = 1.2
STOP_S = 10.0
RECONNECT_S = 0.5


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("demo", help=say(msg("help.demo")))
    parser.add_argument("--data", type=Path, metavar="DIR", help=say(msg("help.data")))
    parser.add_argument(
        "--script", type=Path, required=True, metavar="FILE", help=say(msg("help.demo_script"))
    )
    parser.set_defaults(run=guarded(run))


def default_data() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kiosk-demo"


def run(args: argparse.Namespace) -> int:
    data = args.data or default_data()
    if sys.stdin.isatty() and sys.stdout.isatty():
        return play_in_terminal(data, args.script)
    return play_script(data / time.strftime("visit-%Y%m%d-%H%M%S"), args.script)


def play_in_terminal(data: Path, script: Path) -> int:
    """The citizen's screen in front, the officer's behind it, and an invented person whose hands the devices see."""
    from kiosk.cli.twin import Twin

    world = read_script(script, []).world
    hands = WorldFile(data / WORLD_FILE)
    hands.path.parent.mkdir(parents=True, exist_ok=True)
    hands.write(msgspec.structs.replace(world, pace=PERSON_PACE_S, card=INVENTED_CARD))
    say = speaker()
    names = [say(msg("demo.officer")), say(msg("demo.citizen"))]
    with running_core(data):
        threading.Thread(target=lambda: asyncio.run(accompany(data, hands)), daemon=True).start()
        commands = [kiosk(screen, "--data", str(data)) for screen in ("citizen", "officer")]
        Twin(commands, lambda front: say(msg("demo.bar", other=names[front], data=str(data)))).run()
    return OK


def play_script(data: Path, script: Path) -> int:
    """One visit in a fresh folder; says where slip and dossier lie."""
    with running_core(data) as log:
        visit = subprocess.run(
            kiosk("visit", "--data", str(data), "--script", str(script), "--json"),
            stdout=subprocess.PIPE,
            check=False,
        )
        if visit.returncode:
            tell(msg("demo.failed", log=str(log)))
            return FAILED
    last = msgspec.json.decode(visit.stdout.splitlines()[-1])
    print(speaker()(msg("demo.done", slip=last["slip"], sealed=last["sealed"])))
    return OK


async def accompany(data: Path, hands: WorldFile) -> None:
    """The invented person does as the kiosk asks: holds up the card, lays that finger."""
    while True:
        try:
            citizen = await patiently(socket_path(data, "citizen"))
            async for message in citizen:
                if isinstance(message, ViewChanged):
                    follow(hands, message.view.screen)
        except LinkError:
            await asyncio.sleep(RECONNECT_S)


@contextmanager
def running_core(data: Path) -> Iterator[Path]:
    """A core on `data` until the block ends; the path of its log."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "core.log"
    with log.open("ab") as sink:
        core = subprocess.Popen(kiosk("core", "--data", str(data)), stdout=sink, stderr=sink)
    try:
        yield log
    finally:
        core.terminate()
        core.wait(STOP_S)


def kiosk(*arguments: str) -> list[str]:
    """The command line of another process of this same kiosk."""
    return [sys.executable, "-m", "kiosk.cli.main", *arguments]
