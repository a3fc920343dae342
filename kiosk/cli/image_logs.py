"""`kiosk image logs`: one file for support, without personal data."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from kiosk import __version__
from kiosk.cli.common import OK, Subparsers, add_json, guarded, print_json, speaker
from kiosk.domain.message import msg
from kiosk.errors import KioskError

DATA, CONFIG = Path("/var/lib/kiosk"), Path("/etc/kiosk/kiosk.toml")


def add(leaves: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = leaves.add_parser("logs", help=say(msg("help.image_logs")))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=say(msg("help.logs_out")))
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help=say(msg("help.data_default", place=str(DATA)))
    )
    add_json(parser)
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Exit status 0: written; 2: the file cannot be written."""
    from kiosk.imaging.logs import collected, write_logs
    from kiosk.imaging.running import look

    texts = {
        "version.txt": f"{__version__}\n",
        "image.json": msgspec.json.encode(look()).decode(),
        "doctor.txt": _doctor(args.data),
        **collected(),
    }
    size = write_logs(args.out, texts)
    if args.json:
        print_json({"file": str(args.out), "bytes": size, "parts": list(texts)})
    else:
        print(speaker()(msg("logs.written", file=str(args.out), kilobytes=-(-size // 1000))))
    return OK


def _doctor(data: Path) -> str:
    """Codes and words; a machine so ill that it cannot be examined still gets its logs."""
    from kiosk.app.doctor import Place, examine
    from kiosk.config import load
    from kiosk.hal.clock import SystemClock

    say = speaker()
    try:
        findings = examine(Place(load(CONFIG if CONFIG.exists() else None), data, SystemClock()))
    except KioskError as error:
        return f"{error}\n"
    lines = (f"{found.state:5} {found.topic:16} {found.found.code}: {say(found.found)}" for found in findings)
    return "".join(f"{line}\n" for line in lines)
