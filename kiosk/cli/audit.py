"""`kiosk audit verify`, `list` and `approvals`: the chain, without a core and without touching it."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, add_data, add_json, guarded, print_json, speaker
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError
from kiosk.store.checkpoint import Checkpoint, parse_checkpoint


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("audit", help=say(msg("help.audit")))
    leaves = parser.add_subparsers(required=True, metavar="COMMAND")

    verify = leaves.add_parser("verify", help=say(msg("help.audit")))
    verify.add_argument("--head", metavar="TEXT", default="", help=say(msg("help.audit_head")))
    verify.set_defaults(run=guarded(run_verify))

    listing = leaves.add_parser("list", help=say(msg("help.audit_list")))
    listing.add_argument("--kind", metavar="PATTERN", default="*", help=say(msg("help.audit_kind")))
    listing.add_argument("--subject", metavar="TEXT", default="", help=say(msg("help.audit_subject")))
    listing.set_defaults(run=guarded(run_list))

    approvals = leaves.add_parser("approvals", help=say(msg("help.audit_approvals")))
    approvals.set_defaults(run=guarded(run_approvals))
    for leaf in (verify, listing, approvals):
        add_data(leaf)
        add_json(leaf)


def run_verify(args: argparse.Namespace) -> int:
    """Exit status 0 when the chain is whole and holds the printed head, 1 when it does not."""
    from kiosk.store.audit import Whole, verify
    from kiosk.store.checkpoint import verify_against
    from kiosk.store.schema import open_for_reading

    known = _known(args.head, args.data) if args.head else None
    with closing(open_for_reading(args.data / "kiosk.db")) as connection:
        found = verify_against(connection, known) if known else verify(connection)
    whole = isinstance(found, Whole)
    if args.json:
        print_json({"whole": whole, **msgspec.structs.asdict(found)})
    else:
        print(speaker()(msg("audit.whole" if whole else "audit.broken", **msgspec.structs.asdict(found))))
    return OK if whole else FAILED


def _known(text: str, data: Path) -> Checkpoint:
    """Raises `BadInputError` for what no sheet of this device says."""
    from kiosk.store.keys import read_public

    known = parse_checkpoint(text)
    if isinstance(known, Message):
        raise BadInputError(known.code)
    if not known.signed_by(read_public(data / "keys")):
        raise BadInputError("audit.foreign_head", kiosk=known.kiosk[:20])
    return known


def run_approvals(args: argparse.Namespace) -> int:
    """Exit status 0 when every draw is the device's own and every batch holds, 1 when not."""
    from kiosk.store.approvals_check import check_approvals
    from kiosk.store.keys import DeviceKeys, read_public
    from kiosk.store.schema import open_for_reading

    read_public(args.data / "keys")
    with closing(open_for_reading(args.data / "kiosk.db")) as connection:
        found = check_approvals(connection, DeviceKeys.open(args.data / "keys"))
    if args.json:
        print_json(found)
        return FAILED if found.wrong else OK
    say = speaker()
    print(say(msg("audit.approvals", **{name: getattr(found, name) for name in FIGURES})))
    for wrong in found.wrong:
        print(say(msg(f"audit.wrong_{wrong.why}", subject=wrong.subject)))
    return FAILED if found.wrong else OK


FIGURES = ("draws", "drawn", "missed", "batches", "unsigned")


def run_list(args: argparse.Namespace) -> int:
    """Events by kind (`people.*`) and by what they are about, oldest first. They hold no personal data."""
    from kiosk.store.audit import events
    from kiosk.store.schema import open_for_reading

    with closing(open_for_reading(args.data / "kiosk.db")) as connection:
        for event in events(connection, args.kind, args.subject):
            if args.json:
                print_json(event)
            else:
                print(f"{event.seq:6}  {event.wall}  {event.kind:24} {event.subject:16} {event.detail}")
    return OK
