"""The command line: `kiosk --help`."""

from __future__ import annotations

import argparse
import importlib
import sys

from kiosk import __version__
from kiosk.cli.common import Run, speaker
from kiosk.domain.message import msg

FAMILIES = ("core", "screens", "demo", "visit", "roster", "records", "simulate")


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    args = parser().parse_args(argv)
    run: Run = args.run
    return run(args)


def parser() -> argparse.ArgumentParser:
    """Every command, each module adding its own."""
    say = speaker()
    top = argparse.ArgumentParser(prog="kiosk", description=say(msg("help.kiosk")))
    top.add_argument("--version", action="version", version=f"kiosk {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for family in FAMILIES:
        importlib.import_module(f"kiosk.cli.{family}").add(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
