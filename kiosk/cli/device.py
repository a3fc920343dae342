"""`kiosk device list|try|record`: one device alone, without a core."""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.cli.common import (
    FAILED,
    OK,
    Say,
    Subparsers,
    add_json,
    guarded,
    print_json,
    speaker,
    tell,
)
from kiosk.domain.message import msg
from kiosk.errors import BadInputError

if TYPE_CHECKING:
    from kiosk.app.trial import Setting, Trial

KINDS = ("fingers", "camera", "printer", "panel", "speaker")
PATIENCE_S = 15.0


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("device", help=say(msg("help.device")))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_list(commands.add_parser("list", help=say(msg("help.device_list"))), say)
    _add_try(commands.add_parser("try", help=say(msg("help.device_try"))), say)
    _add_record(commands.add_parser("record", help=say(msg("help.device_record"))), say)


def _add_list(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help=say(msg("help.config")))
    add_json(parser)
    parser.set_defaults(run=guarded(list_drivers))


def _add_try(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("kind", choices=KINDS, help=say(msg("help.device_kind")))
    _add_device(parser, say)
    parser.add_argument("--out", type=Path, metavar="FILE", help=say(msg("help.device_out")))
    parser.add_argument("--data", type=Path, metavar="DIR", help=say(msg("help.device_data")))
    add_json(parser)
    parser.set_defaults(run=guarded(try_one))


def _add_record(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("--kind", choices=KINDS, default="fingers", help=say(msg("help.device_kind")))
    _add_device(parser, say)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=say(msg("help.device_record_out"))
    )
    add_json(parser)
    parser.set_defaults(run=guarded(record), data=None)


def _add_device(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("--driver", required=True, metavar="NAME", help=say(msg("help.driver")))
    parser.add_argument("--port", metavar="PATH", help=say(msg("help.port")))
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help=say(msg("help.setting"))
    )
    parser.add_argument(
        "--timeout", type=float, default=PATIENCE_S, metavar="S", help=say(msg("help.timeout"))
    )


def list_drivers(args: argparse.Namespace) -> int:
    """Exit status 1 when a configured driver cannot be used."""
    from kiosk.app.trial import driver_lines
    from kiosk.config import load

    lines = driver_lines(load(args.config))
    say = speaker()
    if args.json:
        print_json(lines)
    else:
        for line in lines:
            mark = "●" if line.configured else " "
            trouble = say(line.trouble) if line.trouble else ""
            settings = ", ".join(f"{key}={value}" for key, value in line.settings.items())
            print(f"{mark} {line.kind:<8} {line.driver:<10} {settings} {trouble}".rstrip())
    return FAILED if any(line.configured and line.trouble for line in lines) else OK


def try_one(args: argparse.Namespace) -> int:
    """Exit status 0: it worked; 1: it answered, but not as wanted (no finger, no paper); 2: unusable."""
    from kiosk.app.trial import open_named

    with tempfile.TemporaryDirectory() as folder:
        data = args.data or Path(folder)
        return _use(args, open_named(args.kind, args.driver, settings_of(args), data))


def record(args: argparse.Namespace) -> int:
    """As `try`, every byte of the serial line kept with its time."""
    from kiosk.app.trial import named_driver, recordable
    from kiosk.hal.serial_log import recording
    from kiosk.hal.serial_port import open_serial

    if not recordable(args.kind, args.driver):
        raise BadInputError("device.not_serial", driver=args.driver)
    driver = named_driver(args.kind, args.driver)
    with tempfile.TemporaryDirectory() as folder:
        dial = recording(open_serial, args.out)
        status = _use(args, driver.open_device(settings_of(args), Path(folder), dial=dial), out=None)
    tell(msg("device.recorded", file=str(args.out)))
    return status


def _use(args: argparse.Namespace, device: Any, **changed: Path | None) -> int:
    from kiosk.app.trial import try_device

    if not args.json:
        tell(msg(f"device.do.{args.kind}", model=device.model))
    try:
        trial = try_device(args.kind, device, changed.get("out", args.out), args.timeout)
    finally:
        device.close()
    return _report(args, trial)


def _report(args: argparse.Namespace, trial: Trial) -> int:
    if args.json:
        trouble = {"trouble": trial.trouble.code} if trial.trouble else {}
        print_json({**trial.facts, **trouble})
    else:
        for name, value in trial.facts.items():
            print(f"{name:<16} {', '.join(value) if isinstance(value, list) else value}")
    if trial.trouble is None:
        return OK
    tell(trial.trouble)
    return FAILED


def settings_of(args: argparse.Namespace) -> dict[str, Setting]:
    """`--port` and `--set`, values as TOML reads them, else as text. Raises `BadInputError` for one without `=`."""
    settings: dict[str, Setting] = {"port": args.port} if args.port else {}
    for item in args.set:
        key, equals, text = item.partition("=")
        if not key or not equals:
            raise BadInputError("device.bad_setting", item=item)
        settings[key.strip()] = value_of(text)
    return settings


def value_of(text: str) -> Setting:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, str | int | float | bool) else text
