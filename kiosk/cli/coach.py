"""`kiosk coach report`: how well the finger coach does on invented people it was never tuned on."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli.common import OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import msg
from kiosk.errors import BadInputError

PEOPLE, SEED, WORKERS = 200, 1, 2
MOST_PEOPLE = 10_000
"""So many have numbers of their own under one seed."""


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("coach", help=say(msg("help.coach")))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help=say(msg("help.coach_report")))
    report.add_argument(
        "--people", type=int, default=PEOPLE, metavar="N", help=say(msg("help.coach_people", usual=PEOPLE))
    )
    report.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=say(msg("help.coach_seed", usual=SEED))
    )
    report.add_argument(
        "--workers",
        type=int,
        default=WORKERS,
        metavar="N",
        help=say(msg("help.coach_workers", usual=WORKERS)),
    )
    report.add_argument("--write", type=Path, metavar="FILE", help=say(msg("help.coach_write")))
    add_json(report)
    report.set_defaults(run=guarded(show))


def show(args: argparse.Namespace) -> int:
    """Exit status 0 whatever the figures say; 2 for arguments that make no sense."""
    if not (0 < args.people <= MOST_PEOPLE and args.seed >= 0 and args.workers > 0):
        raise BadInputError("coach.bad_numbers", most=MOST_PEOPLE)
    from kiosk.app.coach_page import page
    from kiosk.app.coach_report import make_report

    report = make_report(args.people, args.seed, args.workers)
    if args.write:
        args.write.write_text(page(report), encoding="utf-8")
    if args.json:
        print_json(report)
    elif args.write:
        tell(msg("coach.written", file=str(args.write)))
    else:
        print(page(report))
    return OK
