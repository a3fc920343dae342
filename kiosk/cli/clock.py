"""`kiosk clock apply`: started by systemd, with the one right that the core has not, to set the machine's clock."""

from __future__ import annotations

import argparse

from kiosk.cli.common import FAILED, OK, Subparsers, add_data, guarded, speaker, tell
from kiosk.domain.clock_order import ClockResult
from kiosk.domain.message import msg


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("clock", help=say(msg("help.clock")))
    leaves = parser.add_subparsers(required=True, metavar="COMMAND")
    apply = leaves.add_parser("apply", help=say(msg("help.clock")))
    add_data(apply)
    apply.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Exit status 0 when the clock was set or nothing was ordered, 1 when an order was not carried out."""
    from kiosk.app.clock_order import apply_order
    from kiosk.hal.clock import SystemClock, set_wall_clock

    outcome = apply_order(args.data, SystemClock(), set_wall_clock)
    if outcome is None:
        return OK
    tell(msg(f"clock.{outcome.result}", request=outcome.request))
    return OK if outcome.result is ClockResult.SET else FAILED
