"""What the screens of the gallery are made with."""

from __future__ import annotations

from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.link.client import Picture
from kiosk.plugins.first_issue import ACTIVITY
from kiosk.tui.citizen.scene import Local
from kiosk.workflow.view import Choice, Entry, KeySet, Option, Screen, View

PLACE: Final = "Công an xã Mẫu"
DOSSIER: Final = "MAU01-000417"
STEPS: Final = tuple(step.code for step in ACTIVITY.steps)
KEPT: Final = (msg("paused.kept"),)


class Shot(NamedTuple):
    """One picture of the gallery; without a `view` the core is away."""

    name: str
    view: View | None
    local: Local = Local()
    picture: Picture | None = None


def view(screen: Screen, step: str = "", **more: object) -> View:
    """A view at a step of the first issue, or outside of it."""
    values: dict[str, object] = {"place": PLACE, "demo": True, **more}
    if step:
        values |= {"step": STEPS.index(step) + 1, "steps": len(STEPS)}
        values.setdefault("visit", "v1")
    return View(revision=1, screen=screen, **values)  # type: ignore[arg-type]


def choice(code: str, *keys: str, body: tuple[Message, ...] = (), shown: str = "", **values: int) -> Choice:
    """A choice whose words follow from its code."""
    tones = {"yes": "yes", "no": "no"}
    options = tuple(Option(key, msg(f"{code}.{key}"), tones.get(key, "plain")) for key in keys)
    return Choice(code, msg(code, **values), options, body, shown)


def entry(code: str, keys: KeySet, length: int = 0, problem: str = "") -> Entry:
    back = (Option("back", msg(f"{code}.back")),)
    return Entry(code, msg(code), keys, length, msg(problem) if problem else None, options=back)
