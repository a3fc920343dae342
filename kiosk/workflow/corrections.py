"""What is to be corrected: an officer decides field by field, with the papers before the eyes, before the dossier is
approved (D1, D2)."""

from __future__ import annotations

from kiosk.domain.correction import CorrectionDecided, EvidenceAsked, Finding, Verdict
from kiosk.domain.dossier import Corrected, Stopped
from kiosk.domain.message import msg
from kiosk.domain.visit import Outcome
from kiosk.workflow.approvals import Decision
from kiosk.workflow.board import CORRECTION
from kiosk.workflow.counter import VisitOver
from kiosk.workflow.desk import Desk
from kiosk.workflow.papers import show_papers

PAPERS_AGAIN, ANOTHER_DAY = "papers_again", "another_day"
CHOICES = (*Verdict, PAPERS_AGAIN, ANOTHER_DAY)


def settle_corrections(desk: Desk) -> None:
    """One field after the other: each decision is on disk before the next is asked, and none is asked twice.

    Raises `VisitOver` when the officer gives the citizen another day; the dossier keeps what was done.
    """
    while desk.dossier.undecided:
        show_papers(desk)
        correction = desk.dossier.undecided[0]
        _settle(desk, correction, _ask(desk, correction))


def _ask(desk: Desk, correction: Corrected) -> Decision:
    """The board says which field, never what it holds."""
    left = len(desk.dossier.undecided)
    what = msg("approval.correction.what", item=msg(f"item.{correction.field}"), left=left)
    return desk.approval(CORRECTION, correction.field, what, *CHOICES)


def _settle(desk: Desk, correction: Corrected, decision: Decision) -> None:
    if decision.choice == PAPERS_AGAIN:
        for paper in desk.dossier.papers:
            desk.retract(paper, "officer")
        desk.record(EvidenceAsked(decision.officer, decision.reason))
    elif decision.choice == ANOTHER_DAY:
        desk.record(EvidenceAsked(decision.officer, decision.reason))
        outcome = Outcome.CANNOT_TODAY
        raise VisitOver(outcome, Stopped(outcome, decision.officer, decision.reason))
    else:
        desk.record(decided(correction, decision))


def decided(correction: Corrected, decision: Decision) -> CorrectionDecided:
    """The fact that a decision makes."""
    verdict, finding = Verdict(decision.choice), decision.finding or Finding()
    value = {
        Verdict.ACCEPTED: correction.said,
        Verdict.DIFFERENTLY: finding.value,
        Verdict.REFUSED: correction.known,
    }[verdict]
    return CorrectionDecided(
        correction.field, verdict, value, finding.evidence, decision.officer, decision.reason
    )
