"""The citizen's counter: questions, interruptions, idleness."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import msgspec
import pytest

from kiosk.domain.message import msg
from kiosk.workflow.counter import NEXT, CalledOff, Counter, IdleTimes, ShuttingDown, VisitOver
from kiosk.workflow.view import Capture, Choice, Entry, KeySet, Option, Pause, Target, View
from tests.kit import HandClock

YES_NO = Choice("sure", msg("confirm"), (Option("yes", msg("confirm.yes")), Option("no", msg("confirm.no"))))
LOOK = Capture(
    "look", msg("portrait"), Target.PORTRAIT, options=(Option("officer", msg("portrait.officer")),)
)


class Room:
    """A counter with its clock and everything it has published."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.views: list[View] = []
        first = View(0, Pause("starting", msg("starting")), visit="V1")
        self.counter = Counter(first, IdleTimes(60, 90), self.clock.monotonic, self.views.append)

    def asked(self, question: Choice | Entry) -> Future[str]:
        """Ask in a thread of its own, as the workflow does; returns once the question is on the screen."""
        return in_thread(lambda: self.counter.ask(question), lambda: self.counter.view.screen == question)


def in_thread(work: Callable[[], str], begun: Callable[[], bool]) -> Future[str]:
    future: Future[str] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            future.set_exception(error)

    threading.Thread(target=body, daemon=True).start()
    waiting = threading.Event()
    while not begun():
        waiting.wait(0.001)
    return future


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_question_takes_one_of_its_options(room: Room) -> None:
    answer = room.asked(YES_NO)
    assert not room.counter.answer("sure", "perhaps")
    assert not room.counter.answer("another", "yes")
    assert room.counter.answer("sure", "yes")
    assert answer.result(5) == "yes"
    assert not room.counter.answer("sure", "no"), "a second answer finds nobody waiting"


def test_an_entry_takes_any_text(room: Room) -> None:
    answer = room.asked(Entry("name", msg("identify.name"), KeySet.LETTERS))
    assert room.counter.answer("name", "Đặng Thị Hường")
    assert answer.result(5) == "Đặng Thị Hường"


def test_whoever_comes_next_cannot_touch_too_early() -> None:
    """As soon as the first question is on the screen its answer is taken."""
    room = Room()

    def touch_at_once(view: View) -> None:
        room.views.append(view)
        assert room.counter.answer("sure", "yes")

    first = View(0, Pause("starting", msg("starting")))
    room.counter = Counter(first, IdleTimes(60, 90), room.clock.monotonic, touch_at_once)
    assert room.counter.ask_next(YES_NO, "vi") == "yes"
    assert [view.screen for view in room.views] == [YES_NO]


def test_nobody_is_asked_next_once_the_kiosk_stops(room: Room) -> None:
    room.counter.close()
    with pytest.raises(ShuttingDown):
        room.counter.ask_next(YES_NO, "vi")


def test_a_capture_reports_a_way_out_once(room: Room) -> None:
    room.counter.show(LOOK)
    assert not room.counter.answer("look", "nonsense")
    assert room.counter.answer("look", "officer")
    assert room.counter.pressed() == "officer"
    assert room.counter.pressed() is None
    assert room.counter.answer("look", NEXT)
    assert room.counter.pressed() == NEXT


def test_showing_the_same_again_changes_nothing(room: Room) -> None:
    room.counter.show(LOOK)
    shown = len(room.views)
    room.counter.show(LOOK)
    assert len(room.views) == shown


def test_leaving_ends_a_question_and_a_capture(room: Room) -> None:
    answer = room.asked(YES_NO)
    room.counter.leave()
    with pytest.raises(VisitOver, match="left"):
        answer.result(5)
    with pytest.raises(VisitOver, match="left"):
        room.counter.show(LOOK)


def test_shutting_down_never_hangs_on_a_question(room: Room) -> None:
    answer = room.asked(YES_NO)
    room.counter.close()
    with pytest.raises(ShuttingDown):
        answer.result(5)
    with pytest.raises(ShuttingDown):
        room.counter.ask(YES_NO)


def test_idle_is_warned_then_cleared(room: Room) -> None:
    """C6: nobody's data stay on the screen."""
    answer = room.asked(YES_NO)
    room.clock.sleep(59)
    room.counter.tick()
    assert room.counter.view.idle_left is None
    room.clock.sleep(2)
    room.counter.tick()
    assert room.counter.view.idle_left == 29
    room.counter.touch()
    assert room.counter.view.idle_left is None
    room.clock.sleep(91)
    room.counter.tick()
    with pytest.raises(VisitOver, match="idle"):
        answer.result(5)


def test_a_kiosk_that_is_busy_itself_never_clears(room: Room) -> None:
    room.counter.show(Pause("printing", msg("printing")))
    room.clock.sleep(1000)
    room.counter.tick()
    room.counter.show(LOOK)
    assert room.counter.view.idle_left is None


def test_nothing_of_the_last_person_stays(room: Room) -> None:
    room.counter.update(dossier="MAU01-000001", kept=("a",), step=3, steps=9, language="en")
    room.counter.answer("look", NEXT)
    room.counter.reset(YES_NO, "vi")
    view = room.counter.view
    empty = View(view.revision, YES_NO, "vi", view.languages)
    assert view == empty


def test_revisions_only_grow(room: Room) -> None:
    room.counter.show(LOOK)
    room.counter.set_language("en")
    room.counter.set_language("xx")
    room.counter.touch()
    assert [view.revision for view in room.views] == sorted({view.revision for view in room.views})
    assert room.counter.view.language == "en"


def test_between_two_people_a_question_is_renewed_or_called_off(room: Room) -> None:
    """O1: a shift that closes takes the welcome with it; a visit that is going on is never touched."""
    other = msgspec.structs.replace(YES_NO, prompt=msg("welcome"))
    during = room.asked(YES_NO)
    room.counter.renew(None)
    room.counter.renew(other)
    assert room.counter.view.screen == YES_NO and not during.done()
    room.counter.answer("sure", "yes")
    during.result(5)
    room.counter.update(visit="")
    between = room.asked(YES_NO)
    room.counter.renew(other)
    assert room.counter.view.screen == other and not between.done()
    room.counter.renew(None)
    with pytest.raises(CalledOff):
        between.result(5)
    room.counter.renew(None)


def test_what_was_read_aloud_is_known_until_the_next_person(room: Room) -> None:
    """Being read to is being there."""
    future = room.asked(YES_NO)
    assert not room.counter.was_read("sure")
    room.clock.sleep(59)
    assert room.counter.read().screen == YES_NO
    room.clock.sleep(59)
    room.counter.tick()
    assert room.counter.view.idle_left is None
    assert room.counter.was_read("sure")
    assert room.counter.answer("sure", "yes")
    assert future.result(5) == "yes"
    room.counter.reset(YES_NO, "vi")
    assert not room.counter.was_read("sure")
