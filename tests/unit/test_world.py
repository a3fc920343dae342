"""The world file: what other processes change and simulated devices read."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.fingers import FingerPosition
from kiosk.errors import DeviceError
from kiosk.hal.world import FingerCondition, World, WorldFile, world_in


def test_a_missing_file_is_the_default_world(tmp_path: Path) -> None:
    assert world_in(tmp_path).read() == World()


def test_another_process_sees_the_change(tmp_path: Path) -> None:
    ours, theirs = world_in(tmp_path), world_in(tmp_path)
    assert ours.read().light == 0.5
    theirs.change(light=0.1, fingers={"2": FingerCondition(moisture=0.9)})
    assert ours.read().light == 0.1
    assert ours.read().finger(FingerPosition.RIGHT_INDEX).moisture == 0.9
    assert ours.read().finger(FingerPosition.LEFT_INDEX) == FingerCondition()


def test_a_removed_file_is_the_default_world_again(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    world.change(person=7)
    assert world.read().person == 7
    world.path.unlink()
    assert world.read() == World()


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"[]", b'{"light": 7}', b'{"licht": 0.5}', b'{"fingers": {"11": {}}}', b"\xff\xfe"]
)
def test_garbage_is_a_device_error_naming_the_file(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "world.json"
    path.write_bytes(garbage)
    with pytest.raises(DeviceError) as caught:
        WorldFile(path).read()
    assert caught.value.code == "world.unreadable"
    assert caught.value.values["file"] == str(path)


def test_a_mended_file_is_read_again(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    world.write(World(person=3))
    world.path.write_text("{")
    with pytest.raises(DeviceError):
        world.read()
    with pytest.raises(DeviceError):
        world.read()
    world.write(World(person=4))
    assert world.read().person == 4


def test_a_file_of_the_same_size_is_noticed(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    world.write(World(person=3))
    assert world.read().person == 3
    os.utime(world.path, ns=(1, 1))
    world_in(tmp_path).write(World(person=4))
    assert world.read().person == 4


@pytest.mark.parametrize("fields", [{"light": 2}, {"nonsense": 1}, {"fingers": {"0": {}}}, {"distance": 0}])
def test_a_bad_change_leaves_the_world_as_it_was(tmp_path: Path, fields: dict[str, object]) -> None:
    world = world_in(tmp_path)
    world.change(person=5)
    with pytest.raises(msgspec.ValidationError):
        world.change(**fields)
    assert world.read() == World(person=5)


def test_changes_made_at_once_are_all_kept(tmp_path: Path) -> None:
    changes: list[dict[str, object]] = [{"person": 9}, {"card": "x"}, {"pace": 2.0}, {"moving": True}]

    def press(index: int) -> None:
        world_in(tmp_path).change(**changes[index % 4])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(press, range(12)))
    assert world_in(tmp_path).read() == World(person=9, card="x", pace=2.0, moving=True)
    assert sorted(path.name for path in (tmp_path / "sim").iterdir()) == ["world.json", "world.json.lock"]


conditions = st.builds(
    FingerCondition,
    moisture=st.floats(0, 1),
    sweat=st.floats(0, 1),
    pressure=st.floats(0, 1),
    moving=st.floats(0, 1),
    turn=st.floats(-1, 1),
    wear=st.floats(0, 1),
    contact=st.floats(0, 1),
    missing=st.booleans(),
)
worlds = st.builds(
    World,
    person=st.integers(0, 2**31),
    fingers=st.dictionaries(st.integers(1, 10).map(str), conditions),
    card=st.text(),
    present=st.none() | st.booleans(),
)


@given(worlds)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, world: World) -> None:
    file = WorldFile(tmp_path_factory.getbasetemp() / "round" / "world.json")
    file.write(world)
    assert file.read() == world
