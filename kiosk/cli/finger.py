"""`kiosk finger …`: fingerprints from picture files, without a core. Each command has a module of its own."""

from __future__ import annotations

import argparse

from kiosk.cli import finger_grade, finger_match
from kiosk.cli.common import Subparsers, speaker
from kiosk.domain.message import msg


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("finger", help=speaker()(msg("help.finger")))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    finger_grade.add(commands)
    finger_match.add(commands)
