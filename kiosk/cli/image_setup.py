"""`kiosk image provision`: a new machine's first start, before whoever stands there or from a seed file."""

from __future__ import annotations

import argparse
import os
import pwd
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.cli.image_steps import Body, Setup
    from kiosk.imaging.provision import Answers, Step

PLACES = {"data": "/var/lib/kiosk", "settings": "/etc/kiosk", "bootconfig": "/bootconfig", "ssh": "/data/ssh"}
RECOVERY = Path("/run/kiosk/recovery-key")
DISPLAY, DESK = "kiosk-face", "kiosk-desk"
SERIALS = ("proc/device-tree/serial-number", "sys/class/dmi/id/product_uuid")


def add(leaves: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = leaves.add_parser("provision", help=say(msg("help.image_provision")))
    for name, default in PLACES.items():
        text = say(msg(f"help.provision_{name}", place=default))
        parser.add_argument(f"--{name}", type=Path, default=Path(default), metavar="DIR", help=text)
    parser.add_argument(
        "--recovery", type=Path, default=RECOVERY, metavar="FILE", help=say(msg("help.provision_recovery"))
    )
    parser.add_argument("--only-clock", action="store_true", help=say(msg("help.provision_clock")))
    parser.add_argument("--seed", type=Path, metavar="FILE", help=say(msg("help.provision_seed")))
    add_json(parser)
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Exit status 0: set up, or it was already; 1: something has to be asked and nobody is there to be asked, what was
    answered is kept; 2: the seed or an answer cannot be used, and which."""
    from kiosk.cli.image_steps import STEPS, Setup, Unasked, clock_step
    from kiosk.imaging.provision import SEED, Place, Screens, Step, finish, read_seed

    place = Place(args.settings, args.bootconfig, args.ssh, serial_number(Path("/")), args.recovery)
    if place.finished:
        tell(msg("provision.already", file=str(place.config)))
        return OK
    seed = read_seed(args.seed or args.bootconfig / SEED)
    setup = Setup(place, seed, args.data, sys.stdin.isatty())
    try:
        answers = _all_steps(setup, STEPS if not args.only_clock else {Step.CLOCK: clock_step})
    except Unasked as unasked:
        tell(msg("provision.waits", step=msg(f"provision.step.{unasked.step}")))
        return FAILED
    finally:
        hand_over(args.data)
    if args.only_clock:
        return OK
    finish(place, seed, answers, setup.accept, Screens(user_ids(DISPLAY), user_ids(DESK)))
    if args.json:
        print_json({"station": answers.station, "config": str(place.config)})
    else:
        print(speaker()(msg("provision.done", station=answers.station)))
    return OK


def _all_steps(setup: Setup, steps: Mapping[Step, Body]) -> Answers:
    """Those that are left of `steps`. Raises `Unasked`."""
    from kiosk.imaging.provision import keep, read_answers

    answers = read_answers(setup.place)
    for step, body in steps.items():
        if step not in answers.done:
            answers = keep(setup.place, body(setup, answers), step)
    return answers


def serial_number(root: Path) -> str:
    """The machine's own, "" where it has none that this user may read."""
    for name in SERIALS:
        try:
            return (root / name).read_text(encoding="ascii", errors="replace").strip("\0\n ")
        except OSError:
            continue
    return ""


def user_ids(name: str) -> tuple[int, ...]:
    """The image's user of that name; none on any other machine."""
    try:
        return (pwd.getpwnam(name).pw_uid,)
    except KeyError:
        return ()


def hand_over(data: Path) -> None:
    """What root has made in the data folder belongs to whom the folder belongs to: the core. At the first start, where
    this process may not, its unit does it."""
    if os.geteuid() != 0 or not data.exists():
        return
    owner = data.stat()
    for folder, _, files in os.walk(data):
        for place in (Path(folder), *(Path(folder) / name for name in files)):
            with suppress(PermissionError):
                os.chown(place, owner.st_uid, owner.st_gid, follow_symlinks=False)
