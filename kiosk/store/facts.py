"""Facts as rows: what the audit chain may say of one, and how the same person is known again."""

from __future__ import annotations

import msgspec

from kiosk.domain.correction import CorrectionDecided
from kiosk.domain.dossier import Fact, SampleKept
from kiosk.domain.names import fold
from kiosk.domain.person import Person

_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def read_fact(body: str) -> Fact:
    return _decoder.decode(body)


def audited(fact: Fact) -> dict[str, str | int]:
    """What the audit chain says of a fact beside its kind: never a datum of the person."""
    match fact:
        case SampleKept(sample):
            return {"key": sample.key, "sample": sample.id}
        case CorrectionDecided(field=field, verdict=verdict, evidence=evidence, officer=officer):
            return {"field": field, "verdict": verdict, "evidence": evidence, "officer": officer}
    return {}


def identity(person: Person) -> str:
    """What makes two visits the same person: the number, else folded name and birth date."""
    return person.number or f"{fold(person.full_name)}/{person.birth_date.iso}"
