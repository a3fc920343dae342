"""The centre's side of an export of corrections: opened where the key is, each file checked before it is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.correction import Refusal
from kiosk.errors import BadInputError
from kiosk.store.correction_file import (
    FILE,
    INNER,
    NOT_JSON,
    Answer,
    Bundle,
    CorrectionFile,
    Listed,
    file_id,
    read_bundle,
)
from kiosk.store.corrections import LIST
from kiosk.store.files import make_folder, write_durably
from kiosk.store.opening import untarred

Refusals = Mapping[tuple[str, str], Refusal]


def bundle_in(folder: Path, device: Ed25519PublicKey) -> Bundle:
    """The signed list of an export. Raises `BadInputError`: `corrections.unreadable`, and see `read_bundle`."""
    return read_bundle(_bytes(folder / LIST), device)


def open_bundle(
    folder: Path, bundle: Bundle, identity: pyrage.x25519.Identity
) -> Iterator[tuple[CorrectionFile, dict[str, bytes]]]:
    """Each dossier's corrections with the files beside them.

    Raises `BadInputError`: `corrections.unreadable`, `corrections.changed`, `sealed.other_key`, `sealed.content`.
    """
    for listed in bundle.corrections:
        name = f"{listed.file}.age"
        data = _bytes(folder / name)
        if (file_id(data), len(data)) != (listed.file, listed.size):
            raise BadInputError("corrections.changed", file=ascii(name))
        try:
            files = untarred(bytes(pyrage.decrypt(data, [identity])))
        except pyrage.DecryptError as error:
            raise BadInputError("sealed.other_key") from error
        yield _inner(files, bundle, listed), files


def write_opened(place: Path, files: Mapping[str, bytes]) -> None:
    make_folder(place)
    for name, data in files.items():
        write_durably(place / name, data)


def answers_to(bundle: Bundle, refused: Refusals) -> tuple[Answer, ...]:
    """Every correction accepted, but those `refused` by dossier and field. Raises `BadInputError` for one not there."""
    found = []
    left = dict(refused)
    for listed in bundle.corrections:
        for field in listed.fields:
            why = left.pop((listed.dossier, field), None)
            found.append(
                Answer(listed.file, listed.dossier, field, "accepted" if why is None else "refused", why)
            )
    for dossier, field in left:
        raise BadInputError("corrections.unknown", place="--refuse", dossier=dossier, field=field)
    return tuple(found)


def _inner(files: dict[str, bytes], bundle: Bundle, listed: Listed) -> CorrectionFile:
    """What lies in the tar is what its own list says, of the kiosk and the dossier that the signed list says."""
    try:
        inner = msgspec.json.decode(files.get(INNER, b""), type=CorrectionFile)
    except NOT_JSON as error:
        raise BadInputError("sealed.content", name=INNER) from error
    fields = tuple(sorted(field.field for field in inner.fields))
    if (inner.schema, inner.kiosk, inner.dossier) != (FILE, bundle.kiosk, listed.dossier):
        raise BadInputError("sealed.content", name=INNER)
    if not set(listed.fields) <= set(fields) or [INNER, *(file.name for file in inner.files)] != list(files):
        raise BadInputError("sealed.content", name=INNER)
    for file in inner.files:
        if (len(files[file.name]), file_id(files[file.name])) != (file.size, file.sha256):
            raise BadInputError("sealed.content", name=file.name)
    return inner


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadInputError("corrections.unreadable", file=path.name, why=why) from error
