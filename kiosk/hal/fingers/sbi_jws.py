"""Signed documents of a Secure Biometric Interface service: compact JWS, RS256, the signer's certificate in the header.

Sources: “MDS Specification” (docs.mosip.io, 0.9.5), “Digital ID” and “Device Key”: header alg RS256, x5c the signer's
certificate; the device provider issues it, the adopter (here: the trust file) issues the provider's. RFC 7515 for the
rest. Further certificates of x5c are taken as links between the first and a trusted one, never as trusted.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from kiosk.errors import ConfigError, DeviceError

ALGORITHM = "RS256"
MOST_CERTIFICATES = 6


class _Header(msgspec.Struct):
    alg: str = ""
    x5c: str | list[str] = ""
    crit: msgspec.Raw = msgspec.Raw()


class Trust:
    """The certificates a technician trusts to say which device is genuine."""

    def __init__(self, roots: Sequence[x509.Certificate]) -> None:
        self._roots = list(roots)
        self._store = Store(self._roots)

    def opened(self, token: str, now: datetime) -> bytes:
        """What was signed. Raises `DeviceError`: not signed, by a stranger, no longer valid, or changed since."""
        head, payload, signature = split(token)
        certificates = self._presented(unpacked(head))
        self._check(certificates[0], certificates[1:], now)
        key = certificates[0].public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise DeviceError("sbi.unsigned", why="no RSA key")
        try:
            key.verify(unpacked(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise DeviceError("sbi.signature") from error
        return unpacked(payload)

    def _presented(self, head: bytes) -> list[x509.Certificate]:
        try:
            header = msgspec.json.decode(head, type=_Header)
            named = [header.x5c] if isinstance(header.x5c, str) else header.x5c
            if header.alg != ALGORITHM or bytes(header.crit) or not 0 < len(named) <= MOST_CERTIFICATES:
                raise DeviceError("sbi.unsigned", why=f"alg {header.alg[:20]}, x5c {len(named)}")
            return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in named]
        except (msgspec.MsgspecError, ValueError, RecursionError, UnsupportedAlgorithm) as error:
            raise DeviceError("sbi.unsigned", why=type(error).__name__) from error

    def _check(self, leaf: x509.Certificate, links: list[x509.Certificate], now: datetime) -> None:
        """Key usage and names are not judged: MOSIP prescribes none, and its partners' certificates vary."""
        authority = ExtensionPolicy.permit_all().require_present(
            x509.BasicConstraints, Criticality.AGNOSTIC, None
        )
        builder = PolicyBuilder().store(self._store).time(now)
        policy = builder.extension_policies(ca_policy=authority, ee_policy=ExtensionPolicy.permit_all())
        try:
            policy.build_client_verifier().verify(leaf, links)
        except (VerificationError, ValueError) as error:
            subject = _name(leaf)
            if not _all_valid([leaf, *links, *self._roots], now):
                raise DeviceError("sbi.expired", subject=subject) from error
            raise DeviceError("sbi.foreign", subject=subject) from error


def read_trust(path: Path) -> Trust:
    """PEM certificates. Raises `ConfigError` for a file that is not there or holds none."""
    try:
        return Trust(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError("sbi.setting_trust", file=str(path), why=type(error).__name__) from error


def split(token: str) -> tuple[str, str, str]:
    """Header, payload, signature, still encoded. Raises `DeviceError` for what is not signed."""
    parts = token.split(".", 3)
    if len(parts) != 3 or not parts[2]:
        raise DeviceError("sbi.unsigned", why="no signature")
    return parts[0], parts[1], parts[2]


def unpacked(text: str) -> bytes:
    """base64url, padded or not. Raises `DeviceError`."""
    try:
        plain = text.rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise DeviceError("sbi.unsigned", why="base64url") from error


def _all_valid(certificates: Iterable[x509.Certificate], now: datetime) -> bool:
    return all(c.not_valid_before_utc <= now <= c.not_valid_after_utc for c in certificates)


def _name(certificate: x509.Certificate) -> str:
    try:
        return certificate.subject.rfc4514_string()[:80]
    except ValueError:
        return "?"
