"""The fingers' part of the gallery: every placing, every state of the coach, and what comes between."""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.domain.message import msg
from kiosk.domain.remedies import Remedy
from kiosk.tui.drawings import finger_picture
from kiosk.tui.gallery_kit import KEPT, Shot, choice, view
from kiosk.workflow.coach import SECONDS
from kiosk.workflow.counter import NEXT
from kiosk.workflow.view import Capture, Choice, Help, Option, Pause, Target

CANNOT: Final = (Option("cannot", msg("fingers.cannot")),)


def placing(
    manner: str,
    position: int,
    fingers: tuple[int, ...],
    taken: tuple[int, ...] = (),
    described: tuple[int, ...] = (),
    hint: str = "",
    good: bool = False,
) -> Capture:
    """A placing of fingers as the core shows it."""
    return Capture(
        f"fingers.{manner}-{position:02}",
        msg(f"fingers.{manner}", finger=msg(f"finger.{position}")),
        Target.FINGERS,
        fingers=fingers,
        taken=taken,
        described=described,
        rolled=manner == "rolled",
        hint=msg(hint) if hint else None,
        good=good,
        options=() if good else CANNOT,
    )


def advised(
    trouble: str, remedy: Remedy, *, left: int = 0, better: bool = False, slap: bool = False
) -> Capture:
    """The same after a try that was not kept; `left` seconds of the remedy's time where it takes any."""
    asked = placing("flat", 13, (2, 3, 4, 5)) if slap else placing("rolled", 2, (2,), (1,))
    seconds = SECONDS.get(remedy, 0)
    ready = (Option(NEXT, msg("fingers.ready"), "yes"),)
    return msgspec.structs.replace(
        asked,
        hint=msg(f"finger.do.{remedy}"),
        about=msg("finger.better" if better else f"finger.seen.{trouble}"),
        better=better,
        remedy=remedy,
        seconds=left,
        seconds_in_all=seconds if left else 0,
        options=ready if left else CANNOT,
    )


def wet() -> Capture:
    return advised("wet", Remedy.WIPE, left=6)


def coached() -> list[Shot]:
    """Every state of the coach: each remedy, with its time where it takes any, and a try that was clearer."""
    states = {
        "wipe": wet(),
        "cool": advised("sweaty", Remedy.COOL, left=14),
        "cool-better": advised("sweaty", Remedy.COOL, left=20, better=True),
        "wash": advised("sweaty", Remedy.WASH, left=27),
        "moisten": advised("dry", Remedy.MOISTEN, left=5),
        "clean": advised("dirty", Remedy.CLEAN, left=7),
        "lighter": advised("worn", Remedy.LIGHTER),
        "lighter-better": advised("pressed", Remedy.LIGHTER, better=True),
        "firmer": advised("dry", Remedy.FIRMER),
        "roll": advised("worn", Remedy.ROLL),
        "part": advised("worn", Remedy.PART),
        "centre": advised("partial", Remedy.CENTRE),
        "still": advised("moved", Remedy.STILL),
        "all": advised("count", Remedy.ALL, slap=True),
        "place": advised("other", Remedy.PLACE),
        "again": placing("rolled", 2, (2,), (1,), hint="finger.again"),
    }
    return [
        Shot(f"coach-{name}", view(screen, "fingers"), picture=finger_picture())
        for name, screen in states.items()
    ]


def placings() -> list[Shot]:
    ridges = finger_picture()
    which = tuple(
        Option(str(n), msg("fingers.which.finger", finger=msg(f"finger.{n}"))) for n in (2, 3, 4, 5)
    )
    again = Option("again", msg("fingers.which.again"))
    pause = Pause("approval.finger", msg("approval.finger"), (msg("approval.wait"),))
    twice = choice("fingers.again", "continue", body=(msg("fingers.again.same"), msg("finger.3")))
    ring = placing("rolled", 9, (9,), (1, 2, 3, 4, 5, 6, 7, 8), (10,))
    return [
        Shot("slap", view(placing("flat", 13, (2, 3, 4, 5)), "fingers")),
        Shot("thumbs", view(placing("flat", 15, (1, 6), (2, 3, 4, 5, 7, 8, 9, 10)), "fingers")),
        Shot("rolled", view(ring, "fingers"), picture=ridges),
        *coached(),
        Shot(
            "good",
            view(placing("rolled", 3, (3,), (1, 2, 3), hint="good", good=True), "fingers"),
            picture=ridges,
        ),
        Shot("which", view(Choice("fingers.which", msg("fingers.which"), (*which, again)), "fingers")),
        Shot("fingers-again", view(twice, "fingers_check")),
        Shot("exception", view(pause, "fingers", help=Help.COMING)),
        Shot("device-gone", view(Pause("paused.fingers", msg("paused"), KEPT), "fingers")),
        Shot("resumed", view(ring, "fingers", notice=msg("resumed"))),
    ]
