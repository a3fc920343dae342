"""The ESC/POS driver on a line in memory: what it asks, what it makes of any answer, what it leaves behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.receipt import Slip, Text
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HealthState
from kiosk.hal.printer import NotPrinted, Printed, PrinterStatus
from kiosk.hal.printer.commands import (
    BAND_BYTES,
    FINISH,
    LIVE,
    TELL_WHEN_DONE,
    Query,
    encode,
    is_answer,
    parse_status,
)
from kiosk.hal.printer.decoder import decode
from kiosk.hal.printer.ear import Ear
from kiosk.hal.printer.escpos import SILENT_S, UNFINISHED, EscposPrinter, open_device
from kiosk.hal.printer.layout import render
from kiosk.hal.printer.line import is_kernel_printer
from kiosk.locale import Audience, Words
from tests.unit.slips import ORDINARY

SHORT = Slip("MAU01-000001", (Text("Xin chào"),))
FINE = {Query.PRINTER: b"\x12", Query.OFFLINE: b"\x12", Query.PAPER: b"\x12"}
OUT = {Query.PRINTER: b"\x1a", Query.OFFLINE: b"\x32", Query.PAPER: b"\x7e"}
OPEN = {Query.PRINTER: b"\x1a", Query.OFFLINE: b"\x16", Query.PAPER: b"\x12"}
JAMMED = {Query.PRINTER: b"\x1a", Query.OFFLINE: b"\x52", Query.PAPER: b"\x12"}
LOW = {**FINE, Query.PAPER: b"\x1e"}


class Cable:
    """A line that answers as `says` tells; time passes only while somebody waits."""

    name = "/dev/cable"

    def __init__(self, says: Callable[[Query], bytes], *, reports: bool = True) -> None:
        self.says, self.reports = says, reports
        self.now = 0.0
        self.sent: list[bytes] = []
        self.waiting = b""
        self.closed = False

    def send(self, data: bytes, timeout: float) -> None:
        self.sent.append(data)
        if data[:2] == b"\x10\x04":
            self.waiting += self.says(Query(data[2]))
        elif self.reports and data.endswith(TELL_WHEN_DONE):
            self.waiting += b"\x00"

    def receive(self, timeout: float) -> bytes:
        found, self.waiting = self.waiting, b""
        self.now += 0.0 if found else timeout
        return found

    def lasting(self, count: int) -> float:
        return 0.0

    def close(self) -> None:
        self.closed = True

    @property
    def job(self) -> bytes:
        """Everything but questions."""
        return b"".join(data for data in self.sent if data[:2] != b"\x10\x04")


def answering(answers: dict[Query, bytes]) -> Callable[[Query], bytes]:
    return lambda what: answers[what]


def printer_on(cable: Cable, data: Path, *, speaks: bool = True) -> EscposPrinter:
    return EscposPrinter(cable, data / UNFINISHED, speaks=speaks, clock=lambda: cable.now)


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        (FINE, PrinterStatus.OK),
        (LOW, PrinterStatus.PAPER_LOW),
        (OUT, PrinterStatus.PAPER_OUT),
        (OPEN, PrinterStatus.COVER_OPEN),
        (JAMMED, PrinterStatus.UNKNOWN),
        (dict.fromkeys(Query, b""), PrinterStatus.UNKNOWN),
        (dict.fromkeys(Query, b"\xff"), PrinterStatus.UNKNOWN),
    ],
)
def test_status_is_what_three_single_bytes_say(
    tmp_path: Path, answers: dict[Query, bytes], status: PrinterStatus
) -> None:
    cable = Cable(answering(answers))
    assert printer_on(cable, tmp_path).status(1.0) is status
    assert cable.now <= 1.0


@given(st.lists(st.binary(max_size=4), max_size=40))
def test_whatever_comes_back_is_a_status_and_never_an_exception(replies: list[bytes]) -> None:
    """UNKNOWN unless three well-formed answers came in one undisturbed round."""
    heard: list[bytes] = []

    def says(what: Query) -> bytes:
        heard.append(replies.pop() if replies else b"")
        return heard[-1]

    cable = Cable(says)
    status = printer_on(cable, Path("/nonexistent")).status(2.0)
    assert status in set(PrinterStatus)
    if status in {PrinterStatus.OK, PrinterStatus.PAPER_LOW}:
        assert all(is_answer(byte) for byte in heard[-3:])
    assert cable.now <= 2.0


@given(st.dictionaries(st.sampled_from(Query), st.binary(max_size=40)))
def test_any_bytes_are_a_status(answers: dict[Query, bytes]) -> None:
    assert parse_status(answers) in set(PrinterStatus)


def test_a_round_with_noise_is_asked_again() -> None:
    """A stray byte that looks like an answer would shift all the others."""
    calls: list[Query] = []

    def says(what: Query) -> bytes:
        calls.append(what)
        return b"\x12" + OPEN[what] if len(calls) == 1 else OPEN[what]

    cable = Cable(says)
    assert parse_status(Ear(cable, lambda: cable.now).ask(1.0)) is PrinterStatus.COVER_OPEN
    assert len(calls) == 6


def test_a_late_answer_is_not_taken_for_the_next() -> None:
    late = [b"", b"\x12"]

    def says(what: Query) -> bytes:
        return late.pop() if len(late) > 1 else b""

    cable = Cable(says)
    ear = Ear(cable, lambda: cable.now)
    assert parse_status(ear.ask(1.0)) is PrinterStatus.UNKNOWN
    cable.waiting, cable.says = b"\x12", answering(OPEN)
    assert parse_status(ear.ask(1.0)) is PrinterStatus.COVER_OPEN


def test_a_slip_goes_out_whole_and_is_forgotten(tmp_path: Path) -> None:
    cable = Cable(answering(FINE))
    assert printer_on(cable, tmp_path).print_slip(ORDINARY, 20) == Printed(PrinterStatus.OK)
    paper = decode(cable.job)
    assert paper.bitmap.rows.rstrip(b"\0") == decode(encode(render(ORDINARY))).bitmap.rows.rstrip(b"\0")
    assert len(paper.cuts) == 1
    assert not (tmp_path / UNFINISHED).exists()


@pytest.mark.parametrize("answers", [OUT, OPEN, JAMMED, dict.fromkeys(Query, b"")])
def test_nothing_is_sent_to_a_printer_that_is_not_known_to_be_ready(
    tmp_path: Path, answers: dict[Query, bytes]
) -> None:
    cable = Cable(answering(answers))
    assert printer_on(cable, tmp_path).print_slip(SHORT, 20) == NotPrinted(parse_status(answers))
    assert cable.job == b""


@pytest.mark.parametrize("trouble", [OUT, OPEN, JAMMED])
def test_trouble_in_mid_slip_stops_it_and_the_next_begins_clean(
    tmp_path: Path, trouble: dict[Query, bytes]
) -> None:
    cable = Cable(answering(FINE))
    printer = printer_on(cable, tmp_path)
    cable.says = lambda what: (trouble if len(cable.sent) > 12 else FINE)[what]
    assert printer.print_slip(ORDINARY, 20) == NotPrinted(parse_status(trouble))
    assert len(cable.job) < len(encode(render(ORDINARY)))
    assert (tmp_path / UNFINISHED).read_text() == ORDINARY.number
    cable.sent, cable.says = [], answering(FINE)
    assert isinstance(printer.print_slip(ORDINARY, 20), Printed)
    assert FINISH in cable.job[: len(FINISH) + 16]
    assert not (tmp_path / UNFINISHED).exists()


def test_a_band_cut_short_is_filled_before_anything_is_asked(tmp_path: Path) -> None:
    """After a power cut in mid-band the printer takes every byte for the picture, questions too."""
    (tmp_path / UNFINISHED).write_text("MAU01-000001")
    cable = Cable(answering(FINE))
    printer_on(cable, tmp_path).meet()
    assert cable.sent[0] == bytes(BAND_BYTES)
    assert cable.job == cable.sent[0]


@pytest.mark.parametrize(("answer", "code"), [(b"", "printer.silent"), (b"\xfe", "printer.garbled")])
def test_a_printer_that_does_not_answer_is_not_opened(tmp_path: Path, answer: bytes, code: str) -> None:
    with pytest.raises(DeviceError) as caught:
        printer_on(Cable(answering(dict.fromkeys(Query, answer))), tmp_path).meet()
    assert caught.value.code == code


def test_a_printer_that_cannot_report_is_given_its_time(tmp_path: Path) -> None:
    cable = Cable(answering(FINE), reports=False)
    assert printer_on(cable, tmp_path).print_slip(ORDINARY, 60) == Printed(PrinterStatus.OK)
    assert cable.now >= render(ORDINARY).height / 8 / 50


def test_a_printer_that_falls_silent_is_an_error_before_the_time_is_over(tmp_path: Path) -> None:
    cable = Cable(answering(FINE))
    printer = printer_on(cable, tmp_path)

    def says(what: Query) -> bytes:
        cable.reports = len(cable.sent) <= 12
        return FINE[what] if cable.reports else b""

    cable.says = says
    with pytest.raises(DeviceError, match=r"printer\.silent"):
        printer.print_slip(ORDINARY, 60)
    assert cable.now < SILENT_S + 3


def test_a_printer_that_never_ends_is_an_error(tmp_path: Path) -> None:
    cable = Cable(answering(FINE))
    printer = printer_on(cable, tmp_path)

    def says(what: Query) -> bytes:
        cable.reports = len(cable.sent) <= 12
        return FINE[what]

    cable.says = says
    with pytest.raises(DeviceError, match=r"printer\.timeout"):
        printer.print_slip(ORDINARY, 20)


def test_a_mute_printer_has_to_be_stated_and_is_never_said_to_be_fine(tmp_path: Path) -> None:
    cable = Cable(answering(dict.fromkeys(Query, b"")), reports=False)
    printer = printer_on(cable, tmp_path, speaks=False)
    assert printer.print_slip(ORDINARY, 20) == Printed(PrinterStatus.UNKNOWN)
    assert printer.status(1) is PrinterStatus.UNKNOWN
    health = printer.health()
    assert health.state is HealthState.DEGRADED
    assert health.message is not None
    assert health.message.code == "printer.mute"
    assert cable.now == 0
    assert len(decode(cable.job).cuts) == 1


@pytest.mark.parametrize(
    ("answers", "state", "code"),
    [
        (FINE, HealthState.OK, ""),
        (LOW, HealthState.DEGRADED, "printer.near_end"),
        (OUT, HealthState.DEGRADED, "printer.paper_out"),
        (OPEN, HealthState.DEGRADED, "printer.cover_open"),
        (JAMMED, HealthState.DEGRADED, "printer.unknown"),
        (dict.fromkeys(Query, b""), HealthState.GONE, "printer.silent"),
        (dict.fromkeys(Query, b"\xfe"), HealthState.GONE, "printer.garbled"),
    ],
)
def test_health_says_what_to_do(
    tmp_path: Path, answers: dict[Query, bytes], state: HealthState, code: str
) -> None:
    """M3: within a second, in words for technician and officer."""
    cable = Cable(answering(answers))
    health = printer_on(cable, tmp_path).health()
    assert (health.state, health.message.code if health.message else "") == (state, code)
    assert cable.now <= 1.0
    if health.message:
        for language in ("vi", "en"):
            for audience in (Audience.TECHNICIAN, Audience.OFFICER):
                said = Words(language).say(health.message, audience)
                assert not {"⟦", "{"} & set(said), said


def test_what_a_technician_is_told_of_nonsense_names_both_sides(tmp_path: Path) -> None:
    health = printer_on(Cable(answering(dict.fromkeys(Query, b"\xfe"))), tmp_path).health()
    assert health.message
    said = Words("en").say(health.message, Audience.TECHNICIAN)
    assert all(part in said for part in ("/dev/cable", "10 04 01", "fe"))


def test_health_asks_at_most_once_a_second(tmp_path: Path) -> None:
    cable = Cable(answering(FINE))
    printer = printer_on(cable, tmp_path)
    for _ in range(10):
        printer.health()
    assert len(cable.sent) == 3


def test_health_never_disturbs_a_slip(tmp_path: Path) -> None:
    cable = Cable(answering(FINE))
    printer = printer_on(cable, tmp_path)
    printer.health()
    asked: list[int] = []

    def says(what: Query) -> bytes:
        before = len(cable.sent)
        cable.now += 0.3
        asked.append(printer.health().state is HealthState.OK and len(cable.sent) - before)
        return FINE[what]

    cable.says = says
    assert isinstance(printer.print_slip(SHORT, 60), Printed)
    assert asked and set(asked) == {0}


@given(st.binary(min_size=1, max_size=64))
def test_no_picture_holds_a_live_command(row: bytes) -> None:
    """Bytes of a picture that would be obeyed at once get one dot more, and nothing else changes."""
    from kiosk.hal.printer.bitmap import Bitmap

    seeded = b"\x10\x04" + row + b"\x10\x10\x14" + b"\x10\x05" * (len(row) % 3)
    bitmap = Bitmap(len(seeded) * 8, 1, seeded)
    job = encode(bitmap)
    assert not LIVE.search(job[: job.rindex(b"\x1bJ")])
    printed = decode(job, bitmap.width).bitmap.row(0)
    for at, (wanted, got) in enumerate(zip(seeded, printed, strict=True)):
        if got != wanted:
            assert (seeded[at - 1], wanted, got) in {(0x10, 4, 12), (0x10, 5, 13), (0x10, 0x14, 0x1C)}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "port"),
        ({"port": 5}, "port"),
        ({"port": "/dev/ttyUSB0", "baud": 5}, "baud"),
        ({"port": "/dev/ttyUSB0", "flow": "maybe"}, "flow"),
        ({"port": "/dev/ttyUSB0", "status": "yes"}, "status"),
        ({"port": "/dev/ttyUSB0", "speed": 1}, "speed"),
        ({"port": "COM1"}, "COM1"),
        ({"port": "tcp://printer"}, "tcp://printer"),
        ({"port": "tcp://printer:0"}, "tcp://printer:0"),
        ({"port": "http://printer:9100"}, "http"),
        ({"port": ""}, "bad_port"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    tmp_path: Path, settings: dict[str, object], named: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        open_device(settings, tmp_path)
    assert named in str(caught.value)


def test_a_port_that_is_no_printers_is_said_in_one_line(tmp_path: Path) -> None:
    """Not there, busy, another device, nobody listening: one line, with what to do."""
    near, far = os.openpty()
    held = serial.Serial(os.ttyname(far), exclusive=True)
    cases = {
        str(tmp_path / "ttyUSB9"): "printer.no_port",
        os.ttyname(far): "printer.port_busy",
        "/dev/null": "printer.not_a_port",
        str(tmp_path): "printer.not_a_port",
        "tcp://127.0.0.1:9": "printer.no_connection",
        str(tmp_path / "lp9"): "printer.no_port",
    }
    for port, code in cases.items():
        with pytest.raises(DeviceError) as caught:
            open_device({"port": port}, tmp_path)
        assert (port, caught.value.code) == (port, code)
    held.close()
    os.close(near)
    os.close(far)


def test_a_kernel_printer_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "receipt").symlink_to("/dev/usb/lp0")
    assert is_kernel_printer("/dev/usb/lp0")
    assert is_kernel_printer(str(tmp_path / "receipt"))
    assert not is_kernel_printer("/dev/ttyUSB0")
    assert not is_kernel_printer("/dev/help0")
