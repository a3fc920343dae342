"""The dock: every control changes the world file, by key and by mouse, and the page shows the file as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kiosk.cli.main import main
from kiosk.hal.world import FingerCondition, World, WorldFile, world_in
from kiosk.tui.dock.app import DockApp
from kiosk.tui.dock.controls import CONDITIONS, CONTROLS, FINGER_KEYS, condition_of
from kiosk.tui.dock.draw import SMALLEST, Bench, draw_dock
from kiosk.tui.shots import painted
from tests.unit.test_screen_gallery import assert_readable

Scenario = Callable[[DockApp, Pilot[None], WorldFile], Awaitable[None]]


def play(data: Path, scenario: Scenario, size: tuple[int, int] = SMALLEST) -> None:
    async def run() -> None:
        app = DockApp(data, "en")
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scenario(app, pilot, world_in(data))

    asyncio.run(run())


def text(app: DockApp) -> str:
    return app.page.canvas.plain()


# -- every control -----------------------------------------------------------------------------------------------

PRESSES: list[tuple[str, list[dict[str, object]]]] = [
    ("b", [{"call_pressed": 1}, {"call_pressed": 2}]),
    (
        "k",
        [
            {"face_present": False, "present": False, "holding_card": False},
            {"face_present": True, "present": True},
        ],
    ),
    ("c", [{"holding_card": True}, {"holding_card": False}]),
    ("y", [{"distance": 2.5}, {"distance": 0.5}, {"distance": 1.0}]),
    ("i", [{"moving": True}, {"moving": False}]),
    ("l", [{"light": 0.05}, {"light": 1.0}, {"light": 0.5}]),
    ("p", [{"paper_mm": 0.0}, {"paper_mm": 50_000.0}]),
    ("j", [{"paper_mm": 2_000.0}, {"paper_mm": 50_000.0}]),
    ("o", [{"cover_open": True}, {"cover_open": False}]),
    ("r", [{"reader_connected": False}, {"reader_connected": True}]),
    ("m", [{"camera_connected": False}, {"camera_connected": True}]),
    ("t", [{"printer_connected": False}, {"printer_connected": True}]),
    ("n", [{"panel_connected": False}, {"panel_connected": True}]),
    ("h", [{"housing_open": True}, {"housing_open": False}]),
    ("f", [{"wrong_finger": True}, {"wrong_finger": False}]),
]


def test_every_control_is_tried_here() -> None:
    assert [key for key, _ in PRESSES] == [control.key for control in CONTROLS]


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_each_press_changes_the_world(tmp_path: Path, by: str) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        for key, steps in PRESSES:
            for step in steps:
                target = app.page.by_key(key)
                assert target
                if by == "key":
                    await pilot.press(key)
                else:
                    await pilot.click(offset=(target.rect.x + 4, target.rect.y))
                found = world.read()
                assert {name: getattr(found, name) for name in step} == step

    play(tmp_path, scenario)


def test_a_card_held_up_says_something(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        await pilot.press("c")
        assert world.read().card.startswith("999")
        world.change(card="another", holding_card=False)
        await pilot.press("c")
        assert world.read().card == "another"

    play(tmp_path, scenario)


# -- fingers -----------------------------------------------------------------------------------------------------


def test_each_condition_comes_over_the_chosen_finger(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        await pilot.press("7")
        for key, (code, condition) in CONDITIONS.items():
            await pilot.press(key)
            assert world.read().finger(FINGER_KEYS["7"]) == condition
            assert condition_of(condition) == code
            assert "▶ index" in text(app)
        assert world.read().fingers == {}, "the last one is good again"

    play(tmp_path, scenario)


def test_other_fingers_keep_their_condition_and_all_ten_are_reached(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        await pilot.press("0", "u", "1", "w")
        assert sorted(world.read().fingers) == ["1", "10"]
        await pilot.press("a", "d")
        assert {condition_of(found) for found in world.read().fingers.values()} == {"dry"}
        assert len(world.read().fingers) == 10

    play(tmp_path, scenario)


def test_an_ideal_finger_is_good() -> None:
    assert condition_of(FingerCondition()) == "good"


# -- the page ----------------------------------------------------------------------------------------------------


def test_what_somebody_else_changes_is_shown(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        assert "Light: right" in text(app)
        world.change(light=0.0, paper_mm=1_200.0)
        (tmp_path / "sim" / "lamp").write_text("fault\n")
        app._look()
        assert "Light: ▲ dark" in text(app) and "Paper: ▲ low, 1 m" in text(app)
        assert "✗ fault" in text(app)

    play(tmp_path, scenario)


def test_all_as_usual_keeps_the_person(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        world.change(person=85, pace=0.5, call_pressed=3, light=0.0, reader_connected=False)
        await pilot.press("x")
        assert world.read() == World(person=85, pace=0.5, call_pressed=3)
        assert "▲" not in text(app).rpartition("▲ not as usual")[0]

    play(tmp_path, scenario)


def test_a_file_that_cannot_be_used_is_said_and_mended_by_one_key(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        world.path.write_text("{broken")
        app._look()
        assert "✗ The simulation file" in text(app)
        await pilot.press("l")
        assert world.path.read_text() == "{broken"
        await pilot.press("x")
        assert "Light: right" in text(app)

    world_in(tmp_path).change(person=1)
    play(tmp_path, scenario)


def test_the_language_turns(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        await pilot.press("f3")
        assert "Ánh sáng: vừa" in text(app)

    play(tmp_path, scenario)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_can_be_left(tmp_path: Path, key: str) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert app._exit

    play(tmp_path, scenario)


ODD = World(
    fingers={str(number + 1): condition for number, (_, condition) in enumerate(CONDITIONS.values())},
    reader_connected=False,
    camera_connected=False,
    printer_connected=False,
    panel_connected=False,
    light=0.0,
    face_present=False,
    distance=0.5,
    moving=True,
    holding_card=True,
    paper_mm=1_200.0,
    cover_open=True,
    housing_open=True,
)


@pytest.mark.parametrize("world", [World(), ODD, World(paper_mm=0.0, light=1.0, distance=3.0)])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [SMALLEST, (110, 40)])
def test_no_word_is_cut_and_no_two_buttons_meet(world: World, language: str, size: tuple[int, int]) -> None:
    from kiosk.locale import Words

    bench = Bench(world, frozenset(), Words(language), *size, "call", "/data")
    page = draw_dock(bench)
    seen = page.canvas.plain()
    for control in CONTROLS:
        assert bench.own(control.code) in seen
        if state := control.state(world):
            assert bench.own(f"{control.code}.{state}", metres=int(world.paper_mm // 1000)) in seen
    assert all(bench.own(code) in seen for code, _ in CONDITIONS.values())
    assert "⟦" not in seen
    cells = [(x, y) for t in page.targets for x in range(t.rect.w) for y in range(t.rect.h)]
    places = {
        (t.rect.x + x, t.rect.y + y) for t in page.targets for x in range(t.rect.w) for y in range(t.rect.h)
    }
    assert len(places) == len(cells)
    assert all(0 <= x < size[0] and 0 <= y < size[1] for x, y in places)
    keys = [target.key for target in page.targets]
    assert len(keys) == len(set(keys))


def test_every_letter_has_a_contrast_of_seven(tmp_path: Path) -> None:
    async def scenario(app: DockApp, pilot: Pilot[None], world: WorldFile) -> None:
        world.write(ODD)
        app._look()
        await pilot.pause()
        assert_readable(painted(app), "dock")

    world_in(tmp_path).change(person=1)
    play(tmp_path, scenario)


# -- the command -------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert main(["dock", "--data", str(tmp_path / "none")]) == 2
    assert "There is no data folder" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
