"""An officer's look at a dossier before it is sealed, and the countersigning of those that passed by rule.

Both take their time (pictures, the disk) and have a thread of their own: citizens wait for neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kiosk.domain.dossier import ITEMS, Dossier, DossierState, Sample, SampleKind
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Right
from kiosk.errors import KioskError
from kiosk.link.messages import (
    ApproveBatch,
    BatchSigned,
    DossierShown,
    FieldShown,
    FromCore,
    PictureShown,
    Refused,
)
from kiosk.link.server import Screen
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.sessions import Sessions

log = logging.getLogger(__name__)

READABLE = (DossierState.DRAFT, DossierState.CAPTURED)
PICTURES = (SampleKind.PORTRAIT, SampleKind.FINGER, SampleKind.HANDS)
MOST_PICTURES = 16
WIDEST, TALLEST = 96, 128
"""Pixels of a picture shown: enough to see whose face and whether there are ridges, too few to be kept as a print."""


class Reviews:
    """`changed` is called when what waits for a signature has changed."""

    def __init__(self, ledger: SqliteLedger, sessions: Sessions, changed: Callable[[], None]) -> None:
        self._ledger = ledger
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

    # ----------------------------------------------------------------------------------------------------------

    def _answer(self, screen: Screen, officer: str, right: Right, work: Callable[[], FromCore]) -> None:
        if not self._still_there(screen, officer, right):
            return
        try:
            answer = work()
        except KioskError as error:
            log.error("at the desk: %s", error)
            answer = Refused(Message(error.code, dict(error.values)))
        if self._still_there(screen, officer, right):
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
        samples = [sample for sample in dossier.samples if sample.kind in PICTURES]
        return tuple(self._picture(dossier.number, sample) for sample in samples[:MOST_PICTURES])

    def _picture(self, number: str, sample: Sample) -> PictureShown:
        from kiosk.biometrics.pictures import grey_thumbnail

        data = grey_thumbnail(self._ledger.sample_bytes(number, sample), WIDEST, TALLEST)
        return PictureShown(sample.key, sample.kind, sample.position, sample.score, data)

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
    return FieldShown(item, dossier.value(item), corrected.said if corrected else None)
