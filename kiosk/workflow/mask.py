"""The citizen's screen as others may see it: what is asked, not what is answered (O4)."""

from __future__ import annotations

import msgspec

from kiosk.domain.message import Message, msg
from kiosk.workflow.view import Choice, Entry, Review, Row, Screen, View

HIDDEN = "•••"


def masked(view: View) -> View:
    """The view without a datum of the person."""
    return msgspec.structs.replace(view, screen=_masked_screen(view.screen))


def _masked_screen(screen: Screen) -> Screen:
    if isinstance(screen, Choice):
        options = tuple(msgspec.structs.replace(o, label=_masked_label(o.label)) for o in screen.options)
        shown = HIDDEN if screen.shown else ""
        return msgspec.structs.replace(screen, options=options, shown=shown)
    if isinstance(screen, Entry):
        return msgspec.structs.replace(screen, shown=HIDDEN if screen.shown else "")
    if isinstance(screen, Review):
        return msgspec.structs.replace(screen, rows=tuple(_masked_row(row) for row in screen.rows))
    return screen


def _masked_label(label: Message) -> Message:
    """Labels that carry text are about a person; the others are words of the catalogue."""
    return msg("hidden") if any(not isinstance(value, Message) for value in label.values.values()) else label


def _masked_row(row: Row) -> Row:
    return row if isinstance(row.value, Message) else msgspec.structs.replace(row, value=HIDDEN)
