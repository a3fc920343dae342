"""What a build wrote beside its image: which release it is, and what every file must be to the last byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.errors import BadInputError
from kiosk.imaging.release import COMPATIBLE

SCHEMA = "kiosk.image.v1"
NAME = "manifest.json"
BLOCK = 4 << 20
Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""


class FileLine(msgspec.Struct, frozen=True):
    """`size` in bytes, `sha256` in hex."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    """`files` by name. Keys that a later release adds are let be."""

    schema_name: str
    compatible: str
    version: str
    arch: str
    files: dict[str, FileLine]
    flavour: str = ""
    recipe: str = ""


def read_manifest(image: Path) -> Manifest:
    """The manifest in the folder of `image`. Raises `BadInputError` when there is none, or it is another product's."""
    place = image.with_name(NAME)
    try:
        manifest = msgspec.json.decode(place.read_bytes(), type=Manifest)
    except OSError as error:
        raise BadInputError("image.no_manifest", file=str(place)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError("image.bad_manifest", file=str(place), why=str(error)) from error
    if manifest.schema_name != SCHEMA or manifest.compatible != COMPATIBLE:
        raise BadInputError("image.foreign", file=str(place), found=manifest.compatible)
    return manifest


def check_file(file: Path, manifest: Manifest, progress: Progress) -> None:
    """Reads the whole file. Raises `BadInputError` unless it is what its build wrote, to the last byte."""
    line = manifest.files.get(file.name)
    if line is None:
        raise BadInputError("image.not_listed", file=file.name)
    try:
        found = file.stat().st_size
        if found != line.size:
            code = "image.truncated" if found < line.size else "image.changed"
            raise BadInputError(code, file=str(file), found=found, expected=line.size)
        digest = _digest(file, line.size, progress)
    except OSError as error:
        raise BadInputError("image.unreadable", file=str(file), why=error.strerror or "") from error
    if digest != line.sha256:
        raise BadInputError("image.changed", file=str(file), found=digest[:16], expected=line.sha256[:16])


def _digest(file: Path, size: int, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(done, size)
    return digest.hexdigest()
