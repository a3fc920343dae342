"""`kiosk image flash|inspect` as a technician types it. T1."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.imaging.disks import Disk
from tests.image_kit import MIB, kiosk_image, make_bundle, write_build

STICK = Disk("sdx", 32_000_000_000, "Card Reader", "usb", True, (), ("sdx1",))
SYSTEM = Disk("nvme0n1", 10**12, "Internal", "", False, ("/",), ())
ROOT = Path(__file__).parents[2]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return write_build(tmp_path / "build", kiosk_image("1.2.0"), "1.2.0")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    file = tmp_path / "card"
    with file.open("wb") as stream:
        stream.truncate(32 * MIB)
    return file


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en")


@pytest.fixture(autouse=True)
def disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.imaging.disks.list_disks", lambda: (SYSTEM, STICK))


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_written_inspected_and_the_same(build: Path, card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "flash", str(build), "--file", str(card), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "1.2.0"
    assert main(["image", "inspect", str(card), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["size"], found["committed"]) == (32 * MIB, "A")
    assert [slot["release"]["version"] for slot in found["slots"]] == ["1.2.0", "1.2.0"]
    assert main(["image", "inspect", str(card)]) == 0
    assert "A  1.2.0        starts from here" in capsys.readouterr().out


def test_only_what_may_be_written_is_shown_and_the_name_is_typed_twice(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "sdx", "sdy")
    assert main(["image", "flash", str(build)]) == 1
    said = capsys.readouterr().err
    assert "sdx" in said and "nvme" not in said
    assert "Everything on sdx" in said and "Nothing was written" in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nvme0n1", "this machine runs from"),
        ("sdx1", "Name the whole disk: sdx"),
        ("sdz", "There is no disk sdz"),
    ],
)
def test_a_wrong_disk_is_refused_before_anything_is_asked(
    name: str, words: str, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "flash", str(build), name]) == 2
    assert words in capsys.readouterr().err


def test_no_card_at_all_is_said(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kiosk.imaging.disks.list_disks", lambda: (SYSTEM,))
    assert main(["image", "flash", str(build)]) == 2
    assert "Plug one in" in capsys.readouterr().err


def test_a_truncated_image_touches_no_card(
    build: Path, card: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build.write_bytes(build.read_bytes()[:-4096])
    assert main(["image", "flash", str(build), "--file", str(card)]) == 2
    assert "cut off" in capsys.readouterr().err
    assert card.read_bytes() == bytes(32 * MIB)


def test_a_card_that_is_not_there_is_said(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "flash", str(build), "--file", str(build.parent / "none")]) == 2
    assert "cannot be opened" in capsys.readouterr().err


# -- bundles -----------------------------------------------------------------------------------------------------

needs_rauc = pytest.mark.skipif(
    not (shutil.which("rauc") and shutil.which("mksquashfs")), reason="needs rauc and squashfs-tools"
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release 2.0.0, signed; its keyring is `keys/ca.pem` beside it, somebody else's `other/ca.pem`."""
    folder = tmp_path_factory.mktemp("bundle")
    subprocess.run([ROOT / "image/keys.sh", folder / "other"], check=True, capture_output=True)
    return make_bundle(folder, "2.0.0")


def only_squashfs(data: bytes) -> bytes:
    """Its length stands in its first block (squashfs 4.0, `bytes_used`); it is padded to 4096."""
    return data[: -(-int.from_bytes(data[40:48], "little") // 4096) * 4096]


@needs_rauc
def test_a_bundle_tells_its_release_and_who_vouches_for_it(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring = str(bundle.parent / "keys/ca.pem")
    assert main(["image", "inspect", str(bundle), "--keyring", keyring]) == 0
    assert "kiosk test release" in capsys.readouterr().out
    assert main(["image", "inspect", str(bundle)]) == 0
    assert "Nobody was asked" in capsys.readouterr().out


@needs_rauc
@pytest.mark.parametrize(
    ("spoil", "keys", "words"),
    [
        (lambda data: data, "other", "not signed by anyone"),
        (lambda data: data[:-5000], "keys", "cut off"),
        (only_squashfs, "keys", "not signed"),
        (lambda data: only_squashfs(data) + bytes(4096), "keys", "cut off"),
        (lambda data: data[:20_000], "keys", "cut off"),
        (lambda data: data[:-40] + bytes(32) + data[-8:], "keys", "2.0.0.raucb"),
    ],
)
def test_a_bundle_that_must_not_be_installed_is_refused(
    spoil: object, keys: str, words: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "2.0.0.raucb"
    file.write_bytes(spoil(bundle.read_bytes()))  # type: ignore[operator]
    assert main(["image", "inspect", str(file), "--keyring", str(bundle.parent / keys / "ca.pem")]) == 1
    assert words in capsys.readouterr().err


# -- making one --------------------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The slots of a build as its manifest lists them."""
    contents = {name: random.Random(name).randbytes(1 << 16) for name in ("system.img", "boot.vfat")}
    write_build(tmp_path / "built", b"", "2.3.0", files=listed(contents))
    for name, data in contents.items():
        (tmp_path / "built" / name).write_bytes(data)
    return tmp_path / "built"


def listed(contents: dict[str, bytes]) -> dict[str, dict[str, object]]:
    return {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in contents.items()
    }


def make(build: Path, out: Path, keys: Path) -> int:
    options = [f"--{name}={keys / file}" for name, file in KEY_FILES.items()]
    return main(["image", "bundle", "--build", str(build), "--out", str(out), *options])


KEY_FILES = {"cert": "rel.pem", "key": "rel.key", "keyring": "ca.pem"}


@needs_rauc
def test_a_build_becomes_a_signed_bundle(
    built: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    out, keys = built.parent / "new.raucb", bundle.parent / "keys"
    assert make(built, out, keys) == 0
    assert main(["image", "inspect", str(out), "--keyring", str(keys / "ca.pem"), "--json"]) == 0
    assert '"version":"2.3.0"' in capsys.readouterr().out.splitlines()[-1]


@needs_rauc
def test_a_stale_image_is_not_bundled(
    built: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (built / "boot.vfat").write_bytes(bytes(1 << 16))
    assert make(built, built.parent / "new.raucb", bundle.parent / "keys") == 2
    assert "is not what was built" in capsys.readouterr().err
    assert not (built.parent / "new.raucb").exists()


@needs_rauc
def test_a_key_that_is_not_the_certificates_makes_no_bundle(
    built: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    mixed = built.parent / "mixed"
    shutil.copytree(bundle.parent / "keys", mixed)
    shutil.copy(bundle.parent / "other/rel.key", mixed / "rel.key")
    assert make(built, built.parent / "new.raucb", mixed) == 2
    assert "could not be made" in capsys.readouterr().err
    assert not (built.parent / "new.raucb").exists()


@pytest.mark.parametrize("command", [["build", "--arch", "amd64"], ["bundle"]])
def test_outside_a_checkout_nothing_is_made(
    command: list[str], built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(built)
    code = main(["image", *command]) if command[0] == "build" else make(built, built / "x", built)
    assert code == 2
    assert "Run this in a checkout" in capsys.readouterr().err


def make_stub(folder: Path) -> Path:
    """A `make` that notes what it was told; a folder of the recipe beside it."""
    (folder / "image").mkdir()
    (folder / "image/bundle.sh").touch()
    noted = folder / "noted"
    stub = folder / "bin" / "make"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\necho "$* $VERSION $KEYRING $REPAIR_KEYS" > {noted}\n')
    stub.chmod(0o755)
    return noted


def test_what_an_image_trusts_is_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that knows no keyring takes no update, ever."""
    noted = make_stub(tmp_path)
    for name in ("ca.pem", "keys.pub"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    options = ["--release", "1.3.0", "--keyring", "ca.pem", "--repair-keys", "keys.pub"]
    assert main(["image", "build", "--arch", "arm64", *options]) == 0
    assert noted.read_text() == f"image ARCH=arm64 1.3.0 {tmp_path / 'ca.pem'} {tmp_path / 'keys.pub'}\n"


def test_a_file_that_is_not_there_is_said_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = make_stub(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert main(["image", "build", "--arch", "amd64", "--keyring", "ca.pem"]) == 2
    assert "ca.pem" in capsys.readouterr().err
    assert not noted.exists()
