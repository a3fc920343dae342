"""`kiosk image update|rollback|status` on an invented machine: what is refused, and what is said. T2, T3."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.app.process import only_core
from kiosk.cli.main import main
from kiosk.domain.change import Change, ChangeKind
from kiosk.imaging.bundle import Bundle, read_bundle
from kiosk.imaging.unasked import MOST, PLACE, note, noted
from tests.device_kit import Device
from tests.image_kit import make_bundle
from tests.kit import HandClock
from tests.slots_kit import autoboot

pytestmark = pytest.mark.skipif(
    not (shutil.which("rauc") and shutil.which("mksquashfs")), reason="needs rauc and squashfs-tools"
)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device(tmp_path / "device")
    made.stand_in(monkeypatch)
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


# -- nobody to ask -------------------------------------------------------------------------------------------------


def without_core(device: Device, bundles: Path, kind: ChangeKind) -> int:
    return (
        rollback(device) if kind is ChangeKind.ROLLBACK else update(device, bundles / "2.1.0.raucb", bundles)
    )


def acts(device: Device) -> list[str]:
    """What RAUC was asked, without the bundle's place."""
    return [line.split("/")[0].strip() for line in device.asked]


DONE = {ChangeKind.UPDATE: ["install"], ChangeKind.ROLLBACK: ["status mark-active other"]}
TO = {ChangeKind.UPDATE: "2.1.0", ChangeKind.ROLLBACK: "1.9.0"}


@pytest.mark.parametrize("kind", DONE)
@pytest.mark.parametrize("gone", ["run", ""])
def test_where_no_core_answers_nobody_is_asked_and_the_card_keeps_it(
    kind: ChangeKind, gone: str, device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """T3: a release that is broken, and a data partition that is not there, leave a technician a way."""
    shutil.rmtree(device.data / gone)
    assert without_core(device, bundles, kind) == 0
    assert "no officer could be asked" in capsys.readouterr().err
    (line,) = noted(device.root)
    assert (line.change.kind, line.change.was, line.change.to) == (kind, "2.0.0", TO[kind])
    assert len(line.change.digest) == (64 if kind is ChangeKind.UPDATE else 0)
    assert acts(device) == DONE[kind]


@pytest.mark.parametrize("kind", DONE)
def test_what_cannot_be_recorded_is_not_done(
    kind: ChangeKind, device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device.root / "bootconfig/.unasked.txt.new").mkdir()
    assert without_core(device, bundles, kind) == 2
    assert "unasked.txt" in capsys.readouterr().err and device.asked == []


def test_a_refused_update_is_not_recorded(device: Device, bundles: Path) -> None:
    assert update(device, bundles / "1.9.9.raucb", bundles) == 2
    device.other("")
    assert rollback(device) == 2
    assert noted(device.root) == ()


def test_a_core_that_hangs_may_be_serving_somebody(
    device: Device, bundles: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kiosk.imaging.update.ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(device.data / "run/officer.sock"))
        silent.listen()
        for kind in DONE:
            assert without_core(device, bundles, kind) == 2
            assert "does not answer" in capsys.readouterr().err
    assert device.asked == [] and noted(device.root) == ()


def test_a_core_that_is_starting_is_waited_for(
    device: Device, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Starting it again is no way past the officer."""
    with only_core(device.data):
        for kind in DONE:
            assert without_core(device, bundles, kind) == 2
            assert "does not answer" in capsys.readouterr().err
    assert device.asked == [] and noted(device.root) == ()


def test_two_bundles_of_one_version_are_told_apart(bundles: Path, tmp_path: Path) -> None:
    keyring = bundles / "keys/ca.pem"
    one = read_bundle(str(bundles / "2.1.0.raucb"), keyring)
    again = read_bundle(str(bundles / "1.9.9.raucb"), keyring)
    assert isinstance(one, Bundle) and isinstance(again, Bundle)
    assert [image.sha256 for image in one.images] == [image.sha256 for image in again.images]
    assert one.digest != again.digest
    changed = msgspec.structs.replace(one.images[0], sha256="0" * 64)
    assert msgspec.structs.replace(one, images=(changed, *one.images[1:])).digest != one.digest


def test_lines_that_are_none_are_let_be(device: Device) -> None:
    change = Change(ChangeKind.ROLLBACK, "2.0.0", "1.9.0")
    clock = HandClock()
    note(change, clock.read(), device.root)
    place = device.root / PLACE
    place.write_bytes(b"\xff{}\n[1]\n" + place.read_bytes() + b'{"id":"x","at":"y","cha')
    note(change, clock.read(), device.root)
    assert [line.change for line in noted(device.root)] == [change, change]
    for _ in range(MOST):
        note(change, clock.read(), device.root)
    assert len(noted(device.root)) == MOST


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
