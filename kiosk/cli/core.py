"""`kiosk core`: the process that owns devices, workflow and record."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from kiosk.cli.common import Subparsers, add_data, guarded, speaker, tell
from kiosk.domain.message import msg

DEMO_PEOPLE = 20_000
DEMO_SEED = 1


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("core", help=say(msg("help.core")))
    add_data(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help=say(msg("help.config")))
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Serve until a signal. Without --config: a demonstration on simulated devices with invented people."""
    from kiosk.app.process import run_core
    from kiosk.app.resources import accept
    from kiosk.config import Mode, load
    from kiosk.hal.clock import SystemClock

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    config = load(args.config)
    accept(config, args.config)
    if config.mode is Mode.DEMO:
        tell(msg("core.demo", data=str(args.data)))
        invent_roster(args.data)
    return run_core(config, args.data, SystemClock(args.data))


def invent_roster(data: Path) -> None:
    """The demonstration's people, once."""
    path = data / "roster.db"
    if path.exists():
        return
    from kiosk.store.demo_people import invented_people
    from kiosk.store.files import make_folder
    from kiosk.store.roster import build

    make_folder(data)
    build(path, invented_people(DEMO_PEOPLE, DEMO_SEED), f"invented:{DEMO_SEED}")
