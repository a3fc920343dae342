"""A finger or key beside the PIN: the lock-out, the reader that belongs to citizens first, what is kept (O2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from kiosk.biometrics.matching import NotMatched, Template
from kiosk.config import SecondFactor as Policy
from kiosk.domain.factors import Event, Factor, FactorKind, counts_up
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Role
from kiosk.errors import DeviceError
from kiosk.hal.device import HEALTHY, Health
from kiosk.hal.fingers import FingerImage, FingerRefused, Verdict
from kiosk.hal.keys import KeyTrouble, Registered
from kiosk.store.database import Database
from kiosk.store.people import FREE_TRIES, People, SignedIn
from kiosk.workflow.attended import Attended, Unlent
from kiosk.workflow.officer_finger import MINUTIAE, OfficerFinger
from kiosk.workflow.second_factor import SecondFactor, Shown, Wait
from tests.kit import HandClock

LAN = Officer("GS01", "Bùi Thị Mẫu", Role.SUPERVISOR)
MINH = Officer("CB07", "Lê Văn Mẫu", Role.OFFICER)
HOA = Officer("CB08", "Phạm Thị Mẫu", Role.OFFICER)
PIN = "280451"
FINGER = Factor(FactorKind.FINGER, "toy", b"thumb")
KEY = Factor(FactorKind.KEY, "c0ffee", b"public", counter=5)


# -- accounts ------------------------------------------------------------------------------------------------------


def opened(folder: Path, policy: Policy = Policy.IF_ENROLLED, clock: HandClock | None = None) -> People:
    return People(Database(folder / "kiosk.db", clock or HandClock()), b"\7" * 32, policy)


def with_minh(folder: Path, policy: Policy = Policy.IF_ENROLLED, *factors: Factor) -> People:
    people = opened(folder, policy)
    assert people.add_first(LAN, PIN) is None
    people.add_demonstrator(MINH, PIN)
    for factor in factors:
        assert people.enrol("CB07", factor, by="GS01") is None
    return people


def signed(answer: SignedIn | Message) -> SignedIn:
    assert isinstance(answer, SignedIn), answer
    return answer


@pytest.mark.parametrize(
    ("policy", "factors", "event"),
    [
        (Policy.NONE, (FINGER,), Event.PIN_ALONE),
        (Policy.IF_ENROLLED, (), Event.PIN_ALONE),
        (Policy.IF_ENROLLED, (FINGER,), Event.PIN_WITH_FACTOR),
        (Policy.REQUIRED, (), Event.PIN_UNENROLLED),
        (Policy.REQUIRED, (KEY,), Event.PIN_WITH_FACTOR),
    ],
)
def test_what_a_right_pin_opens(
    tmp_path: Path, policy: Policy, factors: tuple[Factor, ...], event: Event
) -> None:
    assert signed(with_minh(tmp_path, policy, *factors).check("CB07", PIN)).event is event


def test_who_is_alone_on_a_new_kiosk_is_not_locked_out_of_it(tmp_path: Path) -> None:
    people = opened(tmp_path, Policy.REQUIRED)
    people.add_first(LAN, PIN)
    assert signed(people.check("GS01", PIN)).event is Event.PIN_ALONE


def test_the_lock_out_counts_wrong_fingers_and_no_restart_gives_one_back(tmp_path: Path) -> None:
    """The count is on disk before the finger is looked at: killed in between, the try is gone all the same."""
    people = with_minh(tmp_path, Policy.IF_ENROLLED, FINGER)
    for _ in range(FREE_TRIES):
        signed(people.check("CB07", PIN))
        assert people.factor_wrong("CB07", FactorKind.FINGER) == Message("people.finger_wrong")
    signed(people.check("CB07", PIN))
    killed = opened(tmp_path, Policy.IF_ENROLLED)
    assert killed.check("CB07", PIN) == Message("people.wait", {"seconds": 15})


def test_the_wait_is_said_with_the_wrong_finger(tmp_path: Path) -> None:
    people = with_minh(tmp_path, Policy.IF_ENROLLED, FINGER)
    for _ in range(FREE_TRIES + 1):
        people.check("CB07", PIN)
        last = people.factor_wrong("CB07", FactorKind.FINGER)
    assert last == Message("people.finger_wrong_wait", {"seconds": 15})


def test_a_right_pin_does_not_wipe_the_count_before_the_factor_was_right(tmp_path: Path) -> None:
    people = with_minh(tmp_path, Policy.IF_ENROLLED, FINGER)
    for _ in range(FREE_TRIES):
        people.check("CB07", "999999")
    assert signed(people.check("CB07", PIN)).event is Event.PIN_WITH_FACTOR
    assert people.check("CB07", PIN) == Message("people.wait", {"seconds": 15})


def test_a_right_finger_ends_the_count(tmp_path: Path) -> None:
    people = with_minh(tmp_path, Policy.IF_ENROLLED, FINGER)
    for _ in range(FREE_TRIES):
        people.check("CB07", "999999")
    people.check("CB07", PIN)
    assert people.factor_right("CB07", FactorKind.FINGER) is None
    assert people.check("CB07", "999999") == Message("people.wrong")


def test_who_shows_nothing_loses_no_try_and_gains_none(tmp_path: Path) -> None:
    clock = HandClock()
    people = with_minh(tmp_path, Policy.IF_ENROLLED, FINGER)
    for _ in range(FREE_TRIES + 3):
        people.factor_missed("CB07", signed(people.check("CB07", PIN)).tried)
    for _ in range(FREE_TRIES):
        assert people.check("CB07", "999999") == Message("people.wrong")
    assert people.check("CB07", "999999") == Message("people.wrong_wait", {"seconds": 15})
    people.factor_missed("CB07", ("another boot", int(clock.seconds)))
    assert people.check("CB07", PIN) == Message("people.wait", {"seconds": 15}), "not this one's to give back"


def test_a_key_that_counts_backwards_was_copied(tmp_path: Path) -> None:
    people = with_minh(tmp_path, Policy.IF_ENROLLED, KEY)
    people.check("CB07", PIN)
    assert people.factor_right("CB07", FactorKind.KEY, 6) is None
    for replayed in (6, 5, 0):
        assert people.factor_right("CB07", FactorKind.KEY, replayed) == Message("people.key_wrong")
    assert people.factor_right("CB07", FactorKind.KEY, 7) is None


def test_a_key_that_does_not_count_is_taken_as_long_as_it_never_did() -> None:
    assert (counts_up(0, 0), counts_up(1, 0), counts_up(1, 1), counts_up(0, 1)) == (True, False, False, True)


@pytest.mark.parametrize("ends", ["retire", "forget"])
def test_what_an_officer_is_recognised_by_goes_from_the_disk_with_the_account(
    tmp_path: Path, ends: str
) -> None:
    secret = b"MINUTIAE-OF-A-COLLEAGUE" * 20
    people = with_minh(tmp_path, Policy.IF_ENROLLED, Factor(FactorKind.FINGER, "toy", secret))
    people.add_demonstrator(HOA, PIN)
    assert held(tmp_path, secret)
    trouble = (
        people.retire("CB07", "GS01") if ends == "retire" else people.forget_factors("CB07", ("GS01", "CB08"))
    )
    assert trouble is None
    assert people.factors("CB07") == ()
    assert not held(tmp_path, secret[:23])
    assert "MINUTIAE" not in repr(Factor(FactorKind.FINGER, "toy", secret))


def test_two_others_have_it_erased(tmp_path: Path) -> None:
    people = with_minh(tmp_path, Policy.IF_ENROLLED, KEY)
    for pair in (("GS01", "GS01"), ("GS01", "CB07")):
        trouble = people.forget_factors("CB07", pair)
        assert trouble
        assert trouble.code == "people.two_others"


def held(folder: Path, secret: bytes) -> bool:
    return any(secret in file.read_bytes() for file in folder.iterdir())


# -- the reader ----------------------------------------------------------------------------------------------------


class Reader:
    """A reader that compares: `lies` is on its glass; `meanwhile` happens while it looks."""

    model, simulated, enrolment_grade, takes_slaps, takes_rolled = "toy", True, False, False, False
    template_format = "toy"

    def __init__(self) -> None:
        self.lies: bytes | None = b"thumb"
        self.second: bytes | None = None
        self.dead = False
        self.looks = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None: ...

    def capture(self, *_: object) -> FingerRefused:
        return FingerRefused(FingerPosition.RIGHT_INDEX)

    def match_template(self, template: bytes, timeout: float) -> Verdict:
        self.looks += 1
        self.meanwhile()
        if self.dead:
            raise DeviceError("toy.gone")
        if self.lies is None:
            return Verdict.NO_FINGER
        return Verdict.SAME if self.lies == template else Verdict.DIFFERENT

    def enrol_template(self, timeout: float, again: object) -> bytes | Verdict:
        self.meanwhile()
        return self.lies if self.lies is not None else Verdict.NO_FINGER


class Camera:
    """A reader that only takes pictures; `laid` is what it takes."""

    model, simulated, enrolment_grade, takes_slaps, takes_rolled = "pictures", True, True, True, True

    def __init__(self) -> None:
        self.laid = [b"\0"]

    def health(self) -> Health:
        return HEALTHY

    def close(self) -> None: ...

    def capture(
        self, position: FingerPosition, how: Impression, timeout: float, absent: object = ()
    ) -> FingerImage | FingerRefused:
        grey = self.laid.pop(0) if len(self.laid) > 1 else self.laid[0]
        if grey == b"":
            return FingerRefused(position, FingerTrouble.PARTIAL)
        return FingerImage(position, how, 1, 1, 500, grey)


class Matcher:
    """A template is the picture itself; the score 100 for the same one."""

    absent = False

    def engine(self) -> str | NotMatched:
        return NotMatched(msg("matching.absent"), lasting=True) if self.absent else "toy"

    def template(self, png: bytes, ppi: int, *, graded: bool) -> Template | NotMatched:
        return NotMatched(msg("matching.absent"), lasting=True) if self.absent else Template(png, -1, "toy")

    def compare(self, probe: bytes, gallery: Sequence[bytes]) -> tuple[int, ...]:
        return tuple(100 if probe == known else 12 for known in gallery)

    def close(self) -> None: ...


def attended(reader: Any) -> Attended[Any]:
    made: Attended[Any] = Attended("fingers", lambda: reader, HandClock(), lambda: None)
    made.look()
    return made


class Told:
    """A wait whose time goes on by a second a look, with what was said."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.now = 0.0
        self.said: list[Message | None] = []
        self.wait = Wait(seconds, self._tick, self.said.append)

    def _tick(self) -> float:
        self.now += 0.5
        return self.now


def station(reader: Any, keys: Any = None) -> SecondFactor:
    return SecondFactor(OfficerFinger(attended(reader), Matcher()), keys)


def test_the_right_finger_and_another() -> None:
    reader = Reader()
    assert station(reader).confirm((FINGER,), Told().wait) == Shown(FactorKind.FINGER, right=True)
    reader.lies = b"another officer's"
    assert station(reader).confirm((FINGER,), Told().wait) == Shown(FactorKind.FINGER, right=False)


def test_nothing_is_shown_until_time_is_over_or_somebody_stops_it() -> None:
    reader, told = Reader(), Told(seconds=3)
    reader.lies = None
    assert station(reader).confirm((FINGER,), told.wait) is None
    assert reader.looks > 1
    stopped = Told()
    stopped.wait.stopped.set()
    assert station(reader).confirm((FINGER,), stopped.wait) is None


def test_a_citizens_capture_has_the_reader_to_itself() -> None:
    reader, told = Reader(), Told(seconds=5)
    fingers = attended(reader)
    fingers.use(lambda r: r.capture(FingerPosition.RIGHT_THUMB, Impression.FLAT, 1), lambda: None)
    finger = OfficerFinger(fingers, Matcher())
    assert SecondFactor(finger, None).confirm((FINGER,), told.wait) is None
    assert (reader.looks, told.said) == (0, [Message("factor.reader_busy")])
    fingers.let_go()
    assert finger.match(FINGER, 1) is Verdict.SAME


def test_a_finger_laid_while_a_citizen_was_called_to_the_reader_is_nobodys() -> None:
    """The visit asks for the reader in the middle of a look: what lay there may be the citizen's."""
    reader = Reader()
    fingers = attended(reader)
    reader.lies = b"the citizen's"
    reader.meanwhile = lambda: setattr(fingers, "_wanted", True)
    assert fingers.lend(lambda r: r.match_template(b"thumb", 1)) is Unlent.WANTED
    assert isinstance(OfficerFinger(fingers, Matcher()).enrol(1, lambda: None), Message)


def test_a_reader_that_is_gone_is_said_and_refuses_nobody() -> None:
    reader, told = Reader(), Told(seconds=4)
    reader.dead = True
    assert station(reader).confirm((FINGER,), told.wait) is None
    assert told.said == [Message("factor.reader_gone")]


def test_a_template_of_another_kind_of_reader_is_said() -> None:
    told = Told(seconds=4)
    old = Factor(FactorKind.FINGER, "zfm", b"thumb")
    assert station(Reader()).confirm((old,), told.wait) is None
    assert told.said == [Message("factor.reader_other")]


def test_a_finger_is_enrolled_and_one_laid_twice_differently_is_not() -> None:
    assert station(Reader()).enrol(FactorKind.FINGER, "CB07", Told().wait) == FINGER


# -- readers that only take pictures -------------------------------------------------------------------------------


def test_pictures_are_compared_where_the_matcher_is_installed() -> None:
    camera = Camera()
    factor = station(camera).enrol(FactorKind.FINGER, "CB07", Told().wait)
    assert isinstance(factor, Factor)
    assert factor.format == MINUTIAE
    assert station(camera).confirm((factor,), Told().wait) == Shown(FactorKind.FINGER, right=True)
    camera.laid = [b"\xff"]
    assert station(camera).confirm((factor,), Told().wait) == Shown(FactorKind.FINGER, right=False)


def test_two_pictures_of_different_fingers_enrol_nobody() -> None:
    camera, told = Camera(), Told(seconds=4)
    camera.laid = [b"\0", b"\xff"] * 20
    assert station(camera).enrol(FactorKind.FINGER, "CB07", told.wait) == Message("factor.late")
    assert Message("factor.finger_not_twice") in told.said


def test_without_the_matcher_nobody_is_enrolled_by_pictures() -> None:
    told, matcher = Told(seconds=4), Matcher()
    matcher.absent = True
    factor = SecondFactor(OfficerFinger(attended(Camera()), matcher), None)
    assert isinstance(factor.enrol(FactorKind.FINGER, "CB07", told.wait), Message)
    assert told.said == [Message("factor.no_matcher")]


# -- keys ----------------------------------------------------------------------------------------------------------


class Keys:
    """Sockets that answer each call with the next of `answers`, then wait until stopped."""

    simulated = True

    def __init__(self, *answers: int | KeyTrouble | Registered | DeviceError) -> None:
        self.answers = list(answers)
        self.challenges: list[bytes] = []

    def _answer(self, stop: Flag) -> int | KeyTrouble | Registered:
        if not self.answers:
            stop.wait(20)
            return KeyTrouble.STOPPED
        answer = self.answers.pop(0)
        if isinstance(answer, DeviceError):
            raise answer
        return answer

    def confirm(self, credential: bytes, public_key: bytes, challenge: bytes, stop: Flag) -> object:
        assert (credential, public_key) == (bytes.fromhex(KEY.format), KEY.data)
        self.challenges.append(challenge)
        return self._answer(stop)

    def register(self, officer: str, challenge: bytes, stop: Flag) -> object:
        return self._answer(stop)


def real_wait(seconds: float = 20.0) -> tuple[Wait, list[Message | None]]:
    import time

    said: list[Message | None] = []
    return Wait(seconds, time.monotonic, said.append), said


def test_a_key_that_is_pulled_or_not_the_one_may_be_shown_again() -> None:
    wait, said = real_wait()
    keys = Keys(KeyTrouble.NONE, DeviceError("keys.pulled"), KeyTrouble.OTHER, 6)
    reader = Reader()
    reader.lies = None
    shown = station(reader, keys).confirm((FINGER, KEY), wait)
    assert shown == Shown(FactorKind.KEY, right=True, counter=6)
    assert said == [Message("factor.key_gone"), Message("factor.key_other")]
    assert len(set(keys.challenges)) == 4, "a fresh challenge each time"


def test_a_forged_key_is_wrong() -> None:
    wait, _ = real_wait()
    assert station(Reader(), Keys(KeyTrouble.FORGED)).confirm((KEY,), wait) == Shown(FactorKind.KEY, False)


def test_the_finger_may_come_before_the_key() -> None:
    wait, _ = real_wait()
    keys = Keys()
    assert station(Reader(), keys).confirm((FINGER, KEY), wait) == Shown(FactorKind.FINGER, right=True)


def test_a_key_is_enrolled() -> None:
    wait, said = real_wait()
    keys = Keys(KeyTrouble.NONE, KeyTrouble.NEEDS_PIN, Registered(b"\xc0\xff\xee", b"public", 5))
    assert station(Reader(), keys).enrol(FactorKind.KEY, "CB07", wait) == KEY
    assert said == [Message("factor.key_none"), Message("factor.key_needs_pin")]


def test_a_machine_without_sockets_says_so_at_once() -> None:
    wait, said = real_wait()
    station(Reader()).enrol(FactorKind.KEY, "CB07", wait)
    assert said == [Message("factor.no_keys")]
    assert station(Reader()).kinds == (FactorKind.FINGER,)
