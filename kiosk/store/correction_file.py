"""The documents in which corrections travel: sealed to the centre's keys one a dossier, a signed list of them on the
stick, and the centre's signed reply (`docs/dossier-format.md`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.domain.correction import CorrectionDecided, Evidence, Refusal, Verdict
from kiosk.domain.dossier import Dossier, Sample, Source
from kiosk.domain.person import Person
from kiosk.domain.time import Reading
from kiosk.errors import BadInputError
from kiosk.store.keys import DeviceKeys, key_id
from kiosk.store.sealing import InnerFile, sample_name, tar_of

FILE, BUNDLE, REPLY = "kiosk.correction.v1", "kiosk.corrections.v1", "kiosk.corrections.reply.v1"
INNER = "correction.json"
NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class CorrectedField(msgspec.Struct, frozen=True):
    """One datum: what was `known`, the `value` an officer has accepted, and on what evidence."""

    field: str
    known: str
    value: str
    verdict: Verdict
    evidence: Evidence
    officer: str
    reason: str


class CorrectionFile(msgspec.Struct, frozen=True):
    """`correction.json`: whose data are wrong, as they were known from `source`, and the photographs beside it."""

    schema: str
    dossier: str
    kiosk: str
    source: Source
    person: Person
    fields: tuple[CorrectedField, ...]
    files: tuple[InnerFile, ...]


class Listed(msgspec.Struct, frozen=True):
    """One sealed file: `file` is its SHA-256 and its name; whose it is stands inside alone."""

    file: str
    size: int
    dossier: str
    fields: tuple[str, ...]


class Bundle(msgspec.Struct, frozen=True):
    """`manifest.json` of an export. `seq` is the audit event of it; `signature` as of a dossier's manifest."""

    schema: str
    kiosk: str
    seq: int
    clock: Reading
    corrections: tuple[Listed, ...]
    device_key: str
    signature: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What became of one correction; `reason` of one that was refused."""

    file: str
    dossier: str
    field: str
    result: Literal["accepted", "refused"]
    reason: Refusal | None = None


class Reply(msgspec.Struct, frozen=True):
    """The centre's answer to exports of one kiosk; `centre_key` names the key as `device_key` does."""

    schema: str
    kiosk: str
    answers: tuple[Answer, ...]
    centre_key: str
    signature: str = ""


Signed = TypeVar("Signed", Bundle, Reply)


def accepted_in(dossier: Dossier) -> dict[str, CorrectionDecided]:
    """The decisions that change a known datum."""
    decided = dossier.decisions.items()
    return {
        name: said
        for name, said in decided
        if said.verdict is not Verdict.REFUSED and said.value != dossier.value(name)
    }


def pack_correction(dossier: Dossier, kiosk: str, papers: Sequence[tuple[Sample, bytes]]) -> bytes | None:
    """The plain tar of the corrections an officer has accepted; None without any."""
    identified = dossier.identified
    fields = tuple(
        CorrectedField(
            name, dossier.value(name), said.value, said.verdict, said.evidence, said.officer, said.reason
        )
        for name, said in accepted_in(dossier).items()
    )
    if not fields or identified is None:
        return None
    files = tuple(InnerFile(sample_name(s), s.media, s.size, s.id) for s, _ in papers)
    inner = CorrectionFile(FILE, dossier.number, kiosk, identified.source, identified.person, fields, files)
    named = [(sample_name(sample), data) for sample, data in papers]
    return tar_of([(INNER, msgspec.json.format(msgspec.json.encode(inner))), *named])


def sign_bundle(bundle: Bundle, keys: DeviceKeys) -> Bundle:
    return msgspec.structs.replace(bundle, signature=keys.sign(_canonical(bundle)).hex())


def sign_reply(kiosk: str, answers: tuple[Answer, ...], key: Ed25519PrivateKey) -> Reply:
    """The centre's side."""
    plain = Reply(REPLY, kiosk, answers, key_id(key.public_key()))
    return msgspec.structs.replace(plain, signature=key.sign(_canonical(plain)).hex())


def read_bundle(data: bytes, device: Ed25519PublicKey) -> Bundle:
    """Raises `BadInputError`: see `_read`."""
    bundle = _read(data, Bundle, BUNDLE, device)
    _check_key(bundle.device_key, device)
    return bundle


def read_reply(data: bytes, kiosk: str, centre: Ed25519PublicKey) -> Reply:
    """A reply to `kiosk`, signed by `centre`. Raises `BadInputError`: `corrections.other_kiosk`, and see `_read`."""
    reply = _read(data, Reply, REPLY, centre)
    _check_key(reply.centre_key, centre)
    if reply.kiosk != kiosk:
        raise BadInputError("corrections.other_kiosk", found=ascii(reply.kiosk), expected=kiosk)
    return reply


def _read(data: bytes, kind: type[Signed], schema: str, key: Ed25519PublicKey) -> Signed:
    """Fields of a later release count in the signature.

    Raises `BadInputError`: `corrections.malformed` (with the place in the document), `corrections.forged`.
    """
    try:
        document = msgspec.json.decode(data, type=kind)
        fields = msgspec.json.decode(data, type=dict[str, Any])
    except NOT_JSON as error:
        raise BadInputError("corrections.malformed", why=str(error)) from error
    if document.schema != schema:
        raise BadInputError("corrections.malformed", why=f"schema {document.schema!a}")
    fields.pop("signature", None)
    try:
        signed = schema.encode() + b"\0" + msgspec.json.encode(fields, order="sorted")
        key.verify(_signature(document.signature), signed)
    except (InvalidSignature, ValueError) as error:
        raise BadInputError("corrections.forged", key=key_id(key)) from error
    return document


def _signature(written: str) -> bytes:
    """From the one way it is written, in small letters. Raises `ValueError`."""
    signature = bytes.fromhex(written)
    if signature.hex() != written:
        raise ValueError("not as it was signed")
    return signature


def _check_key(found: str, key: Ed25519PublicKey) -> None:
    if found != key_id(key):
        raise BadInputError("corrections.forged", key=key_id(key))


def _canonical(document: Bundle | Reply) -> bytes:
    fields = msgspec.to_builtins(document)
    del fields["signature"]
    return document.schema.encode() + b"\0" + msgspec.json.encode(fields, order="sorted")


def file_id(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
