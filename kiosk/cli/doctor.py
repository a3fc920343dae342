"""`kiosk doctor`: is this kiosk ready, and if not, what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import (
    FAILED,
    OK,
    UNUSABLE,
    Subparsers,
    add_json,
    guarded,
    print_json,
    speaker,
    tell,
)
from kiosk.domain.message import msg
from kiosk.errors import StoreError

if TYPE_CHECKING:
    from kiosk.app.doctor import Finding, Place

DATA = Path("/var/lib/kiosk")
CONFIG = Path("/etc/kiosk/kiosk.toml")
SIGNS = {"ok": "✓", "warn": "▲", "bad": "✗"}
READY = frozenset({"ok", "warn"})


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("doctor", help=say(msg("help.doctor")))
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help=say(msg("help.data_default", place=str(DATA)))
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=say(msg("help.config_default", place=str(CONFIG)))
    )
    add_json(parser)
    parser.add_argument("--print", action="store_true", help=say(msg("help.print")))
    parser.set_defaults(run=guarded(run))


def run(args: argparse.Namespace) -> int:
    """Exit status 0: ready, whatever there is to look at soon; 1: something keeps the kiosk from serving; 2: unusable,
    or the sheet did not come out."""
    from kiosk.app.doctor import Place, examine, worst
    from kiosk.config import load
    from kiosk.hal.clock import SystemClock

    given = args.config or (CONFIG if CONFIG.exists() else None)
    place = Place(load(given), args.data, SystemClock(args.data))
    findings = examine(place)
    state = worst(findings)
    if args.json:
        print_json({"state": state, "findings": [_as_json(finding) for finding in findings]})
    else:
        _show(findings)
    if args.print and not _print(place, findings):
        return UNUSABLE
    return OK if state in READY else FAILED


def _as_json(finding: Finding) -> dict[str, object]:
    say = speaker()
    return {
        "topic": finding.topic,
        "state": finding.state,
        "code": finding.found.code,
        "found": say(finding.found),
        "remedy": say(finding.remedy) if finding.remedy else "",
    }


def _show(findings: tuple[Finding, ...]) -> None:
    from kiosk.app.doctor import worst

    say = speaker()
    names = [say(msg(f"doctor.topic.{finding.topic}")) for finding in findings]
    width = max(map(len, names))
    for name, finding in zip(names, findings, strict=True):
        print(f"{SIGNS[finding.state]} {name:<{width}}  {say(finding.found)}")
        if finding.remedy is not None:
            print(f"  {'':<{width}}  → {say(finding.remedy)}")
    print(say(msg(f"doctor.whole.{worst(findings)}")))


def _print(place: Place, findings: tuple[Finding, ...]) -> bool:
    """Whether the sheet came out whole; why not is said."""
    from kiosk.app.sheet import print_sheet, readiness_sheet
    from kiosk.hal.printer import NotPrinted

    try:
        answer = print_sheet(place, readiness_sheet(place, findings, speaker()))
    except StoreError as error:
        if error.code != "store.in_use":
            raise
        tell(msg("doctor.print_core_runs"))
        return False
    if isinstance(answer, NotPrinted):
        tell(msg(f"printer.{answer.status}"))
        return False
    tell(msg("doctor.printed_as", paper=answer.paper) if answer.paper else msg("doctor.printed"))
    return True
