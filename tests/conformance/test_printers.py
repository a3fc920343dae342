"""One suite for every printer: the simulation, and the real driver on each kind of cable to a simulated printer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.biometrics.codes import read_qr
from kiosk.domain.receipt import QrCode, Slip, Text
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.camera import Frame
from kiosk.hal.device import HEALTHY, HealthState
from kiosk.hal.printer import NotPrinted, Printed, Printer, PrinterStatus, escpos, sim
from kiosk.hal.printer.wire import Fault
from kiosk.hal.world import WorldFile, world_in
from tests.unit.slips import ORDINARY
from tests.wires import Bench, printer_bench

SHORT = Slip("MAU01-000001", (Text("Xin chào"), QrCode("MAU01-000001")))
KINDS = ("sim", "pty", "lp", "tcp")


class Rig:
    """A printer to be tested, the world it senses, and where its paper lies."""

    def __init__(self, kind: str, open_device: Callable[[], Printer], world: WorldFile, paper: Path) -> None:
        self.kind, self.open, self.world, self._paper = kind, open_device, world, paper
        self.printer = open_device()

    def pieces(self, *, torn: bool) -> list[Path]:
        return sorted(path for path in self._paper.glob("*.png") if ("-torn" in path.name) is torn)

    def reopened(self) -> Printer:
        """As a supervisor does it: closed, and tried until it is there."""
        self.printer.close()
        self.printer = eventually(self.open)
        return self.printer


def eventually(attempt: Callable[[], Any]) -> Any:
    for _ in range(100):
        try:
            return attempt()
        except DeviceError:
            time.sleep(0.05)
    return attempt()


@contextmanager
def rig_of(kind: str, folder: Path, mm_per_second: float = 1000.0) -> Iterator[Rig]:
    if kind == "sim":
        settings: dict[str, object] = {"mm_per_second": mm_per_second}
        yield Rig(kind, lambda: sim.open_device(settings, folder), world_in(folder), folder / "paper")
        return
    with printer_bench(folder, kind, mm_per_second=mm_per_second) as bench:
        wired: dict[str, object] = {"port": bench.port}
        rig = Rig(kind, lambda: escpos.open_device(wired, folder), bench.world, bench.out)
        try:
            yield rig
        finally:
            rig.printer.close()


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(request.param, tmp_path) as made:
        yield made


def code_on(piece: Path) -> str | None:
    """The QR code of a piece of paper: the dossier's number, which is the job's id."""
    from PIL import Image

    picture = Image.open(piece).convert("RGB")
    return read_qr(Frame(picture.width, picture.height, picture.tobytes()))


def later(seconds: float, act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_a_ready_printer_prints_one_whole_slip(rig: Rig) -> None:
    assert rig.printer.health() == HEALTHY
    assert rig.printer.status(1) is PrinterStatus.OK
    result = rig.printer.print_slip(SHORT, 20)
    assert isinstance(result, Printed)
    assert result.status is PrinterStatus.OK
    (piece,) = rig.pieces(torn=False)
    assert code_on(piece) == SHORT.number
    assert rig.pieces(torn=True) == []


def test_it_says_what_it_is(rig: Rig) -> None:
    assert rig.printer.model
    assert rig.printer.simulated is (rig.kind == "sim")
    assert rig.printer.model.startswith("sim") is rig.printer.simulated


@pytest.mark.parametrize(
    ("change", "status"),
    [({"paper_mm": 0.0}, PrinterStatus.PAPER_OUT), ({"cover_open": True}, PrinterStatus.COVER_OPEN)],
)
def test_a_printer_that_is_not_ready_prints_nothing(
    rig: Rig, change: dict[str, object], status: PrinterStatus
) -> None:
    rig.world.change(**change)
    assert rig.printer.print_slip(SHORT, 20) == NotPrinted(status)
    assert rig.printer.status(1) is status
    health = rig.printer.health()
    assert health.state is HealthState.DEGRADED
    assert health.message is not None
    assert health.message.code == f"printer.{status}"
    assert rig.pieces(torn=False) == rig.pieces(torn=True) == []


def test_a_low_roll_prints_and_says_so(rig: Rig) -> None:
    rig.world.change(paper_mm=2_000.0)
    result = rig.printer.print_slip(SHORT, 20)
    assert isinstance(result, Printed)
    assert result.status is PrinterStatus.PAPER_LOW
    assert rig.printer.health().state is HealthState.DEGRADED


def test_paper_out_in_mid_slip_is_seen_and_the_whole_slip_comes_after_it(rig: Rig) -> None:
    """C4: never half a slip as a whole one."""
    rig.world.change(paper_mm=40.0)
    assert rig.printer.print_slip(ORDINARY, 20) == NotPrinted(PrinterStatus.PAPER_OUT)
    assert rig.pieces(torn=False) == []
    rig.world.change(paper_mm=50_000.0)
    assert isinstance(rig.printer.print_slip(ORDINARY, 20), Printed)
    (whole,) = rig.pieces(torn=False)
    assert code_on(whole) == "https://mau.example/h/MAU01-000417"
    assert rig.pieces(torn=True)


@pytest.mark.parametrize("kind", ["sim", "pty", "tcp"])
def test_a_cover_opened_in_mid_slip_is_seen(tmp_path: Path, kind: str) -> None:
    with rig_of(kind, tmp_path, mm_per_second=200.0) as rig:
        timer = later(0.3, lambda: rig.world.change(cover_open=True))
        assert rig.printer.print_slip(ORDINARY, 20) == NotPrinted(PrinterStatus.COVER_OPEN)
        timer.join()
        assert rig.pieces(torn=False) == []
        rig.world.change(cover_open=False)
        eventually_ready(rig.printer)
        assert isinstance(rig.printer.print_slip(SHORT, 20), Printed)
        (whole,) = rig.pieces(torn=False)
        assert code_on(whole) == SHORT.number


def eventually_ready(printer: Printer) -> None:
    for _ in range(100):
        if printer.status(1) is PrinterStatus.OK:
            return
        time.sleep(0.05)
    raise AssertionError(printer.status(1))


@pytest.mark.parametrize("kind", ["sim", "pty", "tcp"])
def test_a_cable_pulled_in_mid_slip_is_an_error_and_the_next_slip_is_clean(tmp_path: Path, kind: str) -> None:
    """The printer was left in the middle of a picture; it takes nothing of that into the next slip."""
    with rig_of(kind, tmp_path, mm_per_second=200.0) as rig:
        timer = later(0.3, lambda: rig.world.change(printer_connected=False))
        with pytest.raises(DeviceError):
            rig.printer.print_slip(ORDINARY, 20)
        timer.join()
        assert rig.printer.health().state is HealthState.GONE
        rig.world.change(printer_connected=True)
        printer = rig.reopened()
        eventually_ready(printer)
        assert isinstance(printer.print_slip(SHORT, 20), Printed)
        assert [code_on(piece) for piece in rig.pieces(torn=False)] == [SHORT.number]


def test_health_answers_within_a_second_while_a_slip_is_printed(rig: Rig) -> None:
    healths: list[tuple[float, HealthState]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            began = time.monotonic()
            healths.append((time.monotonic() - began, rig.printer.health().state))
            time.sleep(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        assert isinstance(rig.printer.print_slip(ORDINARY, 20), Printed)
    finally:
        done.set()
        thread.join()
    assert {state for _, state in healths} == {HealthState.OK}
    assert len(rig.pieces(torn=False)) == 1


@pytest.mark.parametrize("module", [sim, escpos])
def test_unknown_settings_are_refused(module: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        module.open_device({"port": "/dev/ttyUSB0", "nonsense": 1}, tmp_path)


# -- the driver alone: faults of the wire -------------------------------------------------------------------------


@contextmanager
def faulty(folder: Path, cable: str, *faults: Fault, **settings: object) -> Iterator[tuple[Printer, Bench]]:
    with printer_bench(folder, cable, faults) as bench:
        printer = eventually(lambda: escpos.open_device({"port": bench.port, **settings}, folder))
        try:
            yield printer, bench
        finally:
            printer.close()


@pytest.mark.parametrize("cable", ["pty", "tcp"])
def test_a_printer_that_never_answers_is_not_opened(tmp_path: Path, cable: str) -> None:
    with printer_bench(tmp_path, cable, (Fault("mute"),)) as bench:
        with pytest.raises(DeviceError, match=r"printer\.silent"):
            escpos.open_device({"port": bench.port}, tmp_path)
        assert bench.pieces == []


@pytest.mark.parametrize("cable", ["pty", "tcp"])
def test_a_printer_that_falls_silent_is_gone_and_gets_no_slip(tmp_path: Path, cable: str) -> None:
    with faulty(tmp_path, cable, Fault("mute", after_bytes=9)) as (printer, bench):
        health = printer.health()
        assert (health.state, health.message and health.message.code) == (HealthState.GONE, "printer.silent")
        assert printer.print_slip(SHORT, 20) == NotPrinted(PrinterStatus.UNKNOWN)
        assert bench.pieces == []


def test_a_mute_printer_prints_when_that_is_stated(tmp_path: Path) -> None:
    with faulty(tmp_path, "lp", Fault("mute"), status=False) as (printer, bench):
        assert printer.print_slip(SHORT, 20) == Printed(PrinterStatus.UNKNOWN)
        for _ in range(200):
            if bench.pieces:
                break
            time.sleep(0.02)
        assert [code_on(bench.out / name) for name in bench.pieces] == [SHORT.number]


def test_noise_around_answers_is_never_a_wrong_status(tmp_path: Path) -> None:
    with faulty(tmp_path, "pty", Fault("noise")) as (printer, bench):
        bench.world.change(cover_open=True)
        said = {printer.status(1) for _ in range(30)}
        assert said <= {PrinterStatus.COVER_OPEN, PrinterStatus.UNKNOWN}
        assert PrinterStatus.COVER_OPEN in said


def test_a_burst_of_noise_in_mid_slip_does_not_hurt_it(tmp_path: Path) -> None:
    with faulty(tmp_path, "pty", Fault("noise", after_bytes=9_000, seconds=0.3)) as (printer, bench):
        assert isinstance(printer.print_slip(SHORT, 20), Printed)
        assert isinstance(printer.print_slip(ORDINARY, 20), Printed)
        assert bench.pieces == ["slip-0001.png", "slip-0002.png"]


def test_slow_answers_are_waited_for(tmp_path: Path) -> None:
    with faulty(tmp_path, "pty", Fault("slow", delay=0.1)) as (printer, _):
        assert printer.health() == HEALTHY
        assert printer.status(1) is PrinterStatus.OK


def test_a_stalled_connection_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escpos, "SILENT_S", 0.3)
    with faulty(tmp_path, "tcp", Fault("stall", after_bytes=9_000)) as (printer, bench):
        with pytest.raises(DeviceError, match=r"printer\.silent"):
            printer.print_slip(ORDINARY, 20)
        assert printer.health().state is HealthState.GONE
        assert bench.pieces == []


def test_a_cutter_that_jams_is_no_whole_slip(tmp_path: Path) -> None:
    with faulty(tmp_path, "pty") as (printer, bench):
        bench.world.change(cutter_jammed=True)
        assert printer.print_slip(SHORT, 20) == NotPrinted(PrinterStatus.UNKNOWN)
        health = printer.health()
        assert health.message is not None
        assert (health.state, health.message.code) == (HealthState.DEGRADED, "printer.unknown")
        assert bench.pieces == []


def test_the_printer_never_gets_a_byte_it_does_not_know(tmp_path: Path) -> None:
    """Every byte of jobs, questions and repairs is understood by the strict reader."""
    with faulty(tmp_path, "tcp") as (printer, bench):
        bench.world.change(paper_mm=60.0)
        printer.print_slip(ORDINARY, 20)
        bench.world.change(paper_mm=50_000.0)
        printer.print_slip(ORDINARY, 20)
        assert bench.wire.mechanism.refused == []
