"""What is said to a person, as a code and values; `kiosk.locale` turns it into words."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code of the catalogues and the values its words mention; a value may be a message itself."""

    code: str
    values: dict[str, str | int | Message] = {}


def msg(code: str, **values: str | int | Message) -> Message:
    """`msg("finger.place", finger=msg("finger.2"))`."""
    return Message(code, values)
