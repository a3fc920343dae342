"""Update bundles, read and checked by RAUC: a squashfs with its own integrity tree and a signature behind it."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError
from kiosk.imaging.release import COMPATIBLE

SIGNER = re.compile(r"Verified inline signature by '([^']*)'")
PATIENCE_S = 120.0
SQUASHFS, SUPERBLOCK, PADDED = b"hsqs", 96, 4096
LENGTH_BYTES = 8
"""The last bytes of a bundle: how long its signature is, as a big-endian number."""


class BundleImage(msgspec.Struct, frozen=True):
    """One slot's content; `size` in bytes."""

    name: str
    size: int
    sha256: str = ""


class Bundle(msgspec.Struct, frozen=True):
    """`signer` is the subject of the certificate that vouches for it, "" when nobody was asked."""

    version: str
    compatible: str
    images: tuple[BundleImage, ...]
    signer: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the version and each image's name and digest, a line each: told before anything is fetched."""
        lines = (self.version, *(f"{image.name} {image.sha256}" for image in self.images))
        return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def read_bundle(source: str, keyring: Path | None = None, config: Path | None = None) -> Bundle | Message:
    """A bundle that somebody in the keyring signed, or why it is none.

    `source` is a path or an `http(s)` address; `keyring` a PEM file, without it the one of RAUC's own configuration.
    Codes: `bundle.absent`, `bundle.truncated`, `bundle.unsigned`, `bundle.foreign_signature`, `bundle.other_product`,
    `bundle.unreadable`. Raises `BadInputError` `bundle.no_rauc` where RAUC is not installed.
    """
    damaged = None if is_address(source) else _damage(Path(source))
    if damaged is not None:
        return damaged
    options = [f"--keyring={keyring}"] if keyring else []
    options += [f"--conf={config}"] if config else []
    done = rauc(["info", "--output-format=json", *options, source])
    if done.returncode != 0:
        return _refusal(source, done.stderr)
    bundle = _parsed(done.stdout, done.stderr)
    if isinstance(bundle, Bundle) and bundle.compatible != COMPATIBLE:
        return msg("bundle.other_product", file=source, found=bundle.compatible)
    return bundle


def unchecked_bundle(file: Path) -> Bundle | Message:
    """What a bundle says of itself, without asking who vouches for it."""
    damaged = _damage(file)
    if damaged is not None:
        return damaged
    done = rauc(["info", "--no-verify", "--output-format=json", str(file)])
    return _parsed(done.stdout, "") if done.returncode == 0 else _refusal(str(file), done.stderr)


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def rauc(arguments: list[str], patience: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """RAUC's answer. Raises `BadInputError` `bundle.no_rauc`, or `bundle.late` when it does not come."""
    try:
        return subprocess.run(
            ["rauc", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
    except FileNotFoundError as error:
        raise BadInputError("bundle.no_rauc") from error
    except subprocess.TimeoutExpired as error:
        raise BadInputError("bundle.late", seconds=int(patience)) from error


def _damage(file: Path) -> Message | None:
    """What can be told without RAUC, in plainer words than its own.

    A squashfs alone (its length stands in its first block, padded to 4096) was never signed; one with less than that
    behind it, or with a signature longer than the rest, is cut off.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            begin = stream.read(SUPERBLOCK)
            stream.seek(max(0, size - LENGTH_BYTES))
            signature = int.from_bytes(stream.read(LENGTH_BYTES), "big")
    except OSError as error:
        return msg("bundle.absent", file=str(file), why=error.strerror or type(error).__name__)
    if begin[:4] != SQUASHFS:
        return msg("bundle.unreadable", file=str(file), why="squashfs")
    content = int.from_bytes(begin[40:48], "little")
    if content <= size <= -(-content // PADDED) * PADDED:
        return msg("bundle.unsigned", file=str(file))
    if not 0 < signature <= size - content - LENGTH_BYTES:
        return msg("bundle.truncated", file=str(file))
    return None


def _refusal(source: str, said: str) -> Message:
    if "signature verification failed" in said or "Verify error" in said:
        return msg("bundle.foreign_signature", file=source)
    lines = [line for line in said.splitlines() if line and "-Message:" not in line]
    return msg("bundle.unreadable", file=source, why=(lines or ["rauc"])[-1][:200])


def _parsed(answer: str, said: str) -> Bundle | Message:
    try:
        fields: dict[str, Any] = msgspec.json.decode(answer)
        images = [pair for line in fields["images"] for pair in line.items()]
        signer = SIGNER.search(said)
        return Bundle(
            version=str(fields["version"] or ""),
            compatible=str(fields["compatible"] or ""),
            images=tuple(
                BundleImage(name, int(image["size"]), str(image["checksum"])) for name, image in images
            ),
            signer=signer[1] if signer else "",
        )
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as error:
        return msg("bundle.unreadable", file="", why=type(error).__name__)
