"""Who comes in over SSH: technicians as root, desks to the officer's screen. Keys are public ones, a line each.

`image/overlay/etc/ssh/sshd_config.d/kiosk.conf` says what each of the two files opens.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from kiosk.errors import BadInputError
from kiosk.store.files import disk_trouble, write_durably

TECHNICIANS, DESKS = "authorized_keys", "desk_keys"
KINDS = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
"""Without RSA, whose keys of an unsafe length look the same."""
SHORTEST = 36
"""Bytes behind the kind: the least is an Ed25519 key with its length."""


def check_key(line: str, file: Path, field: str) -> None:
    """A public key of sshd(8)'s `authorized_keys`: `KIND BASE64 [COMMENT]`, without options. Raises `BadInputError`
    `access.kind`, `access.damaged` naming the field of the file it comes from."""
    kind, _, rest = line.strip().partition(" ")
    if kind not in KINDS or "\n" in line.strip():
        raise BadInputError("access.kind", file=str(file), field=field, known=", ".join(KINDS))
    try:
        blob = base64.b64decode(rest.split(" ", 1)[0], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    begins = len(kind).to_bytes(4, "big") + kind.encode()
    if not blob.startswith(begins) or len(blob) < len(begins) + SHORTEST:
        raise BadInputError("access.damaged", file=str(file), field=field)


def write_keys(folder: Path, technicians: tuple[str, ...], desks: tuple[str, ...]) -> None:
    """Both files, each whole or not at all; sshd reads the desks' as their own user. Raises `StoreError`."""
    with disk_trouble(folder):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder.chmod(0o711)
    for name, keys, mode in ((TECHNICIANS, technicians, 0o600), (DESKS, desks, 0o644)):
        write_durably(folder / name, "".join(f"{key.strip()}\n" for key in keys).encode())
        with disk_trouble(folder):
            (folder / name).chmod(mode)
