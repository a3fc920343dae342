"""A software security key without its wire: takes CTAP2 commands (CBOR), gives answers, as CTAP 2.1 section 6 describes.

Its key pairs follow from its seed and the credential's name, as real keys without memory make them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256, CoseKey
from fido2.ctap import CtapError
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

ERR, FLAG = CtapError.ERR, AuthenticatorData.FLAG
MAKE_CREDENTIAL, GET_ASSERTION, GET_INFO = 0x01, 0x02, 0x04
AAGUID = b"kiosk-simulation"
NONCE_BYTES, MAC_BYTES = 16, 32
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-4, D.1.2.3)."""


class Lie(StrEnum):
    """What a key may do wrong. FORGED: signs with another key. REPLAYED: its counter goes back. OTHER_PARTY: signs for
    another name than was asked. UNTOUCHED: claims nobody was there. PIN: wants one of its own."""

    NONE = "none"
    FORGED = "forged"
    REPLAYED = "replayed"
    OTHER_PARTY = "other_party"
    UNTOUCHED = "untouched"
    PIN = "pin"


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not a fault
    """A status other than success."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Authenticator:
    """`count` gives the next value of its counter; `touch` waits for a person, and says whether there was one."""

    def __init__(self, seed: bytes, count: Callable[[], int], lie: Lie = Lie.NONE) -> None:
        self._seed = seed
        self._count = count
        self.lie = lie

    def obey(self, request: bytes, touch: Callable[[], bool]) -> bytes:
        """The status and what follows it."""
        try:
            answer = self._answer(request[:1], request[1:], touch)
        except Refusal as refusal:
            return bytes([refusal.status])
        except (ValueError, TypeError, LookupError, AttributeError, struct.error):
            return bytes([ERR.INVALID_CBOR])
        return bytes([ERR.SUCCESS]) + cbor.encode(answer)

    def _answer(self, command: bytes, body: bytes, touch: Callable[[], bool]) -> dict[int, Any]:
        if command == bytes([GET_INFO]):
            return self._info()
        if command == bytes([MAKE_CREDENTIAL]):
            return self._make(_asked(body), touch)
        if command == bytes([GET_ASSERTION]):
            return self._assert(_asked(body), touch)
        raise Refusal(ERR.INVALID_COMMAND)

    def _info(self) -> dict[int, Any]:
        options = {"rk": False, "up": True, "clientPin": self.lie is Lie.PIN}
        return {1: ["FIDO_2_0"], 3: AAGUID, 4: options, 5: 1200}

    def _make(self, asked: dict[int, Any], touch: Callable[[], bool]) -> dict[int, Any]:
        if self.lie is Lie.PIN:
            raise Refusal(ERR.PUAT_REQUIRED)
        if ES256.ALGORITHM not in [wanted["alg"] for wanted in asked[4]]:
            raise Refusal(ERR.UNSUPPORTED_ALGORITHM)
        self._await(touch)
        party = asked[2]["id"]
        name = self._named(secrets.token_bytes(NONCE_BYTES), party)
        public = _cose(self._private(name).public_key())
        made = AttestedCredentialData.create(AAGUID, name, public)
        said = AuthenticatorData.create(_hash(party), FLAG.UP | FLAG.AT, self._count(), made)
        return {1: "none", 2: bytes(said), 3: {}}

    def _assert(self, asked: dict[int, Any], touch: Callable[[], bool]) -> dict[int, Any]:
        party = asked[1]
        known = [one["id"] for one in asked.get(3, ()) if self._own(one["id"], party)]
        if not known:
            raise Refusal(ERR.NO_CREDENTIALS)
        touched = bool(asked.get(5, {}).get("up", True))
        if touched:
            self._await(touch)
        said = self._said(party, touched)
        signer = self._private(b"somebody else" if self.lie is Lie.FORGED else known[0])
        signature = signer.sign(bytes(said) + asked[2], ec.ECDSA(hashes.SHA256()))
        return {1: {"type": "public-key", "id": known[0]}, 2: bytes(said), 3: signature}

    def _said(self, party: str, touched: bool) -> AuthenticatorData:
        counter = 1 if self.lie is Lie.REPLAYED else self._count()
        shown = "elsewhere.invalid" if self.lie is Lie.OTHER_PARTY else party
        flags = FLAG.UP if touched and self.lie is not Lie.UNTOUCHED else FLAG(0)
        said: AuthenticatorData = AuthenticatorData.create(_hash(shown), flags, counter)
        return said

    def _await(self, touch: Callable[[], bool]) -> None:
        if not touch():
            raise Refusal(ERR.KEEPALIVE_CANCEL)

    def _named(self, nonce: bytes, party: str) -> bytes:
        return nonce + hmac.digest(self._seed, nonce + party.encode(), "sha256")

    def _own(self, name: bytes, party: str) -> bool:
        whole = len(name) == NONCE_BYTES + MAC_BYTES
        return whole and hmac.compare_digest(name, self._named(name[:NONCE_BYTES], party))

    def _private(self, name: bytes) -> ec.EllipticCurvePrivateKey:
        number = int.from_bytes(hmac.digest(self._seed, b"private" + name, "sha512"), "big")
        return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())


def _asked(body: bytes) -> dict[int, Any]:
    """Raises `ValueError` for what is no command's."""
    asked = cbor.decode(body)
    if not isinstance(asked, dict):
        raise ValueError("no map")
    return asked


def _cose(public: ec.EllipticCurvePublicKey) -> CoseKey:
    """RFC 8152, section 13.1.1."""
    point = public.public_numbers()
    return ES256(
        {1: 2, 3: ES256.ALGORITHM, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
    )


def _hash(party: str) -> bytes:
    return hashlib.sha256(party.encode()).digest()
