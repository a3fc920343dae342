"""The systemd units: understood by systemd, closed to what they do not need, and what they start exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from kiosk.app.clock_order import ORDER
from kiosk.cli.main import parser
from scripts.units import UNITS, verify

MOST_EXPOSED = 1.5
FOLDER = UNITS[0].parent
IMAGE = FOLDER.parent / "image" / "overlay"
BY_NAME = {unit.stem: unit for unit in UNITS}
KIOSKS = [BY_NAME["kiosk-core"], BY_NAME["kiosk-citizen"]]


def values(unit: Path, key: str) -> list[str]:
    """All values of a key, in order."""
    return re.findall(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_units_are_those_of_core_screens_and_clock() -> None:
    assert set(BY_NAME) == {"kiosk-core", "kiosk-citizen", "kiosk-face", "kiosk-clock"}


def test_systemd_has_nothing_to_say_against_them() -> None:
    assert verify(UNITS) == ""


def test_the_verification_sees_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "kiosk-core.service"
    wrong.write_text(BY_NAME["kiosk-core"].read_text(encoding="utf-8").replace("WatchdogSec=", "WatchdgSec="))
    assert "WatchdgSec" in verify([wrong])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_exposure_is_small(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("unit", KIOSKS, ids=lambda unit: unit.stem)
def test_the_command_line_exists(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    program, *arguments = command.split()
    assert program == "/usr/bin/kiosk"
    assert parser().parse_args(arguments).data == Path("/var/lib/kiosk")


@pytest.mark.parametrize("unit", [*KIOSKS, BY_NAME["kiosk-clock"]], ids=lambda unit: unit.stem)
def test_no_network(unit: Path) -> None:
    assert values(unit, "PrivateNetwork") == ["yes"]
    assert values(unit, "RestrictAddressFamilies") in (["AF_UNIX"], ["none"])


@pytest.mark.parametrize("name", ["kiosk-core", "kiosk-citizen"])
def test_who_serves_people_is_always_back(name: str) -> None:
    unit = BY_NAME[name]
    assert values(unit, "Restart") == ["always"]
    assert values(unit, "StartLimitIntervalSec") == ["0"]


def test_setting_the_clock_has_that_right_alone_and_starts_by_an_order() -> None:
    unit = BY_NAME["kiosk-clock"]
    for key in ("CapabilityBoundingSet", "AmbientCapabilities"):
        assert values(unit, key) == ["CAP_SYS_TIME"]
        assert values(BY_NAME["kiosk-core"], key) == [""]
    assert values(unit, "BindPaths") == ["/var/lib/kiosk/orders"]
    assert values(unit, "BindReadOnlyPaths") == ["/var/lib/kiosk/keys"]
    (ordered,) = values(unit.with_suffix(".path"), "PathExists")
    assert Path(ordered) == Path("/var/lib/kiosk") / ORDER


def test_the_display_reaches_no_address_and_gives_way_to_the_console() -> None:
    face = BY_NAME["kiosk-face"]
    assert values(face, "RestrictAddressFamilies") == ["AF_UNIX AF_NETLINK"]
    assert values(face, "Restart") == ["always"]
    assert values(face, "OnFailure") == values(face, "Conflicts") == ["kiosk-citizen.service"]


def test_the_display_may_write_where_the_light_of_a_panel_is_switched_and_leaves_it_lit() -> None:
    """`/sys/class/backlight/*` are links to below `/sys/devices`; all else of `/sys` is read-only."""
    face = BY_NAME["kiosk-face"]
    assert values(face, "ProtectKernelTunables") == ["yes"]
    assert values(face, "ReadWritePaths") == ["-/sys/devices"]
    assert "video" in values(face, "SupplementaryGroups")[0].split()
    (lit,) = (line for line in values(face, "ExecStopPost") if "bl_power" in line)
    assert lit.startswith("-+") and "echo 0" in lit, "as root: whatever comes next may not switch it"
    rules = (IMAGE / "etc" / "udev" / "rules.d" / "90-kiosk.rules").read_text(encoding="utf-8")
    assert "chgrp video %S%p/bl_power" in rules and "chmod g+w %S%p/bl_power" in rules
    loop = (IMAGE / "usr" / "libexec" / "kiosk" / "citizen-loop").read_text(encoding="utf-8")
    assert "kiosk citizen --data /var/lib/kiosk --backlight" in loop
    assert "--backlight" not in values(BY_NAME["kiosk-citizen"], "ExecStart")[0], (
        "the console has no right to it"
    )
    for screen in ("kiosk-citizen", "kiosk-core"):
        assert values(BY_NAME[screen], "ReadWritePaths") != ["-/sys/devices"]


@pytest.mark.parametrize("screen", ["kiosk-citizen", "kiosk-face"])
def test_a_screen_sees_the_sockets_and_nothing_else_of_the_data(screen: str) -> None:
    assert values(BY_NAME[screen], "TemporaryFileSystem") == ["/var/lib/kiosk:ro"]
    assert values(BY_NAME[screen], "BindReadOnlyPaths") == ["/var/lib/kiosk/run"]


def test_users_and_folders_are_made(tmp_path: Path) -> None:
    """What the units name, systemd can make in an empty root."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc" / "group").write_text("root:x:0:\n")
    for program, file in (
        (["systemd-sysusers"], "kiosk.sysusers"),
        (["systemd-tmpfiles", "--create"], "kiosk.tmpfiles"),
    ):
        subprocess.run([*program, f"--root={tmp_path}", str(FOLDER / file)], check=True, capture_output=True)
    assert "kiosk:" in (tmp_path / "etc" / "passwd").read_text()
    assert (tmp_path / "var" / "lib" / "kiosk" / "run").stat().st_mode & 0o777 == 0o710


def test_every_user_of_the_image_can_be_made(tmp_path: Path) -> None:
    """`systemd-sysusers` leaves a line out that it does not understand, and says so on standard error alone."""
    (tmp_path / "etc").mkdir()
    users = IMAGE / "usr" / "lib" / "sysusers.d" / "00-kiosk-ids.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(users)], check=True, capture_output=True)
    wanted = set(re.findall(r"^u (\S+)", users.read_text(encoding="utf-8"), re.MULTILINE))
    made = {line.split(":")[0] for line in (tmp_path / "etc" / "passwd").read_text().splitlines()}
    assert wanted and wanted <= made
