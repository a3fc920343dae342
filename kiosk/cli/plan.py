"""`kiosk plan list|verify|sign`: the capture plans and who vouches for them."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import msg
from kiosk.errors import ConfigError

if TYPE_CHECKING:
    from kiosk.app.plans import PublicKeys


class PlanLine(msgspec.Struct, frozen=True):
    """One plan as listed; `unconfirmed` are the rules nobody has vouched for yet."""

    plan: str
    valid_from: str
    valid_to: str
    in_force: bool
    signed_by: str
    unconfirmed: tuple[str, ...]


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    top = subparsers.add_parser("plan", help=say(msg("help.plan")))
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help=say(msg("help.plan.list")))
    add_json(listing)
    listing.set_defaults(run=guarded(list_plans))
    checking = commands.add_parser("verify", help=say(msg("help.plan.verify")))
    checking.add_argument("files", type=Path, nargs="*", metavar="FILE", help=say(msg("help.plan.files")))
    checking.add_argument("--keys", type=Path, metavar="DIR", help=say(msg("help.plan.keys")))
    add_json(checking)
    checking.set_defaults(run=guarded(verify_plans))
    signing = commands.add_parser("sign", help=say(msg("help.plan.sign")))
    signing.add_argument("files", type=Path, nargs="+", metavar="FILE", help=say(msg("help.plan.files")))
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help=say(msg("help.plan.key")))
    signing.set_defaults(run=guarded(sign_plans))


def list_plans(args: argparse.Namespace) -> int:
    """Every plan shipped, those in force today with a star. Raises `ConfigError` for the first that cannot be used."""
    from kiosk.app.plans import PLANS, read_keys
    from kiosk.domain.time import today
    from kiosk.hal.clock import SystemClock

    keys, day = read_keys(), today(SystemClock())
    lines = [_line(path, keys, day) for path in sorted(PLANS.glob("*.toml"))]
    if args.json:
        print_json(lines)
        return OK
    for line in lines:
        mark, unconfirmed = "*" if line.in_force else " ", ", ".join(line.unconfirmed)
        dates = f"{line.valid_from} – {line.valid_to or '…'}"
        print(f"{mark} {line.plan:<10} {dates:<23}  {line.signed_by}  ?: {unconfirmed}")
    return OK


def _line(path: Path, keys: PublicKeys, day: date) -> PlanLine:
    from kiosk.app.plans import read_plan, signer_of

    regime = read_plan(path, keys)
    ends = regime.valid_to.isoformat() if regime.valid_to else ""
    begins, signer = regime.valid_from.isoformat(), signer_of(path, keys)
    return PlanLine(regime.id, begins, ends, regime.in_force(day), signer, tuple(regime.unconfirmed))


def verify_plans(args: argparse.Namespace) -> int:
    """Exit status 0 when every plan can be used, 1 when one is refused; each is named."""
    from kiosk.app.plans import KEYS, PLANS, read_keys, read_plan, signer_of

    keys = read_keys(args.keys or KEYS)
    refused = 0
    for path in args.files or sorted(PLANS.glob("*.toml")):
        try:
            read_plan(path, keys)
            signer, trouble = signer_of(path, keys), ""
        except ConfigError as error:
            refused, signer, trouble = refused + 1, "", error.code
            tell(msg(error.code, **error.values))
        if args.json:
            print_json({"plan": str(path), "signed_by": signer, "refused": trouble})
        elif not trouble:
            print(speaker()(msg("plan.holds", plan=str(path), key=signer)))
    return FAILED if refused else OK


def sign_plans(args: argparse.Namespace) -> int:
    from kiosk.app.plans import read_private_key, sign_plan

    private = read_private_key(args.key)
    for path in args.files:
        print(sign_plan(path, private))
    return OK
