"""The portrait: live guidance until the face is right for a moment, then the still (C1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.biometrics import face_finder, live_picture, portrait_png
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message, msg
from kiosk.hal.camera import Frame
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Target

if TYPE_CHECKING:
    from kiosk.biometrics.face import FaceFinder, FaceGuide

PREVIEW_TIMEOUT_S = 2.0
STILL_TIMEOUT_S = 5.0
PREVIEW_SIZE = (96, 72)
STEADY_FRAMES = 3
PATIENCE_S = 45.0
SHOW_GOOD_S = 1.2
KEY = "portrait"


def take_portrait(desk: Desk) -> Outcome:
    """One face, well placed and lit, three frames running; an officer may accept less when it will not come right."""
    if desk.dossier.has(KEY):
        return Outcome.DONE
    finder = face_finder()
    while not (_take_guided(desk, finder) or _accepted_by_officer(desk, finder)):
        pass
    return Outcome.DONE


def _take_guided(desk: Desk, finder: FaceFinder) -> bool:
    """False when patience ends or the citizen asks for an officer."""
    until = desk.office.clock.monotonic() + PATIENCE_S
    while _guide_until_steady(desk, finder, until):
        still = _take_still(desk)
        guide = finder.guide(still)
        if guide.ready:
            _keep(desk, still, guide)
            return True
    return False


def _accepted_by_officer(desk: Desk, finder: FaceFinder) -> bool:
    """The picture as it is, when an officer accepts it."""
    still = _take_still(desk)
    decision = desk.approval("portrait", "quality", msg("approval.portrait.what"), "accept", "again")
    if decision.choice == "accept":
        _keep(desk, still, finder.guide(still))
    return decision.choice == "accept"


def _guide_until_steady(desk: Desk, finder: FaceFinder, until: float) -> bool:
    """True when the face was right for `STEADY_FRAMES` frames running."""
    steady, hint = 0, None
    while steady < STEADY_FRAMES:
        desk.show(_screen(hint))
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*live_picture(frame, *PREVIEW_SIZE))
        guide = finder.guide(frame)
        steady = steady + 1 if guide.ready else 0
        hint = msg(f"face.hint.{guide.trouble}")
        if guide.box:
            desk.alive()
        if desk.pressed() == "officer" or desk.office.clock.monotonic() > until:
            return False
    return True


def _take_still(desk: Desk) -> Frame:
    return desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S))


def _keep(desk: Desk, still: Frame, guide: FaceGuide) -> None:
    desk.keep(SampleKind.PORTRAIT, KEY, "image/png", portrait_png(still, guide.box))
    desk.show(_screen(msg("good"), good=True))
    desk.pause(SHOW_GOOD_S)


def _screen(hint: Message | None, *, good: bool = False) -> Capture:
    ways_out = () if good else (Option("officer", msg("portrait.officer")),)
    return Capture("portrait", msg("portrait"), Target.PORTRAIT, hint=hint, good=good, options=ways_out)
