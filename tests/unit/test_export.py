"""A centre takes what it needs from a sealed dossier (X1): everything checked on the way, nothing half written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyrage
import pytest
from PIL import Image

from kiosk.biometrics.iso_face import Gender, read_face_record
from kiosk.biometrics.iso_finger import read_finger_record
from kiosk.biometrics.raster import PictureFormat, read_raster
from kiosk.cli.export import FACE_FORMATS, FINGER_FORMATS
from kiosk.cli.main import main
from kiosk.domain.fingers import Impression
from kiosk.domain.message import Message
from kiosk.errors import StoreError
from kiosk.store.export import Export, FaceFormat, FingerFormat, export_to
from kiosk.store.opening import Opened
from tests.export_kit import (
    FLAT,
    ROLLED,
    Spooled,
    content,
    copy_of,
    forged,
    is_open,
    opened,
    portrait,
    print_of,
    seal_one,
    tar_of,
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Spooled:
    return seal_one(tmp_path_factory.mktemp("sealed"))


def run(sealed: Spooled, to: Path, *options: str) -> int:
    given_ = ["--key", str(sealed.key), "--device-key", sealed.device, "--to", str(to), "--json", *options]
    return main(["dossier", "export", str(sealed.age), *given_])


def test_the_command_writes_iso_records(
    sealed: Spooled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sealed, tmp_path) == 0
    said = json.loads(capsys.readouterr().out)
    place = Path(said["place"])
    listed = {file["name"]: file for file in said["export"]["files"]}
    assert {path.name for path in place.iterdir()} == {*listed, "export.json"}
    assert json.loads((place / "export.json").read_text()) == said["export"]
    for name, file in listed.items():
        data = (place / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / "sealed.json").read_bytes() == sealed.age.with_suffix(".json").read_bytes()
    (flat,) = _finger(place / "flat-13.fir")
    (rolled,) = _finger(place / "rolled-02.fir")
    assert (flat.position, flat.impression, flat.ppi) == (FLAT, Impression.FLAT, 500)
    assert (rolled.position, rolled.impression, rolled.ppi) == (ROLLED, Impression.ROLLED, 1000)
    assert [block.score for block in flat.capture.quality] == [80]
    assert rolled.capture.quality == ()
    assert flat.capture.taken == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert read_raster(flat.picture, PictureFormat.JP2) == read_raster(
        print_of(FLAT, Impression.FLAT), PictureFormat.PNG
    )
    face = read_face_record((place / "portrait.fac").read_bytes())
    assert not isinstance(face, Message)
    assert (face.gender, face.width, face.height) == (Gender.MALE, 30, 40)
    assert (
        read_raster(face.picture, PictureFormat.JP2).pixels
        == read_raster(portrait(), PictureFormat.PNG).pixels
    )
    assert (place / "mark.png").read_bytes() == print_of(ROLLED, Impression.FLAT)


def _finger(path: Path) -> Any:
    found = read_finger_record(path.read_bytes())
    assert not isinstance(found, Message)
    return found


@pytest.mark.parametrize("form", ["jp2", "png"])
def test_plain_pictures_lose_nothing(sealed: Spooled, tmp_path: Path, form: str) -> None:
    assert run(sealed, tmp_path, "--finger-format", form, "--face-format", form) == 0
    (place,) = tmp_path.iterdir()
    for name, master in (
        ("portrait", portrait()),
        ("flat-13", print_of(FLAT, Impression.FLAT)),
        ("rolled-02", print_of(ROLLED, Impression.ROLLED, 1000)),
    ):
        taken = Image.open(place / f"{name}.{form}")
        kept = Image.open(BytesIO(master))
        assert (taken.tobytes(), taken.size, taken.mode) == (kept.tobytes(), kept.size, kept.mode)
        if "dpi" in kept.info:
            assert round(taken.info["dpi"][0]) == round(kept.info["dpi"][0])


def test_the_command_offers_what_can_be_written() -> None:
    assert (tuple(FingerFormat), tuple(FaceFormat)) == (FINGER_FORMATS, FACE_FORMATS)


def test_nothing_is_overwritten(sealed: Spooled, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sealed, tmp_path) == 0
    (place,) = tmp_path.iterdir()
    (place / "note.txt").write_text("mine")
    capsys.readouterr()
    assert run(sealed, tmp_path) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "export.exists"
    assert (place / "note.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_a_full_disk_leaves_nothing_behind(
    sealed: Spooled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    written: list[int] = []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError):
        export_to(is_open(sealed), tmp_path, FingerFormat.ISO, FaceFormat.ISO)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    (tmp_path / ".MAU01-000001.new").mkdir()
    (tmp_path / ".MAU01-000001.new" / "half.fir").write_bytes(b"left by a power cut")
    assert isinstance(export_to(is_open(sealed), tmp_path, FingerFormat.PNG, FaceFormat.PNG), Export)
    assert [path.name for path in tmp_path.iterdir()] == ["MAU01-000001"]


def test_the_command_says_why_and_writes_nothing(
    sealed: Spooled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bit of the sealed file, another device's key, another secret key: one sentence, status 2, an empty folder."""
    age = copy_of(sealed, tmp_path)
    data = bytearray(age.read_bytes())
    data[len(data) // 2] ^= 1
    age.write_bytes(bytes(data))
    (tmp_path / "other.key").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    stranger = "ab" * 32
    for file, key, device, code in (
        (age, sealed.key, sealed.device, "sealed.changed"),
        (sealed.age, sealed.key, stranger, "sealed.other_device"),
        (sealed.age, tmp_path / "other.key", sealed.device, "sealed.other_key"),
        (sealed.age, tmp_path / "no.key", sealed.device, "sealed.key_unreadable"),
        (tmp_path / "no.age", sealed.key, sealed.device, "sealed.unreadable"),
    ):
        given_ = ["--key", str(key), "--device-key", device, "--to", str(tmp_path / "out"), "--json"]
        assert main(["dossier", "export", str(file), *given_]) == 2
        said = capsys.readouterr()
        assert json.loads(said.out)["error"] == code
        assert len(said.err.splitlines()) == 1
        assert code not in said.err
        assert not (tmp_path / "out").exists()


def reworked(sealed: Spooled, folder: Path, name: str, data: bytes, **fact: object) -> Path:
    """`name` replaced everywhere it is listed, so that only what it holds is wrong."""
    files = dict(content(sealed)) | {name: data}
    facts = json.loads(files["facts.json"])
    for kept in (f["sample"] for f in facts if f["type"] == "sample_kept"):
        if name == f"{kept['key']}.png":
            kept.update(id=hashlib.sha256(data).hexdigest(), size=len(data), **fact)
    files["facts.json"] = json.dumps(facts).encode()
    inner = json.loads(files["manifest.json"])
    for listed in inner["files"]:
        body = files[listed["name"]]
        listed.update(size=len(body), sha256=hashlib.sha256(body).hexdigest())
    files["manifest.json"] = json.dumps(inner).encode()
    return forged(sealed, folder, tar_of(list(files.items())))


def _png(mode: str, dpi: int = 0) -> bytes:
    file = BytesIO()
    Image.new(mode, (8, 8)).save(file, "PNG", **({"dpi": (dpi, dpi)} if dpi else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "fact", "code"),
    [
        ("flat-13.png", b"", {}, "export.picture"),
        ("flat-13.png", b"a photograph of a cat", {}, "export.picture"),
        ("flat-13.png", _png("RGB", 500), {}, "export.picture"),
        ("flat-13.png", _png("1", 500), {}, "export.picture"),
        ("flat-13.png", _png("L"), {}, "export.no_resolution"),
        ("flat-13.png", _png("L", 500), {"position": 99}, "sealed.content"),
        ("portrait.png", _png("L"), {}, "export.picture"),
        ("portrait.png", _png("RGBA"), {}, "export.picture"),
    ],
)
def test_a_picture_that_is_none_is_refused_whole(
    sealed: Spooled, tmp_path: Path, name: str, data: bytes, fact: dict[str, object], code: str
) -> None:
    found = opened(sealed, reworked(sealed, tmp_path, name, data, **fact))
    assert isinstance(found, Opened)
    refused = export_to(found, tmp_path / "out", FingerFormat.ISO, FaceFormat.ISO)
    assert isinstance(refused, Message)
    assert refused.code == code
    assert not (tmp_path / "out").exists()


def test_facts_of_a_later_release_are_skipped(sealed: Spooled, tmp_path: Path) -> None:
    files = dict(content(sealed))
    files["facts.json"] = json.dumps(
        [{"type": "iris_taken", "eye": 1}, *json.loads(files["facts.json"])]
    ).encode()
    inner = json.loads(files["manifest.json"])
    inner["files"][0].update(
        size=len(files["facts.json"]), sha256=hashlib.sha256(files["facts.json"]).hexdigest()
    )
    files["manifest.json"] = json.dumps(inner).encode()
    found = opened(sealed, forged(sealed, tmp_path, tar_of(list(files.items()))))
    assert isinstance(found, Opened)
    assert found.facts == is_open(sealed).facts
