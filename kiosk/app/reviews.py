"""An officer's look at a dossier before it is sealed, the decisions on its corrections, and the countersigning of those
that passed by rule.

All take their time (pictures, the disk) and have a thread of their own: citizens wait for neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kiosk.domain.correction import Finding, Verdict, checked
from kiosk.domain.dossier import ITEMS, Dossier, DossierState, Sample, SampleKind
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.domain.time import today
from kiosk.errors import KioskError
from kiosk.link.messages import ApproveBatch, BatchSigned, DecideCorrection, FromCore, Refused
from kiosk.link.server import Screen
from kiosk.link.shown import DossierShown, FieldShown, PictureShown
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.approvals import Approvals, Decision
from kiosk.workflow.board import CORRECTION
from kiosk.workflow.sessions import Sessions

log = logging.getLogger(__name__)

READABLE = (DossierState.DRAFT, DossierState.CAPTURED)
PICTURES = (SampleKind.EVIDENCE, SampleKind.PORTRAIT, SampleKind.FINGER, SampleKind.HANDS)
MOST_PICTURES = 16
WIDEST, TALLEST = 96, 128
"""Pixels of a picture shown: enough to see whose face and whether there are ridges, too few to be kept as a print."""
PAPER_WIDEST, PAPER_TALLEST = 480, 640
"""Pixels of a paper shown: its letters have to be read. All pictures of a dossier go over in one line."""


class Reviews:
    """`changed` is called when what waits for a signature has changed."""

    def __init__(
        self, ledger: SqliteLedger, sessions: Sessions, approvals: Approvals, changed: Callable[[], None]
    ) -> None:
        self._ledger = ledger
        self._approvals = approvals
        self._sessions = sessions
        self._changed = changed
        self._slow = ThreadPoolExecutor(1, "reviews")

    def close(self) -> None:
        self._slow.shutdown(cancel_futures=True)

    def look(self, screen: Screen, officer: str, number: str) -> None:
        """Answered with `DossierShown` or `Refused`, if the officer is still there by then."""
        self._slow.submit(self._answer, screen, officer, Right.SEE_DATA, lambda: self._look(officer, number))

    def sign(self, screen: Screen, officer: str, asked: ApproveBatch) -> None:
        """Answered with `BatchSigned` or `Refused`."""
        self._slow.submit(self._answer, screen, officer, Right.APPROVE, lambda: self._sign(officer, asked))

    def decide(self, screen: Screen, officer: str, asked: DecideCorrection) -> None:
        """Answered by the board once it counts, or with `Refused`."""
        self._slow.submit(self._answer, screen, officer, Right.APPROVE, lambda: self._decide(officer, asked))

    # ----------------------------------------------------------------------------------------------------------

    def _answer(
        self, screen: Screen, officer: str, right: Right, work: Callable[[], FromCore | None]
    ) -> None:
        if not self._still_there(screen, officer, right):
            return
        try:
            answer: FromCore | None = work()
        except KioskError as error:
            log.error("at the desk: %s", error)
            answer = Refused(Message(error.code, dict(error.values)))
        if answer is not None and self._still_there(screen, officer, right):
            screen.send(answer)

    def _still_there(self, screen: Screen, officer: str, right: Right) -> bool:
        session = self._sessions.at(screen)
        return session is not None and session.officer.id == officer and session.officer.may(right)

    def _look(self, officer: str, number: str) -> FromCore:
        """Recorded before anything is read; a dossier that is no longer a draft is unreadable here, by design."""
        try:
            dossier = self._ledger.dossier(number)
        except KeyError:
            return Refused(msg("look.unknown", dossier=number[:40]))
        if dossier.state not in READABLE:
            return Refused(msg("look.closed", dossier=number))
        self._ledger.audit("dossier.looked", number, officer=officer)
        return shown(dossier, self._pictures(dossier))

    def _pictures(self, dossier: Dossier) -> tuple[PictureShown, ...]:
        """The papers first: they are what the others are judged by."""
        samples = [sample for sample in dossier.samples if sample.kind in PICTURES]
        samples.sort(key=lambda sample: sample.kind is not SampleKind.EVIDENCE)
        return tuple(self._picture(dossier.number, sample) for sample in samples[:MOST_PICTURES])

    def _picture(self, number: str, sample: Sample) -> PictureShown:
        from kiosk.biometrics.pictures import grey_thumbnail

        kept = self._ledger.sample_bytes(number, sample)
        if sample.kind is SampleKind.EVIDENCE:
            data = grey_thumbnail(kept, PAPER_WIDEST, PAPER_TALLEST, few_greys=True)
        else:
            data = grey_thumbnail(kept, WIDEST, TALLEST)
        return PictureShown(sample.key, sample.kind, sample.position, sample.score, data)

    def _decide(self, officer: str, asked: DecideCorrection) -> FromCore | None:
        """What the paper does not bear out is refused here, whatever the screen let through."""
        finding = self._checked(asked)
        if isinstance(finding, Message):
            return Refused(finding)
        decision = Decision(asked.choice, officer, asked.reason.strip(), finding=finding)
        refused = self._approvals.decide(asked.approval, decision)
        return Refused(refused) if refused else None

    def _checked(self, asked: DecideCorrection) -> Finding | Message:
        question = next((item for item in self._approvals.open if item.id == asked.approval), None)
        if question is None or question.kind != CORRECTION or asked.choice not in question.choices:
            return msg("link.not_asked", question=asked.approval)
        if asked.choice not in tuple(Verdict):
            return Finding()
        dossier = self._ledger.dossier(question.dossier)
        day, papers = today(self._ledger.database.clock), len(dossier.papers)
        field = question.id.rpartition("/")[2]
        return checked(field, Verdict(asked.choice), asked.finding, papers, day)

    def _sign(self, officer: str, asked: ApproveBatch) -> FromCore:
        signed = self._ledger.batches.sign(officer, asked.upto, asked.digest)
        self._changed()
        return Refused(signed) if isinstance(signed, Message) else BatchSigned(signed)


def shown(dossier: Dossier, pictures: tuple[PictureShown, ...]) -> DossierShown:
    """What an officer sees of a draft."""
    identified = dossier.identified
    number = dossier.person.number if dossier.person else ""
    fields = (FieldShown("number", number), *(_field(dossier, item) for item in ITEMS))
    return DossierShown(
        dossier=dossier.number,
        flags=dossier.flags(),
        fields=fields,
        source=identified.source if identified else "",
        doubts=identified.doubts if identified else (),
        described=tuple((finger.value, said.code) for finger, said in dossier.described.items()),
        pictures=pictures,
    )


def _field(dossier: Dossier, item: str) -> FieldShown:
    corrected = dossier.corrections.get(item)
    said = corrected.said if corrected else None
    return FieldShown(item, dossier.value(item), said, dossier.decisions.get(item))
