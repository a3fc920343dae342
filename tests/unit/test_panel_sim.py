"""The simulated panel: a lamp, a button, a sensor."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.panel import Lamp, Panel
from kiosk.hal.panel.sim import open_device
from kiosk.hal.world import world_in


def test_lamp_is_written_only_when_it_changes(tmp_path: Path) -> None:
    panel: Panel = open_device({}, tmp_path)
    lamp = tmp_path / "sim" / "lamp"
    panel.show(Lamp.READY)
    assert lamp.read_text() == "ready\n"
    first = lamp.stat().st_ino, lamp.stat().st_mtime_ns
    panel.show(Lamp.READY)
    assert (lamp.stat().st_ino, lamp.stat().st_mtime_ns) == first
    panel.show(Lamp.CALL)
    assert lamp.read_text() == "call\n"
    assert [path.name for path in lamp.parent.iterdir()] == ["lamp"], "no draft is left"


@given(presses=st.lists(st.integers(0, 3), max_size=6))
def test_each_press_is_told_once(tmp_path_factory: pytest.TempPathFactory, presses: list[int]) -> None:
    data = tmp_path_factory.mktemp("panel")
    world = world_in(data)
    panel = open_device({}, data)
    count = 0
    for more in presses:
        count += more
        world.change(call_pressed=count)
        assert [panel.call_pressed() for _ in range(more + 1)] == [True] * more + [False]


def test_presses_from_before_the_start_call_nobody(tmp_path: Path) -> None:
    world_in(tmp_path).change(call_pressed=4)
    assert not open_device({}, tmp_path).call_pressed()


def test_a_world_begun_anew_counts_from_zero(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    world.change(call_pressed=4)
    panel = open_device({}, tmp_path)
    world.change(call_pressed=0)
    assert not panel.call_pressed()
    world.change(call_pressed=1)
    assert panel.call_pressed()


@pytest.mark.parametrize("present", [None, True, False])
def test_presence_is_that_of_the_world(tmp_path: Path, present: bool | None) -> None:
    world_in(tmp_path).change(present=present)
    assert open_device({}, tmp_path).present() is present


def test_an_unplugged_panel_is_gone_until_it_is_plugged_in(tmp_path: Path) -> None:
    world, panel = world_in(tmp_path), open_device({}, tmp_path)
    world.change(panel_connected=False)
    assert panel.health().state is HealthState.GONE
    for ask in (panel.call_pressed, panel.present, panel.tampered, lambda: panel.show(Lamp.READY)):
        with pytest.raises(DeviceError, match=r"panel\.gone"):
            ask()
    world.change(panel_connected=True)
    assert panel.health() == HEALTHY


def test_it_is_a_healthy_simulation_without_settings(tmp_path: Path) -> None:
    panel = open_device({}, tmp_path)
    assert panel.simulated
    assert panel.model.startswith("sim")
    assert panel.health() == HEALTHY
    panel.close()
    with pytest.raises(ConfigError, match="pin"):
        open_device({"pin": 4}, tmp_path)
