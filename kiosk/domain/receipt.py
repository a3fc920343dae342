"""The slip a citizen takes home, as text in the citizen's language; printers lay it out."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Weight(StrEnum):
    """How a line of the slip is set."""

    TITLE = "title"
    LARGE = "large"
    BOLD = "bold"
    PLAIN = "plain"
    SMALL = "small"


class Text(msgspec.Struct, frozen=True, tag="text"):
    """One line: an optional label, its text; wrapped by the printer when it does not fit, never cut."""

    text: str
    label: str = ""
    weight: Weight = Weight.PLAIN
    centred: bool = False


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A thin line across the paper."""


class QrCode(msgspec.Struct, frozen=True, tag="qr"):
    """A QR code holding exactly `content`."""

    content: str


SlipPart = Text | Rule | QrCode


class Slip(msgspec.Struct, frozen=True):
    """`number` is ASCII and also stands among the parts; it names the print job.

    `again` is what a later copy says: nothing that only the person may know.
    """

    number: str
    parts: tuple[SlipPart, ...]
    again: tuple[SlipPart, ...] = ()
