"""A photograph of both hands, which shows why a finger is described instead of captured (C3)."""

from __future__ import annotations

from kiosk.biometrics import frame_png, live_picture
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import msg
from kiosk.workflow.counter import NEXT
from kiosk.workflow.desk import Desk
from kiosk.workflow.view import Capture, Option, Target

PREVIEW_TIMEOUT_S = 2.0
STILL_TIMEOUT_S = 5.0
PREVIEW_SIZE = (96, 72)
PATIENCE_S = 12.0
SHOW_GOOD_S = 1.2
KEY = "hands"


def photograph_hands(desk: Desk) -> None:
    """Once a dossier: when the citizen says so, or after a while for hands that cannot press a key."""
    if desk.dossier.has(KEY):
        return
    until = desk.office.clock.monotonic() + PATIENCE_S
    desk.show(_screen())
    while desk.pressed() not in ("take", NEXT) and desk.office.clock.monotonic() < until:
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*live_picture(frame, *PREVIEW_SIZE))
        desk.show(_screen())
        desk.alive()
    still = desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S))
    desk.keep(SampleKind.HANDS, KEY, "image/png", frame_png(still))
    desk.show(_screen(good=True))
    desk.pause(SHOW_GOOD_S)


def _screen(*, good: bool = False) -> Capture:
    take = (Option("take", msg("hands.take"), "yes"),)
    hint = msg("good") if good else msg("hands.hint")
    ways_out = () if good else take
    return Capture("hands", msg("hands"), Target.HANDS, hint=hint, good=good, options=ways_out)
