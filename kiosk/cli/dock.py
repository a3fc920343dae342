"""`kiosk dock`: a second terminal that plays the hardware of a running kiosk on simulated devices."""

from __future__ import annotations

import argparse

from kiosk.cli.common import Subparsers, add_data, guarded, language, speaker
from kiosk.cli.screens import forget_textual_settings
from kiosk.domain.message import msg
from kiosk.errors import BadInputError


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("dock", help=speaker()(msg("help.dock")))
    add_data(parser)
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Until the technician leaves. Raises `BadInputError` for a folder that is not there."""
    if not args.data.is_dir():
        raise BadInputError("dock.no_data", data=str(args.data))
    forget_textual_settings()
    from kiosk.tui.dock.app import DockApp
    from kiosk.tui.hardened import run_screen

    return run_screen(DockApp(args.data, language()))
