"""`kiosk roster import | find | invent`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.domain.person import Person
from kiosk.domain.personal_number import PersonalNumber
from kiosk.domain.roster import BadCell
from kiosk.errors import KioskError
from kiosk.locale import SOURCE_LANGUAGE, Audience, Words

FILE_NAME = "roster.db"
OK, REJECTED, UNUSABLE = 0, 1, 2

_SHOWN = 20
_Say = Callable[[Message], str]


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `roster` to the command line; each of its commands sets `run`, which gives the exit code.

    Exit codes: 0 done, 1 an import was rejected, 2 the file or the roster cannot be used.
    """
    say = _speaker()
    parser = subparsers.add_parser("roster", help=say(msg("roster.help")))
    commands = parser.add_subparsers(required=True, metavar="import|find|invent")
    _add_import(commands, say)
    _add_find(commands, say)
    _add_invent(commands, say)


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: _Say) -> None:
    command = commands.add_parser("import", help=say(msg("roster.help_import")))
    command.add_argument("file", type=Path, metavar="FILE", help=say(msg("roster.help_file")))
    _add_common(command, say)
    command.set_defaults(run=_guarded(run_import))


def _add_find(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: _Say) -> None:
    command = commands.add_parser("find", help=say(msg("roster.help_find")))
    command.add_argument("query", nargs="+", metavar="QUERY", help=say(msg("roster.help_query")))
    _add_common(command, say)
    command.set_defaults(run=_guarded(run_find))


def _add_invent(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: _Say) -> None:
    command = commands.add_parser("invent", help=say(msg("roster.help_invent")))
    command.add_argument("--count", type=int, required=True, metavar="N", help=say(msg("roster.help_count")))
    command.add_argument("--seed", type=int, default=1, metavar="S", help=say(msg("roster.help_seed")))
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=say(msg("roster.help_out")))
    command.set_defaults(run=_guarded(run_invent))


def _add_common(command: argparse.ArgumentParser, say: _Say) -> None:
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help=say(msg("roster.help_data")))
    command.add_argument("--json", action="store_true", help=say(msg("roster.help_json")))


def run_import(args: argparse.Namespace) -> int:
    """Import `args.file` into `args.data`/roster.db; a report of every bad cell when it is rejected."""
    from kiosk.store.roster_import import Rejected, import_roster

    say = _speaker()
    today = datetime.now().astimezone().date()
    result = import_roster(args.file, args.data / FILE_NAME, today)
    if isinstance(result, Rejected):
        _report(result.bad, say, args.json)
        return REJECTED
    if args.json:
        _print_json({"imported": result.count, "columns": result.columns})
    else:
        print(say(msg("roster.imported", count=result.count, columns=", ".join(result.columns))))
    return OK


def run_find(args: argparse.Namespace) -> int:
    """Print the people found, best first. For the eye the number is masked; JSON has it whole."""
    from kiosk.store.roster import Roster

    with closing(Roster.open(args.data / FILE_NAME)) as roster:
        people = roster.search(" ".join(args.query))
    if args.json:
        _print_json([_as_json(person) for person in people])
    else:
        _print_people(people, _speaker())
    return OK


def run_invent(args: argparse.Namespace) -> int:
    """Write `args.count` invented people to `args.out`."""
    from kiosk.store.demo_people import MOST, invented_people
    from kiosk.store.roster_export import write_csv

    say = _speaker()
    if not 0 <= args.count <= MOST:
        print(say(msg("roster.too_many", most=MOST)), file=sys.stderr)
        return UNUSABLE
    count = write_csv(args.out, invented_people(args.count, args.seed))
    print(say(msg("roster.invented", count=count, file=str(args.out))))
    return OK


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """`run`, with an unusable file said in words on stderr (and as JSON when that was asked for)."""

    def guarded(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except KioskError as error:
            problem = Message(error.code, dict(error.values))
        except OSError as error:
            problem = msg("roster.file_unwritable", file=str(error.filename))
        words = _speaker()(problem)
        print(words, file=sys.stderr)
        if getattr(args, "json", False):
            _print_json({"error": problem.code, "message": words})
        return UNUSABLE

    return guarded


def _report(bad: Sequence[BadCell], say: _Say, as_json: bool) -> None:
    if as_json:
        _print_json({"rejected": [_bad_as_json(cell, say) for cell in bad]})
        return
    print(say(msg("roster.rejected", count=len(bad))), file=sys.stderr)
    for cell in bad[:_SHOWN]:
        words = msg(
            "roster.bad_cell",
            line=cell.line,
            column=cell.column,
            shape=cell.value_shape,
            why=cell.why,
            expected=cell.expected,
        )
        print(say(words), file=sys.stderr)
    if len(bad) > _SHOWN:
        print(say(msg("roster.more", count=len(bad) - _SHOWN)), file=sys.stderr)


def _bad_as_json(cell: BadCell, say: _Say) -> dict[str, Any]:
    return {
        "line": cell.line,
        "column": cell.column,
        "value_shape": cell.value_shape,
        "code": cell.why.code,
        "why": say(cell.why),
        "expected": say(cell.expected),
    }


def _as_json(person: Person) -> dict[str, Any]:
    return {
        "personal_number": person.number,
        "full_name": person.full_name,
        "birth_date": person.birth_date.iso,
        "sex": person.sex,
        "commune": person.commune,
        "hamlet": person.hamlet,
        "phone": person.phone,
        "extra": person.extra,
    }


def _print_people(people: Sequence[Person], say: _Say) -> None:
    if not people:
        print(say(msg("roster.none")), file=sys.stderr)
        return
    titles = [say(msg(f"roster.title_{name}")) for name in ("number", "name", "birth", "sex", "place")]
    rows = [titles, *(_cells(person, say) for person in people)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(say(msg("roster.found", count=len(people))))


def _cells(person: Person, say: _Say) -> list[str]:
    sex = say(msg(f"sex.{person.sex}")) if person.sex else ""
    place = ", ".join(part for part in (person.hamlet, person.commune) if part)
    number = PersonalNumber(person.number).masked
    return [number, person.full_name, person.birth_date.text(), sex, place]


def _print_json(value: Any) -> None:
    print(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def _speaker() -> _Say:
    """Words for the technician, in the language of the LANG of the terminal."""
    language = re.split("[_.@]", os.environ.get("LANG", ""))[0] or SOURCE_LANGUAGE
    words = Words(language)
    return lambda message: words.say(message, Audience.TECHNICIAN)
