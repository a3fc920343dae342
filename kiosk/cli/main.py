"""The command line: `kiosk --help`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from kiosk import __version__
from kiosk.cli.common import Run, speaker
from kiosk.domain.message import msg

FAMILIES = (
    "repair",
    "core",
    "screens",
    "demo",
    "visit",
    "roster",
    "records",
    "corrections",
    "audit",
    "clock",
    "people",
    "plan",
    "doctor",
    "device",
    "finger",
    "coach",
    "dock",
    "simulate",
    "face",
    "image",
    "web",
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    given = sys.argv[1:] if argv is None else argv
    args = parser(given[0] if given else "").parse_args(given)
    run: Run = args.run
    try:
        status = run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        return _nobody_reads()
    return status


def _nobody_reads() -> int:
    """Whoever read what is printed (`| head`) has gone: the status a shell gives a program ended by SIGPIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + 13


def parser(command: str = "") -> argparse.ArgumentParser:
    """Every command, each module adding its own; with `command` only the modules up to the one that has it.

    A screen starts twice as fast when it does not load what the other commands need.
    """
    say = speaker()
    top = argparse.ArgumentParser(prog="kiosk", description=say(msg("help.kiosk")))
    top.add_argument("--version", action="version", version=f"kiosk {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for family in FAMILIES:
        importlib.import_module(f"kiosk.cli.{family}").add(commands)
        if command in commands.choices:
            break
    return top


if __name__ == "__main__":
    sys.exit(main())
