"""`kiosk image update|rollback|status` on an invented machine: what is refused, and what is said. T2, T3."""

from __future__ import annotations

import json
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli.main import main
from kiosk.imaging.running import look
from tests.image_kit import fat16, make_bundle, release_text
from tests.slots_kit import autoboot

pytestmark = pytest.mark.skipif(
    not (shutil.which("rauc") and shutil.which("mksquashfs")), reason="needs rauc and squashfs-tools"
)
FAKE = """#!/bin/sh
case "$1" in info | bundle) exec {rauc} "$@" ;; esac
echo "$*" >> {calls}
printf '  0%% Installing\\n 40%% Copying image to rootfs.1\\n100%% Installing done.\\n'
if [ -e {fail} ]; then cat {fail}; exit 1; fi
"""


class Device:
    """The machine's files, and a RAUC that reads bundles truly and installs nothing."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, root / "data/kiosk"
        self.calls, self.fail = root / "calls", root / "fail"
        for folder in (
            "bin",
            "etc",
            "bootconfig",
            "proc",
            "dev/disk/by-partlabel",
            "data/rauc",
            "data/kiosk/run",
        ):
            (root / folder).mkdir(parents=True)
        (root / "etc/kiosk-release").write_bytes(release_text("2.0.0"))
        (root / "bootconfig/autoboot.txt").write_text(autoboot("A"))
        (root / "proc/cmdline").write_text("quiet rauc.slot=A\n")
        self.other("1.9.0")
        self.program("rauc", FAKE.format(rauc=shutil.which("rauc"), calls=self.calls, fail=self.fail))

    def other(self, version: str) -> None:
        volume = self.root / "dev/disk/by-partlabel/boot_b"
        volume.write_bytes(fat16({"release.txt": release_text(version)}) if version else bytes(4096))

    def program(self, name: str, text: str) -> None:
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device(tmp_path / "device")
    monkeypatch.setenv("LC_ALL", "en")
    monkeypatch.setenv("PATH", f"{made.root / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr("kiosk.imaging.running.look", lambda: look(made.root))
    return made


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    for version in ("2.1.0", "1.9.9"):
        make_bundle(folder, version)
    return folder


def update(device: Device, source: object, bundles: Path, *more: str) -> int:
    keyring = str(bundles / "keys/ca.pem")
    return main(
        [
            "image",
            "update",
            str(source),
            "--keyring",
            keyring,
            "--data",
            str(device.data),
            "--no-restart",
            *more,
        ]
    )


def test_a_newer_signed_bundle_is_installed(
    device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update(device, bundles / "2.1.0.raucb", bundles, "--json") == 0
    assert device.asked == [f"install {bundles}/2.1.0.raucb"]
    said = capsys.readouterr()
    assert json.loads(said.out) == {"next": "2.1.0", "restart": False}
    assert "This machine runs 2.0.0" in said.err and "%" not in said.err, "no bar where there is no terminal"


def test_an_older_bundle_is_refused_before_anything_is_written(
    device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update(device, bundles / "1.9.9.raucb", bundles) == 2
    assert "runs 2.0.0" in capsys.readouterr().err and device.asked == []


def test_a_foreign_truncated_or_missing_bundle_is_refused(
    device: Device, bundles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = make_bundle(tmp_path, "3.0.0")
    cut = tmp_path / "cut.raucb"
    cut.write_bytes(foreign.read_bytes()[:-3000])
    for source, words in (
        (foreign, "not signed by anyone"),
        (cut, "cut off"),
        (tmp_path / "none", "cannot be opened"),
    ):
        assert update(device, source, bundles) == 2
        assert words in capsys.readouterr().err
    assert device.asked == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("DOWNGRADE refused: bundle 1.0.0, running 2.0.0", "older than what runs"),
        ("LastError: Failed mounting bundle: No space left on device", "make room"),
        ("LastError: Failed updating slot", "What runs is untouched"),
    ],
)
def test_what_rauc_refuses_is_said_in_words(
    said: str, words: str, device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device.fail.write_text(f"{said}\n")
    assert update(device, bundles / "2.1.0.raucb", bundles) == 2
    assert words in capsys.readouterr().err


def test_nothing_is_installed_while_a_slot_is_on_trial(
    device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device.root / "bootconfig/autoboot.txt").write_text(autoboot("B"))
    assert update(device, bundles / "2.1.0.raucb", bundles) == 2
    assert "on trial" in capsys.readouterr().err and device.asked == []


def test_a_machine_without_slots_is_not_updated(
    device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device.root / "proc/cmdline").write_text("quiet\n")
    assert update(device, bundles / "2.1.0.raucb", bundles) == 2
    assert "nothing to update" in capsys.readouterr().err


def test_a_bundle_comes_over_the_network_too(device: Device, bundles: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, directory=str(bundles), **more)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/2.1.0.raucb"
        assert update(device, address, bundles) == 0
        assert device.asked == [f"install {address}"]
        assert update(device, address.replace("2.1.0", "1.9.9"), bundles) == 2
        assert update(device, address.replace("2.1.0", "none"), bundles) == 2
    finally:
        server.shutdown()
        server.server_close()


# -- going back --------------------------------------------------------------------------------------------------


def rollback(device: Device) -> int:
    return main(["image", "rollback", "--data", str(device.data), "--no-restart"])


def test_the_other_slot_is_asked_for(device: Device, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback(device) == 0
    assert device.asked == ["status mark-active other"]
    assert "1.9.0" in capsys.readouterr().out


@pytest.mark.parametrize("bad", [True, False])
def test_there_is_nothing_to_go_back_to(
    bad: bool, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    if bad:
        (device.root / "bootconfig/slot-B.bad").write_text("bad")
    else:
        device.other("")
    assert rollback(device) == 2
    assert "holds nothing that can start" in capsys.readouterr().err and device.asked == []


# -- what runs ---------------------------------------------------------------------------------------------------


def status(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["image", "status"])
    return code, capsys.readouterr().out


def test_what_runs_is_what_was_started(device: Device, capsys: pytest.CaptureFixture[str]) -> None:
    """Not what was asked for: an update that is on its way is told as such."""
    (device.root / "bootconfig/pending").write_text("B")
    code, said = status(capsys)
    assert code == 0 and "Release 2.0.0 runs from slot A" in said and "tries" not in said
    (device.root / "run/systemd").mkdir(parents=True)
    (device.root / "run/systemd/reboot-param").write_text("0 tryboot\n")
    code, said = status(capsys)
    assert "Release 2.0.0 runs from slot A" in said and "The next start tries slot B" in said


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("interrupted", "the power failed"),
        ("core-silent", "did not serve"),
        ("core-not-active", "did not run"),
        ("ordering-cycle", "waited for each other"),
        ("new-word", "for no known reason"),
    ],
)
def test_an_update_that_was_not_applied_says_why(
    why: str, words: str, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    (device.root / "data/rauc/kiosk-verdict").write_text(f"result=not-applied\nwanted=B\nwhy={why}\nslot=A\n")
    code, said = status(capsys)
    assert code == 1 and "slot B was NOT applied" in said and words in said


def test_a_trial_is_told_as_one(device: Device, capsys: pytest.CaptureFixture[str]) -> None:
    (device.root / "bootconfig/autoboot.txt").write_text(autoboot("B"))
    code, said = status(capsys)
    assert code == 1 and "ON TRIAL" in said


def test_the_verdicts_words_are_those_of_the_gate() -> None:
    from kiosk.cli.image_update import WHYS
    from tests.slots_kit import HEALTH

    written = HEALTH.read_text()
    assert all(why in written for why in WHYS)
