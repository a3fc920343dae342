"""Opening a sealed dossier (X1): whatever was changed on the way is refused, and nothing in it breaks the reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.message import Message
from kiosk.errors import BadInputError
from kiosk.store.opening import Opened, open_sealed, read_device_key, read_identity
from tests.export_kit import Spooled, content, copy_of, forged, opened, seal_one, tar_of


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Spooled:
    return seal_one(tmp_path_factory.mktemp("sealed"))


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
