"""One citizen, one finger, one reader that sends what a test makes up: the coaching step without a core."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from kiosk.data import HERE
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import msg
from kiosk.domain.plan import PlannedCapture, parse_regime
from kiosk.hal.device import HEALTHY, Health
from kiosk.hal.fingers import ENROLMENT_PPI, FingerImage, FingerReader, FingerRefused
from kiosk.locale import Words
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.approvals import Approvals
from kiosk.workflow.attended import Attended
from kiosk.workflow.coaching import take_fingers
from kiosk.workflow.counter import Counter, IdleTimes, VisitOver
from kiosk.workflow.desk import Desk, Devices, Office
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Pause, View
from tests.kit import HandClock, begin_dossier, open_ledger

Answer = FingerImage | FingerRefused
INDEX = FingerPosition.RIGHT_INDEX
LEAVE = "leave"


def picture(
    pixels: bytes,
    width: int,
    height: int,
    ppi: int = ENROLMENT_PPI,
    position: FingerPosition = INDEX,
    impression: Impression = Impression.FLAT,
) -> FingerImage:
    return FingerImage(position, impression, width, height, ppi, pixels)


class MadeUpReader:
    """Implements `FingerReader`: sends `answers` one after the other, the last for ever."""

    model = "made up"
    simulated = True
    enrolment_grade = True
    takes_slaps = True
    takes_rolled = True

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def capture(
        self,
        position: FingerPosition,
        impression: Impression,
        timeout: float,
        absent: Collection[FingerPosition] = (),
    ) -> Answer:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None:
        """Nothing to let go of."""


class NobodyCompares:
    """Stands for the watch that compares fingers with one another."""

    def offer(self, kept: object) -> None:
        """Nothing is compared here."""


class Scene:
    """`press` is asked at each view what the citizen presses. The visit ends with a finger kept or an officer asked."""

    def __init__(
        self,
        data: Path,
        answers: Sequence[Answer],
        planned: PlannedCapture | None = None,
        press: Callable[[View], str | None] = lambda _: None,
        step: Callable[[Desk], Outcome] = take_fingers,
    ) -> None:
        self.clock = HandClock()
        self.reader = MadeUpReader(answers)
        self.views: list[View] = []
        self.pictures: list[tuple[int, int, bytes]] = []
        self._press = press
        self._step = step
        self._planned = planned or PlannedCapture(INDEX, Impression.FLAT)
        first = View(0, Pause("starting", msg("starting")), visit="V1")
        self._counter = Counter(first, IdleTimes(), self.clock.monotonic, self._seen)
        self._ledger = open_ledger(data)

    @property
    def captures(self) -> list[Capture]:
        return [view.screen for view in self.views if isinstance(view.screen, Capture)]

    @property
    def ledger(self) -> SqliteLedger:
        return self._ledger

    def play(self) -> Desk:
        """The step to its end; the desk as it was left."""
        desk = self._desk()
        with contextlib.suppress(VisitOver):
            self._step(desk)
        return desk

    def _seen(self, view: View) -> None:
        self.views.append(view)
        if (isinstance(view.screen, Capture) and view.screen.good) or view.screen.id == "approval.finger":
            self._counter.leave()
            return
        pressed = self._press(view)
        if pressed == LEAVE:
            self._counter.leave()
        elif pressed is not None:
            self._counter.answer(view.screen.id, pressed)

    def _desk(self) -> Desk:
        ledger = self._ledger
        dossier = begin_dossier(ledger)
        visit = ledger.change_visit(ledger.begin_visit("first_issue"), dossier=dossier.number)
        approvals = Approvals(lambda: None)
        return Desk(self._office(), self._counter, approvals, self._devices(), ledger, cast(Any, None), visit)

    def _office(self) -> Office:
        document = tomllib.loads((HERE / "regimes" / "cccd2021.toml").read_text(encoding="utf-8"))
        regime = msgspec.structs.replace(parse_regime(document), fingers=(self._planned,))
        return Office(
            place="Xã Mẫu",
            return_place="Xã Mẫu",
            regime=regime,
            provinces={},
            clock=self.clock,
            return_date=cast(Any, None),
            return_days=7,
            words={"vi": Words("vi")},
            slip_lines=lambda _dossier, _words: (),
            sealed=lambda _: None,
            picture=lambda *shown: self.pictures.append(shown),
            demo=True,
            watch=cast(Any, NobodyCompares()),
        )

    def _devices(self) -> Devices:
        fingers: Attended[FingerReader] = Attended("fingers", lambda: self.reader, self.clock, lambda: None)
        fingers.look()
        nothing = cast(Any, None)
        return Devices(fingers, nothing, nothing, nothing)
