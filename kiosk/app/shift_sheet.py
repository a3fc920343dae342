"""The sheet of a shift: figures for whoever answers for it, and the audit chain's head as a QR code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text, Weight
from kiosk.domain.shift import ShiftClosed
from kiosk.domain.time import local_time

QUEUE = ("tickets", "queue_peak", "queue_minutes")
"""On the sheet where numbers were given at all."""

Say = Callable[[Message], str]


def shift_sheet(place: str, closed: ShiftClosed, head: str, say: Say) -> Slip:
    """`head` is the checkpoint's text. Nothing on it is personal: staff numbers, counts, hashes."""
    shift, counts = closed.shift, closed.counts
    figures: tuple[tuple[str, int], ...] = (
        ("visits", counts.visits),
        *((f"outcome.{name}", count) for name, count in counts.by_outcome),
        ("opened", counts.opened),
        ("sealed", counts.sealed),
        ("exceptions", counts.exceptions),
        ("approvals", counts.approvals),
        ("reprints", counts.reprints),
        ("unsigned", counts.unsigned),
        ("corrections", counts.corrections),
        *((name, getattr(counts, name)) for name in QUEUE if counts.tickets or counts.queue_peak),
    )
    parts: tuple[SlipPart, ...] = (
        Text(place.upper(), weight=Weight.BOLD, centred=True),
        Text(say(msg("shift.sheet")), weight=Weight.TITLE, centred=True),
        Rule(),
        Text(shift.id, say(msg("shift.sheet.number")), Weight.LARGE),
        Text(f"{date.fromisoformat(shift.day):%d/%m/%Y}", say(msg("shift.sheet.day"))),
        Text(_hours(closed), say(msg("shift.sheet.hours"))),
        Text(shift.leader, say(msg("shift.sheet.leader"))),
        Text(closed.closed_by, say(msg("shift.sheet.closed_by"))),
        Rule(),
        *(Text(str(count), say(msg(f"shift.sheet.{name}"))) for name, count in figures),
        Rule(),
        Text(f"{closed.head_seq} · {closed.head[:16]}", say(msg("shift.sheet.head")), Weight.SMALL),
        QrCode(head),
        Text(say(msg("shift.sheet.sign")), weight=Weight.SMALL),
    )
    return Slip(shift.id, parts)


def _hours(closed: ShiftClosed) -> str:
    return f"{local_time(closed.shift.opened):%H:%M} – {local_time(closed.closed):%H:%M}"
