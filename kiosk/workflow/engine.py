"""Runs visits, one after the other, for as long as the kiosk is on: order, journal, interruption, resumption."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing

from kiosk.domain.dossier import DossierState, Stopped
from kiosk.domain.message import Message, msg
from kiosk.domain.visit import Outcome as Ended
from kiosk.errors import StoreError
from kiosk.workflow.counter import CalledOff, Counter, ShuttingDown, VisitOver
from kiosk.workflow.desk import Desk
from kiosk.workflow.ledger import Ledger, Visit
from kiosk.workflow.step import Activity, Outcome, Step
from kiosk.workflow.view import Choice, Option, Pause

log = logging.getLogger(__name__)

TRIES_OF_A_FAILING_STEP = 3
RETRY_FAILED_S = 2.0
RETRY_STORE_S = 3.0
LOOK_OPEN_S = 0.3
SHOW_NEXT_STEP_S = 6.0


class Engine:
    """`serve` is the body of the station's thread and returns when the kiosk shuts down."""

    def __init__(
        self,
        activities: Sequence[Activity],
        ledger: Ledger,
        counter: Counter,
        desk: Callable[[Visit], Desk],
        wait: Callable[[float], None],
        alert: Callable[[str, Message | None], None],
        language: str,
        may_begin: Callable[[], None] = lambda: None,
        closed: Callable[[], Message | None] = lambda: None,
        called: Callable[[], str] = lambda: "",
    ) -> None:
        """`may_begin` raises `StoreError` while there is no room for another visit; `closed` says why nobody is
        served now; `called` is the number that is called to come, where one is."""
        self._activities = {activity.code: activity for activity in activities}
        self._ledger = ledger
        self._counter = counter
        self._desk = desk
        self._wait = wait
        self._alert = alert
        self._language = language
        self._may_begin = may_begin
        self._closed = closed
        self._called = called
        self.activity: Activity | None = None

    def serve(self) -> None:
        """Resume what was going on, then serve one citizen after the other."""
        while True:
            try:
                self._serve_one()
            except CalledOff:
                continue
            except ShuttingDown:
                return
            except StoreError as error:
                if not self._out_of_service(error):
                    return

    def welcome(self) -> Choice:
        """The first question: what do you need today? Above it in large figures whose turn it is."""
        options = tuple(Option(a.code, a.title) for a in self._activities.values())
        number = self._called()
        body = (msg("queue.please"),) if number else ()
        return Choice("welcome", msg("welcome"), options, body, number)

    def look_again(self) -> None:
        """Called a few times a second: the first question goes with the shift, and tells whose turn it is."""
        self._counter.renew(None if self._closed() else self.welcome())

    def _serve_one(self) -> None:
        visit = self._ledger.open_visit()
        if visit is None:
            self._may_begin()
            self._wait_until_open()
            chosen = self._counter.ask_next(self.welcome(), self._language)
            if self._closed():
                return
            self._may_begin()
            visit = self._ledger.begin_visit(chosen)
        self._ledger.end_visit(visit, self._run(visit))

    def _wait_until_open(self) -> None:
        """A visit that is going on is never cut off; only the next one waits for a shift."""
        shown = False
        while reason := self._closed():
            if not shown:
                self._counter.reset(Pause("closed", reason), self._language)
                shown = True
            self._counter.pressed()
            self._wait(LOOK_OPEN_S)

    def _run(self, visit: Visit) -> Ended:
        """One visit to its end; its outcome."""
        self.activity = activity = self._activities.get(visit.activity)
        if activity is None:
            return Ended.UNAVAILABLE
        self._counter.reset(Pause("starting", msg("starting")), visit.language or self._counter.view.language)
        self._counter.update(visit=visit.id, steps=len(activity.steps))
        desk = self._desk(visit)
        try:
            with closing(desk):
                return self._run_steps(activity, desk)
        except VisitOver as over:
            if over.stopped:
                self._stopped(desk, over.stopped)
            return over.outcome

    def _stopped(self, desk: Desk, stopped: Stopped) -> None:
        """The officer ended it: noted in the draft, and the citizen reads how it goes on."""
        if desk.has_dossier and desk.dossier.state is DossierState.DRAFT:
            desk.record(stopped)
        outcome, view = stopped.outcome, self._counter.view
        next_step = (msg(f"over.{outcome}.next"),)
        self._counter.reset(Pause(f"over.{outcome}", msg(f"over.{outcome}"), next_step), view.language)
        self._wait(SHOW_NEXT_STEP_S)

    def _run_steps(self, activity: Activity, desk: Desk) -> Ended:
        for number, step in enumerate(activity.steps, start=1):
            if step.for_draft and desk.has_dossier and desk.dossier.state is not DossierState.DRAFT:
                continue
            self._counter.update(step=number)
            self._ledger.journal(desk.visit, step.code, "begin")
            outcome = self._run_step(step, desk)
            desk.let_go()
            if outcome is None:
                return Ended.FAILED
            self._ledger.journal(desk.visit, step.code, "end")
            if outcome is Outcome.ENDED:
                return Ended.ENDED
        return Ended.DONE

    def _run_step(self, step: Step, desk: Desk) -> Outcome | None:
        """The step's outcome; None when it kept failing. A failing step is tried again from what is on disk."""
        for attempt in range(1, TRIES_OF_A_FAILING_STEP + 1):
            try:
                return step.run(desk)
            except (VisitOver, ShuttingDown, StoreError):
                raise
            except Exception as error:  # noqa: BLE001 - the citizen meets an officer, not a traceback
                self._failed(step, attempt, error)
        return None

    def _failed(self, step: Step, attempt: int, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        log.error(
            "step %s failed (try %d): %s at %s:%s in %s",
            step.code, attempt, type(error).__name__, last.filename, last.lineno, last.name,
        )  # fmt: skip
        self._alert("step_failed", msg("alert.step_failed", step=step.code, error=type(error).__name__))
        self._counter.show(Pause("unexpected", msg("unexpected"), (msg("paused.kept"),)))
        self._wait(RETRY_FAILED_S)

    def _out_of_service(self, error: StoreError) -> bool:
        """Say so and why, and wait until the disk has room again; False when the kiosk shuts down meanwhile."""
        log.critical("out of service: %s", error)
        closed = Pause("out_of_service", msg("out_of_service"))
        self._counter.reset(closed, self._language)
        trouble: StoreError | None = error
        try:
            while trouble:
                self._alert("store", msg(trouble.code, **trouble.values))
                self._counter.show(closed)
                self._wait(RETRY_STORE_S)
                self._counter.pressed()
                trouble = self._store_trouble()
        except ShuttingDown:
            return False
        self._alert("store", None)
        return True

    def _store_trouble(self) -> StoreError | None:
        try:
            self._ledger.check_room()
        except StoreError as error:
            return error
        return None
