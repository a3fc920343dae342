"""Dossiers that passed by rule and wait for an officer's name under many at once; which of them are drawn for a look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated

import msgspec

RULE_OFFICER = "rule:no-flags"
"""Stands in an officer's place where the rule for dossiers without a flag decided."""

SAMPLED = "sample"
"""Why an officer looked at a dossier that has no flag of its own: it was drawn."""

TAG = b"kiosk.batch.v1\0"
DRAWS = 1 << 32

Upto = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]


class Unsigned(msgspec.Struct, frozen=True):
    """Dossiers sealed by rule that nobody has countersigned: how many, the seal of the last one (its seq in the audit
    chain), and the digest of their numbers and sealed ids. What is sealed after it belongs to the next batch."""

    count: int
    upto: int
    digest: str


class Batch(msgspec.Struct, frozen=True):
    """Countersigned by `officer`; `seq` is the audit event that says so, `signature` the device's (Ed25519, hex)."""

    id: str
    kiosk: str
    officer: str
    seq: int
    count: int
    digest: str
    key: str
    signature: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """`TAG`, then the fields but the signature as canonical JSON."""
        fields = msgspec.structs.asdict(self)
        del fields["signature"]
        return TAG + msgspec.json.encode(fields, order="sorted")


def digest_of(sealed: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over a line `number sealed-id` a dossier, in the order of the numbers."""
    lines = "".join(f"{number} {sealed_id}\n" for number, sealed_id in sorted(sealed))
    return hashlib.sha256(lines.encode()).hexdigest()


def is_drawn(draw: int, percent: float) -> bool:
    """Whether the draw 0 … `DRAWS` - 1 of a dossier falls into the share that an officer looks at."""
    return draw * 100 < percent * DRAWS
