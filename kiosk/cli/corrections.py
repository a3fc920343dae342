"""`kiosk corrections list|export|import` at the kiosk, `open|reply` at the centre."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import FAILED, OK, Run, Subparsers, add_data, add_json, guarded, print_json, speaker
from kiosk.domain.correction import Refusal
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError, ConfigError

if TYPE_CHECKING:
    from kiosk.config import Config
    from kiosk.store.corrections import CorrectionBook


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("corrections", help=say(msg("help.corrections")))
    leaves = parser.add_subparsers(required=True, metavar="COMMAND")
    runs: dict[str, Run] = {
        "list": run_list,
        "export": run_export,
        "import": run_import,
        "open": run_open,
        "reply": run_reply,
    }
    made = {name: leaves.add_parser(name, help=say(msg(f"help.corrections.{name}"))) for name in runs}
    for name, leaf in made.items():
        leaf.set_defaults(run=guarded(runs[name]))
        add_json(leaf)
    _at_the_kiosk(made)
    _at_the_centre(made)


def _at_the_kiosk(made: dict[str, argparse.ArgumentParser]) -> None:
    say = speaker()
    for name in ("list", "export", "import"):
        add_data(made[name])
    for name in ("export", "import"):
        made[name].add_argument("--config", type=Path, metavar="FILE", help=say(msg("help.config")))
    made["import"].add_argument("reply", type=Path, metavar="FILE", help=say(msg("help.corrections.file")))
    _folder(made["export"], "--to", "help.corrections.to")
    made["export"].add_argument("--again", action="store_true", help=say(msg("help.corrections.again")))


def _at_the_centre(made: dict[str, argparse.ArgumentParser]) -> None:
    say = speaker()
    for name in ("open", "reply"):
        made[name].add_argument(
            "bundle", type=Path, metavar="FOLDER", help=say(msg("help.corrections.bundle"))
        )
        made[name].add_argument(
            "--device-key", required=True, metavar="HEX", help=say(msg("help.corrections.device"))
        )
    _folder(made["open"], "--key", "help.corrections.key", "KEY")
    _folder(made["open"], "--to", "help.corrections.to")
    _folder(made["reply"], "--sign", "help.corrections.sign", "KEY")
    _folder(made["reply"], "--out", "help.corrections.out", "FILE")
    made["reply"].add_argument(
        "--refuse", action="append", default=[], metavar="WHICH=WHY", help=say(msg("help.corrections.refuse"))
    )


def _folder(parser: argparse.ArgumentParser, option: str, code: str, metavar: str = "DIR") -> None:
    parser.add_argument(option, type=Path, required=True, metavar=metavar, help=speaker()(msg(code)))


def run_list(args: argparse.Namespace) -> int:
    """Every correction and where it stands; works beside a running core."""
    from kiosk.store.corrections import correction_lines
    from kiosk.store.schema import open_for_reading

    with closing(open_for_reading(args.data / "kiosk.db")) as connection:
        lines = correction_lines(connection)
    for line in lines:
        if args.json:
            print_json(line)
        else:
            print(f"{line.dossier}  {line.field:<10} {line.state:<8} {line.reason}".rstrip())
    return OK


def run_export(args: argparse.Namespace) -> int:
    """Exit status 1 when nothing waits."""
    with _book(args) as (book, _):
        exported = book.export(args.to, args.again)
    if exported is None:
        return _tell(args, msg("corrections.nothing"), FAILED)
    return _tell(args, msg("corrections.exported", place=str(exported.place), files=exported.files))


def run_import(args: argparse.Namespace) -> int:
    """All of a reply or nothing of it. Exit status 2 with the place where it is wrong."""
    from kiosk.store.correction_file import read_reply
    from kiosk.store.opening import read_device_key

    try:
        data = args.reply.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadInputError("corrections.unreadable", file=args.reply.name, why=why) from error
    with _book(args) as (book, config):
        if not config.seal.reply_key:
            raise ConfigError("corrections.no_key")
        taken = book.take(read_reply(data, config.station.id, read_device_key(config.seal.reply_key)))
    if isinstance(taken, Message):
        raise BadInputError(taken.code, **{name: str(value) for name, value in taken.values.items()})
    return _tell(args, msg("corrections.imported", **taken._asdict()))


def run_open(args: argparse.Namespace) -> int:
    """At the centre: `DIR/<dossier>/correction.json` and the photographs beside it."""
    from kiosk.store.correction_opening import bundle_in, open_bundle, write_opened
    from kiosk.store.opening import read_device_key, read_identity

    identity, count = read_identity(args.key), 0
    bundle = bundle_in(args.bundle, read_device_key(args.device_key))
    for inner, files in open_bundle(args.bundle, bundle, identity):
        write_opened(args.to / inner.dossier, files)
        count += 1
    return _tell(args, msg("corrections.opened", place=str(args.to), files=count))


def run_reply(args: argparse.Namespace) -> int:
    """At the centre: every correction accepted but those refused, signed."""
    import msgspec

    from kiosk.app.plans import read_private_key
    from kiosk.store.correction_file import sign_reply
    from kiosk.store.correction_opening import answers_to, bundle_in
    from kiosk.store.files import write_durably
    from kiosk.store.opening import read_device_key

    bundle = bundle_in(args.bundle, read_device_key(args.device_key))
    answers = answers_to(bundle, dict(map(_refusal, args.refuse)))
    reply = sign_reply(bundle.kiosk, answers, read_private_key(args.sign))
    write_durably(args.out, msgspec.json.format(msgspec.json.encode(reply)) + b"\n")
    return _tell(args, msg("corrections.replied", place=str(args.out), answers=len(answers)))


def _refusal(text: str) -> tuple[tuple[str, str], Refusal]:
    """`MAU01-000001/birth_date=no_such_person`. Raises `BadInputError`."""
    which, _, why = text.partition("=")
    dossier, _, field = which.partition("/")
    if not field or why not in tuple(Refusal):
        known = ", ".join(Refusal)
        raise BadInputError("corrections.bad_refusal", text=text[:60], known=known)
    return (dossier, field), Refusal(why)


@contextmanager
def _book(args: argparse.Namespace) -> Iterator[tuple[CorrectionBook, Config]]:
    """The corrections of a kiosk whose core is stopped. Raises `StoreError` when it runs."""
    from kiosk.app.process import only_core
    from kiosk.config import load
    from kiosk.hal.clock import SystemClock
    from kiosk.store.corrections import CorrectionBook
    from kiosk.store.database import Database
    from kiosk.store.keys import DeviceKeys
    from kiosk.store.schema import open_for_reading

    config = load(args.config)
    open_for_reading(args.data / "kiosk.db").close()
    with only_core(args.data), closing(Database(args.data / "kiosk.db", SystemClock())) as database:
        keys = DeviceKeys.open(args.data / "keys")
        yield CorrectionBook(database, args.data / "corrections", config.station.id, keys), config


def _tell(args: argparse.Namespace, message: Message, status: int = OK) -> int:
    if args.json:
        print_json(message.values)
    else:
        print(speaker()(message))
    return status
