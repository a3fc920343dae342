"""What on the officers' board grows urgent by waiting, and rules that are out of date."""

from __future__ import annotations

from datetime import date

from kiosk.config import Mode
from kiosk.domain.message import Message, msg
from kiosk.domain.plan import Regime
from kiosk.workflow.approvals import Approvals


def unanswered(approvals: Approvals, patience: float) -> Message | None:
    """The question that has waited longest, once that is longer than `patience` seconds; a citizen stands there."""
    longest = approvals.longest
    if longest is None or longest.seconds < patience:
        return None
    return msg("alert.unanswered", dossier=longest.approval.dossier, minutes=_minutes(longest.seconds))


def _minutes(seconds: float) -> int:
    """Whole minutes, one at least: the board need not change every second."""
    return max(1, int(seconds // 60))


def out_of_force(regime: Regime, mode: Mode, day: date) -> Message | None:
    """Rules that are not in force today; a demonstration may play any year."""
    if mode is Mode.DEMO or regime.in_force(day):
        return None
    return msg("alert.out_of_force", regime=regime.id)
