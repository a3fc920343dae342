"""`kiosk people first|list`: the first account at provisioning, and who works here. Everything else is done at the desk."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import FAILED, OK, Subparsers, add_data, add_json, guarded, print_json, speaker
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Role, parse_name, parse_staff_number
from kiosk.errors import BadInputError

if TYPE_CHECKING:
    from kiosk.store.people import People


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("people", help=say(msg("help.people")))
    leaves = parser.add_subparsers(required=True, metavar="COMMAND")
    first = leaves.add_parser("first", help=say(msg("help.people_first")))
    first.add_argument("--officer", required=True, metavar="NUMBER", help=say(msg("help.people_number")))
    first.add_argument("--name", required=True, metavar="NAME", help=say(msg("help.people_name")))
    first.set_defaults(run=guarded(run_first))
    listing = leaves.add_parser("list", help=say(msg("help.people_list")))
    add_json(listing)
    listing.set_defaults(run=guarded(run_list))
    for leaf in (first, listing):
        add_data(leaf)


def run_first(args: argparse.Namespace) -> int:
    """A supervisor, whose PIN is typed twice, or given as a line of standard input where that is no terminal."""
    officer = Officer(
        _taken(parse_staff_number(args.officer)), _taken(parse_name(args.name)), Role.SUPERVISOR
    )
    with _people(args.data) as people:
        trouble = people.add_first(officer, _pin())
    if trouble:
        raise BadInputError(trouble.code, **_plain(trouble))
    print(speaker()(msg("people.first_added", officer=officer.id)))
    return OK


def run_list(args: argparse.Namespace) -> int:
    """Exit status 1 when nobody has an account yet."""
    from kiosk.store.schema import open_for_reading

    with closing(open_for_reading(args.data / "kiosk.db")) as connection:
        rows = connection.execute("select id, role, name from officer where active order by id").fetchall()
    for number, role, name in rows:
        if args.json:
            print_json({"officer": number, "role": role, "name": name})
        else:
            print(f"{number:10} {role:12} {name}")
    return OK if rows else FAILED


@contextmanager
def _people(data: Path) -> Iterator[People]:
    """The accounts of a kiosk whose core is stopped. Raises `StoreError` when it runs."""
    from kiosk.app.process import only_core
    from kiosk.hal.clock import SystemClock
    from kiosk.store.database import Database
    from kiosk.store.files import make_folder
    from kiosk.store.keys import DeviceKeys
    from kiosk.store.people import People

    make_folder(data)
    with only_core(data), closing(Database(data / "kiosk.db", SystemClock())) as database:
        yield People(database, DeviceKeys.open(data / "keys").pins)


def _pin() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    say = speaker()
    pin, again = getpass.getpass(say(msg("people.ask_pin"))), getpass.getpass(say(msg("people.ask_again")))
    if pin != again:
        raise BadInputError("people.pins_differ")
    return pin


def _taken(answer: str | Message) -> str:
    if isinstance(answer, Message):
        raise BadInputError(answer.code, **_plain(answer))
    return answer


def _plain(message: Message) -> dict[str, str | int]:
    return {name: value for name, value in message.values.items() if not isinstance(value, Message)}
