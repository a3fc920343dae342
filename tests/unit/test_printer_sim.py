"""The simulated printer: paper that runs out, a cover that opens, a cable that is pulled."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.domain.message import msg
from kiosk.domain.receipt import Slip, Text
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.printer import NotPrinted, Printed, Printer, PrinterStatus
from kiosk.hal.printer.bitmap import DOTS_PER_MM
from kiosk.hal.printer.decoder import decode
from kiosk.hal.printer.sim import NUMBER, SimPrinter, SimSettings, open_device
from kiosk.hal.world import WorldFile, world_in
from kiosk.locale import Audience, Words
from tests.unit.slips import ORDINARY

SHORT = Slip("MAU01-000001", (Text("Xin chào"),))


@pytest.fixture
def world(tmp_path: Path) -> WorldFile:
    return world_in(tmp_path)


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return open_device({"mm_per_second": 0.0}, tmp_path)


def files(data: Path) -> list[str]:
    folder = data / "paper"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def picture_rows(data: Path, name: str) -> int:
    return Image.open(io.BytesIO((data / "paper" / name).read_bytes())).height


class Slow:
    """A clock that only moves when paper moves, and a hand that does something meanwhile."""

    def __init__(self, after: float = 1e9, act: Callable[[], object] = lambda: None) -> None:
        self.now, self.after, self.act = 0.0, after, act

    def sleep(self, seconds: float) -> None:
        before, self.now = self.now, self.now + seconds
        if before < self.after <= self.now:
            self.act()

    def printer(self, data: Path, mm_per_second: float = 100.0) -> SimPrinter:
        return SimPrinter(SimSettings(mm_per_second), data, self.sleep, lambda: self.now)


def test_slip_lies_on_paper(tmp_path: Path, printer: Printer, world: WorldFile) -> None:
    """The citizen walks away with a slip: its picture and its bytes are kept, the roll is shorter."""
    result = printer.print_slip(ORDINARY, 5)
    assert result == Printed(PrinterStatus.OK, str(tmp_path / "paper" / "MAU01-000417.png"))
    assert files(tmp_path) == ["MAU01-000417.escpos", "MAU01-000417.png"]
    strip = decode((tmp_path / "paper" / "MAU01-000417.escpos").read_bytes()).bitmap
    assert (tmp_path / "paper" / "MAU01-000417.png").read_bytes() == strip.to_png()
    assert world.read().paper_mm == pytest.approx(50_000 - strip.height / DOTS_PER_MM)


def test_a_reprint_does_not_replace_the_first(tmp_path: Path, printer: Printer) -> None:
    for _ in range(3):
        printer.print_slip(SHORT, 5)
    names = [f"MAU01-000001{suffix}.{kind}" for suffix in ("", "-2", "-3") for kind in ("escpos", "png")]
    assert files(tmp_path) == sorted(names)


def test_paper_ends_in_mid_slip(tmp_path: Path, printer: Printer, world: WorldFile) -> None:
    """Only what really came out is kept, and the slip counts as not printed."""
    world.change(paper_mm=40.0)
    assert printer.print_slip(ORDINARY, 5) == NotPrinted(PrinterStatus.PAPER_OUT)
    assert files(tmp_path) == ["MAU01-000417-torn.png"]
    assert picture_rows(tmp_path, "MAU01-000417-torn.png") == 40 * DOTS_PER_MM
    assert world.read().paper_mm == 0
    assert printer.status(1) is PrinterStatus.PAPER_OUT


def test_after_a_new_roll_the_slip_is_printed_from_its_beginning(
    tmp_path: Path, printer: Printer, world: WorldFile
) -> None:
    world.change(paper_mm=40.0)
    printer.print_slip(ORDINARY, 5)
    world.change(paper_mm=50_000.0)
    assert isinstance(printer.print_slip(ORDINARY, 5), Printed)
    assert files(tmp_path) == ["MAU01-000417-torn.png", "MAU01-000417.escpos", "MAU01-000417.png"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"paper_mm": 0.0}, PrinterStatus.PAPER_OUT), ({"cover_open": True}, PrinterStatus.COVER_OPEN)],
)
def test_nothing_moves_when_it_cannot_print(
    tmp_path: Path, printer: Printer, world: WorldFile, change: dict[str, object], status: PrinterStatus
) -> None:
    world.change(**change)
    assert printer.print_slip(SHORT, 5) == NotPrinted(status)
    assert files(tmp_path) == []
    health = printer.health()
    assert health.state is HealthState.DEGRADED
    assert health.message is not None
    assert health.message.code == f"printer.{status}"


def test_cover_opened_while_printing_tears_the_slip(tmp_path: Path, world: WorldFile) -> None:
    slow = Slow(0.5, lambda: world.change(cover_open=True))
    assert slow.printer(tmp_path).print_slip(ORDINARY, 60) == NotPrinted(PrinterStatus.COVER_OPEN)
    assert files(tmp_path) == ["MAU01-000417-torn.png"]
    assert picture_rows(tmp_path, "MAU01-000417-torn.png") == 56 * DOTS_PER_MM


def test_paper_pulled_while_printing_is_noticed(tmp_path: Path, world: WorldFile) -> None:
    slow = Slow(0.5, lambda: world.change(paper_mm=0.0))
    assert slow.printer(tmp_path).print_slip(ORDINARY, 60) == NotPrinted(PrinterStatus.PAPER_OUT)
    assert picture_rows(tmp_path, "MAU01-000417-torn.png") == 48 * DOTS_PER_MM
    assert world.read().paper_mm == 0


def test_cable_pulled_while_printing_is_an_error_and_leaves_a_torn_slip(
    tmp_path: Path, world: WorldFile
) -> None:
    slow = Slow(0.5, lambda: world.change(printer_connected=False))
    with pytest.raises(DeviceError) as caught:
        slow.printer(tmp_path).print_slip(ORDINARY, 60)
    assert caught.value.code == "printer.gone"
    assert files(tmp_path) == ["MAU01-000417-torn.png"]


def test_unplugged_printer_is_gone_and_comes_back(printer: Printer, world: WorldFile) -> None:
    world.change(printer_connected=False)
    health = printer.health()
    assert health.state is HealthState.GONE
    assert health.message is not None
    assert health.message.code == "printer.gone"
    for call in (lambda: printer.status(1), lambda: printer.print_slip(SHORT, 1)):
        with pytest.raises(DeviceError, match=r"printer\.gone"):
            call()
    world.change(printer_connected=True)
    assert printer.health() == HEALTHY
    assert isinstance(printer.print_slip(SHORT, 5), Printed)


def test_low_roll_still_prints_and_says_so(printer: Printer, world: WorldFile) -> None:
    world.change(paper_mm=2_900.0)
    result = printer.print_slip(SHORT, 5)
    assert isinstance(result, Printed)
    assert result.status is PrinterStatus.PAPER_LOW
    health = printer.health()
    assert health.state is HealthState.DEGRADED
    assert health.message is not None
    assert "2 m" in Words("en").say(health.message, Audience.TECHNICIAN)


def test_paper_moves_at_its_own_pace(tmp_path: Path, world: WorldFile) -> None:
    slow = Slow()
    slow.printer(tmp_path, mm_per_second=50.0).print_slip(ORDINARY, 60)
    assert slow.now == pytest.approx((50_000 - world.read().paper_mm) / 50.0)


def test_printing_for_longer_than_allowed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"printer\.timeout"):
        Slow().printer(tmp_path, mm_per_second=10.0).print_slip(ORDINARY, 2.0)
    assert files(tmp_path) == ["MAU01-000417-torn.png"]


@pytest.mark.parametrize("number", ["", "../x", "a", "A/B", "A\n", "MÃ-1", "A" * 65, "A.png", "٣"])
def test_number_that_could_name_another_file_is_refused(
    tmp_path: Path, printer: Printer, number: str
) -> None:
    with pytest.raises(BadInputError, match=r"printer\.bad_number") as caught:
        printer.print_slip(Slip(number, ()), 5)
    assert isinstance(caught.value, ValueError)
    assert files(tmp_path) == []


@given(st.text(max_size=20))
def test_accepted_numbers_are_plain_file_names(number: str) -> None:
    if NUMBER.fullmatch(number):
        assert Path(number).name == number
        assert number.isascii()


def test_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_device({"speed": 3}, tmp_path)
    assert "speed" in str(caught.value)


def test_it_says_that_it_is_a_simulation(printer: Printer) -> None:
    assert printer.simulated
    assert printer.model.startswith("sim")
    printer.close()


def test_every_status_has_words_for_the_people_who_act() -> None:
    for status in PrinterStatus:
        message = msg(f"printer.{status}", metres=2)
        for language in ("vi", "en"):
            assert "⟦" not in Words(language).say(message, Audience.TECHNICIAN)
            if status is not PrinterStatus.OK:
                assert "⟦" not in Words(language).say(message, Audience.OFFICER)
