"""What all subcommands share: words for the technician, JSON on stdout, faults as one sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.errors import KioskError
from kiosk.locale import SOURCE_LANGUAGE, Audience, Words

OK, FAILED, UNUSABLE, CORE_GONE = 0, 1, 2, 3

Subparsers = argparse._SubParsersAction
Say = Callable[[Message], str]
Run = Callable[[argparse.Namespace], int]


def language() -> str:
    """The language of the environment (LC_ALL, LC_MESSAGES, LANG), Vietnamese when it names none."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return named.split("_")[0].split(".")[0] or SOURCE_LANGUAGE


def speaker() -> Say:
    """Words in the language of the environment; what that language lacks is said in Vietnamese."""
    words = Words(language())
    return lambda message: words.say(message, Audience.TECHNICIAN)


def print_json(value: object) -> None:
    """One JSON line on stdout, at once."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def tell(message: Message) -> None:
    """One sentence on stderr, where progress and faults go."""
    sys.stderr.write(speaker()(message) + "\n")
    sys.stderr.flush()


def guarded(run: Run) -> Run:
    """`run`, with the kiosk's own exceptions said in one sentence; exit status 2."""

    def guard(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except KioskError as error:
            tell(msg(error.code, **error.values))
            if getattr(args, "json", False):
                print_json({"error": error.code, **error.values})
            return UNUSABLE

    return guard


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=speaker()(msg("help.data")))


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=speaker()(msg("help.json")))
