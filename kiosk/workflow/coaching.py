"""Ten fingers: which one now, what is wrong, what helps (C1–C3, X2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kiosk.biometrics import assess, finger_png, live_picture
from kiosk.domain.dossier import Dossier, SampleKind
from kiosk.domain.fingers import (
    SINGLE_FINGERS,
    FingerPosition,
    FingerTrouble,
    Impression,
)
from kiosk.domain.message import Message, msg
from kiosk.domain.plan import PlannedCapture
from kiosk.hal.fingers import FingerImage, FingerRefused
from kiosk.workflow.desk import Desk
from kiosk.workflow.exceptions import describe, next_capture
from kiosk.workflow.narrowing import captures_for
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Target

if TYPE_CHECKING:
    from kiosk.biometrics.fingers import FingerQuality

LOOK_S = 0.5
NOBODY_S = 20.0
TRIES = 3
SHOW_GOOD_S = 0.9
SHOW_HINT_S = 1.6
PICTURE_SIZE = (64, 64)


def take_fingers(desk: Desk) -> Outcome:
    """Take what the plan still lacks, in the plan's order; every finger ends as an image or a description."""
    planned = captures_for(desk)
    while (capture := next_capture(desk, planned)) is not None:
        _take(desk, capture)
    return Outcome.DONE


def _take(desk: Desk, planned: PlannedCapture) -> None:
    """Coach one placing until it is good; after three tries that were not, an officer looks."""
    hint: Message | None = None
    for _ in range(TRIES):
        image = _wait_for_finger(desk, planned, hint)
        if image is None:
            break
        if isinstance(image, FingerRefused):
            trouble = image.trouble
        else:
            quality = assess(image, absent=desk.dossier.described)
            desk.picture(*live_picture(image, *PICTURE_SIZE))
            if quality.accepted:
                return _keep(desk, planned, image, quality)
            trouble = quality.trouble
        hint = msg(f"finger.hint.{trouble}")
        desk.show(_screen(desk, planned, hint))
        desk.pause(SHOW_HINT_S)
    return describe(desk, expected(desk, planned))


def _wait_for_finger(
    desk: Desk, planned: PlannedCapture, hint: Message | None
) -> FingerImage | FingerRefused | None:
    """The next impression, or one that the reader itself refused; None when no finger came or it cannot be taken."""
    clock = desk.office.clock
    until = clock.monotonic() + NOBODY_S
    desk.show(_screen(desk, planned, hint))
    while clock.monotonic() < until:
        begun = clock.monotonic()
        answer = desk.use(
            desk.devices.fingers,
            lambda reader: reader.capture(
                planned.position, planned.impression, LOOK_S, desk.dossier.described
            ),
        )
        if desk.pressed() == "cannot":
            return None
        if isinstance(answer, FingerImage) or answer.trouble is not FingerTrouble.NOTHING:
            desk.alive()
            return answer
        clock.sleep(max(0.0, begun + LOOK_S - clock.monotonic()))
    return None


def _keep(desk: Desk, planned: PlannedCapture, image: FingerImage, quality: FingerQuality) -> None:
    """On disk first, then "good"."""
    desk.keep(
        SampleKind.FINGER,
        planned.key,
        "image/png",
        finger_png(image),
        score=quality.score,
        position=planned.position,
    )
    desk.show(_screen(desk, planned, msg("good"), good=True))
    desk.pause(SHOW_GOOD_S)


def expected(desk: Desk, planned: PlannedCapture) -> tuple[FingerPosition, ...]:
    """The fingers of a placing that are not described."""
    return tuple(f for f in planned.position.members if f not in desk.dossier.described)


def _screen(desk: Desk, planned: PlannedCapture, hint: Message | None, *, good: bool = False) -> Capture:
    dossier = desk.dossier
    asked = expected(desk, planned)
    return Capture(
        f"fingers.{planned.key}",
        _prompt(planned, asked),
        Target.FINGERS,
        fingers=tuple(f.value for f in asked),
        taken=_taken(dossier, planned.impression),
        described=tuple(f.value for f in dossier.described),
        rolled=planned.impression is Impression.ROLLED,
        hint=hint,
        good=good,
        options=() if good else (Option("cannot", msg("fingers.cannot")),),
    )


def _prompt(planned: PlannedCapture, asked: Sequence[FingerPosition]) -> Message:
    """Which fingers, in words; those left of a slap are shown on the drawn hand."""
    if len(asked) < len(planned.position.members):
        return msg("fingers.marked")
    return msg(f"fingers.{planned.impression.value}", finger=msg(f"finger.{planned.position.value}"))


def _taken(dossier: Dossier, impression: Impression) -> tuple[int, ...]:
    """The single fingers already kept in this manner of placing."""
    placed = (s.position for s in dossier.samples if s.key.startswith(impression))
    return tuple(f.value for position in placed for f in FingerPosition(position).members)


def first_finger(desk: Desk) -> FingerPosition:
    """The finger for a mark in place of a signature: the right index, else the first that is not described."""
    order = (FingerPosition.RIGHT_INDEX, *SINGLE_FINGERS)
    return next(f for f in order if f not in desk.dossier.described)
