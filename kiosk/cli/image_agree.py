"""Two persons change what a machine runs: one at the keyboard, and an officer who answers for the station."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from kiosk.cli.common import language, print_json, speaker, tell
from kiosk.domain.change import Change
from kiosk.domain.message import Message, msg
from kiosk.locale import Audience, Words

if TYPE_CHECKING:
    from kiosk.link.messages import FactorWanted


def may_go_on(args: argparse.Namespace, change: Change, *, core: bool) -> bool:
    """An officer agrees. Without a core nobody can be asked: what is done then is on the card first, and in the audit
    chain from the next start of a core on. Raises `StoreError` when it cannot be recorded."""
    if core:
        return officer_agrees(args, change)
    from kiosk.hal.clock import SystemClock
    from kiosk.imaging.unasked import note

    note(change, SystemClock().read())
    tell(msg("update.without_officer"))
    return True


def officer_agrees(args: argparse.Namespace, change: Change) -> bool:
    """By staff number and PIN, which the core checks; said to whoever sits there, and why not."""
    from kiosk.imaging.update import agreed

    say = speaker()
    tell(msg(f"update.ask.{change.kind}", was=change.was, to=change.to))
    number = args.officer or _typed(say(msg("update.ask_officer")))
    pin = getpass.getpass(say(msg("update.ask_pin"))) if sys.stdin.isatty() else sys.stdin.readline().strip()
    officer = agreed(args.data, number, pin, change, _show_factor)
    if isinstance(officer, Message):
        _refused(args, officer)
        return False
    tell(msg("update.agreed", officer=officer))
    return True


def _refused(args: argparse.Namespace, why: Message) -> None:
    """The core's words are an officer's; a technician reads them where there are none of his own."""
    said = speaker()(why)
    words = Words(language())
    sys.stderr.write((words.say(why, Audience.OFFICER) if said.startswith("⟦") else said) + "\n")
    if args.json:
        print_json({"error": why.code})


def _show_factor(wanted: FactorWanted) -> None:
    tell(msg("update.show_factor", officer=wanted.officer, seconds=wanted.seconds))


def _typed(question: str) -> str:
    sys.stderr.write(question + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
