"""`kiosk image update|rollback|status|health`: the two systems on a machine in service."""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.cli.image_agree import may_go_on, officer_agrees
from kiosk.domain.change import Change, ChangeKind
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError

if TYPE_CHECKING:
    from kiosk.imaging.running import Running

DATA = Path("/var/lib/kiosk")
RESTART_S = 120
STICK_S = 300


def add(leaves: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    update = leaves.add_parser("update", help=say(msg("help.image_update")))
    update.add_argument("source", nargs="?", metavar="BUNDLE", help=say(msg("help.image_bundle")))
    update.add_argument("--stick", action="store_true", help=say(msg("help.image_stick")))
    update.add_argument("--keyring", type=Path, metavar="FILE", help=say(msg("help.image_keyring")))
    update.set_defaults(run=guarded(run_update))
    back = leaves.add_parser("rollback", help=say(msg("help.image_rollback")))
    back.set_defaults(run=guarded(run_rollback))
    status = leaves.add_parser("status", help=say(msg("help.image_status")))
    status.set_defaults(run=guarded(run_status))
    health = leaves.add_parser("health", help=say(msg("help.image_health")))
    health.set_defaults(run=guarded(run_health))
    place = say(msg("help.data_default", place=str(DATA)))
    for leaf in (update, back, health):
        leaf.add_argument("--data", type=Path, default=DATA, metavar="DIR", help=place)
    for leaf in (update, back):
        leaf.add_argument("--officer", metavar="NUMBER", help=say(msg("help.image_officer")))
        leaf.add_argument("--no-restart", action="store_true", help=say(msg("help.image_no_restart")))
    for leaf in (update, back, status, health):
        add_json(leaf)


def run_update(args: argparse.Namespace) -> int:
    """Exit status 0: installed, its trial is the next start; 1: nobody agreed; 2: refused or failed, what runs stays."""
    from kiosk.imaging.running import look
    from kiosk.imaging.update import core_answers

    if args.stick:
        change = Change(ChangeKind.STICK, look().release.version)
        if core_answers(args.data) and not officer_agrees(args, change):
            return FAILED
        return _update_from_stick(args)
    if not args.source:
        raise BadInputError("update.no_source")
    return _update(args, args.source)


def _update_from_stick(args: argparse.Namespace) -> int:
    """The window closes behind the update, however it ends."""
    from kiosk.hal.clock import SystemClock
    from kiosk.imaging.stick import bundle_on, mounted, wait_for_stick, window

    with window():
        tell(msg("stick.plug_in", seconds=STICK_S))
        with mounted(wait_for_stick(SystemClock(), STICK_S)) as folder:
            return _update(args, str(bundle_on(folder, args.source)))


def _update(args: argparse.Namespace, source: str) -> int:
    from kiosk.cli.progress import Bar
    from kiosk.imaging.running import look
    from kiosk.imaging.update import install, nobody_served, offered

    running = look()
    bundle = offered(source, running, args.keyring)
    if isinstance(bundle, Message):
        raise _refusal(bundle)
    tell(msg("update.offered", offered=bundle.version, signer=bundle.signer, running=running.release.version))
    change = Change(ChangeKind.UPDATE, running.release.version, bundle.version, bundle.digest)
    with nobody_served(args.data) as board:
        if not may_go_on(args, change, core=board is not None):
            return FAILED
        with Bar() as bar:
            install(source, lambda percent, _: bar.show(msg("update.installing"), percent, 100))
        return _restart(args, msg("update.installed", version=bundle.version), bundle.version)


def run_rollback(args: argparse.Namespace) -> int:
    """The other slot, on trial like any update. Exit status 0: its trial is the next start; 1: nobody agreed; 2: nothing to
    go back to, or refused."""
    from kiosk.imaging.running import look
    from kiosk.imaging.update import nobody_served, other_release, try_other

    running = look()
    version = other_release(running).version
    change = Change(ChangeKind.ROLLBACK, running.release.version, version)
    with nobody_served(args.data) as board:
        if not may_go_on(args, change, core=board is not None):
            return FAILED
        try_other()
        return _restart(args, msg("rollback.asked", version=version), version)


def _restart(args: argparse.Namespace, done: Message, version: str) -> int:
    """The lock is held until the machine goes down, so that nobody new is served in between."""
    if args.json:
        print_json({"next": version, "restart": not args.no_restart})
    else:
        print(speaker()(done))
    if args.no_restart:
        tell(msg("update.restart_later"))
        return OK
    subprocess.run(["systemctl", "reboot"], check=False)
    time.sleep(RESTART_S)
    raise BadInputError("update.no_restart")


def run_status(args: argparse.Namespace) -> int:
    """Exit status 0: runs the committed slot, the last update was applied; 1: on trial, or an update was not applied."""
    from kiosk.imaging.running import look

    running = look()
    fine = not running.on_trial and running.verdict.result != "not-applied"
    if args.json:
        print_json(running)
    else:
        for line in _lines(running):
            print(speaker()(line))
    return OK if fine else FAILED


def _lines(running: Running) -> list[Message]:
    version = running.release.version or "—"
    if running.slot is None:
        return [msg("status.no_slots", version=version)]
    lines = [msg("status.trial" if running.on_trial else "status.runs", version=version, slot=running.slot)]
    other = running.slot.other
    if other in running.bad:
        lines.append(msg("status.other_bad", slot=other))
    elif running.others is None:
        lines.append(msg("status.other_unread", slot=other))
    else:
        lines.append(msg("status.other", slot=other, version=running.others.version))
    if running.next_trial:
        lines.append(msg("status.next_trial", slot=running.next_trial))
    if running.verdict.result == "not-applied":
        why = msg(f"status.why.{running.verdict.why}" if running.verdict.why in WHYS else "status.why.other")
        lines.append(msg("status.not_applied", slot=running.verdict.wanted, why=why))
    return lines


WHYS = ("interrupted", "core-not-active", "core-silent", "ordering-cycle")
"""The words of `image/overlay/usr/lib/kiosk/health`."""


def run_health(args: argparse.Namespace) -> int:
    """Exit status 0: a core serves people here; 1: not, or not yet."""
    from kiosk.imaging.update import serves

    trouble = serves(args.data)
    if args.json:
        print_json({"serves": trouble is None, "why": trouble.code if trouble else ""})
    else:
        print(speaker()(trouble or msg("health.serves")))
    return FAILED if trouble else OK


def _refusal(message: Message) -> BadInputError:
    return BadInputError(message.code, **{name: str(value) for name, value in message.values.items()})
