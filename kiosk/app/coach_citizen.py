"""A simulated citizen before the coach: lays a finger down, does what is advised more or less well, comes back."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from kiosk.biometrics import finger_png
from kiosk.biometrics.fingers import assess
from kiosk.biometrics.matching import Matcher, NotMatched
from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.remedies import Remedy
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage
from kiosk.hal.fingers.crowd import Case
from kiosk.hal.fingers.ridges import impression
from kiosk.hal.fingers.skin import skin_of
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.world import FingerCondition

BACK_S = 4.0
"""From the end of a remedy, or from lifting the finger, to laying it down again."""

WELL = (0.5, 1.0)
"""How well people do what they are advised to."""

CLEANED = 0.9
"""What a dry cloth takes off the glass, done well."""


class Citizen:
    """One finger of an invented person, from its first placing on."""

    def __init__(self, drawn: Case, ridges: Grey) -> None:
        self._drawn = drawn
        self._ridges = ridges
        self._skin = skin_of(drawn.condition)
        self._traces = drawn.traces
        self._chance = np.random.default_rng([drawn.seed, 1])
        self._tries = 0

    def lay(self) -> Grey:
        """What a 500 ppi reader sees now; the first time it is the drawn case itself."""
        condition = self._skin.now if self._tries == 0 else self._somehow(self._skin.now)
        seed = self._drawn.seed + self._tries
        self._tries += 1
        return impression(self._ridges, condition, False, seed, self._traces)

    def judged(self) -> tuple[Grey, FingerQuality]:
        """The next impression and what the kiosk thinks of it."""
        pixels = self.lay()
        return pixels, assess(image_of(pixels, self._drawn.position))

    def follow(self, remedy: Remedy, seconds: float) -> None:
        """Do what is advised, which takes `seconds`, and come back."""
        self._skin = self._skin.after(seconds)
        self.do(remedy, float(self._chance.uniform(*WELL)))
        self.wait(BACK_S)

    def do(self, remedy: Remedy, well: float) -> None:
        self._skin = self._skin.treated(remedy, well)
        if remedy is Remedy.CLEAN:
            self._traces *= 1 - CLEANED * well

    def wait(self, seconds: float) -> None:
        self._skin = self._skin.after(seconds)

    def _somehow(self, condition: FingerCondition) -> FingerCondition:
        """Nobody lays a finger down twice in quite the same way."""
        contact, pressure, turn = self._chance.normal(0, (0.05, 0.05, 0.06))
        return replace(
            condition,
            contact=float(np.clip(condition.contact + contact, 0.05, 1)),
            pressure=float(np.clip(condition.pressure + pressure, 0, 1)),
            turn=float(np.clip(condition.turn + turn, -1, 1)),
            moving=min(1.0, condition.moving * float(self._chance.uniform(0.7, 1.2))),
        )


def image_of(pixels: Grey, position: FingerPosition) -> FingerImage:
    """`pixels` as a flat impression from the simulated reader."""
    rows, columns = pixels.shape
    return FingerImage(position, Impression.FLAT, columns, rows, ENROLMENT_PPI, pixels.tobytes())


def likeness(matcher: Matcher, one: Grey, other: Grey) -> int | NotMatched:
    """The matcher's score of two pictures at 500 ppi; 0 where one of them has nothing to compare."""
    known = template(matcher, other)
    if isinstance(known, NotMatched):
        return _nothing_or(known)
    return likeness_to(matcher, one, known)


def likeness_to(matcher: Matcher, one: Grey, known: bytes) -> int | NotMatched:
    """The same against a template made before."""
    found = template(matcher, one)
    if isinstance(found, NotMatched):
        return _nothing_or(found)
    scores = matcher.compare(found, (known,))
    return scores if isinstance(scores, NotMatched) else scores[0]


def _nothing_or(reason: NotMatched) -> int | NotMatched:
    return 0 if reason.reason.code == "matching.unreadable" else reason


def template(matcher: Matcher, pixels: Grey) -> bytes | NotMatched:
    """The minutiae of a picture at 500 ppi."""
    png = finger_png(image_of(pixels, FingerPosition.RIGHT_INDEX))
    found = matcher.template(png, ENROLMENT_PPI, graded=False)
    return found if isinstance(found, NotMatched) else found.data
