"""Keys and certificates of an invented scanner: made when the program starts, gone when it ends."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from kiosk.hal.fingers.sbi_messages import packed

DAYS = 30
"""Validity of a device key, as MOSIP recommends ("MDS Specification", "Device Key")."""


class Signer(NamedTuple):
    """A key, and the certificates that go into x5c, its own first."""

    key: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]

    def signed(self, payload: bytes) -> str:
        """A compact JWS."""
        x5c = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in self.chain]
        head = msgspec.json.encode({"alg": "RS256", "typ": "JWT", "x5c": x5c})
        text = f"{packed(head)}.{packed(payload)}"
        return f"{text}.{packed(self.key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"


class Keys(NamedTuple):
    """`root` is what a kiosk trusts. `foreign` is a signer of another root, `expired` one whose time is over."""

    root: x509.Certificate
    device: Signer
    foreign: Signer
    expired: Signer

    @property
    def trust_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)


@lru_cache(maxsize=1)
def new_keys() -> Keys:
    """One set a process: making keys takes a while."""
    now = datetime.now(UTC)
    ours, theirs, device = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    root = _certificate("Invented root", ours, ours, None, now)
    provider = _certificate("Invented device provider", ours, ours, root, now)
    other = _certificate("Another root", theirs, theirs, None, now)
    leaf = _certificate("Invented scanner", device, ours, provider, now, device=True)
    stranger = _certificate("Invented scanner", theirs, theirs, other, now, device=True)
    old = _certificate("Invented scanner", device, ours, provider, now - timedelta(days=400), device=True)
    return Keys(
        root,
        Signer(device, (leaf, provider)),
        Signer(theirs, (stranger, other)),
        Signer(device, (old, provider)),
    )


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer_key: rsa.RSAPrivateKey,
    issuer: x509.Certificate | None,
    begin: datetime,
    *,
    device: bool = False,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    days = DAYS if device else 3650
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(days=1))
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=not device, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, SHA256())
