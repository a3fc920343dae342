"""`kiosk web`: the officer's screen for a laptop's browser, through SSH."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
from pathlib import Path

from kiosk.cli.common import OK, Subparsers, add_data, add_json, guarded, language, print_json, speaker
from kiosk.cli.demo import kiosk
from kiosk.domain.message import msg
from kiosk.errors import BadInputError
from kiosk.locale import Audience, Words

PORT = 8090


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("web", help=say(msg("help.web")))
    add_data(parser)
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=say(msg("help.web_port", usual=PORT))
    )
    parser.add_argument(
        "--station", action="append", default=[], metavar="ADDRESS", help=say(msg("help.station"))
    )
    add_json(parser)
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Serve until a signal; the address is said once, on standard output, and kept nowhere."""
    if importlib.util.find_spec("textual_serve") is None:
        raise BadInputError("web.missing")
    from kiosk.tui.web.guard import KEY_FIELD, Guard
    from kiosk.tui.web.server import LOOPBACK, DeskServer, listen, serve

    screen = screen_of(args.station, args.data)
    guard = Guard()
    with listen(args.port) as listener:
        port = listener.getsockname()[1]
        address = f"http://{LOOPBACK}:{port}/?{KEY_FIELD}={guard.key}"

        def ready() -> None:
            if args.json:
                print_json({"port": port, "url": address})
            else:
                print(speaker()(msg("web.open", url=address, port=port)), flush=True)

        server = DeskServer(screen, page_words(), guard)
        asyncio.run(serve(server, listener, ready))
    return OK


def screen_of(stations: list[str], data: Path) -> list[str]:
    """The command behind every page. Raises `BadInputError` for stations it would not take."""
    from kiosk.tui.officer.stations import LOCAL, posts

    with posts(stations or [LOCAL], data):
        return kiosk("officer", "--data", str(data), *(f"--station={station}" for station in stations))


def page_words() -> dict[str, str]:
    """The words of the page around the screen, for officers."""
    words = Words(language())
    said = {
        "title": msg("web.title"),
        "opening": msg("web.opening"),
        "full": msg("web.full"),
        "no_drawing": msg("web.no_drawing"),
        "closed": msg("web.closed"),
        "again": msg("web.again"),
    }
    return {"language": words.language} | {
        name: words.say(message, Audience.OFFICER) for name, message in said.items()
    }
