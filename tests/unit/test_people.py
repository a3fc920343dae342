"""Accounts, PINs and the lock-out (design.md section 7; O2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.message import Message
from kiosk.domain.people import (
    RIGHTS,
    TWO_PERSONS,
    Officer,
    Right,
    Role,
    parse_name,
    parse_new_pin,
    parse_staff_number,
)
from kiosk.domain.time import Reading
from kiosk.store.database import Database
from kiosk.store.people import FREE_TRIES, People, SignedIn, wait_after, wait_left
from tests.kit import HandClock

LAN = Officer("GS01", "Trần Thị Lan", Role.SUPERVISOR)
MINH = Officer("CB07", "Lê Văn Minh", Role.OFFICER)
HOA = Officer("CB08", "Phạm Thị Hoa", Role.OFFICER)
PIN = "280451"


class Reboots(HandClock):
    """A machine that can be switched off and on: another boot, the time since start begins again."""

    boot = "boot-1"

    def read(self) -> Reading:
        return Reading(self.boot, int(self.seconds * 1e9), self.wall, "unknown", -1)

    def reboot(self) -> None:
        self.boot += "'"
        self.seconds = 0.0


@pytest.fixture
def clock() -> Reboots:
    return Reboots()


@pytest.fixture
def people(tmp_path: Path, clock: Reboots) -> People:
    return opened(tmp_path, clock)


def opened(folder: Path, clock: HandClock) -> People:
    return People(Database(folder / "kiosk.db", clock), b"\7" * 32)


def with_lan(people: People) -> People:
    assert people.add_first(LAN, PIN) is None
    return people


def code(answer: object) -> str:
    assert isinstance(answer, Message), answer
    return answer.code


def test_the_first_account_is_made_once(people: People) -> None:
    with_lan(people)
    assert code(people.add_first(MINH, PIN)) == "people.not_first"
    assert people.check("GS01", PIN) == SignedIn(LAN, fresh=False)


def test_a_new_colleague_chooses_a_pin_of_his_own(people: People) -> None:
    once = with_lan(people).add(MINH, by="GS01")
    assert isinstance(once, str)
    assert people.check("CB07", once) == SignedIn(MINH, fresh=True)
    assert people.change_pin("CB07", once, "719305") is None
    assert people.check("CB07", "719305") == SignedIn(MINH, fresh=False)
    assert code(people.check("CB07", once)) == "people.wrong"


def test_the_same_number_is_not_given_twice(people: People) -> None:
    with_lan(people).add(MINH, by="GS01")
    assert code(people.add(MINH, by="GS01")) == "people.known"


def test_an_unknown_number_is_told_what_a_wrong_pin_is_told(people: People) -> None:
    with_lan(people)
    assert people.check("CB99", PIN) == people.check("GS01", "000111")


def test_five_wrong_pins_are_free_the_sixth_costs_time(people: People, clock: Reboots) -> None:
    with_lan(people)
    for _ in range(FREE_TRIES):
        assert people.check("GS01", "999999") == Message("people.wrong")
    assert people.check("GS01", "999999") == Message("people.wrong_wait", {"seconds": 15})
    assert code(people.check("GS01", PIN)) == "people.wait"
    clock.seconds += 15
    assert people.check("GS01", PIN) == SignedIn(LAN, fresh=False)
    assert people.check("GS01", "999999") == Message("people.wrong"), "a right PIN ends the count"


def test_the_schedule_is_the_one_of_the_facts() -> None:
    """VxSuite: 15 s, doubling; the 15th try costs 7,680 s."""
    assert [wait_after(n) for n in (1, 5, 6, 7, 15)] == [0, 0, 15, 30, 7680]


def test_neither_restart_nor_clock_gives_a_try_back(tmp_path: Path, clock: Reboots) -> None:
    people = with_lan(opened(tmp_path, clock))
    for _ in range(FREE_TRIES + 1):
        people.check("GS01", "999999")
    clock.reboot()
    clock.wall = "2036-01-01T00:00:00+00:00"
    again = opened(tmp_path, clock)
    assert again.check("GS01", PIN) == Message("people.wait", {"seconds": 15})
    clock.seconds = 14.0
    assert again.check("GS01", PIN) == Message("people.wait", {"seconds": 1})
    clock.seconds = 15.0
    assert again.check("GS01", PIN) == SignedIn(LAN, fresh=False)


@given(st.integers(0, 30), st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_waiting_never_ends_early(tries: int, then_s: int, now_s: int, same_boot: bool) -> None:
    """What is left and what has passed since the try, as far as this boot knows, make the whole wait."""
    now = Reading("b", now_s * 10**9, "", "unknown", -1)
    left = wait_left(tries, "b" if same_boot else "a", then_s * 10**9, now)
    passed = max(0, now_s - then_s) if same_boot else now_s
    assert left == max(0, wait_after(tries) - passed)


def test_a_lost_pin_is_reset_by_two_others(people: People) -> None:
    with_lan(people)
    for officer in (MINH, HOA):
        people.add(officer, by="GS01")
    assert code(people.reset_pin("CB07", ("GS01", "GS01"))) == "people.two_others"
    assert code(people.reset_pin("CB07", ("GS01", "CB07"))) == "people.two_others"
    assert code(people.reset_pin("CB99", ("GS01", "CB08"))) == "people.unknown"
    once = people.reset_pin("CB07", ("GS01", "CB08"))
    assert isinstance(once, str)
    assert people.check("CB07", once) == SignedIn(MINH, fresh=True)


def test_the_last_supervisor_stays(people: People) -> None:
    with_lan(people).add(MINH, by="GS01")
    assert code(people.retire("GS01", by="GS01")) == "people.last_supervisor"
    assert people.retire("CB07", by="GS01") is None
    assert people.all() == [LAN]
    assert code(people.check("CB07", PIN)) == "people.wrong"


def test_no_pin_is_on_the_disk(tmp_path: Path, clock: Reboots) -> None:
    with_lan(opened(tmp_path, clock))
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert PIN.encode() not in held
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in held


def test_another_device_cannot_verify_the_pin(tmp_path: Path, clock: Reboots) -> None:
    """A stolen database alone is no help: the secret of the device is missing."""
    with_lan(opened(tmp_path, clock))
    stolen = People(Database(tmp_path / "kiosk.db", clock), b"\1" * 32)
    assert code(stolen.check("GS01", PIN)) == "people.wrong"


@pytest.mark.parametrize(
    "pin", ["123456", "654321", "111111", "121212", "123123", "12345", "1234567", "12345a", ""]
)
def test_a_pin_everybody_tries_first_is_refused(pin: str) -> None:
    assert isinstance(parse_new_pin(pin), Message)


@given(st.text(max_size=12))
def test_what_is_taken_as_a_pin_has_six_figures(text: str) -> None:
    taken = parse_new_pin(text)
    assert isinstance(taken, Message) or re.fullmatch("[0-9]{6}", taken)


@given(st.text(max_size=80))
def test_numbers_and_names_are_clean_or_refused(text: str) -> None:
    number, name = parse_staff_number(text), parse_name(text)
    assert isinstance(number, Message) or re.fullmatch("[A-Z]{1,4}[0-9]{1,8}", number)
    assert isinstance(name, Message) or (name.isprintable() and name == name.strip())


def test_the_rights_table_says_it_for_every_role() -> None:
    assert set(RIGHTS) == set(Role)
    assert Right.SEE_DATA not in RIGHTS[Role.HELPER] | RIGHTS[Role.TECHNICIAN], (
        "O4: guides without seeing data"
    )
    assert RIGHTS[Role.INSPECTOR] == {Right.SEE_DATA, Right.READ_AUDIT}, "P7: reads only"
    assert all(any(right in rights for rights in RIGHTS.values()) for right in Right)
    assert TWO_PERSONS.isdisjoint(RIGHTS[Role.OFFICER])
