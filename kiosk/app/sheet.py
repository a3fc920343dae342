"""The readiness sheet: what `kiosk doctor` found, on the receipt printer, to be signed and kept with the machine.

Printing it is a test of its own: Vietnamese letters, the cutter and a code that a telephone can read.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.app.doctor import Finding, Place, State, devices_free, worst
from kiosk.app.resources import open_driver
from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text, Weight
from kiosk.hal.printer import NotPrinted, Printed

PRINT_S = 60.0

Say = Callable[[Message], str]


def readiness_sheet(place: Place, findings: tuple[Finding, ...], say: Say) -> Slip:
    """The findings in the technician's words. The number names station and minute."""
    station, now = place.config.station, place.clock.read().local
    number = f"{station.id}-READY-{now:%Y%m%d-%H%M}"
    head = (
        Text(station.place.upper(), weight=Weight.BOLD, centred=True),
        Text(say(msg("doctor.sheet_title")), weight=Weight.TITLE, centred=True),
        Text(say(msg(f"doctor.whole.{worst(findings)}")), weight=Weight.BOLD, centred=True),
        Text(f"{now:%d/%m/%Y %H:%M}", say(msg("doctor.sheet_date"))),
        Text(number, say(msg("doctor.sheet_number"))),
        Rule(),
    )
    lines = (part for finding in findings for part in _lines(finding, say))
    foot = (Rule(), QrCode(number), Text(say(msg("doctor.sheet_signed")), weight=Weight.SMALL))
    return Slip(number, (*head, *lines, *foot))


def print_sheet(place: Place, slip: Slip) -> Printed | NotPrinted:
    """Raises `StoreError` while a core owns the printer, `DeviceError` or `ConfigError` without a printer."""
    with devices_free(place.data):
        printer = open_driver("printer", place.config.devices.printer, place.data, place.config.mode)()
        try:
            answer: Printed | NotPrinted = printer.print_slip(slip, PRINT_S)
        finally:
            printer.close()
    return answer


def _lines(finding: Finding, say: Say) -> list[SlipPart]:
    name = say(msg(f"doctor.topic.{finding.topic}"))
    state = say(msg(f"doctor.state.{finding.state}"))
    weight = Weight.PLAIN if finding.state is State.OK else Weight.BOLD
    lines: list[SlipPart] = [Text(f"{name}: {state}", weight=weight)]
    if finding.state is not State.OK:
        lines.append(Text(say(finding.found), weight=Weight.SMALL))
    if finding.remedy is not None:
        lines.append(Text(f"› {say(finding.remedy)}", weight=Weight.SMALL))
    return lines
