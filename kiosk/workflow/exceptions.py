"""Fingers that are described instead of captured: which one, why, and the officers who say so (C3, X2).

The officer may be away: the question stays on the board, and the citizen waits or goes on with other fingers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from kiosk.domain.completeness import planned
from kiosk.domain.dossier import FingerDescribed
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition
from kiosk.domain.message import msg
from kiosk.domain.plan import PlannedCapture
from kiosk.workflow.approvals import Decision
from kiosk.workflow.desk import Desk
from kiosk.workflow.hands import photograph_hands
from kiosk.workflow.view import Choice, Option

KIND = "finger"
DAYS_TO_HEAL = {"week": 7, "two_weeks": 14, "month": 30}


def describe(desk: Desk, fingers: Sequence[FingerPosition]) -> None:
    """An officer says why one of `fingers` cannot be taken, or has it tried again.

    Returns as well when the citizen goes on with other fingers meanwhile: `next_capture` comes back to it.
    """
    finger = _which(desk, fingers)
    if finger is None:
        return
    asked = _ask(desk, finger)
    others = Option("others", msg("approval.finger.others"))
    ways_out = (others,) if _free(desk, planned(desk.dossier, desk.regime)) else ()
    decision = desk.officers.wait(asked, desk.patiently(KIND, *ways_out))
    if decision is not None:
        _settle(desk, finger, decision)


def next_capture(desk: Desk, asked_for: Sequence[PlannedCapture]) -> PlannedCapture | None:
    """The first capture still lacking, leaving out those an officer is asked about while there are others."""
    while True:
        _hear_officers(desk)
        if desk.dossier.described:
            photograph_hands(desk)
        free = _free(desk, asked_for)
        if free or not desk.dossier.missing(asked_for):
            return free[0] if free else None
        finger = _asked_about(desk)[0]
        _settle(desk, finger, desk.await_officer(_ask(desk, finger), KIND))


def _free(desk: Desk, asked_for: Sequence[PlannedCapture]) -> list[PlannedCapture]:
    """The captures lacking that wait for no officer."""
    waiting = set(_asked_about(desk))
    return [c for c in desk.dossier.missing(asked_for) if not waiting & set(c.position.members)]


def _asked_about(desk: Desk) -> list[FingerPosition]:
    return [FingerPosition(int(subject)) for subject in desk.officers.subjects(KIND)]


def _ask(desk: Desk, finger: FingerPosition) -> str:
    what = msg("approval.finger.what", finger=msg(f"finger.{finger.value}"))
    choices = (*FingerExceptionCode, "again")
    number, two = desk.dossier.number, desk.regime.two_persons
    return desk.officers.post(number, KIND, str(finger.value), what, choices, two)


def _hear_officers(desk: Desk) -> None:
    """What officers have said while the citizen went on."""
    for finger in _asked_about(desk):
        decision = desk.officers.answer(_ask(desk, finger))
        if decision is not None:
            _settle(desk, finger, decision)


def _settle(desk: Desk, finger: FingerPosition, decision: Decision) -> None:
    """On disk before anything else is asked: a person who walks away now needs no officer again."""
    if decision.choice == "again":
        return
    code = FingerExceptionCode(decision.choice)
    fact = FingerDescribed(finger, code, decision.officer, decision.reason, decision.second)
    desk.record(fact)
    if code in desk.regime.temporary and (back := _day_to_come_back(desk, finger)):
        desk.record(msgspec.structs.replace(fact, back_on=back))


def _day_to_come_back(desk: Desk, finger: FingerPosition) -> date | None:
    """The first working day after it should have healed, told in large figures; None when nobody knows."""
    named = msg(f"finger.{finger.value}")
    options = tuple(Option(key, msg(f"heals.{key}")) for key in (*DAYS_TO_HEAL, "unknown"))
    answer = desk.ask(Choice("heals", msg("heals", finger=named), options))
    if answer == "unknown":
        return None
    healed = desk.today + timedelta(days=DAYS_TO_HEAL[answer])
    back = desk.office.return_date(healed - timedelta(days=1), 1).day
    body = (msg("heals.back.what", finger=named),)
    understood = (Option("understood", msg("heals.back.understood")),)
    desk.ask(Choice("heals.back", msg("heals.back"), understood, body, f"{back:%d/%m/%Y}"))
    return back


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
