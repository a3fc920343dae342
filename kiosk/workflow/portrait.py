"""The portrait: live guidance until the face is right for a moment, then the best of a few stills (C1, X2).

The live picture is a mirror, and left and right in the hints are the person's own: both agree. Glasses and a hat are
asked off in words from the first screen on. When they seem to stay on in a picture that is else right, an officer is
asked (a head-cloth of a religion or a people may stay); a person of whom nothing is suspected waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING

from kiosk.biometrics import best_portrait, face_finder, live_picture
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message, msg
from kiosk.hal.camera import Frame
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Target

if TYPE_CHECKING:
    from kiosk.biometrics.face import FaceFinder
    from kiosk.biometrics.portrait import Portrait

PREVIEW_TIMEOUT_S = 2.0
STILL_TIMEOUT_S = 5.0
PREVIEW_SIZE = (96, 72)
STEADY_FRAMES = 3
BURST = 3
PATIENCE_S = 45.0
QUESTION_PATIENCE_S = 12.0
"""How long a person is asked to take off glasses or a hat before an officer is."""
HINT_S = 1.0
"""A hint stays so long before another takes its place: nobody reads words that flicker."""
SHOW_GOOD_S = 1.2
KEY = "portrait"


class Way(Enum):
    """How guiding ended."""

    STEADY = auto()
    OFFICER = auto()
    GLASSES = auto()
    HEAD_COVER = auto()


def take_portrait(desk: Desk) -> Outcome:
    """One face, well placed and lit, three frames running; an officer may accept less when it will not come right."""
    if desk.dossier.has(KEY):
        return Outcome.DONE
    finder = face_finder()
    bursts = count(1)
    while not _attempt(desk, finder, bursts):
        pass
    return Outcome.DONE


def _attempt(desk: Desk, finder: FaceFinder, bursts: Iterator[int]) -> bool:
    """One round of patience; false when an officer wants another. `bursts` counts the tries for the record."""
    guiding, way = _Guiding(desk, finder), Way.STEADY
    while way is Way.STEADY:
        way = guiding.run()
        attempts, portrait = next(bursts), best_portrait(finder, _take_burst(desk))
        if portrait.ready if way is Way.STEADY else _accepted(desk, way):
            _keep(desk, portrait, attempts)
            return True
    return False


def _accepted(desk: Desk, way: Way) -> bool:
    """What the camera cannot tell an officer is asked: glasses, a head cover, or the whole picture."""
    if way is Way.GLASSES:
        decision = desk.approval("portrait", "glasses", msg("approval.portrait.glasses"), "accept", "again")
    elif way is Way.HEAD_COVER:
        asked = msg("approval.portrait.head_cover")
        decision = desk.approval("portrait", "head_cover", asked, "accept_cover", "again")
    else:
        asked = msg("approval.portrait.what")
        decision = desk.approval("portrait", "quality", asked, "accept", "accept_cover", "again")
    return decision.choice != "again"


class _Guiding:
    """One round of hints."""

    def __init__(self, desk: Desk, finder: FaceFinder) -> None:
        self._desk = desk
        self._finder = finder
        self._began = desk.office.clock.monotonic()
        self._steady = 0
        self._hint = ""
        self._hint_since = self._began
        self._asked_since: float | None = None

    def run(self) -> Way:
        """Until the face was right for `STEADY_FRAMES` frames, or an officer has to look; patience goes on counting."""
        self._steady = 0
        while self._steady < STEADY_FRAMES:
            trouble = self._look()
            if self._desk.pressed() == "officer" or self._after(self._began, PATIENCE_S):
                return Way.OFFICER
            if self._asked_since is not None and self._after(self._asked_since, QUESTION_PATIENCE_S):
                return QUESTIONS[trouble]
        return Way.STEADY

    def _look(self) -> str:
        """Show a frame, judge it; its trouble."""
        desk = self._desk
        desk.show(_screen(msg(f"face.hint.{self._hint}") if self._hint else None))
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*live_picture(frame, *PREVIEW_SIZE, mirrored=True))
        guide = self._finder.guide(frame)
        self._steady = self._steady + 1 if guide.ready else 0
        self._settle(guide.trouble)
        if guide.face:
            desk.alive()
        return guide.trouble

    def _settle(self, trouble: str) -> None:
        now = self._desk.office.clock.monotonic()
        if trouble not in QUESTIONS:
            self._asked_since = None
        elif self._asked_since is None:
            self._asked_since = now
        if trouble == self._hint:
            return
        if not self._hint or trouble == "none" or self._after(self._hint_since, HINT_S):
            self._hint, self._hint_since = trouble, now

    def _after(self, since: float, seconds: float) -> bool:
        return self._desk.office.clock.monotonic() - since > seconds


QUESTIONS = {"glasses": Way.GLASSES, "head_cover": Way.HEAD_COVER}


def _take_burst(desk: Desk) -> list[Frame]:
    return [desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S)) for _ in range(BURST)]


def _keep(desk: Desk, portrait: Portrait, attempts: int) -> None:
    score = int(portrait.quality.get("score", -1))
    desk.keep(
        SampleKind.PORTRAIT,
        KEY,
        "image/png",
        portrait.png(),
        score=score,
        attempts=attempts,
        quality=portrait.quality,
    )
    desk.show(_screen(msg("good"), good=True))
    desk.pause(SHOW_GOOD_S)


def _screen(hint: Message | None, *, good: bool = False) -> Capture:
    ways_out = () if good else (Option("officer", msg("portrait.officer")),)
    return Capture("portrait", msg("portrait"), Target.PORTRAIT, hint=hint, good=good, options=ways_out)
