"""`kiosk sim`: the other end of a cable, so that a real driver can be tried without its device."""

from __future__ import annotations

import argparse
import importlib

from kiosk.cli.common import Subparsers, guarded, speaker
from kiosk.domain.message import msg

WIRES = {
    "escpos": "kiosk.hal.printer.wire",
    "sbi": "kiosk.hal.fingers.sbi_wire",
    "zfm": "kiosk.hal.fingers.zfm_wire",
}
"""Modules with `add_arguments(parser)` and `run(args)`."""


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    top = subparsers.add_parser("sim", help=say(msg("help.sim")))
    wires = top.add_subparsers(required=True, metavar="WIRE")
    for name, place in WIRES.items():
        wire = importlib.import_module(place)
        parser = wires.add_parser(name, help=say(msg(f"help.sim.{name}")))
        wire.add_arguments(parser)
        for action in parser._actions:
            # The words belong to the catalogues; a wire only says what it takes.
            action.help = action.help or say(msg(f"help.sim.{action.dest}"))
        parser.set_defaults(run=guarded(wire.run))
