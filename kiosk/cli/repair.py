"""`kiosk repair`: why a machine without its data partition serves nobody, and what a technician does about it.

Shown on the console by `kiosk-repair.service`; needs nothing of that partition.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from textwrap import fill, indent

from kiosk.cli.common import OK, Subparsers, guarded, speaker
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError
from kiosk.locale import Audience, Words

TROUBLES = frozenset({"data.absent", "data.unknown", "data.locked", "data.damaged", "data.unusable"})
"""What the first program on the data partition can find; any other counts as `data.unusable`."""
LANGUAGES = ("vi", "en")
CLEAR = "\x1b[2J\x1b[H"
INDENT = "  "


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("repair", help=say(msg("help.repair")))
    parser.add_argument("--found", type=Path, required=True, metavar="FILE", help=say(msg("help.found")))
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Shows the page until a signal; without a terminal once."""
    shown = sys.stdout.isatty()
    width = os.get_terminal_size(sys.stdout.fileno()).columns - len(INDENT) if shown else None
    page = "\n\n".join(lines(args.found, Words(language), width) for language in LANGUAGES)
    if not shown:
        print(page)
        return OK
    sys.stdout.write(f"{CLEAR}\n{page}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return OK


def lines(found: Path, words: Words, width: int | None = None) -> str:
    """Title, what was found, what to do; lines of at most `width`, broken between words."""
    fields = read_found(found)
    code = fields.get("code", "")
    code = code if code in TROUBLES else "data.unusable"
    messages: tuple[Message, ...] = (
        msg("repair.title"),
        msg(f"repair.{code}", detail=fields.get("detail", "")),
        msg(f"repair.remedy.{code}"),
    )
    said = [words.say(message, Audience.TECHNICIAN) for message in messages]
    if width is None:
        return "\n".join(indent(text, INDENT) for text in said)
    return "\n\n".join(fill(text, width, initial_indent=INDENT, subsequent_indent=INDENT) for text in said)


def read_found(path: Path) -> dict[str, str]:
    """`key=value` lines. Raises `BadInputError` naming a file that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInputError("repair.unreadable", file=str(path), why=error.strerror or "") from error
    return dict(line.partition("=")[::2] for line in text.splitlines())
