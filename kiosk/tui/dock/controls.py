"""What can be played, and what playing it changes in the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.hal.world import INVENTED_CARD, FingerCondition, World

NEW_ROLL_MM: Final = 50_000.0
LAST_MM: Final = 2_000.0
LOW_MM: Final = 3_000.0
DARK, RIGHT, GLARING = 0.05, 0.5, 1.0
FAR, NEAR = 2.5, 0.5

Fields = Mapping[str, object]


class Control(NamedTuple):
    """One button. `state` is the word for how it is now; `usual` the word that draws no attention.

    `play` gives the fields of the world that a press changes.
    """

    key: str
    code: str
    usual: str
    state: Callable[[World], str]
    play: Callable[[World], Fields]


def _switch(key: str, code: str, field: str, usual: str, odd: str, usually: bool) -> Control:
    """A field that is true or false."""
    return Control(
        key,
        code,
        usual,
        lambda world: usual if getattr(world, field) == usually else odd,
        lambda world: {field: not getattr(world, field)},
    )


def _plug(key: str, device: str) -> Control:
    return _switch(key, device, f"{device}_connected", "plugged", "unplugged", usually=True)


def _light(world: World) -> str:
    return "dark" if world.light < 0.3 else "glaring" if world.light > 0.7 else "right"


def _distance(world: World) -> str:
    return "near" if world.distance < 0.8 else "far" if world.distance > 1.3 else "right"


def _paper(world: World) -> str:
    return "out" if world.paper_mm < 1 else "low" if world.paper_mm < LOW_MM else "plenty"


def _hold_card(world: World) -> Fields:
    return {"holding_card": not world.holding_card, "card": world.card or INVENTED_CARD}


def _walk(world: World) -> Fields:
    """Who walks away takes face and card along."""
    back = not world.face_present
    return {"face_present": back, "present": back, "holding_card": False}


CONTROLS: Final = (
    Control("b", "button", "", lambda _: "", lambda world: {"call_pressed": world.call_pressed + 1}),
    Control("k", "person", "here", lambda world: "here" if world.face_present else "away", _walk),
    Control("c", "card", "down", lambda world: "up" if world.holding_card else "down", _hold_card),
    Control(
        "y",
        "distance",
        "right",
        _distance,
        lambda world: {"distance": {"right": FAR, "far": NEAR, "near": 1.0}[_distance(world)]},
    ),
    _switch("i", "moving", "moving", "still", "restless", usually=False),
    Control(
        "l",
        "light",
        "right",
        _light,
        lambda world: {"light": {"right": DARK, "dark": GLARING, "glaring": RIGHT}[_light(world)]},
    ),
    Control(
        "p",
        "paper",
        "plenty",
        _paper,
        lambda world: {"paper_mm": NEW_ROLL_MM if _paper(world) == "out" else 0.0},
    ),
    Control(
        "j",
        "roll",
        "",
        lambda _: "",
        lambda world: {"paper_mm": NEW_ROLL_MM if _paper(world) == "low" else LAST_MM},
    ),
    _switch("o", "cover", "cover_open", "shut", "open", usually=False),
    _plug("r", "reader"),
    _plug("m", "camera"),
    _plug("t", "printer"),
    _plug("n", "panel"),
    _switch("h", "housing", "housing_open", "shut", "open", usually=False),
    _switch("f", "laid", "wrong_finger", "asked", "wrong", usually=False),
)

CONDITIONS: Final = {
    "w": ("wet", FingerCondition(moisture=0.95)),
    "d": ("dry", FingerCondition(moisture=0.05)),
    "s": ("sweaty", FingerCondition(sweat=1.0)),
    "e": ("worn", FingerCondition(wear=0.8)),
    "v": ("partial", FingerCondition(contact=0.3)),
    "u": ("missing", FingerCondition(missing=True)),
    "g": ("good", FingerCondition()),
}
"""By their keys. What each does to the skin; `kiosk.hal.world` says what the numbers mean."""

FINGER_KEYS: Final = {str(position % 10): position for position in SINGLE_FINGERS}
ALL_KEY: Final = "a"
USUAL_KEY: Final = "x"


def condition_of(finger: FingerCondition) -> str:
    """The word for the one thing that is most wrong."""
    signs = (
        ("missing", finger.missing),
        ("partial", finger.contact < 0.6),
        ("sweaty", finger.sweat > 0.3),
        ("wet", finger.moisture > 0.75),
        ("dry", finger.moisture < 0.25),
        ("worn", finger.wear > 0.3),
    )
    return next((word for word, true in signs if true), "good")


def lay(world: World, chosen: frozenset[FingerPosition], condition: FingerCondition) -> Fields:
    """The chosen fingers come to be in this condition."""
    fingers = {code: kept for code, kept in world.fingers.items() if FingerPosition(int(code)) not in chosen}
    if condition != FingerCondition():
        fingers |= {str(int(position)): condition for position in sorted(chosen)}
    return {"fingers": fingers}


def as_usual(world: World) -> World:
    """The same person in a world where all is well."""
    kept = {name: getattr(world, name) for name in ("person", "pace", "card", "call_pressed", "laying")}
    return msgspec.structs.replace(World(), **kept)
