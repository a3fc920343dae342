"""Opening hours: one activity on the welcome screen and one line on the slip.

The hooks are `kiosk.hookspecs`; what is asked and told goes through the desk, never through widgets.
"""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.dossier import Dossier
from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import Text
from kiosk.hookspecs import hookimpl
from kiosk.locale import Words
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Activity, Outcome, Step
from kiosk_opening_hours.places import Place, nearest_first, read_places

HERE = Path(__file__).parent
PLACES = HERE / "places.toml"


@hookimpl
def kiosk_catalogues() -> Path:
    return HERE / "locale"


@hookimpl
def kiosk_activities() -> tuple[Activity, ...]:
    """Reads the places once, so that a file that cannot be used is found at the start and not by a citizen."""
    read_places(PLACES)
    steps = (Step("opening_hours", tell_hours),)
    return (Activity("opening_hours", msg("activity.opening_hours"), steps, order=80),)


@hookimpl
def kiosk_slip_lines(dossier: Dossier, words: Words) -> tuple[Text, ...]:
    """When the card can be fetched, for each place that hands cards out."""
    return tuple(
        Text("; ".join(words.say(line) for line in hours_of(place)), words.say(msg("slip.opening_hours")))
        for place in read_places(PLACES)
        if place.hands_out_cards
    )


def tell_hours(desk: Desk) -> Outcome:
    """One place a screen, the nearest first, until the citizen has seen enough."""
    places = nearest_first(read_places(PLACES))
    for place in places:
        ways = ("close",) if place is places[-1] else ("farther", "close")
        if desk.choose("opening_hours", *ways, body=(where(place), *hours_of(place))) == "close":
            break
    return Outcome.DONE


def where(place: Place) -> Message:
    if place.metres == 0:
        return msg("opening_hours.here", name=place.name)
    return msg("opening_hours.away", name=place.name, metres=place.metres)


def hours_of(place: Place) -> tuple[Message, ...]:
    """A line for weekdays, and one for Saturday where it is open then."""
    lines = [msg("opening_hours.weekdays", hours=place.weekdays)]
    if place.saturday:
        lines.append(msg("opening_hours.saturday", hours=place.saturday))
    return tuple(lines)
