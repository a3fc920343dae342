"""Power, heat, battery, disk and clock from a sysfs tree of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import SurroundingsConfig
from kiosk.domain.message import Message
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.surroundings import SENSES, DiskUse, Surroundings, disk_use_of
from kiosk.locale import Audience, Words
from tests.kit import HandClock

LIMITS = SurroundingsConfig()
HALF_FULL = DiskUse(50.0, 8_000)


class RtcClock(HandClock):
    """Nobody on the network keeps it."""

    def __init__(self, wall: str) -> None:
        super().__init__(wall)
        self.source = "unknown"

    def read(self):  # type: ignore[no-untyped-def]
        from msgspec.structs import replace

        return replace(super().read(), source=self.source)


def put(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def look(root: Path, use: DiskUse = HALF_FULL, clock: HandClock | None = None) -> dict[str, Health]:
    return Surroundings(root, LIMITS, clock, root, lambda _: use).look()


def code(health: Health) -> str:
    return health.message.code if health.message else ""


def test_a_machine_without_sensors_reports_only_its_disk(tmp_path: Path) -> None:
    assert look(tmp_path) == {"disk": HEALTHY}


# -- power -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alarm", "weak"), [("0\n", False), ("1\n", True)])
def test_undervoltage_from_hwmon(tmp_path: Path, alarm: str, weak: bool) -> None:
    put(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    put(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    put(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert code(look(tmp_path)["power"]) == ("surroundings.undervoltage" if weak else "")


@pytest.mark.parametrize(
    ("bits", "weak"), [("0\n", False), ("50005\n", True), ("50000\n", False), ("e0008\n", False)]
)
def test_undervoltage_from_the_firmware(tmp_path: Path, bits: str, weak: bool) -> None:
    """Bit 0 is now; bit 16 is once since the start, which is no reason to warn for ever."""
    put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    assert code(look(tmp_path)["power"]) == ("surroundings.undervoltage" if weak else "")


# -- heat --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("temp", "hot"), [(45_123, False), (79_999, False), (80_000, True), (93_000, True)])
def test_the_hottest_zone_counts(tmp_path: Path, temp: int, hot: bool) -> None:
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "20000\n")
    put(tmp_path, "sys/class/thermal/thermal_zone1/temp", f"{temp}\n")
    put(tmp_path, "sys/class/thermal/cooling_device0/type", "Fan\n")
    heat = look(tmp_path)["heat"]
    assert code(heat) == ("surroundings.hot" if hot else "")
    assert not hot or heat.message == Message("surroundings.hot", {"degrees": temp // 1000})


# -- battery -----------------------------------------------------------------------------------------------------


def battery(root: Path, name: str, percent: int, status: str, kind: str = "Battery", scope: str = "") -> None:
    for file, text in {"capacity": percent, "status": status, "type": kind, "scope": scope}.items():
        put(root, f"sys/class/power_supply/{name}/{file}", f"{text}\n")


@pytest.mark.parametrize(
    ("percent", "status", "said"),
    [
        (80, "Discharging", "surroundings.on_battery"),
        (20, "Discharging", "surroundings.battery_low"),
        (5, "Charging", ""),
        (100, "Full", ""),
    ],
)
def test_a_battery_that_empties_is_told(tmp_path: Path, percent: int, status: str, said: str) -> None:
    battery(tmp_path, "ups", percent, status, "UPS")
    battery(tmp_path, "BAT0", 100, "Discharging")
    assert code(look(tmp_path)["battery"]) == said


def test_the_battery_of_a_mouse_and_the_mains_are_not_ours(tmp_path: Path) -> None:
    battery(tmp_path, "hidpp_battery_0", 3, "Discharging", scope="Device")
    battery(tmp_path, "AC", 0, "Discharging", kind="Mains")
    assert "battery" not in look(tmp_path)


# -- disk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (59.9, ""),
        (60.0, "surroundings.disk_filling"),
        (94.9, "surroundings.disk_filling"),
        (95.0, "surroundings.disk_full"),
    ],
)
def test_the_disk_warns_and_then_refuses(tmp_path: Path, used: float, said: str) -> None:
    around = Surroundings(tmp_path, LIMITS, None, tmp_path, lambda _: DiskUse(used, 300))
    assert code(around.look()["disk"]) == said
    assert (around.disk_full is not None) == (said == "surroundings.disk_full")


def test_a_folder_that_is_not_there_has_no_disk(tmp_path: Path) -> None:
    around = Surroundings(tmp_path / "none", LIMITS, None, tmp_path)
    assert around.look() == {}
    assert around.disk_full is None


def test_the_real_disk_has_a_share_between_0_and_100(tmp_path: Path) -> None:
    use = disk_use_of(tmp_path)
    assert 0 <= use.used <= 100
    assert use.free_mb >= 0


# -- clock -------------------------------------------------------------------------------------------------------


def test_a_clock_kept_by_the_network_is_believed(tmp_path: Path) -> None:
    assert look(tmp_path, clock=HandClock())["clock"] == HEALTHY


def test_a_clock_that_nobody_keeps_is_told(tmp_path: Path) -> None:
    clock = RtcClock("2026-11-20T01:30:00+00:00")
    health = look(tmp_path, clock=clock)["clock"]
    assert health.message == Message("surroundings.clock_unknown", {"shown": "20/11/2026 08:30"})
    put(tmp_path, "sys/class/rtc/rtc0/hctosys", "0\n")
    assert code(look(tmp_path, clock=clock)["clock"]) == "surroundings.clock_unknown"
    put(tmp_path, "sys/class/rtc/rtc0/hctosys", "1\n")
    assert look(tmp_path, clock=clock)["clock"] == HEALTHY


def test_a_clock_from_before_the_release_is_wrong_whoever_keeps_it(tmp_path: Path) -> None:
    health = look(tmp_path, clock=HandClock("2021-01-01T00:00:12+00:00"))["clock"]
    assert health.message == Message("surroundings.clock_wrong", {"shown": "01/01/2021"})


# -- anything else -----------------------------------------------------------------------------------------------

FILES = (
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm",
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/class/thermal/thermal_zone0/temp",
    "sys/class/power_supply/BAT0/capacity",
    "sys/class/power_supply/BAT0/status",
    "sys/class/rtc/rtc0/hctosys",
)


@given(file=st.sampled_from(FILES), junk=st.binary(max_size=40))
def test_no_content_of_a_sensor_breaks_the_look(
    tmp_path_factory: pytest.TempPathFactory, file: str, junk: bytes
) -> None:
    root = tmp_path_factory.mktemp("sys")
    put(root, "sys/class/hwmon/hwmon1/name", "rpi_volt")
    battery(root, "BAT0", 50, "Full")
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_bytes(junk)
    found = look(root, clock=RtcClock("2026-11-20T01:30:00+00:00"))
    assert found.keys() <= set(SENSES)
    assert all(health.state in (HealthState.OK, HealthState.DEGRADED) for health in found.values())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("audience", [Audience.TECHNICIAN, Audience.OFFICER])
def test_each_is_a_sentence_for_technician_and_officer(language: str, audience: Audience) -> None:
    values: dict[str, str | int | Message] = {
        "degrees": 82,
        "percent": 15,
        "used": 61,
        "free": 900,
        "refuse": 95,
        "shown": "01/01/2021",
    }
    words = Words(language)
    for name in [
        "undervoltage",
        "hot",
        "on_battery",
        "battery_low",
        "disk_filling",
        "disk_full",
        "clock_wrong",
        "clock_unknown",
    ]:
        said = words.say(Message(f"surroundings.{name}", values), audience)
        assert "⟦" not in said and "{" not in said
        assert said.endswith(".")
