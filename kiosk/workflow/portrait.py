"""The portrait: live guidance until the face is right for a moment, then the still (C1)."""

from __future__ import annotations

from kiosk.biometrics.face import FaceFinder, FaceGuide, FaceTrouble
from kiosk.biometrics.pictures import png_of_portrait, shrink_grey
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message, msg
from kiosk.hal.camera import Frame
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Target

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
    finder = FaceFinder()
    while not _take_one(desk, finder):
        pass
    return Outcome.DONE


def _take_one(desk: Desk, finder: FaceFinder) -> bool:
    guided = _guide_until_steady(desk, finder)
    still = desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S))
    guide = finder.guide(still)
    if guide.trouble is FaceTrouble.NONE and guide.box:
        _keep(desk, still, guide)
        return True
    if guided:
        return False
    decision = desk.approval("portrait", "quality", msg("approval.portrait.what"), "accept", "again")
    if decision.choice == "accept":
        _keep(desk, still, guide)
        return True
    return False


def _guide_until_steady(desk: Desk, finder: FaceFinder) -> bool:
    """True when the face was right for `STEADY_FRAMES` frames; False when patience ends or an officer is wanted."""
    until = desk.office.clock.monotonic() + PATIENCE_S
    steady, hint = 0, None
    while steady < STEADY_FRAMES:
        desk.show(_screen(hint))
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*shrink_grey(frame, *PREVIEW_SIZE))
        guide = finder.guide(frame)
        steady = steady + 1 if guide.trouble is FaceTrouble.NONE else 0
        hint = msg(f"face.hint.{guide.trouble}")
        if guide.trouble is not FaceTrouble.NO_FACE:
            desk.alive()
        if desk.pressed() == "officer" or desk.office.clock.monotonic() > until:
            return False
    return True


def _keep(desk: Desk, still: Frame, guide: FaceGuide) -> None:
    desk.keep(SampleKind.PORTRAIT, KEY, "image/png", png_of_portrait(still, guide.box))
    desk.show(_screen(msg("good"), good=True))
    desk.pause(SHOW_GOOD_S)


def _screen(hint: Message | None, *, good: bool = False) -> Capture:
    ways_out = () if good else (Option("officer", msg("portrait.officer")),)
    return Capture("portrait", msg("portrait"), Target.PORTRAIT, hint=hint, good=good, options=ways_out)
