"""The states of a dossier, what moves it, and which moves there are."""

from __future__ import annotations

from enum import StrEnum

from kiosk.domain.message import Message, msg


class DossierState(StrEnum):
    """Where a dossier stands. Only `received` is purged by itself: the centre has signed for it. Before that two
    supervisors may purge, and two officers cancel a draft; nothing readable is left of either."""

    DRAFT = "draft"
    CAPTURED = "captured"
    APPROVED = "approved"
    SEALED = "sealed"
    SENT = "sent"
    RECEIVED = "received"
    PURGED = "purged"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class DossierEvent(StrEnum):
    """What moves it."""

    COMPLETE = "complete"
    REVISE = "revise"
    APPROVE = "approve"
    SEAL = "seal"
    SEND = "send"
    RESEND = "resend"
    RECEIVE = "receive"
    PURGE = "purge"
    PURGE_UNRECEIVED = "purge_unreceived"
    RETURN = "return"
    REOPEN = "reopen"
    CANCEL = "cancel"


S, E = DossierState, DossierEvent
TRANSITIONS: dict[tuple[DossierState, DossierEvent], DossierState] = {
    (S.DRAFT, E.COMPLETE): S.CAPTURED,
    (S.DRAFT, E.CANCEL): S.CANCELLED,
    (S.CAPTURED, E.REVISE): S.DRAFT,
    (S.CAPTURED, E.CANCEL): S.CANCELLED,
    (S.CAPTURED, E.APPROVE): S.APPROVED,
    (S.APPROVED, E.SEAL): S.SEALED,
    (S.SEALED, E.SEND): S.SENT,
    (S.SEALED, E.PURGE_UNRECEIVED): S.PURGED,
    (S.SENT, E.PURGE_UNRECEIVED): S.PURGED,
    (S.SENT, E.RESEND): S.SEALED,
    (S.SENT, E.RECEIVE): S.RECEIVED,
    (S.RECEIVED, E.PURGE): S.PURGED,
    (S.RECEIVED, E.RETURN): S.RETURNED,
    (S.RETURNED, E.REOPEN): S.DRAFT,
}


def move(state: DossierState, event: DossierEvent) -> DossierState | Message:
    """The next state, or why the event is not allowed in this one."""
    return TRANSITIONS.get((state, event)) or msg("dossier.not_allowed", state=state, event=event)
