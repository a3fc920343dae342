"""When the citizen's screen may go dark: an empty room needs no light, and a lit panel wears out."""

from __future__ import annotations

from typing import NamedTuple


class Around(NamedTuple):
    """What there is at one moment that a person needs light for.

    `visit`: somebody is being served. `help`: an officer was called. `called`: a waiting number is called. `fault`: the
    screen says that the kiosk cannot serve. `present`: what the sensor says, None without one. `quiet`: seconds since a
    person, a finger or a change of the screen was last noticed.
    """

    visit: bool = False
    help: bool = False
    called: bool = False
    fault: bool = False
    present: bool | None = None
    quiet: float = 0.0


def goes_dark(around: Around, after: float) -> bool:
    """Whether the screen is dark, with `after` seconds set for a quiet room; 0 is never."""
    needed = around.visit or around.help or around.called or around.fault or bool(around.present)
    return after > 0 and not needed and around.quiet >= after
