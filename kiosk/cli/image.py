"""`kiosk image …`: the appliance's image, from the build to the machine in service."""

from __future__ import annotations

import argparse
import importlib

from kiosk.cli.common import Subparsers, speaker
from kiosk.domain.message import msg

PARTS = ("image_card", "image_update", "image_build", "image_setup", "image_logs")


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("image", help=speaker()(msg("help.image")))
    leaves = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in PARTS:
        importlib.import_module(f"kiosk.cli.{part}").add(leaves)
