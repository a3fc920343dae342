"""The device's own secrets, made at first start: to sign with, to recognise a returning person, to keep PINs safe."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.errors import BadInputError, StoreError
from kiosk.store.files import disk_trouble, make_folder, write_durably

KEY_BYTES = 32
DRAW = b"kiosk.draw.v1\0"
KEY_FILES = ("device.key", "tag.key", "pin.key")


class DeviceKeys:
    """Opened with `DeviceKeys.open`; the files are `device.key`, `tag.key` and `pin.key`, 32 raw bytes each,
    mode 0600. `pins` is mixed into every PIN verifier."""

    def __init__(self, signing: Ed25519PrivateKey, tag: bytes, pins: bytes) -> None:
        self._signing = signing
        self._tag = tag
        self.pins = pins

    @classmethod
    def open(cls, folder: Path) -> DeviceKeys:
        """Raises `StoreError` when a key is unreadable or damaged: a new one would orphan what the old one signed."""
        make_folder(folder)
        signing, tag, pins = (_secret(folder / name) for name in KEY_FILES)
        return cls(Ed25519PrivateKey.from_private_bytes(signing), tag, pins)

    @property
    def public(self) -> Ed25519PublicKey:
        return self._signing.public_key()

    @property
    def key_id(self) -> str:
        """The first 16 hex digits of the SHA-256 of the public key."""
        return key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        return self._signing.sign(data)

    def draw(self, dossier: str) -> int:
        """0 … 2³² - 1: the dossier's draw. Nobody can tell it beforehand without this device, and it never changes."""
        digest = hmac.new(self._tag, DRAW + dossier.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:4], "big")

    def person_tag(self, identity: str) -> str:
        """Recognises the same person again without telling who it is: HMAC-SHA-256 under a key of this device."""
        return hmac.new(self._tag, identity.encode(), hashlib.sha256).hexdigest()


def read_public(folder: Path) -> Ed25519PublicKey:
    """The public half of the device's key, for whoever only verifies. Raises `BadInputError`: none is made here."""
    path = folder / KEY_FILES[0]
    try:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes()).public_key()
    except (OSError, ValueError) as error:
        raise BadInputError("audit.no_key", place=str(path)) from error


def key_id(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def _secret(path: Path) -> bytes:
    with disk_trouble(path):
        if not path.exists():
            write_durably(path, secrets.token_bytes(KEY_BYTES))
        data = path.read_bytes()
    if len(data) != KEY_BYTES:
        raise StoreError("store.key_damaged", place=path.name)
    return data
