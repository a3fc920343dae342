"""The Python parts of the image's build and of its emulator; the image itself is `make boot-test`."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.emulator.firmware import Boot, settings
from image.emulator.machine import Board, command_line
from image.manifest import FILES
from image.manifest import main as write_manifest
from image.modules import kept, parse_dependencies, parse_patterns, prune
from image.moment import picture
from image.sbom import document
from image.wheels import parse_lock, platforms, wanted

ROOT = Path(__file__).parents[2]
LOCK = """# by uv
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{a}
    # via kiosk
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{b} \\
    --hash=sha256:{c}
pip==26.3 \\
    --hash=sha256:{a}
pluggy==1.7.0 \\
    --hash=sha256:{c}
""".format(a="a" * 64, b="b" * 64, c="c" * 64)
DEPENDENCIES = (
    "kernel/fs/ext4.ko.xz: kernel/lib/crc16.ko.xz\nkernel/lib/crc16.ko.xz:\nkernel/net/wifi.ko.xz:\n"
)


def test_the_device_gets_the_wheels_of_its_own_python() -> None:
    """Whatever Python builds the image; and not what it never runs."""
    assert [(pin.name, pin.version) for pin in wanted(parse_lock(LOCK), "arm64")] == [
        ("numpy", "2.5.5"),
        ("pluggy", "1.7.0"),
    ]
    assert next(iter(wanted(parse_lock(LOCK), "amd64"))).hashes == (
        f"--hash=sha256:{'b' * 64}",
        f"--hash=sha256:{'c' * 64}",
    )


def test_every_runtime_pin_of_the_lock_is_read() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = list(parse_lock(text))
    assert len(pins) == text.count("==") - text.count("_version ==") - text.count("== '")
    assert all(pin.hashes for pin in pins)


def test_platforms_end_with_the_oldest() -> None:
    assert platforms("arm64")[0] == "manylinux_2_41_aarch64"
    assert platforms("amd64")[-1] == "manylinux2014_x86_64"


def test_modules_stay_with_what_they_need(tmp_path: Path) -> None:
    for line in DEPENDENCIES.splitlines():
        file = tmp_path / line.partition(":")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "modules.dep").write_text(DEPENDENCIES)
    assert prune(tmp_path, parse_patterns("# why\nfs/ext4*\n")) == (2, 1)
    assert not (tmp_path / "kernel/net").exists()
    assert (tmp_path / "kernel/lib/crc16.ko.xz").exists()


def test_what_is_kept_is_closed_under_need() -> None:
    dependencies = parse_dependencies(DEPENDENCIES)
    stay = kept(dependencies, ["*"])
    assert stay == dependencies.keys()
    assert kept(dependencies, []) == set()


def test_the_bill_of_materials_names_packages_and_wheels(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/kiosk/site/pluggy-1.7.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: pluggy\nVersion: 1.7.0\nLicense-Expression: MIT\n"
    )
    status = (
        "Package: foot\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1.21.0-2\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: arm64\nVersion: 1\n\n"
    )
    found = document(tmp_path, status, "1.2.3", "arm64")
    parts: Any = found["components"]
    assert [part["purl"] for part in parts] == [
        "pkg:deb/debian/foot@1.21.0-2?arch=arm64",
        "pkg:pypi/pluggy@1.7.0",
    ]
    assert parts[1]["licenses"] == [{"license": {"name": "MIT"}}]


def test_the_manifest_has_every_file_to_the_byte(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    release = tmp_path / "kiosk-release"
    release.write_text("VERSION=1.2.3\nCOMPATIBLE=kiosk-cccd\nFLAVOUR=debian\nRECIPE=abc\n")
    assert write_manifest(tmp_path, release, "amd64") == 0
    written = json.loads((tmp_path / "manifest.json").read_text())
    assert (written["version"], written["compatible"], written["arch"]) == ("1.2.3", "kiosk-cccd", "amd64")
    assert written["files"]["boot.vfat"]["size"] == len("boot.vfat")


def test_the_moment_is_said_in_both_languages() -> None:
    assert "Chờ một chút…" in picture()
    assert "One moment" in picture()


# -- the emulator -----------------------------------------------------------------------------------------------------

AUTOBOOT = "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n"
CONFIG = (
    "kernel=vmlinuz # ours\ninitramfs initrd.img followkernel\n[boot_partition=3]\ncmdline=b\n[all]\nend=1\n"
)


def test_the_firmware_takes_the_committed_slot_and_once_the_other() -> None:
    assert settings(AUTOBOOT, {"all"})["boot_partition"] == "2"
    assert settings(AUTOBOOT, {"all", "tryboot"})["boot_partition"] == "3"


def test_the_firmware_reads_the_lines_of_its_partition() -> None:
    assert settings(CONFIG, {"all", "boot_partition=2"}) == {
        "kernel": "vmlinuz",
        "initramfs": "initrd.img",
        "end": "1",
    }
    assert settings(CONFIG, {"all", "boot_partition=3"})["cmdline"] == "b"


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    settings(text, {"all"})


@pytest.mark.parametrize(("arch", "port"), [("amd64", "console=ttyS0"), ("arm64", "console=ttyAMA0")])
def test_the_machine_gets_what_the_card_says(arch: str, port: str, tmp_path: Path) -> None:
    boot = Boot(2, False, b"", b"", "root=/dev/mapper/system rauc.slot=A")
    words = command_line(tmp_path / "card.img", boot, Board(arch=arch, data_key="k", append="more"), tmp_path)
    assert words[0].startswith("qemu-system-")
    said = words[words.index("-append") + 1]
    assert said.startswith(boot.command_line)
    assert port in said and said.endswith("more")
    assert "-no-reboot" in words, "the firmware has to be asked again"


# -- on the machine ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def usb() -> Any:
    path = ROOT / "image/overlay/usr/libexec/kiosk/usb-admit"
    module = ModuleType("usb_admit")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))  # noqa: S102
    return module


def descriptors(maker: int, *interfaces: tuple[int, int]) -> bytes:
    """A device with one configuration, as sysfs has it."""
    device = bytes([18, 1, 0, 2, 0, 0, 0, 64]) + maker.to_bytes(2, "little") + bytes(8)
    each = b"".join(bytes([9, 4, 0, 0, 1, kind, sub, 0, 0]) for kind, sub in interfaces)
    return device + bytes([9, 2, 9 + len(each), 0, len(interfaces), 1, 0, 128, 50]) + each


KEYBOARD, STICK, MODEM, NETWORK, OWN = (3, 1), (8, 6), (2, 2), (2, 6), (255, 0)
FTDI, UNKNOWN = 0x0403, 0x1234


@pytest.mark.parametrize(
    ("maker", "interfaces", "window", "yes"),
    [
        (UNKNOWN, [KEYBOARD], False, True),
        (UNKNOWN, [MODEM, (10, 0)], False, True),
        (FTDI, [OWN], False, True),
        (UNKNOWN, [OWN], False, False),
        (UNKNOWN, [NETWORK, (10, 0)], False, False),
        (UNKNOWN, [STICK], False, False),
        (UNKNOWN, [STICK], True, True),
        (UNKNOWN, [KEYBOARD, STICK], False, False),
        (UNKNOWN, [], True, False),
    ],
)
def test_only_devices_the_kiosk_uses_are_admitted(
    usb: Any, maker: int, interfaces: list[tuple[int, int]], window: bool, yes: bool, tmp_path: Path
) -> None:
    (tmp_path / "descriptors").write_bytes(descriptors(maker, *interfaces))
    (tmp_path / "authorized").write_text("0")
    usb.WINDOW = tmp_path / "window"
    if window:
        usb.WINDOW.touch()
    usb.main(tmp_path)
    assert (tmp_path / "authorized").read_text() == ("1" if yes else "0")


@given(st.binary(max_size=200))
def test_any_descriptors_are_read(usb: Any, raw: bytes) -> None:
    assert all(len(pair) == 2 for pair in usb.interfaces(raw))
