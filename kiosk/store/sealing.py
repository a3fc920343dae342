"""Sealing: an age file to the centre's keys and a signed manifest beside it (`docs/dossier-format.md`).

The kiosk cannot read what it has sealed. age: https://age-encryption.org/v1, X25519 recipients.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence

import msgspec
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.dossier import Dossier, Fact, Sample
from kiosk.domain.time import Reading
from kiosk.errors import ConfigError
from kiosk.store.keys import DeviceKeys

SCHEMA = "kiosk.dossier.v1"
SIGNED_PREFIX = SCHEMA.encode() + b"\0"
SMALLEST_RECIPIENTS = 2


class Manifest(msgspec.Struct, frozen=True):
    """What stands beside the sealed file, readable by anybody on the way and naming nobody.

    `id` is the SHA-256 of the age file; `prev_id` the one sealed before by this kiosk, `counter` its place in that
    row; `recipients` the public keys it is sealed to; `operators` who approved; `signature` Ed25519 (hex) over
    `"kiosk.dossier.v1\\0"` and the JSON of the other fields, keys sorted, no spaces.
    """

    schema: str
    id: str
    dossier: str
    kiosk: str
    counter: int
    prev_id: str
    size: int
    recipients: tuple[str, ...]
    operators: tuple[str, ...]
    seq: int
    clock: Reading
    device_key: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        fields = msgspec.to_builtins(self)
        del fields["signature"]
        return SIGNED_PREFIX + msgspec.json.encode(fields, order="sorted")


class InnerFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of the tar, listed in its `manifest.json`. `nfiq2` is left out where it is not known."""

    name: str
    media: str
    size: int
    sha256: str
    nfiq2: int = -1


class InnerManifest(msgspec.Struct, frozen=True):
    """The tar's first file: what the dossier is and what lies beside it.

    `not_taken`: what the rules ask for and was not taken, with the reason.
    """

    schema: str
    dossier: str
    kiosk: str
    activity: str
    regime: str
    flags: tuple[str, ...]
    files: tuple[InnerFile, ...]
    not_taken: dict[str, str] = {}


class Recipients:
    """The public keys every dossier is sealed to: the centre's and the escrow's."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises `ConfigError` for fewer than two or an unreadable key."""
        if len(set(keys)) < SMALLEST_RECIPIENTS:
            raise ConfigError("config.recipients", found=len(set(keys)), needed=SMALLEST_RECIPIENTS)
        self.keys = tuple(keys)
        try:
            self._parsed = [pyrage.x25519.Recipient.from_str(key) for key in keys]
        except pyrage.RecipientError as error:
            raise ConfigError("config.recipient_unreadable", why=str(error)) from error

    def encrypt(self, data: bytes) -> bytes:
        return bytes(pyrage.encrypt(data, self._parsed))


def pack(dossier: Dossier, kiosk: str, files: Sequence[tuple[Sample, bytes]]) -> bytes:
    """The plain tar of a dossier: `manifest.json`, `facts.json`, then every sample under its own name.

    A sample is listed with the hash it had when it was kept: what has changed on the disk since then shows.
    """
    facts = msgspec.json.encode(list[Fact](dossier.facts))
    listed = [InnerFile("facts.json", "application/json", len(facts), hashlib.sha256(facts).hexdigest())]
    listed += [
        InnerFile(sample_name(sample), sample.media, sample.size, sample.id, sample.nfiq2)
        for sample, _ in files
    ]
    inner = InnerManifest(
        schema=SCHEMA,
        dossier=dossier.number,
        kiosk=kiosk,
        activity=dossier.activity,
        regime=dossier.regime,
        flags=dossier.flags(),
        files=tuple(listed),
        not_taken={modality.value: fact.reason.value for modality, fact in dossier.not_taken.items()},
    )
    contents = [msgspec.json.format(msgspec.json.encode(inner)), facts, *(data for _, data in files)]
    return tar_of(list(zip(["manifest.json", *(file.name for file in listed)], contents, strict=True)))


def sample_name(sample: Sample) -> str:
    """`portrait.png`, `rolled-02.png`, `signature.json`."""
    return f"{sample.key}.{SUFFIXES[sample.media]}"


def sign(manifest: Manifest, keys: DeviceKeys) -> Manifest:
    return msgspec.structs.replace(manifest, signature=keys.sign(manifest.signed_bytes()).hex())


def signature_holds(manifest: Manifest, public: Ed25519PublicKey) -> bool:
    """Whether the manifest is the one this device signed."""
    try:
        public.verify(bytes.fromhex(manifest.signature), manifest.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


SUFFIXES = {"image/png": "png", "application/json": "json"}


def tar_of(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A plain ustar archive, joined in one go: `TarFile` would copy every sample three times."""
    parts: list[bytes] = []
    for name, data in files:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o600
        parts += [entry.tobuf(tarfile.USTAR_FORMAT), data, bytes(-len(data) % tarfile.BLOCKSIZE)]
    return b"".join([*parts, bytes(2 * tarfile.BLOCKSIZE)])
