"""Ten fingers: which one now, what would help it, and when to stop (C1–C3, X2)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from kiosk.biometrics import assess, finger_png, live_picture
from kiosk.biometrics.quality import FingerQuality
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
from kiosk.workflow.coach import Advice, Coach, Keep, Stop
from kiosk.workflow.counter import NEXT
from kiosk.workflow.desk import LOOK_EVERY_S, Desk
from kiosk.workflow.exceptions import describe, next_capture
from kiosk.workflow.narrowing import captures_for
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Target

LOOK_S = 0.5
NOBODY_S = 20.0
SHOW_GOOD_S = 0.9
READ_S = 4.0
"""How long a remedy without a timer stands before the reader is asked again: time to read it and lift the finger."""
PICTURE_SIZE = (64, 64)
MM_PER_INCH = 25.4
PPI = range(100, 2001)
SHORTEST_MM, LONGEST_PX = 8.0, 4096
"""Less shows too little of any finger (the smallest windows sold are 9.6 mm); more than a hand only costs memory."""


Seen = FingerQuality | FingerRefused


class Good(NamedTuple):
    """An impression that may be kept."""

    image: FingerImage
    quality: FingerQuality


def take_fingers(desk: Desk) -> Outcome:
    """Take what the plan still lacks, in the plan's order; every finger ends as an image or a description."""
    planned = captures_for(desk)
    attempts: Counter[str] = Counter()
    while (capture := next_capture(desk, planned)) is not None:
        _take(desk, capture, attempts)
    return Outcome.DONE


def _take(desk: Desk, planned: PlannedCapture, attempts: Counter[str]) -> None:
    """Coach one placing until an impression is kept, or an officer is to look."""
    coach = Coach(planned.impression)
    tries: list[Seen] = []
    good: dict[int, Good] = {}
    screen, patience = _screen(desk, planned), NOBODY_S
    while (answer := _next_answer(desk, planned, screen, patience)) is not None:
        seen = _judge(desk, answer)
        if isinstance(answer, FingerImage) and isinstance(seen, FingerQuality) and seen.accepted:
            good[len(tries)] = Good(answer, seen)
        tries.append(seen)
        attempts[planned.key] += 1
        decision = coach.see(seen)
        if isinstance(decision, Keep):
            return _keep(desk, planned, good[decision.tried], attempts[planned.key])
        if isinstance(decision, Stop):
            _note_stop(desk, planned, tries, decision)
            break
        screen = _advised(_screen(desk, planned), decision.advice)
        patience = NOBODY_S + decision.advice.seconds
        if not _leave_time(desk, screen, decision.advice.seconds):
            break
        if decision.advice.seconds:
            screen = msgspec.structs.replace(_screen(desk, planned), hint=msg("finger.again"))
    return describe(desk, expected(desk, planned))


def _next_answer(
    desk: Desk, planned: PlannedCapture, screen: Capture, patience: float
) -> FingerImage | FingerRefused | None:
    """The next impression, or one that the reader itself refused; None when no finger came or it cannot be taken."""
    clock = desk.office.clock
    until = clock.monotonic() + patience
    desk.show(screen)
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


def _judge(desk: Desk, answer: FingerImage | FingerRefused) -> Seen:
    seen = look_at(answer, desk.dossier.described)
    if isinstance(answer, FingerImage) and isinstance(seen, FingerQuality):
        desk.picture(*live_picture(answer, *PICTURE_SIZE))
    return seen


def look_at(answer: FingerImage | FingerRefused, absent: Collection[FingerPosition] = ()) -> Seen:
    """What is seen of it; of an image that is not what it says, as little as of none."""
    if isinstance(answer, FingerRefused):
        return answer
    if not _is_whole(answer):
        return FingerRefused(answer.position, FingerTrouble.OTHER)
    return assess(answer, absent=absent)


def _is_whole(image: FingerImage) -> bool:
    """Whether the reader kept its contract: as many pixels as it says, of a size a finger can have."""
    if image.ppi not in PPI or len(image.pixels) != image.width * image.height:
        return False
    sides = image.width, image.height
    return min(sides) * MM_PER_INCH >= SHORTEST_MM * image.ppi and max(sides) <= LONGEST_PX


def _leave_time(desk: Desk, screen: Capture, seconds: int) -> bool:
    """Time to do what is advised, counted down where it takes any; False when the finger cannot be taken."""
    clock = desk.office.clock
    until = clock.monotonic() + (seconds or READ_S)
    if seconds:
        ready = Option(NEXT, msg("fingers.ready"), "yes")
        screen = msgspec.structs.replace(screen, seconds_in_all=seconds, options=(ready,))
    pressed = desk.pressed()  # what is pressed by now was meant for the screen before
    if pressed == "cannot":
        return False
    while (left := until - clock.monotonic()) > 0:
        desk.show(msgspec.structs.replace(screen, seconds=math.ceil(left)) if seconds else screen)
        desk.alive()
        pressed = desk.pressed()
        if pressed is not None:
            return pressed == NEXT
        clock.sleep(min(left, LOOK_EVERY_S))
    return True


def _keep(desk: Desk, planned: PlannedCapture, good: Good, attempts: int) -> None:
    """On disk first, then "good"."""
    desk.keep(
        SampleKind.FINGER,
        planned.key,
        "image/png",
        finger_png(good.image),
        score=good.quality.score,
        position=planned.position,
        attempts=attempts,
        quality=good.quality.measures(),
    )
    desk.show(msgspec.structs.replace(_screen(desk, planned), hint=msg("good"), good=True, options=()))
    desk.pause(SHOW_GOOD_S)


def _note_stop(desk: Desk, planned: PlannedCapture, tries: Sequence[Seen], stop: Stop) -> None:
    """For those who ask later why an exception was offered."""
    best = None if stop.tried is None else tries[stop.tried]
    desk.ledger.audit(
        "finger.stopped",
        desk.dossier.number,
        key=planned.key,
        tries=len(tries),
        trouble=tries[-1].trouble,
        best=best.score if isinstance(best, FingerQuality) else -1,
    )


def expected(desk: Desk, planned: PlannedCapture) -> tuple[FingerPosition, ...]:
    """The fingers of a placing that are not described."""
    return tuple(f for f in planned.position.members if f not in desk.dossier.described)


def _screen(desk: Desk, planned: PlannedCapture) -> Capture:
    """The placing as it is first asked for."""
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
        options=(Option("cannot", msg("fingers.cannot")),),
    )


def _advised(screen: Capture, advice: Advice) -> Capture:
    """The same placing after a try that was not kept: what it was like, and the one thing to do."""
    return msgspec.structs.replace(
        screen,
        hint=msg(f"finger.do.{advice.remedy}"),
        about=msg("finger.better" if advice.better else f"finger.seen.{advice.trouble}"),
        better=advice.better,
        remedy=advice.remedy,
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
