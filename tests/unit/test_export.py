"""A centre takes what it needs from a sealed dossier (X1): everything checked on the way, nothing half written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.biometrics.iso_face import Gender, read_face_record
from kiosk.biometrics.iso_finger import read_finger_record
from kiosk.biometrics.pictures import png_of_finger, png_of_frame
from kiosk.biometrics.raster import PictureFormat, read_raster
from kiosk.cli.export import FACE_FORMATS, FINGER_FORMATS
from kiosk.cli.main import main
from kiosk.domain.dossier import Approved, DossierEvent, SampleKind
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message
from kiosk.errors import BadInputError, StoreError
from kiosk.hal.camera import Frame
from kiosk.hal.fingers import FingerImage
from kiosk.store.export import Export, FaceFormat, FingerFormat, export_to
from kiosk.store.ledger import SqliteLedger
from kiosk.store.opening import Opened, open_sealed, read_device_key, read_identity
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


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Spooled:
    folder, keys = tmp_path_factory.mktemp("sealed"), Keys()
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


# -- what was tampered with --------------------------------------------------------------------------------------


def copy_of(sealed: Spooled, folder: Path) -> Path:
    for path in (sealed.age, sealed.age.with_suffix(".json")):
        shutil.copy(path, folder)
    return folder / sealed.age.name


def edited(field: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update({field: value})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (edited("dossier", "MAU01-000002"), "sealed.signature"),
        (edited("counter", 7), "sealed.signature"),
        (edited("later", True), "sealed.signature"),
        (edited("signature", "00" * 64), "sealed.signature"),
        (edited("signature", "not hex"), "sealed.signature"),
        (edited("device_key", "0" * 16), "sealed.other_device"),
        (edited("schema", "kiosk.dossier.v9"), "sealed.manifest"),
        (edited("size", "big"), "sealed.manifest"),
    ],
)
def test_a_changed_manifest_is_refused(
    sealed: Spooled, tmp_path: Path, change: Callable[[dict[str, Any]], None], code: str
) -> None:
    age = copy_of(sealed, tmp_path)
    manifest = json.loads(age.with_suffix(".json").read_text())
    change(manifest)
    age.with_suffix(".json").write_text(json.dumps(manifest))
    found = opened(sealed, age)
    assert isinstance(found, Message)
    assert found.code == code


def test_a_field_of_a_later_release_is_signed_too(sealed: Spooled, tmp_path: Path) -> None:
    """`docs/dossier-format.md`: readers skip what they do not know and verify over all fields there are."""
    age = copy_of(sealed, tmp_path)
    manifest = json.loads(age.with_suffix(".json").read_text()) | {"later": [1, "à"]}
    del manifest["signature"]
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    manifest["signature"] = sealed.ledger_keys.sign(b"kiosk.dossier.v1\0" + canonical).hex()
    age.with_suffix(".json").write_text(json.dumps(manifest))
    assert isinstance(opened(sealed, age), Opened)


def test_a_changed_or_renamed_file_is_refused(sealed: Spooled, tmp_path: Path) -> None:
    age = copy_of(sealed, tmp_path)
    data = bytearray(age.read_bytes())
    data[-1] ^= 1
    age.write_bytes(bytes(data))
    found = opened(sealed, age)
    assert isinstance(found, Message)
    assert found.code == "sealed.changed"
    other = tmp_path / "another.age"
    shutil.copy(sealed.age, other)
    shutil.copy(sealed.age.with_suffix(".json"), other.with_suffix(".json"))
    renamed = opened(sealed, other)
    assert isinstance(renamed, Message)
    assert renamed.code == "sealed.changed"


@given(st.binary(max_size=300) | st.just(b"[" * 100_000))
@settings(deadline=None, max_examples=40)
def test_no_manifest_breaks_the_reader(sealed: Spooled, data: bytes) -> None:
    folder = sealed.key.parent / "junk"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    age = copy_of(sealed, folder)
    age.with_suffix(".json").write_bytes(data)
    found = opened(sealed, age)
    assert isinstance(found, Message)
    assert found.code == "sealed.manifest"


def test_another_key_and_a_missing_file_are_refused(sealed: Spooled, tmp_path: Path) -> None:
    stranger = pyrage.x25519.Identity.generate()
    found = open_sealed(sealed.age, stranger, read_device_key(sealed.device))
    gone = opened(sealed, tmp_path / "nothing.age")
    assert isinstance(found, Message)
    assert isinstance(gone, Message)
    assert (found.code, gone.code) == ("sealed.other_key", "sealed.unreadable")


@pytest.mark.parametrize(
    "text", ["", "no key", "AGE-SECRET-KEY-1", "\xff", "AGE-SECRET-KEY-1A\nAGE-SECRET-KEY-1B"]
)
def test_a_bad_key_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text, "latin-1")
    with pytest.raises(BadInputError, match=r"sealed\.key_unreadable"):
        read_identity(tmp_path / "k")
    with pytest.raises(BadInputError, match=r"sealed\.key_unreadable"):
        read_identity(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["", "00", "g" * 64, "00" * 33])
def test_a_bad_device_key_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match=r"sealed\.device_key"):
        read_device_key(text)


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


@pytest.mark.parametrize(
    "change",
    [
        lambda files: tar_of([]),
        lambda files: tar_of(files[1:]),
        lambda files: tar_of(files[:-1]),
        lambda files: tar_of([*files, ("more.png", b"x")]),
        lambda files: tar_of([*files, files[-1]]),
        lambda files: tar_of([*files, ("../up.png", b"x")]),
        lambda files: tar_of([*files, ("/etc/passwd", b"x")]),
        lambda files: tar_of(files, b"2"),
        lambda files: tar_of([*files[:-1], (files[-1][0], b"another picture")]),
        lambda files: tar_of([(files[0][0], b"{}"), *files[1:]]),
        lambda files: tar_of([files[0], ("facts.json", b"[" * 50_000), *files[2:]]),
        lambda files: tar_of(files)[:700],
        lambda files: b"",
        lambda files: b"\x00junk" * 500,
    ],
)
def test_a_dossier_with_other_content_is_refused(
    sealed: Spooled, tmp_path: Path, change: Callable[[list[tuple[str, bytes]]], bytes]
) -> None:
    found = opened(sealed, forged(sealed, tmp_path, change(content(sealed))))
    assert isinstance(found, Message)
    assert found.code == "sealed.content"


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
