"""The contract of security keys: what is plugged into the machine's sockets for a moment, or stays there."""

from __future__ import annotations

from enum import StrEnum
from threading import Event
from typing import Protocol

import msgspec

CHALLENGE_BYTES = 32
RELYING_PARTY = "kiosk.local"
"""The name under which keys know a kiosk (the relying party of WebAuthn)."""


class KeyTrouble(StrEnum):
    """NONE: no key is plugged in. SEVERAL: it is not clear which to enrol. OTHER: those plugged in are not the one.

    FORGED: what it says is not signed by it. NEEDS_PIN: it enrols nobody without a PIN of its own. STOPPED: nobody
    touched it, or nobody waits any more.
    """

    NONE = "none"
    SEVERAL = "several"
    OTHER = "other"
    FORGED = "forged"
    NEEDS_PIN = "needs_pin"
    STOPPED = "stopped"


class Registered(msgspec.Struct, frozen=True):
    """A key that was enrolled: its name for itself, its public key (COSE, CBOR), what it has counted up to."""

    credential: bytes
    public_key: bytes
    counter: int


class SecurityKeys(Protocol):
    """Every call is answered soon after `stop` was set. Raises `DeviceError` for a key that was pulled, or talks rubbish,
    in the middle of a call; that none is plugged in is no fault."""

    @property
    def simulated(self) -> bool: ...

    def register(self, officer: str, challenge: bytes, stop: Event) -> Registered | KeyTrouble:
        """Wait for a touch of the key that is plugged in and have it make a key pair for `officer` (staff number)."""
        ...

    def confirm(
        self, credential: bytes, public_key: bytes, challenge: bytes, stop: Event
    ) -> int | KeyTrouble:
        """Wait for a touch of the key enrolled; what it has counted up to. `challenge` was never used before."""
        ...
