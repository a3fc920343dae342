"""What needs two persons: asked, found, agreed to, signed, done (P7, P10, D1; design.md section 7)."""

from __future__ import annotations

import errno
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.acts import Act, Acts
from kiosk.app.clock_order import ANSWER, ORDER, PATIENCE_S, apply_order
from kiosk.app.proposals import CameOf, Proposals
from kiosk.app.roles import NEEDS
from kiosk.cli.records import dossier_lines
from kiosk.domain.clock_order import ClockOutcome, ClockResult
from kiosk.domain.dossier import Approved, DossierEvent, DossierState
from kiosk.domain.message import Message
from kiosk.domain.people import RIGHTS, TWO_PERSONS, Officer, Role
from kiosk.domain.request import (
    AGREED_WITH,
    ASKED_WITH,
    FIELDS,
    PARSERS,
    RISKY,
    Request,
    RequestKind,
    parse_request,
)
from kiosk.domain.time import Reading, wall_text
from kiosk.hal.clock import CLOCK_SET, SystemClock
from kiosk.link.agreement import AgreeTo
from kiosk.link.messages import (
    Answer,
    CallOfficer,
    ChangePin,
    FirstPin,
    FromCore,
    FromScreen,
    Hello,
    Leave,
    Propose,
    ReadAloud,
    ReadAudit,
    ReadInbox,
    ReadPeople,
    ReadShift,
    Refused,
    SetLanguage,
    Settle,
    SignIn,
    SignOut,
    StopFactor,
    Touch,
)
from kiosk.link.server import Screen
from kiosk.store import audit
from kiosk.store.approvals_check import check_approvals
from kiosk.store.demo_people import invented_people
from kiosk.store.ledger import SqliteLedger
from kiosk.store.people import People, SignedIn
from kiosk.store.roster import Roster
from kiosk.store.roster_export import write_csv
from kiosk.store.schema import open_for_reading
from kiosk.workflow.sessions import Sessions
from tests.kit import MAU, HandClock, Keys, begin_dossier, slip_for

OFFICERS = ("GS01", "GS02")


class LooseClock(HandClock):
    """Kept by nobody; `set` moves it as clock_settime(2) would."""

    def __init__(self) -> None:
        super().__init__()
        self.boot = "boot-1"

    def read(self) -> Reading:
        return Reading(self.boot, int(self.seconds * 1e9), self.wall, "unknown", -1)

    def set(self, moment: datetime) -> None:
        self.wall = wall_text(moment)


class Desk:
    """A ledger with the acts beside it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = LooseClock()
        self.ledger = SqliteLedger(data, "MAU01", Keys().recipients(), self.clock)
        self.acts = Acts(data, "", self.ledger, self.clock)

    def asks(self, kind: RequestKind, **values: str) -> Request | Message:
        """As `Proposals` does it; the request, or why nobody need ask."""
        parsed = parse_request(kind, values, "có lý do")
        if isinstance(parsed, Message):
            return parsed
        found = self.acts.table[kind].look(parsed)
        return (
            found if isinstance(found, Message) else self.ledger.requests.ask(kind, found, "có lý do", "GS01")
        )

    def asked(self, kind: RequestKind, **values: str) -> Request:
        request = self.asks(kind, **values)
        assert isinstance(request, Request), request
        return request

    def does(self, request: Request) -> Message | None:
        """The second person agrees."""
        settled = self.ledger.requests.settle(request.id, "GS02", agreed=True)
        assert settled == request
        return self.acts.table[request.kind].do(request, OFFICERS)

    def events(self, pattern: str) -> list[tuple[str, dict[str, str | int]]]:
        rows = self.ledger.database.all(
            "select subject, detail from audit where kind glob ? order by seq", pattern
        )
        return [(subject, msgspec.json.decode(detail)) for subject, detail in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def code(said: object) -> str:
    assert isinstance(said, Message), said
    return said.code


def sealed(desk: Desk) -> str:
    dossier = desk.ledger.move(begin_dossier(desk.ledger), DossierEvent.COMPLETE, "kiosk")
    dossier = desk.ledger.record(dossier, Approved("CB01", ()))
    dossier = desk.ledger.move(dossier, DossierEvent.APPROVE, "CB01")
    desk.ledger.seal(dossier, slip_for(dossier))
    return dossier.number


# -- the tables ----------------------------------------------------------------------------------------------------


def test_every_kind_has_its_line_in_every_table() -> None:
    for table in (FIELDS, ASKED_WITH, AGREED_WITH, PARSERS):
        assert set(table) == set(RequestKind)
    assert {ASKED_WITH[kind] for kind in RISKY} <= TWO_PERSONS


@pytest.mark.parametrize("kind", RequestKind)
def test_somebody_can_ask_and_somebody_else_agree(kind: RequestKind) -> None:
    """A commune has one supervisor: only what can never be had again waits for another one."""
    asks = asking(kind)
    agrees = [role for role in Role if AGREED_WITH[kind] in RIGHTS[role]]
    assert asks and agrees
    purges = kind in (RequestKind.PURGE_DOSSIER, RequestKind.PURGE_UNKNOWN)
    assert (agrees == [Role.SUPERVISOR]) == purges
    others = agrees if kind is RequestKind.ENROL_FACTOR else asks + agrees
    assert Role.HELPER not in others and Role.INSPECTOR not in others


def asking(kind: RequestKind) -> list[Role]:
    right = ASKED_WITH[kind]
    return [role for role in Role if right is None or right in RIGHTS[role]]


@given(
    st.sampled_from(RequestKind),
    st.dictionaries(st.text(max_size=12), st.text(max_size=90), max_size=4),
    st.text(),
)
def test_whatever_is_asked_is_taken_or_refused(kind: RequestKind, values: dict[str, str], why: str) -> None:
    parsed = parse_request(kind, values, why)
    if not isinstance(parsed, Message):
        assert set(parsed) == set(FIELDS[kind]) and why.strip()


@given(st.text(max_size=20), st.text(max_size=10))
def test_any_date_and_time_is_a_moment_or_refused(date: str, time: str) -> None:
    parsed = parse_request(RequestKind.SET_CLOCK, {"date": date, "time": time}, "x")
    assert isinstance(parsed, Message) or set(parsed) == {"date", "time"}


@pytest.mark.parametrize(
    ("date", "time", "tidy"),
    [
        ("21/11/2026", "14:30", ("21/11/2026", "14:30")),
        ("1-2-2027", "7h05", ("01/02/2027", "07:05")),
        ("21.11.2026", "14.30", ("21/11/2026", "14:30")),
        ("31/11/2026", "14:30", None),
        ("21/11/2025", "14:30", None),
        ("21/11/2026", "25:00", None),
    ],
)
def test_how_people_write_a_moment(date: str, time: str, tidy: tuple[str, str] | None) -> None:
    parsed = parse_request(RequestKind.SET_CLOCK, {"date": date, "time": time}, "x")
    assert parsed == {"date": tidy[0], "time": tidy[1]} if tidy else code(parsed) == "request.moment"


@pytest.mark.parametrize("name", ["../keys/device.key", "/etc/passwd", ".hidden", "", "a\nb.csv", "a" * 81])
def test_a_file_lies_in_the_inbox_and_nowhere_else(name: str) -> None:
    assert code(parse_request(RequestKind.IMPORT_ROSTER, {"file": name}, "x")) == "request.file"


class Colleagues:
    """Proposals before people of every role, each at a screen that is called like them."""

    def __init__(self, data: Path) -> None:
        ledger = SqliteLedger(data, "MAU01", Keys().recipients(), HandClock())
        self.people = people = People(ledger.database, ledger.keys.pins)
        self.sessions = Sessions(
            lambda who, _: SignedIn(Officer(number_of(who), "Mẫu", Role(who.partition(" ")[0])), False),
            lambda: 0.0,
            300.0,
            lambda *_: None,
        )
        nothing = Act(lambda values: values, lambda *_: None)
        acts = dict.fromkeys(RISKY | {RequestKind.CANCEL_DOSSIER}, nothing)
        changed: list[str] = []
        self.shows: Message | None = None
        """What is in the way of a finger that is laid, None for nothing."""

        def enrol(screen: Screen, request: Request, by: str, came_of: CameOf) -> None:
            came_of(self.shows)

        self.proposals = Proposals(
            ledger.requests, people, self.sessions, lambda: None, changed.append, acts, enrol
        )

    def screen(self, who: str) -> Screen:
        screen = cast(Screen, who)
        self.sessions.sign_in(screen, who, "")
        return screen

    def asks(self, who: str, kind: RequestKind) -> str:
        """What is wrong with it; nothing when it waits for a second person."""
        values = {name: VALUES[name] for name in FIELDS[kind]}
        if kind is RequestKind.ENROL_FACTOR:
            values["officer"] = number_of(who)
        asked = Propose(kind, values, "có lý do")
        return refusal(self.proposals.propose(self.screen(who), asked))

    def agrees(self, who: str) -> str:
        return refusal(self.proposals.settle(self.screen(who), Settle(self.proposals.waiting[0].id, True)))


def number_of(who: str) -> str:
    """The staff number of the first or second of a role: "OFFI2" of "officer 2"."""
    role, _, number = who.partition(" ")
    return f"{role[:4].upper()}{number or 1}"


VALUES = {
    "officer": "CB09",
    "factor": "finger",
    "name": "Mẫu",
    "role": "helper",
    "dossier": "MAU01-000001",
    "date": "20/11/2026",
    "time": "7:00",
    "file": "xa.csv",
}


def refusal(answer: FromCore | None) -> str:
    return answer.message.code if isinstance(answer, Refused) else ""


@pytest.mark.parametrize("kind", RequestKind)
def test_every_role_asks_and_agrees_as_the_tables_say(tmp_path: Path, kind: RequestKind) -> None:
    """The rights table, role by role: who may not is told so and nothing changes; who asked never agrees."""
    room = Colleagues(tmp_path)
    for role in Role:
        asked = room.asks(role, kind)
        assert (asked == "") == (role in asking(kind)) and asked in ("", "people.not_yours")
        if asked:
            continue
        assert room.agrees(role) == "request.same_person"
        for other in Role:
            if AGREED_WITH[kind] not in RIGHTS[other]:
                assert room.agrees(f"{other} 2") == "people.not_yours"
        room.agrees(f"{Role.SUPERVISOR} 2")
        assert room.proposals.waiting == ()
        assert kind in agreed_kinds(tmp_path)


@pytest.mark.parametrize("trouble", [None, Message("factor.late")])
def test_an_enrolment_is_agreed_to_signed_and_its_end_recorded(
    tmp_path: Path, trouble: Message | None
) -> None:
    """O2: what came of it is in the audit chain, although the finger is laid long after the answer."""
    room = Colleagues(tmp_path)
    room.shows = trouble
    assert room.asks("helper", RequestKind.ENROL_FACTOR) == ""
    assert room.agrees("officer") == ""
    with closing(open_for_reading(tmp_path / "kiosk.db")) as connection:
        kinds = [event.kind for event in audit.events(connection, "request.*")]
        (signed,) = connection.execute("select count(*) from request where agreement is not null").fetchone()
    assert kinds == ["request.asked", "request.agreed", "request.failed" if trouble else "request.done"]
    assert signed == 1


def test_nobody_asks_for_a_colleagues_finger_nor_has_a_hand_in_erasing_his_own(tmp_path: Path) -> None:
    room = Colleagues(tmp_path)
    screen = room.screen("officer")
    another = Propose(RequestKind.ENROL_FACTOR, {"officer": "CB09", "factor": "key"}, "x")
    own = Propose(RequestKind.FORGET_FACTORS, {"officer": number_of("officer")}, "x")
    assert refusal(room.proposals.propose(screen, another)) == "factor.own"
    assert refusal(room.proposals.propose(screen, own)) == "people.two_others"
    of_another = Propose(RequestKind.FORGET_FACTORS, {"officer": number_of("supervisor")}, "x")
    assert refusal(room.proposals.propose(screen, of_another)) == ""
    assert room.agrees("supervisor") == "people.two_others"


def test_the_only_account_adds_the_second_one_alone_and_nobody_the_third(tmp_path: Path) -> None:
    """T1: a new machine has one supervisor, and nobody who could agree with her."""
    room = Colleagues(tmp_path)
    assert room.people.add_first(Officer(number_of("supervisor"), "Mẫu", Role.SUPERVISOR), "246801") is None
    added = Propose(RequestKind.ADD_OFFICER, {"officer": "CB09", "name": "Mẫu", "role": "officer"}, "mở máy")
    answer = room.proposals.propose(room.screen("supervisor"), added)
    assert isinstance(answer, FirstPin) and answer.officer == "CB09"
    assert room.people.officer("CB09") is not None and room.proposals.waiting == ()
    with closing(open_for_reading(tmp_path / "kiosk.db")) as connection:
        (agreed,) = audit.events(connection, "request.agreed")
    assert msgspec.json.decode(agreed.detail)["by"] == "only-account"
    third = Propose(RequestKind.ADD_OFFICER, {"officer": "CB10", "name": "Mẫu", "role": "officer"}, "thêm")
    assert room.proposals.propose(room.screen("supervisor"), third) is None
    assert room.agrees("supervisor") == "request.same_person"


def agreed_kinds(data: Path) -> set[str]:
    """The kinds of the requests that the chain says were agreed to."""
    with closing(open_for_reading(data / "kiosk.db")) as connection:
        agreed = {event.subject for event in audit.events(connection, "request.agreed")}
        asked = [event for event in audit.events(connection, "request.asked") if event.subject in agreed]
    return {msgspec.json.decode(event.detail)["kind"] for event in asked}


def test_nothing_of_the_desk_is_done_without_a_right_but_what_looks_it_up_itself() -> None:
    """A new message has to say what it needs, or stand here."""
    own_look = {Propose, Settle, ReadInbox, ReadShift, ReadPeople, ReadAudit, AgreeTo}
    oneself = {Hello, Touch, SignIn, ChangePin, StopFactor, SignOut}
    citizens = {Answer, CallOfficer, Leave, ReadAloud, SetLanguage}
    assert set(get_args(FromScreen)) == set(NEEDS) | own_look | oneself | citizens


# -- agreements ----------------------------------------------------------------------------------------------------


def test_what_two_agreed_to_is_signed_and_bending_it_is_found(desk: Desk) -> None:
    """Signed, in the audit chain: another second person, another value or no signature are all noticed."""
    requests = desk.ledger.requests
    first, second, third, fourth = (
        requests.ask(RequestKind.RESET_PIN, {"officer": "CB02"}, "quên mã", "CB01") for _ in range(4)
    )
    for request in (first, second, third, fourth):
        assert code(requests.settle(request.id, "CB01", agreed=True)) == "request.same_person"
        assert requests.settle(request.id, "GS01", agreed=True) == request
        assert code(requests.settle(request.id, "CB03", agreed=True)) == "request.settled"
    assert wrong(desk) == []
    change = 'update request set {} where id = "{}"'
    for sql in (
        change.format("agreement = replace(agreement, 'GS01', 'CB09')", second.id),
        change.format("body = replace(body, 'CB02', 'CB07')", third.id),
        change.format("agreement = null", fourth.id),
    ):
        with desk.ledger.database.transaction() as db:
            db.execute(sql)
    assert wrong(desk) == [(second.id, "request"), (third.id, "request"), (fourth.id, "request")]


def wrong(desk: Desk) -> list[tuple[str, str]]:
    with closing(open_for_reading(desk.data / "kiosk.db")) as connection:
        return [(each.subject, each.why) for each in check_approvals(connection, desk.ledger.keys).wrong]


# -- the clock -----------------------------------------------------------------------------------------------------


def wants(desk: Desk) -> Request:
    """It is 14:30 on the watch; the machine says 8:30."""
    return desk.asked(RequestKind.SET_CLOCK, date="20/11/2026", time="14:30")


def test_the_clock_is_set_to_what_was_meant_however_late_the_second_person_agrees(desk: Desk) -> None:
    request = wants(desk)
    assert request.values["now"] == "20/11/2026 08:30"
    desk.clock.seconds += 600
    assert desk.does(request) is None and desk.acts.clock.answered() is None
    desk.clock.seconds += 5
    outcome = apply_order(desk.data, desk.clock, desk.clock.set)
    assert outcome and outcome.result is ClockResult.SET
    assert desk.clock.wall == "2026-11-20T07:40:05+00:00", "14:30 in Vietnam, and what has passed since"
    assert not (desk.data / ORDER).exists()
    assert code(desk.acts.clock.answered()) == "clock.set" and desk.acts.clock.answered() is None
    ((subject, detail),) = desk.events("clock.set")
    assert (subject, detail["before"]) == (request.id, "2026-11-20T01:30:00+00:00")
    assert apply_order(desk.data, desk.clock, desk.clock.set) is None, "an order is carried out once"


def test_a_clock_that_the_network_keeps_is_left_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    kept = Acts(tmp_path, "", desk.ledger, HandClock())
    assert code(kept.clock.look({"date": "20/11/2026", "time": "14:30"})) == "clock.kept"


def test_after_a_restart_it_has_to_be_asked_again(desk: Desk) -> None:
    request = wants(desk)
    desk.clock.boot = "boot-2"
    assert code(desk.does(request)) == "clock.restarted" and not (desk.data / ORDER).exists()


@pytest.mark.parametrize(
    ("bend", "result"),
    [
        (lambda desk: write(desk, order(desk).replace(b"07:30", b"09:30")), ClockResult.FORGED),
        (lambda desk: write(desk, b"{"), ClockResult.FORGED),
        (lambda desk: setattr(desk.clock, "seconds", desk.clock.seconds + 61), ClockResult.STALE),
        (lambda desk: setattr(desk.clock, "seconds", desk.clock.seconds - 1), ClockResult.STALE),
        (lambda desk: setattr(desk.clock, "boot", "boot-2"), ClockResult.STALE),
    ],
)
def test_an_order_that_is_not_right_sets_nothing(desk: Desk, bend: object, result: ClockResult) -> None:
    desk.does(wants(desk))
    assert callable(bend)
    bend(desk)
    outcome = apply_order(desk.data, desk.clock, desk.clock.set)
    assert outcome and outcome.result is result and desk.clock.wall == "2026-11-20T01:30:00+00:00"
    assert code(desk.acts.clock.answered()) == f"clock.{result}"
    assert [detail["result"] for _, detail in desk.events("clock.not_set")] == [result]
    assert not (desk.data / ORDER).exists() and not (desk.data / ANSWER).exists()


def order(desk: Desk) -> bytes:
    return (desk.data / ORDER).read_bytes()


def write(desk: Desk, data: bytes) -> None:
    (desk.data / ORDER).write_bytes(data)


def test_a_system_that_refuses_is_said(desk: Desk) -> None:
    def refuse(_: datetime) -> None:
        raise PermissionError(errno.EPERM, "not permitted")

    desk.does(wants(desk))
    outcome = apply_order(desk.data, desk.clock, refuse)
    assert outcome and outcome.result is ClockResult.REFUSED


def test_nothing_waits_silently_for_a_unit_that_is_not_installed(desk: Desk) -> None:
    desk.does(wants(desk))
    desk.clock.seconds += PATIENCE_S - 1
    assert desk.acts.clock.answered() is None
    desk.clock.seconds += 1
    assert code(desk.acts.clock.answered()) == "clock.nobody"
    assert not (desk.data / ORDER).exists() and desk.acts.clock.answered() is None


def test_the_source_of_the_time_is_the_officers_until_the_machine_is_switched_off(tmp_path: Path) -> None:
    clock = SystemClock(tmp_path)
    boot = clock.read().boot_id
    place = tmp_path / CLOCK_SET
    place.parent.mkdir()
    for told, source in ((boot, "officer"), ("another", "unknown")):
        place.write_bytes(msgspec.json.encode(ClockOutcome("Y00001", ClockResult.SET, told, "", "")))
        assert clock.read().source in (source, "ntp")
    place.write_bytes(b"{")
    assert clock.read().source in ("unknown", "ntp")


@given(st.integers(0, 10**18), st.integers(0, 10**14))
def test_an_order_means_the_same_moment_whenever_it_is_read(asked_ns: int, later_ns: int) -> None:
    from kiosk.domain.clock_order import ClockOrder

    order = ClockOrder("Y00001", "boot", asked_ns, "2026-11-20T07:30:00+00:00", asked_ns, "key")
    due = datetime(2026, 11, 20, 7, 30, tzinfo=UTC) + timedelta(microseconds=later_ns // 1000)
    assert order.wall_at(asked_ns + later_ns) == due


# -- the roster ----------------------------------------------------------------------------------------------------


def lay(desk: Desk, count: int, seed: int = 1, name: str = "xa-mau.csv") -> Path:
    (desk.data / "inbox").mkdir(exist_ok=True)
    path = desk.data / "inbox" / name
    write_csv(path, invented_people(count, seed))
    return path


def test_a_roster_is_looked_through_agreed_to_and_taken_in(desk: Desk) -> None:
    """D1: row count and digest stand in the request."""
    assert code(desk.acts.roster.files()) == "roster.inbox_empty"
    lay(desk, 30)
    assert desk.acts.roster.files() == ("xa-mau.csv",)
    request = desk.asked(RequestKind.IMPORT_ROSTER, file="xa-mau.csv")
    assert request.values["count"] == "30" and len(request.values["sha256"]) == 64
    assert not (desk.data / "roster.db").exists()
    assert desk.does(request) is None
    with closing(Roster.open(desk.data / "roster.db")) as roster:
        assert roster.size == 30
    ((_, detail),) = desk.events("roster.imported")
    assert (detail["count"], detail["by"], detail["second"]) == (30, "GS01", "GS02")
    assert list(desk.data.glob(".taken*")) == []


def test_a_file_that_changed_or_went_meanwhile_is_not_taken_in(desk: Desk) -> None:
    source = lay(desk, 30)
    changed, gone = (desk.asked(RequestKind.IMPORT_ROSTER, file=source.name) for _ in range(2))
    lay(desk, 31, seed=2)
    assert code(desk.does(changed)) == "request.changed"
    source.unlink()
    assert code(desk.does(gone)) == "roster.not_in_inbox"
    assert not (desk.data / "roster.db").exists()


def test_every_bad_cell_is_known_before_anybody_is_asked(desk: Desk) -> None:
    source = lay(desk, 5)
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    source.write_text("\n".join([*lines, lines[1], lines[2]]), encoding="utf-8")
    refused = desk.asks(RequestKind.IMPORT_ROSTER, file=source.name)
    assert code(refused) == "roster.rejected_at_desk"
    assert [cell.line for cell in desk.acts.roster.take_bad()] == [7, 8]
    assert desk.acts.roster.take_bad() == () and desk.ledger.requests.open() == ()


def test_a_link_in_the_inbox_is_no_file_of_it(desk: Desk) -> None:
    outside = lay(desk, 5).rename(desk.data / "elsewhere.csv")
    (desk.data / "inbox" / "link.csv").symlink_to(outside)
    assert code(desk.asks(RequestKind.IMPORT_ROSTER, file="link.csv")) == "roster.not_in_inbox"


# -- purging -------------------------------------------------------------------------------------------------------


def test_a_sealed_dossier_is_purged_whole(desk: Desk) -> None:
    """X1: state, file, outbox, slip, and what knows the person again; its number is never given again."""
    number = sealed(desk)
    kept = sealed(desk)
    request = desk.asked(RequestKind.PURGE_DOSSIER, dossier=number)
    assert desk.does(request) is None
    assert desk.ledger.dossier(number).state is DossierState.PURGED
    assert len(list((desk.data / "spool").glob("*.age"))) == 1 and desk.ledger.outbox() == 1
    assert [line.dossier for line in desk.ledger.slips.latest()] == [kept]
    known = desk.ledger.find_dossier(MAU)
    assert known and known.number == kept
    ((subject, detail),) = desk.events("dossier.purge_unreceived")
    assert (subject, detail["by"], detail["second"], detail["request"]) == (number, *OFFICERS, request.id)
    assert code(desk.asks(RequestKind.PURGE_DOSSIER, dossier=number)) == "purge.not_sealed"
    assert [bool(line.sealed) for line in dossier_lines(desk.data)] == [False, True]
    assert begin_dossier(desk.ledger).number == "MAU01-000003"


def test_a_purge_that_a_crash_broke_off_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    number = sealed(desk)
    monkeypatch.setattr(desk.ledger.purge, "finish", lambda: None)
    desk.does(desk.asked(RequestKind.PURGE_DOSSIER, dossier=number))
    desk.ledger.close()
    assert len(list((tmp_path / "spool").glob("*.age"))) == 1
    Desk(tmp_path)
    left = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    assert left == [], "neither kept nor set aside"


def test_what_is_not_sealed_cannot_be_purged(desk: Desk) -> None:
    draft = begin_dossier(desk.ledger).number
    assert code(desk.asks(RequestKind.PURGE_DOSSIER, dossier=draft)) == "purge.not_sealed"
    assert code(desk.asks(RequestKind.PURGE_DOSSIER, dossier="MAU01-000099")) == "look.unknown"


def test_unknown_files_go_only_if_they_are_still_the_same(desk: Desk) -> None:
    assert code(desk.asks(RequestKind.PURGE_UNKNOWN)) == "purge.nothing"
    folder = desk.data / "spool" / "unknown"
    folder.mkdir()
    for name in ("a.age", "b.age"):
        (folder / name).write_bytes(b"sealed by nobody")
    first, second = (desk.asked(RequestKind.PURGE_UNKNOWN) for _ in range(2))
    (folder / "c.age").write_bytes(b"another")
    assert code(desk.does(first)) == "request.changed" and len(list(folder.iterdir())) == 3
    (folder / "c.age").unlink()
    assert desk.does(second) is None and list(folder.iterdir()) == []
    ((subject, detail),) = desk.events("spool.purged")
    assert (subject, detail["count"]) == (second.id, 2)


def test_a_draft_is_cancelled_only_where_there_is_one(desk: Desk) -> None:
    number = begin_dossier(desk.ledger).number
    assert code(desk.asks(RequestKind.CANCEL_DOSSIER, dossier="MAU01-000099")) == "look.unknown"
    request = desk.asked(RequestKind.CANCEL_DOSSIER, dossier=number.lower())
    assert desk.does(request) is None
    assert desk.ledger.dossier(number).state is DossierState.CANCELLED
