"""Fingers compared in the background, and what a step makes of it: clear, asked again, an officer, not checked (X2)."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from kiosk.biometrics.matching import NotMatched, Probe, Template, Verified
from kiosk.domain.dossier import Sample, SampleKind
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.domain.message import Message, msg
from kiosk.domain.sequence import CheckResult, DoubtKind, FingersChecked, FingersNotChecked
from kiosk.hal.clock import SystemClock
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow import fingers_check
from kiosk.workflow.approvals import Decision
from kiosk.workflow.desk import Desk
from kiosk.workflow.finger_watch import FingerWatch, Kept
from tests.kit import begin_dossier, open_ledger

DIED = NotMatched(msg("matching.died"))


def picture(finger: int, take: int = 0) -> bytes:
    """A tiny picture in which only the invented engine sees a finger: the grey of its first point names it."""
    image = Image.new("L", (4, 4), finger)
    image.putpixel((3, 3), take)
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(500, 500))
    return file.getvalue()


class Engine:
    """Implements `Matcher` for `picture`; `trouble` by the finger it fails at."""

    def __init__(self, trouble: dict[int, NotMatched] | None = None) -> None:
        self.trouble = trouble or {}
        self.closed = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def engine(self) -> str:
        return "invented 1"

    def template(self, png: bytes, ppi: int, *, graded: bool) -> Template | NotMatched:
        self.may_go_on.wait(20)
        with Image.open(io.BytesIO(png)) as image:
            finger = cast(int, image.getpixel((0, 0)))
        return self.trouble.get(finger) or Template(bytes([finger]), 50 if graded else -1, "invented 1")

    def compare(self, probe: bytes, gallery: Sequence[bytes]) -> tuple[int, ...] | NotMatched:
        return tuple(150 if probe == known else 7 for known in gallery)

    def close(self) -> None:
        self.closed += 1


class Counter:
    """A desk without a counter: a ledger, a watch, and answers laid out beforehand."""

    def __init__(self, ledger: SqliteLedger, watch: FingerWatch, decisions: Sequence[str] = ()) -> None:
        self.ledger = ledger
        self.dossier = begin_dossier(ledger)
        self.office = SimpleNamespace(watch=watch, clock=SystemClock())
        self.shown: list[str] = []
        self.asked: list[tuple[str, tuple[Message, ...]]] = []
        self._decisions = list(decisions)

    def take(self, laid: dict[int, int], take: int = 0) -> None:
        """All fingers that are missing, `laid` in the place of those asked for."""
        for finger in SINGLE_FINGERS:
            key = f"rolled-{int(finger):02d}"
            if not self.dossier.has(key):
                data = picture(laid.get(int(finger), int(finger)), take)
                self.keep(key, finger, data)

    def keep(self, key: str, finger: FingerPosition, data: bytes) -> None:
        self.dossier, sample = self.ledger.keep(
            self.dossier, SampleKind.FINGER, key, "image/png", data, score=80, position=int(finger)
        )
        self.office.watch.offer(Kept(self.dossier.number, sample, data))

    def retract(self, sample: Sample, reason: str) -> None:
        Desk.retract(cast(Desk, self), sample, reason)

    def _show_dossier(self) -> None:
        pass

    def record(self, fact: Any) -> None:
        self.dossier = self.ledger.record(self.dossier, fact)

    def show(self, screen: Any) -> None:
        self.shown.append(screen.id)

    def pressed(self) -> None:
        return None

    def say(self, message: Message) -> str:
        return message.code

    def choose(self, code: str, *keys: str, body: tuple[Message, ...] = ()) -> str:
        self.asked.append((code, body))
        return keys[0]

    def approval(self, kind: str, subject: str, what: Message, *choices: str) -> Decision:
        self.asked.append((kind, (what,)))
        return Decision(self._decisions.pop(0), "officer 7", "seen")

    @property
    def results(self) -> list[CheckResult]:
        return [fact.result for fact in self.dossier.facts if isinstance(fact, FingersChecked)]

    @property
    def not_checked(self) -> list[str]:
        return [fact.reason for fact in self.dossier.facts if isinstance(fact, FingersNotChecked)]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    opened = open_ledger(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingers_check, "LOOK_EVERY_S", 0.01)


def retakes(monkeypatch: pytest.MonkeyPatch, *laid: dict[int, int]) -> None:
    """What the citizen lays down when asked again, time after time."""
    rounds = iter(enumerate(laid, start=1))

    def take_fingers(desk: Counter) -> None:
        take, fingers = next(rounds)
        desk.take(fingers, take)

    monkeypatch.setattr(fingers_check, "take_fingers", take_fingers)


def check(desk: Counter) -> None:
    fingers_check.check_fingers(cast(Desk, desk))
    fingers_check.settle_fingers(cast(Desk, desk))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_all_is_well(ledger: SqliteLedger) -> None:
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch)
    desk.take({})
    check(desk)
    checked = desk.dossier.fingers_checked
    assert checked
    assert (checked.result, checked.pairs, checked.how) == (CheckResult.CLEAR, 45, "invented 1")
    assert {sample.nfiq2 for sample in desk.dossier.samples} == {50}
    assert desk.asked == []
    check(desk)
    assert desk.results == [CheckResult.CLEAR], "run again it does nothing"
    watch.close()


def test_asked_again_once_and_then_right(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without slaps nobody can tell which of the two was wrong: both are asked for."""
    retakes(monkeypatch, {})
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch)
    desk.take({3: 2})
    check(desk)
    assert desk.results == [CheckResult.AGAIN, CheckResult.CLEAR]
    assert desk.asked == [
        (
            "fingers.again",
            (
                msg("fingers.again.finger", finger=msg("finger.2")),
                msg("fingers.again.finger", finger=msg("finger.3")),
                msg(f"fingers.again.{DoubtKind.SAME}"),
            ),
        )
    ]
    assert len(desk.dossier.samples) == 10
    assert desk.dossier.flags() == ()
    watch.close()


def test_then_the_officer_decides(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    retakes(monkeypatch, {3: 2}, {3: 2})
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch, ["again", "accept"])
    desk.take({3: 2})
    check(desk)
    assert desk.results == [CheckResult.AGAIN, CheckResult.AGAIN, CheckResult.ACCEPTED]
    assert [kind for kind, _ in desk.asked] == ["fingers.again", "fingers_alike", "fingers_alike"]
    checked = desk.dossier.fingers_checked
    assert checked
    assert (checked.officer, checked.reason) == ("officer 7", "seen")
    assert desk.dossier.flags() == ("fingers_alike",)
    watch.close()


def test_after_a_restart_the_kept_fingers_are_compared_from_the_disk(ledger: SqliteLedger) -> None:
    """X1: the core died after the last finger; what it knew of the fingers is gone, the samples are not."""
    before = FingerWatch(Engine())
    desk = Counter(ledger, before)
    desk.take({})
    before.close()
    desk.office.watch = FingerWatch(Engine())
    check(desk)
    assert desk.results == [CheckResult.CLEAR]
    desk.office.watch.close()


def test_a_finger_that_cannot_be_read_is_named(ledger: SqliteLedger) -> None:
    watch = FingerWatch(Engine({4: NotMatched(msg("matching.unreadable", why="no ridges"))}))
    desk = Counter(ledger, watch)
    desk.take({})
    check(desk)
    checked = desk.dossier.fingers_checked
    assert checked
    assert (checked.result, checked.unread, checked.pairs) == (CheckResult.CLEAR, ("rolled-04",), 36)
    watch.close()


def test_an_engine_that_never_answers_is_not_checked(ledger: SqliteLedger) -> None:
    watch = FingerWatch(Engine(dict.fromkeys(range(1, 11), DIED)))
    desk = Counter(ledger, watch)
    desk.take({})
    check(desk)
    assert (desk.not_checked, desk.results) == (["matching.died"], [])
    watch.close()


def test_a_slow_engine_is_looked_at_again_before_the_slip(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingers_check, "SOON_S", 0.05)
    engine = Engine()
    engine.may_go_on.clear()
    watch = FingerWatch(engine)
    desk = Counter(ledger, watch)
    desk.take({})
    fingers_check.check_fingers(cast(Desk, desk))
    assert (desk.not_checked, desk.results) == ([], [])
    engine.may_go_on.set()
    fingers_check.settle_fingers(cast(Desk, desk))
    assert desk.results == [CheckResult.CLEAR]
    watch.close()


def test_an_engine_that_is_too_slow_is_not_waited_for(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingers_check, "SOON_S", 0.6)
    monkeypatch.setattr(fingers_check, "LATE_S", 0.05)
    engine = Engine()
    engine.may_go_on.clear()
    watch = FingerWatch(engine)
    desk = Counter(ledger, watch)
    desk.take({})
    check(desk)
    assert desk.not_checked == ["matching.slow"]
    assert set(desk.shown) == {"fingers.checking"}
    engine.may_go_on.set()
    watch.close()


def test_the_same_picture_twice_is_the_same_finger_twice(ledger: SqliteLedger) -> None:
    """A reader that hands over an old picture: two samples with one hash are still two captures."""
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch)
    desk.take({3: 2})
    until(lambda: not watch.report(desk.dossier.number, desk.dossier.samples).pending)
    report = watch.report(desk.dossier.number, desk.dossier.samples)
    assert len(report.pairs) == 45
    assert len([pair for pair in report.pairs if pair.score >= 40]) == 1
    watch.close()


def test_when_idle_the_process_ends_and_the_templates_go(ledger: SqliteLedger) -> None:
    engine = Engine()
    watch = FingerWatch(engine, idle_s=0.1)
    desk = Counter(ledger, watch)
    desk.take({})
    until(lambda: len(watch.report(desk.dossier.number, desk.dossier.samples).unknown) == 10)
    assert engine.closed > 0
    report = watch.report(desk.dossier.number, desk.dossier.samples)
    assert len(report.nfiq2) == len({sample.id for sample in desk.dossier.samples}), "the scores stay"
    check(desk)
    assert desk.results == [CheckResult.CLEAR], "and the step has them compared again"
    watch.close()


def test_the_next_person_finds_nothing_of_the_last(ledger: SqliteLedger) -> None:
    """C6."""
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch)
    desk.take({})
    until(lambda: not watch.report(desk.dossier.number, desk.dossier.samples).grading)
    report = watch.report("another", desk.dossier.samples)
    assert (report.pairs, report.nfiq2, len(report.unknown)) == ((), {}, 10)
    watch.close()


def test_what_is_no_picture_harms_nothing(ledger: SqliteLedger) -> None:
    watch = FingerWatch(Engine())
    desk = Counter(ledger, watch)
    desk.take({})
    sample = Sample("0" * 64, SampleKind.FINGER, "rolled-99", "image/png", 3, 80, 1)
    watch.offer(Kept(desk.dossier.number, sample, b"no picture"))
    until(lambda: not watch.report(desk.dossier.number, [sample]).pending)
    assert watch.report(desk.dossier.number, [sample]).unread == ("rolled-99",)
    check(desk)
    assert desk.results == [CheckResult.CLEAR]
    watch.close()


def test_where_nothing_compares_no_picture_is_even_cut(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Absent(Engine):
        def engine(self) -> Any:
            return NotMatched(msg("matching.absent"), lasting=True)

    def cut(*_: object) -> None:
        raise AssertionError("cut in vain")

    monkeypatch.setattr("kiosk.workflow.finger_watch.cut_fingers", cut)
    watch = FingerWatch(Absent())
    desk = Counter(ledger, watch)
    desk.take({})
    check(desk)
    assert desk.not_checked == ["matching.absent"]
    watch.close()


def test_a_step_can_verify_one_finger_against_the_record() -> None:
    watch = FingerWatch(Engine({9: DIED}))
    index, middle = Probe(picture(2), 500), Probe(picture(3), 500)
    assert watch.verify(index, Probe(picture(2, 1), 500)) == Verified(150, 48)
    assert watch.verify(middle, bytes([2])) == Verified(7, 48)
    assert watch.verify(Probe(picture(9), 500), index) == DIED
    watch.close()
