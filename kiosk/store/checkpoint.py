"""A signed head of the audit chain, short enough for a QR code: printed on the shift sheet, it shows a tail cut off."""

from __future__ import annotations

import sqlite3

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.message import Message, msg
from kiosk.store.audit import Broken, Whole, verify
from kiosk.store.keys import DeviceKeys, key_id

TAG = "kiosk.head.v1"


class Checkpoint(msgspec.Struct, frozen=True):
    """The chain of `kiosk` ended in the event `seq` with the hash `head` when `shift` closed."""

    kiosk: str
    shift: str
    seq: int
    head: str
    key: str
    signature: str = ""

    @property
    def text(self) -> str:
        """What stands in the QR code."""
        return " ".join((TAG, self.kiosk, self.shift, str(self.seq), self.head, self.key, self.signature))

    @property
    def signed_bytes(self) -> bytes:
        return f"{TAG}\0{self.kiosk} {self.shift} {self.seq} {self.head} {self.key}".encode()

    def signed_by(self, public: Ed25519PublicKey) -> bool:
        """Whether this device printed it."""
        try:
            public.verify(bytes.fromhex(self.signature), self.signed_bytes)
        except (InvalidSignature, ValueError):
            return False
        return self.key == key_id(public)


def checkpoint(kiosk: str, shift: str, seq: int, head: str, keys: DeviceKeys) -> Checkpoint:
    plain = Checkpoint(kiosk, shift, seq, head, keys.key_id)
    return msgspec.structs.replace(plain, signature=keys.sign(plain.signed_bytes).hex())


def parse_checkpoint(text: str) -> Checkpoint | Message:
    """What was read from a sheet's QR code."""
    parts = text.split()
    if len(parts) != 7 or parts[0] != TAG or not (parts[3].isascii() and parts[3].isdecimal()):
        return msg("audit.bad_head")
    _, kiosk, shift, seq, head, key, signature = parts
    return Checkpoint(kiosk, shift, int(seq), head, key, signature)


def verify_against(connection: sqlite3.Connection, known: Checkpoint) -> Whole | Broken:
    """The chain itself, and that it still holds what was printed: `why` may also be `truncated` or `replaced`."""
    found = verify(connection)
    if isinstance(found, Broken):
        return found
    if found.count < known.seq:
        return Broken(found.count + 1, "truncated")
    row = connection.execute("select hash from audit where seq = ?", (known.seq,)).fetchone()
    return found if row and row[0] == known.head else Broken(known.seq, "replaced")
