"""One sealed dossier with real pictures, and forgeries of it."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kiosk.biometrics.pictures import png_of_finger, png_of_frame
from kiosk.domain.dossier import Approved, DossierEvent, SampleKind
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message
from kiosk.hal.camera import Frame
from kiosk.hal.fingers import FingerImage
from kiosk.store.ledger import SqliteLedger
from kiosk.store.opening import Opened, open_sealed, read_device_key
from kiosk.store.sealing import Manifest, sign
from tests.kit import Keys, begin_dossier, open_ledger, slip_for

FLAT, ROLLED = FingerPosition.RIGHT_FOUR, FingerPosition.RIGHT_INDEX


class Spooled(msgspec.Struct, frozen=True):
    """One sealed dossier, and what opens and checks it."""

    age: Path
    key: Path
    identity: Any
    recipients: Any
    device: str
    ledger_keys: Any


def print_of(position: FingerPosition, impression: Impression, ppi: int = 500) -> bytes:
    pixels = np.random.default_rng(position).integers(0, 256, 40 * 30, np.uint8).tobytes()
    return png_of_finger(FingerImage(position, impression, 40, 30, ppi, pixels))


def portrait() -> bytes:
    return png_of_frame(Frame(30, 40, np.random.default_rng(3).bytes(30 * 40 * 3)))


def seal_one(folder: Path) -> Spooled:
    """A dossier with a portrait, a slap, a rolled finger and a mark, sealed in `folder`."""
    keys = Keys()
    (folder / "centre.key").write_text(f"# created: 2026\n{keys.centre}\n")
    with closing(open_ledger(folder / "data", keys)) as ledger:
        dossier = begin_dossier(ledger)
        for kind, key, data, score, position in (
            (SampleKind.PORTRAIT, "portrait", portrait(), -1, 0),
            (SampleKind.FINGER, "flat-13", print_of(FLAT, Impression.FLAT), 80, FLAT),
            (SampleKind.FINGER, "rolled-02", print_of(ROLLED, Impression.ROLLED, 1000), -1, ROLLED),
            (SampleKind.MARK, "mark", print_of(ROLLED, Impression.FLAT), 70, ROLLED),
        ):
            dossier, _ = ledger.keep(dossier, kind, key, "image/png", data, score=score, position=position)
        return _seal(ledger, dossier, keys, folder)


def _seal(ledger: SqliteLedger, dossier: Any, keys: Keys, folder: Path) -> Spooled:
    dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
    dossier = ledger.record(dossier, Approved("Nguyễn Thị Duyệt", ()))
    dossier = ledger.move(dossier, DossierEvent.APPROVE, "desk:0")
    age = Path(ledger.seal(dossier, slip_for(dossier)).file)
    device = ledger.keys.public.public_bytes_raw().hex()
    return Spooled(age, folder / "centre.key", keys.centre, keys.recipients(), device, ledger.keys)


def opened(sealed: Spooled, age: Path | None = None) -> Opened | Message:
    return open_sealed(age or sealed.age, sealed.identity, read_device_key(sealed.device))


def is_open(sealed: Spooled) -> Opened:
    found = opened(sealed)
    assert isinstance(found, Opened)
    return found


def copy_of(sealed: Spooled, folder: Path) -> Path:
    for path in (sealed.age, sealed.age.with_suffix(".json")):
        shutil.copy(path, folder)
    return folder / sealed.age.name


def forged(sealed: Spooled, folder: Path, tar: bytes) -> Path:
    """Another content, properly sealed and signed with the device's own key: the worst that can arrive."""
    data = sealed.recipients.encrypt(tar)
    digest = hashlib.sha256(data).hexdigest()
    old = msgspec.json.decode(sealed.age.with_suffix(".json").read_bytes(), type=Manifest)
    manifest = sign(msgspec.structs.replace(old, id=digest, size=len(data)), sealed.ledger_keys)
    age = folder / f"{digest}.age"
    age.write_bytes(data)
    age.with_suffix(".json").write_bytes(msgspec.json.encode(manifest))
    return age


def tar_of(files: list[tuple[str, bytes]], kind: bytes = b"0") -> bytes:
    import tarfile

    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = (len(data), kind) if kind == b"0" else (0, kind)
            tar.addfile(entry, BytesIO(data))
    return out.getvalue()


def content(sealed: Spooled) -> list[tuple[str, bytes]]:
    return list(is_open(sealed).files.items())
