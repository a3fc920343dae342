"""Opening a sealed dossier where its key is: the centre's side of `kiosk.store.sealing`. Nothing is believed unchecked."""

from __future__ import annotations

import hashlib
import re
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import msgspec
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.dossier import Fact
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError
from kiosk.store.keys import key_id
from kiosk.store.sealing import SCHEMA, SIGNED_PREFIX, InnerManifest, Manifest

KEY_HEX = re.compile(r"[0-9a-f]{64}")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[a-z0-9]{1,8})?")
FACTS = "facts.json"
INNER = "manifest.json"
NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_KNOWN_FACTS = {kind.__struct_config__.tag: kind for kind in get_args(Fact)}


class Opened(msgspec.Struct, frozen=True):
    """A dossier that is what the device signed. `files` holds every file of the tar by name, each as it was listed.

    `signed` is the outer manifest's file. `facts` leaves out the types this release does not know.
    """

    manifest: Manifest
    signed: bytes
    inner: InnerManifest
    facts: tuple[Fact, ...]
    files: dict[str, bytes]


def read_identity(path: Path) -> pyrage.x25519.Identity:
    """The secret key of a file as `age-keygen` writes it. Raises `BadInputError`."""
    try:
        lines = path.read_text("ascii").splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(" ".join(keys))
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BadInputError("sealed.key_unreadable", file=path.name) from error


def read_device_key(text: str) -> Ed25519PublicKey:
    """The public key of a device: 64 hex digits. Raises `BadInputError`."""
    if not KEY_HEX.fullmatch(text.strip().lower()):
        raise BadInputError("sealed.device_key")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.strip()))


def open_sealed(sealed: Path, identity: pyrage.x25519.Identity, device: Ed25519PublicKey) -> Opened | Message:
    """Check the manifest beside `sealed`, its signature, the file's hash, then open it and check every file in it.

    Codes: `sealed.unreadable`, `sealed.manifest`, `sealed.other_device`, `sealed.signature`, `sealed.changed`,
    `sealed.other_key`, `sealed.content`.
    """
    try:
        data, signed = sealed.read_bytes(), sealed.with_suffix(".json").read_bytes()
        manifest = _manifest(signed, device)
        _check_outer(sealed, data, manifest)
        return _opened(manifest, signed, bytes(pyrage.decrypt(data, [identity])))
    except OSError as error:
        return msg("sealed.unreadable", file=sealed.name, why=error.strerror or type(error).__name__)
    except pyrage.DecryptError:
        return msg("sealed.other_key")
    except BadInputError as error:
        return msg(error.code, **error.values)


def _manifest(data: bytes, device: Ed25519PublicKey) -> Manifest:
    """The manifest, signed by `device`: fields of a later release count in the signature. Raises `BadInputError`."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
        fields = msgspec.json.decode(data, type=dict[str, Any])
    except NOT_JSON as error:
        raise BadInputError("sealed.manifest", why=type(error).__name__) from error
    if manifest.schema != SCHEMA:
        raise BadInputError("sealed.manifest", why=manifest.schema)
    if manifest.device_key != key_id(device):
        raise BadInputError("sealed.other_device", found=manifest.device_key, expected=key_id(device))
    fields.pop("signature", None)
    try:
        signed = SIGNED_PREFIX + msgspec.json.encode(fields, order="sorted")
        device.verify(bytes.fromhex(manifest.signature), signed)
    except (InvalidSignature, ValueError) as error:
        raise BadInputError("sealed.signature") from error
    return manifest


def _check_outer(sealed: Path, data: bytes, manifest: Manifest) -> None:
    said = (manifest.id, manifest.size, manifest.id)
    if said != (hashlib.sha256(data).hexdigest(), len(data), sealed.stem):
        raise BadInputError("sealed.changed", file=sealed.name)


def _opened(manifest: Manifest, signed: bytes, tar: bytes) -> Opened:
    files = untarred(tar)
    inner = _json(files, INNER, InnerManifest)
    if (inner.schema, inner.dossier, inner.kiosk) != (manifest.schema, manifest.dossier, manifest.kiosk):
        raise BadInputError("sealed.content", name=INNER)
    if [INNER, *(listed.name for listed in inner.files)] != list(files):
        raise BadInputError("sealed.content", name=INNER)
    for listed in inner.files:
        data = files[listed.name]
        if (listed.size, listed.sha256) != (len(data), hashlib.sha256(data).hexdigest()):
            raise BadInputError("sealed.content", name=listed.name)
    return Opened(manifest, signed, inner, _facts(_json(files, FACTS, list[dict[str, Any]])), files)


def untarred(tar: bytes) -> dict[str, bytes]:
    """Every regular file by its name, in order; anything else in the tar is refused."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=BytesIO(tar), mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or not SAFE_NAME.fullmatch(member.name) or member.name in files:
                    raise BadInputError("sealed.content", name=ascii(member.name))
                files[member.name] = content.read()
    except (tarfile.TarError, EOFError) as error:
        raise BadInputError("sealed.content", name="tar") from error
    return files


def _json(files: dict[str, bytes], name: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(files.get(name, b""), type=kind)
    except NOT_JSON as error:
        raise BadInputError("sealed.content", name=name) from error


def _facts(items: list[dict[str, Any]]) -> tuple[Fact, ...]:
    known = [item for item in items if item.get("type") in _KNOWN_FACTS]
    try:
        return msgspec.convert(tuple(known), tuple[Fact, ...])
    except (msgspec.ValidationError, TypeError) as error:
        raise BadInputError("sealed.content", name=FACTS) from error
