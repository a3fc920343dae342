"""A correction of known data: the papers shown for it, an officer's decision a field, its way to the population
database and back (D1, D2, C4)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from kiosk.domain.dates import PartialDate, parse_date
from kiosk.domain.message import Message, msg
from kiosk.domain.person import Sex

LONGEST_TEXT = 120
SELF_DECLARED = frozenset({"phone"})
"""Items no paper tells of: the citizen's word is enough."""


class Confirmed(msgspec.Struct, frozen=True, tag="confirmed"):
    """The citizen says this datum is right."""

    field: str


class Corrected(msgspec.Struct, frozen=True, tag="corrected"):
    """The citizen says it is wrong, and what it should be, in the citizen's words."""

    field: str
    known: str
    said: str


class Evidence(StrEnum):
    """The kind of paper an officer has seen."""

    BIRTH_CERTIFICATE = "birth_certificate"
    RESIDENCE = "residence"
    OLD_CARD = "old_card"
    MARRIAGE = "marriage"
    DECISION = "decision"
    OTHER = "other"
    NONE = "none"


class Verdict(StrEnum):
    """ACCEPTED: as the citizen says. DIFFERENTLY: as the officer reads the paper. REFUSED: what was known stays."""

    ACCEPTED = "accepted"
    DIFFERENTLY = "differently"
    REFUSED = "refused"


class EvidenceShown(msgspec.Struct, frozen=True, tag="evidence_shown"):
    """The citizen has laid before the camera what they have with them: `papers` photographs, 0 for none."""

    papers: int


class EvidenceAsked(msgspec.Struct, frozen=True, tag="evidence_asked"):
    """An officer wants the papers once more: now, or on another day."""

    officer: str
    reason: str = ""


class CorrectionDecided(msgspec.Struct, frozen=True, tag="correction_decided"):
    """An officer's decision on one corrected field; `value` is what the record says from now on."""

    field: str
    verdict: Verdict
    value: str
    evidence: Evidence
    officer: str
    reason: str = ""


class Finding(msgspec.Struct, frozen=True):
    """What an officer found beside the verdict: the kind of paper seen, and the own reading of it where that differs."""

    evidence: Evidence = Evidence.NONE
    value: str = ""

    def __repr__(self) -> str:
        return f"Finding(evidence={self.evidence!r})"


def checked(field: str, verdict: Verdict, finding: Finding, papers: int, today: date) -> Finding | Message:
    """The finding with its value as it is stored; or why the verdict cannot stand.

    Known data give way to a paper that was photographed (`papers` of them), never to a word alone.
    """
    evidenced = finding.evidence is not Evidence.NONE and papers > 0
    if verdict is not Verdict.REFUSED and not evidenced and field not in SELF_DECLARED:
        return msg("correction.needs_paper", item=msg(f"item.{field}"))
    if verdict is not Verdict.DIFFERENTLY:
        return msgspec.structs.replace(finding, value="")
    value = parse_item(field, finding.value, today)
    return value if isinstance(value, Message) else msgspec.structs.replace(finding, value=value)


def parse_item(item: str, text: str, today: date) -> str | Message:
    """One item of a person as somebody typed it, in the form in which the record keeps it."""
    if item == "birth_date":
        found = parse_date(text, today=today)
        return found.text() if isinstance(found, PartialDate) else found
    if item == "phone":
        return parse_phone(text)
    if item == "sex":
        return text if text in tuple(Sex) else msg("correction.sex")
    return parse_words(text)


def parse_words(text: str) -> str | Message:
    words = " ".join(text.split())
    if not words or not words.isprintable():
        return msg("words.empty")
    return words if len(words) <= LONGEST_TEXT else msg("words.too_long", most=LONGEST_TEXT)


def parse_phone(text: str) -> str | Message:
    """Ten digits beginning with 0."""
    digits = "".join(text.split())
    good = len(digits) == len("0912345678") and digits.isascii() and digits.isdigit() and digits[0] == "0"
    return digits if good else msg("phone.unreadable")


# -- on the way to the population database ------------------------------------------------------------------------


class CorrectionState(StrEnum):
    """Where a correction stands after its dossier was sealed. The last two are the population database's answer."""

    DECIDED = "decided"
    EXPORTED = "exported"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CorrectionEvent(StrEnum):
    """What moves it."""

    EXPORT = "export"
    ACCEPT = "accept"
    REFUSE = "refuse"


class Refusal(StrEnum):
    """Why the population database did not take a correction: a code, because words may name people."""

    NO_SUCH_PERSON = "no_such_person"
    UNREADABLE = "unreadable"
    NOT_ENOUGH = "not_enough"
    CONTRADICTED = "contradicted"
    OTHER = "other"


S, E = CorrectionState, CorrectionEvent
MOVES: dict[tuple[CorrectionState, CorrectionEvent], CorrectionState] = {
    (S.DECIDED, E.EXPORT): S.EXPORTED,
    (S.EXPORTED, E.EXPORT): S.EXPORTED,
    (S.EXPORTED, E.ACCEPT): S.ACCEPTED,
    (S.EXPORTED, E.REFUSE): S.REFUSED,
    (S.ACCEPTED, E.ACCEPT): S.ACCEPTED,
    (S.REFUSED, E.REFUSE): S.REFUSED,
}
"""A lost stick is written again, and a reply taken twice changes nothing; an answer once given is not turned round."""


def moved(state: CorrectionState, event: CorrectionEvent) -> CorrectionState | Message:
    """The next state, or why the event is not allowed in this one."""
    return MOVES.get((state, event)) or msg("correction.not_allowed", state=state, event=event)
