"""`kiosk citizen`, `kiosk officer`, `kiosk screenshots`. Textual is imported only by the command that needs it."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import Subparsers, add_data, add_json, guarded, speaker
from kiosk.domain.message import msg
from kiosk.errors import BadInputError
from kiosk.link.address import socket_path

if TYPE_CHECKING:
    from kiosk.tui.officer.stations import Post

PAGE_DRIVER = ("TEXTUAL_DRIVER", "kiosk.tui.web.driver:PageDriver")


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the subcommands; each sets `run` to a function from the arguments to the exit status."""
    say = speaker()
    citizen = subparsers.add_parser("citizen", help=say(msg("help.citizen")))
    add_data(citizen)
    citizen.add_argument("--backlight", action="store_true", help=say(msg("help.backlight")))
    citizen.set_defaults(run=guarded(run_citizen))

    officer = subparsers.add_parser("officer", help=say(msg("help.officer")))
    add_data(officer)
    add_json(officer)
    officer.add_argument(
        "--station", action="append", default=[], metavar="ADDRESS", help=say(msg("help.station"))
    )
    officer.set_defaults(run=guarded(run_officer))

    pictures = subparsers.add_parser("screenshots", help=say(msg("help.screenshots")))
    pictures.add_argument("--out", type=Path, required=True, metavar="DIR", help=say(msg("help.out")))
    pictures.add_argument("--size", default="80x24", metavar="SIZE", help=say(msg("help.size")))
    pictures.set_defaults(run=guarded(run_screenshots))


def forget_textual_settings(keep: Collection[tuple[str, str]] = ()) -> None:
    """Take Textual's own variables away, but for those of `keep`: one of them gives the terminal its signal keys back."""
    for name, value in list(os.environ.items()):
        if name.startswith("TEXTUAL_") and (name, value) not in keep:
            del os.environ[name]


def page_settings() -> Collection[tuple[str, str]]:
    """What `kiosk web` sets for the screen behind a page. On a terminal nobody may."""
    return () if sys.stdin.isatty() or sys.stdout.isatty() else (PAGE_DRIVER,)


def need_terminal() -> None:
    """A screen that nobody can see or type at would draw for ever. Raises `BadInputError` unless there is a terminal, or
    a page with its server at the other end."""
    if PAGE_DRIVER not in os.environ.items() and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInputError("screens.no_terminal")


def run_citizen(args: argparse.Namespace) -> int:
    need_terminal()
    forget_textual_settings()
    from kiosk.hal.backlight import Backlight
    from kiosk.tui.citizen.app import CitizenApp
    from kiosk.tui.hardened import run_screen

    socket = socket_path(args.data, "citizen")
    if not args.backlight:
        return run_screen(CitizenApp(socket))
    log_to_journal()
    return run_screen(CitizenApp(socket, light=Backlight().shine))


def log_to_journal(address: str = "/dev/log") -> None:
    """A screen's own terminal has no room for a log; where nobody listens nothing is written."""
    from logging.handlers import SysLogHandler

    if Path(address).is_socket():
        handler = SysLogHandler(address)
        handler.ident = "kiosk-citizen: "
        logging.getLogger().addHandler(handler)


def run_officer(args: argparse.Namespace) -> int:
    forget_textual_settings(page_settings())
    from kiosk.tui.officer.stations import LOCAL, posts

    with posts(args.station or [LOCAL], args.data) as stations:
        if args.json:
            return _stream(stations)
        need_terminal()
        from kiosk.tui.hardened import run_screen
        from kiosk.tui.officer.app import OfficerApp

        return run_screen(OfficerApp(stations))


def _stream(stations: list[Post]) -> int:
    from kiosk.tui.officer.stations import stream_boards

    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        stream_boards(stations, _write_line)
    return 0


def _write_line(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def run_screenshots(args: argparse.Namespace) -> int:
    forget_textual_settings()
    from kiosk.tui.shots import draw_gallery

    for path in draw_gallery(args.out, size_of(args.size)):
        sys.stdout.write(f"{path}\n")
    return 0


def size_of(text: str) -> tuple[int, int]:
    """`"80x24"` as (80, 24). Raises `BadInputError` for anything else, or a size nobody can use."""
    width, _, height = text.partition("x")
    if not (
        width.isdecimal() and height.isdecimal() and 40 <= int(width) <= 400 and 14 <= int(height) <= 200
    ):
        raise BadInputError("screens.bad_size", size=text[:20])
    return int(width), int(height)
