"""Printing a slip again for an officer: what is printed, what is said when it is not, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.app.reprints import Reprints
from kiosk.domain.dossier import DossierEvent
from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Slip, Text
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health
from kiosk.hal.printer import NotPrinted, Printed, Printer, PrinterStatus
from kiosk.locale import Words
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.attended import Attended
from tests.kit import HandClock, begin_dossier, open_ledger

OFFICER = "desk:1000"
OK = Printed(PrinterStatus.OK)


class Press:
    """A printer that keeps what it was given and answers as the test says."""

    model, simulated = "press", True

    def __init__(self, answer: Callable[[], Printed | NotPrinted]) -> None:
        self.answer = answer
        self.slips: list[Slip] = []

    def status(self, timeout: float) -> PrinterStatus:
        return PrinterStatus.OK

    def print_slip(self, slip: Slip, timeout: float) -> Printed | NotPrinted:
        self.slips.append(slip)
        return self.answer()

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None:
        """Nothing is held open."""


class Desk:
    """A dossier whose slip came out, a press, and what the officers' board was told."""

    def __init__(self, data: Path, answer: Callable[[], Printed | NotPrinted] = lambda: OK) -> None:
        self.ledger = open_ledger(data)
        self.number = sealed(self.ledger)
        self.press = Press(answer)
        self.told: list[Message | None] = []
        printer: Attended[Printer] = Attended("printer", lambda: self.press, HandClock(), lambda: None)
        printer.look()
        self.reprints = Reprints(self.ledger.slips, printer, Words("vi"), HandClock(), self.told.append)

    def ask(self, reason: str = "torn", number: str = "") -> Message | None:
        return self.reprints.ask(number or self.number, reason, OFFICER)

    def settle(self) -> None:
        """Until the job under way is over."""
        thread = self.reprints._thread
        assert thread
        thread.join(10)
        assert not thread.is_alive()


def sealed(ledger: SqliteLedger) -> str:
    dossier = begin_dossier(ledger)
    for event in (DossierEvent.COMPLETE, DossierEvent.APPROVE):
        dossier = ledger.move(dossier, event, "rule")
    ledger.seal(dossier, Slip(dossier.number, (Text("whole"),), (Text("nameless"),)))
    ledger.slip_done(dossier.number, None)
    return dossier.number


def lines_of(slip: Slip) -> list[str]:
    return [part.text for part in slip.parts if isinstance(part, Text)]


def test_a_copy_says_which_it_is_and_who_made_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(2):
        assert desk.ask() is None
        desk.settle()
    assert [slip.number for slip in desk.press.slips] == [f"{desk.number}-R1", f"{desk.number}-R2"]
    for count, slip in enumerate(desk.press.slips, start=1):
        first, text, last = lines_of(slip)
        assert (first, text) == (f"BẢN IN LẠI LẦN {count}", "nameless")
        assert OFFICER in last and "20/11/2026" in last
    assert desk.told == [msg("reprint.printing", number=desk.number), None] * 2


def test_why_it_did_not_come_out_is_on_the_board(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda: NotPrinted(PrinterStatus.PAPER_OUT))
    assert desk.ask() is None
    desk.settle()
    why = msg("printer.paper_out", metres=0)
    assert desk.told[-1] == msg("reprint.not_printed", number=desk.number, why=why)


def test_a_printer_lost_on_the_way_is_told(tmp_path: Path) -> None:
    def unplugged() -> Printed:
        raise DeviceError("printer.unplugged", port="/dev/x")

    desk = Desk(tmp_path, unplugged)
    assert desk.ask() is None
    desk.settle()
    assert desk.told[-1] == msg("reprint.no_printer", number=desk.number)
    assert len(desk.press.slips) == 1


def test_one_at_a_time(tmp_path: Path) -> None:
    free = threading.Event()

    def slowly() -> Printed:
        assert free.wait(10)
        return OK

    desk = Desk(tmp_path, slowly)
    assert desk.ask() is None
    assert desk.ask() == msg("reprint.busy")
    free.set()
    desk.settle()
    assert desk.ask("lost") is None
    desk.settle()
    assert len(desk.press.slips) == 2


@pytest.mark.parametrize(
    ("reason", "number", "code"),
    [("because", "", "reprint.reason_unknown"), ("torn", "MAU01-000099", "reprint.unknown")],
)
def test_what_cannot_be_printed_again_is_refused(tmp_path: Path, reason: str, number: str, code: str) -> None:
    desk = Desk(tmp_path)
    refused = desk.ask(reason, number)
    assert refused and refused.code == code
    assert (desk.press.slips, desk.told) == ([], [])
    assert desk.ask() is None, "and the next one is not held up"
    desk.settle()


def test_nothing_is_begun_while_the_kiosk_ends(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.reprints.close()
    assert desk.ask() == msg("reprint.busy")


def test_a_slip_that_was_owed_is_printed_as_it_is_and_is_given_then(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    dossier = begin_dossier(desk.ledger)
    for event in (DossierEvent.COMPLETE, DossierEvent.APPROVE):
        dossier = desk.ledger.move(dossier, event, "rule")
    desk.ledger.seal(dossier, Slip(dossier.number, (Text("whole"),), (Text("nameless"),)))
    assert desk.ask("lost", dossier.number) is None
    desk.settle()
    assert [(slip.number, lines_of(slip)) for slip in desk.press.slips] == [(dossier.number, ["whole"])]
    assert desk.ledger.pending_slip(dossier.number) is None
