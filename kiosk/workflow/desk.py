"""The desk a step works at: the citizen across the counter, the devices, the clock, the dossier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol, TypeVar

import msgspec

from kiosk.domain.calendar import ReturnDate
from kiosk.domain.completeness import completed
from kiosk.domain.dossier import (
    Dossier,
    DossierEvent,
    DossierState,
    Fact,
    Sample,
    SampleKind,
    SampleRetracted,
)
from kiosk.domain.message import Message, msg
from kiosk.domain.person import Person
from kiosk.domain.plan import Regime
from kiosk.domain.receipt import Slip, SlipPart
from kiosk.domain.time import Clock, today
from kiosk.hal.camera import Camera
from kiosk.hal.fingers import FingerReader
from kiosk.hal.panel import Panel
from kiosk.hal.printer import Printer
from kiosk.hal.speaker import Speaker
from kiosk.locale import Audience, Words
from kiosk.workflow.approvals import Approvals, Decision
from kiosk.workflow.attended import Attended, D, R
from kiosk.workflow.counter import NEXT, Counter, Question
from kiosk.workflow.finger_watch import FingerWatch, Kept
from kiosk.workflow.ledger import Ledger, Sealed, Visit
from kiosk.workflow.officers import Officers
from kiosk.workflow.view import Capture, Choice, Entry, KeySet, Option, Pause

_P = TypeVar("_P")


class Roster(Protocol):
    """The people known beforehand."""

    def by_number(self, text: str) -> Person | None: ...

    def search(
        self, query: str, birth_year: int | None = None, commune: str | None = None, limit: int = 50
    ) -> list[Person]: ...


class Devices(msgspec.Struct, frozen=True):
    """The kiosk's hardware, each looked after."""

    fingers: Attended[FingerReader]
    camera: Attended[Camera]
    printer: Attended[Printer]
    panel: Attended[Panel]
    speaker: Attended[Speaker] | None = None

    @property
    def needed(
        self,
    ) -> tuple[Attended[FingerReader] | Attended[Camera] | Attended[Printer] | Attended[Panel], ...]:
        """What somebody has to look at when it is gone, before anything else."""
        return self.fingers, self.camera, self.printer, self.panel

    @property
    def all(
        self,
    ) -> tuple[
        Attended[FingerReader] | Attended[Camera] | Attended[Printer] | Attended[Panel] | Attended[Speaker],
        ...,
    ]:
        return self.needed if self.speaker is None else (*self.needed, self.speaker)


class Office(msgspec.Struct, frozen=True):
    """What stays the same from visit to visit.

    `words` are the catalogues by language; `slip_lines` asks the plugins; `sealed` tells them; `watch` compares the
    fingers. `officer_patience`: seconds after which the citizen is told that no officer has come yet.
    `sample_percent`: the share of dossiers without a flag that an officer looks at.
    """

    place: str
    return_place: str
    regime: Regime
    provinces: Mapping[str, str]
    clock: Clock
    return_date: Callable[[date, int], ReturnDate]
    return_days: int
    words: Mapping[str, Words]
    slip_lines: Callable[[Dossier, Words], tuple[SlipPart, ...]]
    sealed: Callable[[Sealed], None]
    picture: Callable[[int, int, bytes], None]
    demo: bool
    watch: FingerWatch
    officer_patience: float = 60.0
    sample_percent: float = 0.0


class Desk:
    """One visit's desk. Blocking; raises `VisitOver` and `ShuttingDown`, which a step lets through."""

    def __init__(
        self,
        office: Office,
        counter: Counter,
        approvals: Approvals,
        devices: Devices,
        ledger: Ledger,
        roster: Roster,
        visit: Visit,
    ) -> None:
        self.office = office
        self.roster = roster
        self.devices = devices
        self._counter = counter
        self.officers = Officers(approvals, ledger, office.clock)
        self._ledger = ledger
        self._visit = visit
        self._dossier = ledger.dossier(visit.dossier) if visit.dossier else None
        self._show_dossier()

    # -- what is known ---------------------------------------------------------------------------------------

    @property
    def visit(self) -> Visit:
        return self._visit

    @property
    def dossier(self) -> Dossier:
        """Raises `LookupError` before the person is identified."""
        if self._dossier is None:
            raise LookupError("no dossier before identification")
        return self._dossier

    @property
    def has_dossier(self) -> bool:
        return self._dossier is not None

    @property
    def regime(self) -> Regime:
        return self.office.regime

    @property
    def today(self) -> date:
        return today(self.office.clock)

    @property
    def language(self) -> str:
        return self._counter.view.language

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages with a reviewed catalogue."""
        return self._counter.view.languages

    @property
    def words(self) -> Words:
        return self.office.words[self.language]

    def say(self, message: Message) -> str:
        """The words for the citizen, for what is printed."""
        return self.words.say(message, Audience.CITIZEN)

    # -- the citizen -------------------------------------------------------------------------------------------

    def ask(self, question: Question) -> str:
        return self._counter.ask(question)

    def choose(
        self, code: str, *keys: str, body: tuple[Message, ...] = (), shown: str = "", **values: str | int
    ) -> str:
        """A choice whose words follow from its code: `code` asks, `code.key` labels each key."""
        options = tuple(Option(key, msg(f"{code}.{key}"), TONES.get(key, "plain")) for key in keys)
        return self.ask(Choice(code, msg(code, **values), options, body, shown))

    def enter(
        self,
        code: str,
        keys: KeySet,
        parse: Callable[[str], _P | Message],
        *ways_out: str,
        length: int = 0,
        shown: str = "",
        prompt: Message | None = None,
        problem: Message | None = None,
    ) -> _P | str:
        """Ask until `parse` takes it; the answer parsed, or the key of the way out that was pressed."""
        options = tuple(Option(key, msg(f"{code}.{key}")) for key in ways_out)
        while True:
            answer = self.ask(Entry(code, prompt or msg(code), keys, length, problem, shown, options))
            if answer in ways_out:
                return answer
            parsed = parse(answer)
            if not isinstance(parsed, Message):
                return parsed
            problem = parsed

    def show(self, screen: Capture | Pause) -> None:
        self._counter.show(screen)

    def pressed(self) -> str | None:
        """A way out of the capture shown, pressed by the citizen."""
        return self._counter.pressed()

    def picture(self, width: int, height: int, grey: bytes) -> None:
        """A live picture beside the view; dropped when the screen is slow."""
        self.office.picture(width, height, grey)

    def was_read(self, question: str) -> bool:
        """Whether the citizen had the question read aloud."""
        return self._counter.was_read(question)

    def alive(self) -> None:
        """The citizen does something a device sees: not idle."""
        self._counter.touch()

    def pause(self, seconds: float) -> None:
        """Leave a capture on the screen long enough to be read, or until the citizen goes on."""
        until = self.office.clock.monotonic() + seconds
        while self._counter.pressed() != NEXT and (left := until - self.office.clock.monotonic()) > 0:
            self.office.clock.sleep(min(left, LOOK_EVERY_S))

    # -- the officer -------------------------------------------------------------------------------------------

    def approval(self, kind: str, subject: str, what: Message, *choices: str) -> Decision:
        """Ask an officer and wait; the citizen is told that an officer is looking."""
        asked = self.officers.post(self.dossier.number, kind, subject, what, choices)
        return self.await_officer(asked, kind)

    def approval_in_time(self, kind: str, subject: str, what: Message, *choices: str) -> Decision | None:
        """Ask an officer, but not for longer than their patience; None when nobody has answered by then."""
        asked = self.officers.post(self.dossier.number, kind, subject, what, choices)
        since = self.office.clock.monotonic()

        def going_on() -> bool:
            self.show(Pause(f"approval.{kind}", msg(f"approval.{kind}"), (msg("approval.wait"),)))
            return self.office.clock.monotonic() - since < self.office.officer_patience

        decision = self.officers.wait(asked, going_on)
        return decision or self.officers.give_up(asked)

    def await_officer(self, asked: str, kind: str) -> Decision:
        """Wait for the answer to what was asked; after a while the citizen reads that the officer was reminded."""
        decision = self.officers.wait(asked, self.patiently(kind))
        if decision is None:
            raise LookupError(f"{asked} ended without a decision")
        return decision

    def patiently(self, kind: str, *ways_out: Option) -> Callable[[], bool]:
        """To be asked while an officer is waited for: shows it, and says no once a way out was pressed."""
        since = self.office.clock.monotonic()

        def going_on() -> bool:
            late = self.office.clock.monotonic() - since >= self.office.officer_patience
            told = msg("approval.away") if late else msg("approval.wait")
            body = (told, msg("approval.others")) if ways_out else (told,)
            self.show(Pause(f"approval.{kind}", msg(f"approval.{kind}"), body, ways_out))
            return self.pressed() is None

        return going_on

    # -- the devices -------------------------------------------------------------------------------------------

    def use(self, device: Attended[D], call: Callable[[D], R]) -> R:
        """Use a device; while it is gone the citizen reads that the machine is being checked, then goes on."""
        was = self._counter.view.screen
        paused = False

        def waiting() -> None:
            nonlocal paused
            paused = True
            self.show(Pause(f"paused.{device.kind}", msg("paused"), (msg("paused.kept"),)))
            self._look()

        result = device.use(call, waiting)
        if paused and isinstance(was, Capture | Pause):
            self._counter.update(notice=msg("resumed"))
            self.show(was)
        return result

    # -- the record: everything has been written when the call returns -------------------------------------------

    def set_language(self, language: str) -> None:
        self._counter.set_language(language)
        self._visit = self._ledger.change_visit(self._visit, language=language)

    def notice_seen(self) -> None:
        self._visit = self._ledger.change_visit(self._visit, notice_seen=True)

    def open_dossier(self, *facts: Fact) -> None:
        self._take(self._ledger.open_dossier(self._visit.activity, self.regime.id, facts))

    def resume_dossier(self, number: str) -> None:
        self._take(self._ledger.dossier(number))

    def record(self, fact: Fact) -> None:
        self._dossier = self._ledger.record(self.dossier, fact)

    def keep(
        self,
        kind: SampleKind,
        key: str,
        media: str,
        data: bytes,
        *,
        score: int = -1,
        position: int = 0,
        attempts: int = 0,
        quality: Mapping[str, float] | None = None,
    ) -> Sample:
        """Put an accepted capture on disk. Only after this returns is the citizen told "good"."""
        self._dossier, sample = self._ledger.keep(
            self.dossier,
            kind,
            key,
            media,
            data,
            score=score,
            position=position,
            attempts=attempts,
            quality=quality,
        )
        self._show_dossier()
        if kind is SampleKind.FINGER:
            absent = tuple(self.dossier.described)
            self.office.watch.offer(Kept(self.dossier.number, sample, data, absent))
        return sample

    def retract(self, sample: Sample, reason: str) -> None:
        """A kept capture is missing again."""
        self.record(SampleRetracted(sample.key, sample.id, reason))
        self._show_dossier()

    def move(self, event: DossierEvent, by: str = "kiosk") -> None:
        """Raises `ValueError` for a dossier that is not complete, or an event its state does not allow."""
        if event is DossierEvent.COMPLETE:
            state = completed(self.dossier, self.regime, self.today)
            if not isinstance(state, DossierState):
                raise ValueError(f"{self.dossier.number} is not complete: {state}")
        self._dossier = self._ledger.move(self.dossier, event, by)

    @property
    def ledger(self) -> Ledger:
        """For the steps that seal and print."""
        return self._ledger

    def seal(self, slip: Slip) -> Sealed:
        sealed = self._ledger.seal(self.dossier, slip)
        self._dossier = self._ledger.dossier(self.dossier.number)
        self.office.sealed(sealed)
        return sealed

    def let_go(self) -> None:
        """The step is over; its devices are nobody's until the next one uses them."""
        for device in self.devices.all:
            device.let_go()

    def close(self) -> None:
        """The visit is over."""
        self.let_go()
        self.officers.close()

    # ------------------------------------------------------------------------------------------------------------

    def _take(self, dossier: Dossier) -> None:
        self._dossier = dossier
        self._visit = self._ledger.change_visit(self._visit, dossier=dossier.number)
        self._show_dossier()

    def _show_dossier(self) -> None:
        if self._dossier is not None:
            kept = tuple(sample.id for sample in self._dossier.samples)
            self._counter.update(dossier=self._dossier.number, kept=kept)

    def _look(self) -> None:
        self._counter.pressed()


LOOK_EVERY_S = 0.02
TONES = {"yes": "yes", "no": "no"}
