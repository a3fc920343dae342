"""The rule by which the citizen's screen goes dark, who keeps to it, and the light behind the panel."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk.app.display import Display
from kiosk.cli.screens import log_to_journal
from kiosk.domain.dark import Around, goes_dark
from kiosk.domain.message import msg
from kiosk.hal.backlight import Backlight
from kiosk.workflow.view import Choice, Help, Pause, View
from tests.kit import HandClock

AFTER = 600.0
LONG = 10 * AFTER
WELCOME = View(1, Choice("welcome", msg("welcome"), ()))
NONE: frozenset[str] = frozenset()

# -- the rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("around", "dark"),
    [
        (Around(quiet=LONG), True),
        (Around(quiet=AFTER), True),
        (Around(quiet=AFTER - 1), False),
        (Around(present=False, quiet=LONG), True),
        (Around(present=True, quiet=LONG), False),
        (Around(visit=True, quiet=LONG), False),
        (Around(help=True, quiet=LONG), False),
        (Around(called=True, quiet=LONG), False),
        (Around(fault=True, quiet=LONG), False),
    ],
)
def test_dark_only_where_nobody_needs_light(around: Around, dark: bool) -> None:
    assert goes_dark(around, AFTER) is dark


arounds = st.builds(
    Around,
    *(st.booleans() for _ in range(4)),
    st.sampled_from((True, False, None)),
    st.floats(0, 1e6),
)


@given(arounds)
def test_none_set_is_never_dark(around: Around) -> None:
    assert not goes_dark(around, 0.0)


@given(arounds, st.floats(1, 1e5))
def test_a_kiosk_without_a_sensor_is_one_with_nobody_before_it(around: Around, after: float) -> None:
    blind, empty = around._replace(present=None), around._replace(present=False)
    assert goes_dark(blind, after) == goes_dark(empty, after)


# -- the display -----------------------------------------------------------------------------------------------


class Room(RuleBasedStateMachine):
    """Whatever happens in whatever order: dark is never needed light, and what is told is what is."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.told = False
        self.view = WELCOME
        self.called = False
        self.faults: frozenset[str] = NONE
        self.present: bool | None = None
        self.display = Display(AFTER, self.clock.monotonic, self._changed)
        self.display.shows(self.view)
        self.last = self.clock.seconds

    def _changed(self) -> None:
        assert self.display.dark != self.told, "told of nothing"
        self.told = self.display.dark

    def _look(self) -> None:
        if self.present:
            self.last = self.clock.seconds
        self.display.look(self.view, self.called, self.present, self.faults)

    @rule(seconds=st.sampled_from((0.25, 59.0, AFTER - 1, AFTER, LONG)))
    def time_passes(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self._look()

    @rule()
    def somebody_touches(self) -> None:
        self.display.stir()
        self.last = self.clock.seconds
        assert not self.display.dark
        self._look()

    @rule(present=st.sampled_from((True, False, None)))
    def somebody_comes_or_goes(self, present: bool | None) -> None:
        self.present = present
        self._look()
        assert not (present and self.display.dark)

    @rule(
        visit=st.sampled_from(("", "V1")),
        help=st.sampled_from(Help),
        screen=st.sampled_from((WELCOME.screen, Pause("out_of_service", msg("out_of_service")))),
    )
    def another_view(self, visit: str, help: Help, screen: Choice | Pause) -> None:
        self.view = msgspec.structs.replace(
            self.view, revision=self.view.revision + 1, visit=visit, help=help, screen=screen
        )
        self.display.shows(self.view)
        self.told = self.display.dark
        assert not self.display.dark, "a new view is shown lit"
        self.last = self.clock.seconds
        self._look()

    @rule()
    def the_same_view_again(self) -> None:
        before = self.display.dark
        self.display.shows(self.view)
        assert self.display.dark == before

    @rule(called=st.booleans())
    def a_number_is_called_or_has_come(self, called: bool) -> None:
        self.called = called
        self._look()

    @rule(faults=st.sets(st.sampled_from(("printer", "camera", "store"))).map(frozenset))
    def devices_go_and_come(self, faults: frozenset[str]) -> None:
        if faults - self.faults:
            self.last = self.clock.seconds
        self.faults = faults
        self._look()

    @invariant()
    def dark_is_what_it_should_be(self) -> None:
        view = self.view
        needed = view.visit or view.help is not Help.NONE or self.called or self.present
        broken = view.screen.id == "out_of_service"
        quiet = self.clock.seconds - self.last >= AFTER
        assert self.display.dark == (quiet and not needed and not broken)
        assert self.told == self.display.dark


TestRoom = Room.TestCase
TestRoom.settings = settings(max_examples=40, stateful_step_count=25)


def test_never_is_never() -> None:
    clock = HandClock()
    display = Display(0.0, clock.monotonic, lambda: pytest.fail("nothing changes"))
    clock.sleep(1e6)
    display.look(WELCOME, False, False, NONE)
    assert not display.dark


# -- the light behind the panel --------------------------------------------------------------------------------


def panel(folder: Path, name: str) -> Path:
    """A panel's light as sysfs has it: a link from the class to the device."""
    device = folder / "devices" / name
    device.mkdir(parents=True)
    (device / "bl_power").write_bytes(b"0\n")
    lights = folder / "class" / "backlight"
    lights.mkdir(parents=True, exist_ok=True)
    (lights / name).symlink_to(device)
    return device / "bl_power"


def test_every_panel_is_switched_off_and_on(tmp_path: Path) -> None:
    lights = [panel(tmp_path, name) for name in ("10-0045", "rpi_backlight")]
    backlight = Backlight(tmp_path / "class" / "backlight")
    for on, figure in ((False, b"4\n"), (True, b"0\n"), (False, b"4\n")):
        backlight.shine(on)
        assert [light.read_bytes() for light in lights] == [figure] * 2


def test_a_panel_that_comes_later_is_switched_as_well(tmp_path: Path) -> None:
    backlight = Backlight(tmp_path / "class" / "backlight")
    backlight.shine(False)
    late = panel(tmp_path, "late")
    backlight.shine(False)
    assert late.read_bytes() == b"4\n"


def test_a_display_without_a_light_to_switch_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backlight = Backlight(tmp_path / "class" / "backlight")
    for on in (True, False, True):
        backlight.shine(on)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(tmp_path) in caplog.text


def test_a_light_that_cannot_be_switched_is_told_once_and_keeps_no_other_dark(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder in its place refuses root as well."""
    broken, good = panel(tmp_path, "a"), panel(tmp_path, "b")
    broken.unlink()
    broken.mkdir()
    backlight = Backlight(tmp_path / "class" / "backlight")
    for on in (True, False):
        backlight.shine(on)
    assert good.read_bytes() == b"4\n"
    assert len(caplog.records) == 1 and "/a/bl_power" in caplog.text


@pytest.fixture
def root_handlers() -> Iterator[list[logging.Handler]]:
    """The log's handlers, put back as they were."""
    handlers = logging.getLogger().handlers
    before = list(handlers)
    yield handlers
    handlers[:] = before


def test_the_journal_is_told_why_a_panel_stays_lit(
    tmp_path: Path, root_handlers: list[logging.Handler]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(os.fspath(tmp_path / "log"))
        journal.settimeout(5)
        log_to_journal(os.fspath(tmp_path / "log"))
        Backlight(tmp_path / "class").shine(False)
        root_handlers.pop().close()
        assert b"kiosk-citizen: no light to switch" in journal.recv(1000)


def test_without_a_journal_the_screen_runs_all_the_same(
    tmp_path: Path, root_handlers: list[logging.Handler]
) -> None:
    before = list(root_handlers)
    log_to_journal(os.fspath(tmp_path / "nobody"))
    assert root_handlers == before
