"""Fingers that are described instead of captured: which one, why, and the officer who says so (C3, X2)."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.dossier import FingerDescribed
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition
from kiosk.domain.message import msg
from kiosk.workflow.desk import Desk
from kiosk.workflow.view import Choice, Option


def describe(desk: Desk, fingers: Sequence[FingerPosition]) -> None:
    """An officer says why one of `fingers` cannot be taken, or has it tried again."""
    finger = _which(desk, fingers)
    if finger is None:
        return
    choices = (*FingerExceptionCode, "again")
    what = msg("approval.finger.what", finger=msg(f"finger.{finger.value}"))
    decision = desk.approval("finger", str(finger.value), what, *choices)
    if decision.choice != "again":
        code = FingerExceptionCode(decision.choice)
        desk.record(FingerDescribed(finger, code, decision.officer, decision.reason))


def _which(desk: Desk, fingers: Sequence[FingerPosition]) -> FingerPosition | None:
    """Which finger of a slap it is about; None: all are there, try again."""
    if len(fingers) == 1:
        return fingers[0]
    options = tuple(
        Option(str(f.value), msg("fingers.which.finger", finger=msg(f"finger.{f.value}"))) for f in fingers
    )
    again = Option("again", msg("fingers.which.again"))
    answer = desk.ask(Choice("fingers.which", msg("fingers.which"), (*options, again)))
    return None if answer == "again" else FingerPosition(int(answer))
