"""Looks at a draft without a core: who is still there, what a picture shrinks to, what waits too long."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from PIL import Image

from kiosk.app.attention import unsettled
from kiosk.app.reviews import MOST_PICTURES, Reviews, shown
from kiosk.biometrics.pictures import grey_thumbnail
from kiosk.domain.dossier import Corrected, SampleKind
from kiosk.domain.factors import Event
from kiosk.domain.message import Message
from kiosk.domain.people import Officer, Role
from kiosk.domain.request import Request, RequestKind
from kiosk.link.messages import ApproveBatch, BatchSigned, FromCore, Refused
from kiosk.link.server import Screen
from kiosk.link.shown import DossierShown
from kiosk.store.ledger import SqliteLedger
from kiosk.workflow.approvals import Approvals, Decision
from kiosk.workflow.board import Approval
from kiosk.workflow.sessions import Sessions
from tests.kit import begin_dossier, open_ledger
from tests.unit.test_batches import seal


class Checked(msgspec.Struct):
    officer: Officer
    fresh: bool = False
    event: Event = Event.PIN_ALONE
    tried: tuple[str, int] = ("", 0)


class FakeScreen:
    def __init__(self) -> None:
        self.told: list[FromCore] = []

    def send(self, message: FromCore) -> None:
        self.told.append(message)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


class Room:
    """A screen, who is signed in at it, and the reviews behind it."""

    def __init__(self, ledger: SqliteLedger, role: Role) -> None:
        self.screen = FakeScreen()
        self.sessions = Sessions(
            lambda number, _: Checked(Officer(number, "Mẫu", role)), lambda: 0.0, 300.0, lambda *_: None
        )
        self.sessions.sign_in(self.at, "CB01", "")
        self.approvals = Approvals(lambda: None)
        self.reviews = Reviews(ledger, self.sessions, self.approvals, lambda: None)

    @property
    def at(self) -> Screen:
        return cast(Screen, self.screen)

    def told(self) -> list[FromCore]:
        """Everything that was asked is answered by then."""
        self.reviews._slow.shutdown(wait=True)
        return self.screen.told


def looks(ledger: SqliteLedger) -> list[dict[str, Any]]:
    rows = ledger.database.all("select detail from audit where kind = 'dossier.looked'")
    return [json.loads(detail) for (detail,) in rows]


def test_a_look_is_for_the_one_who_asked(ledger: SqliteLedger) -> None:
    """O4: a colleague who signed in meanwhile is not shown it, and it is not recorded as a look."""
    number = begin_dossier(ledger).number
    room = Room(ledger, Role.OFFICER)
    room.reviews.look(room.at, "CB02", number)
    room.reviews.look(room.at, "CB01", number)
    (answer,) = room.told()
    assert isinstance(answer, DossierShown)
    assert looks(ledger) == [{"officer": "CB01"}]


@pytest.mark.parametrize("role", [Role.HELPER, Role.TECHNICIAN])
def test_a_right_that_is_gone_meanwhile_shows_nothing(ledger: SqliteLedger, role: Role) -> None:
    number = begin_dossier(ledger).number
    room = Room(ledger, role)
    room.reviews.look(room.at, "CB01", number)
    room.reviews.sign(room.at, "CB01", ApproveBatch(1, "0"))
    assert room.told() == []
    assert looks(ledger) == []


def test_a_disk_that_cannot_record_a_look_shows_nothing(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.errors import StoreError

    number = begin_dossier(ledger).number
    room = Room(ledger, Role.OFFICER)

    def full(*_: object, **__: object) -> None:
        raise StoreError("store.database", why="disk full")

    monkeypatch.setattr(ledger, "audit", full)
    room.reviews.look(room.at, "CB01", number)
    (answer,) = room.told()
    assert isinstance(answer, Refused)
    assert answer.message.code == "store.database"


def test_a_batch_is_signed_by_whoever_is_there(ledger: SqliteLedger) -> None:
    seal(ledger)
    waiting = ledger.batches.unsigned()
    assert waiting
    room = Room(ledger, Role.OFFICER)
    room.reviews.sign(room.at, "CB01", ApproveBatch(waiting.upto, waiting.digest))
    (answer,) = room.told()
    assert isinstance(answer, BatchSigned)
    assert answer.batch.officer == "CB01"


def test_what_is_shown_says_known_and_said_apart(ledger: SqliteLedger) -> None:
    dossier = ledger.record(begin_dossier(ledger), Corrected("phone", "0999000001", ""))
    fields = {field.item: field for field in shown(dossier, ()).fields}
    assert fields["phone"].known == "0999000001"
    assert fields["phone"].said == "", "what the citizen has taken away is said, not left out"
    assert fields["full_name"].said is None
    assert "Mẫu" not in repr(shown(dossier, ()))


def test_pictures_are_few_and_a_broken_one_stays_empty(ledger: SqliteLedger) -> None:
    dossier = begin_dossier(ledger)
    for count in range(MOST_PICTURES + 3):
        dossier, _ = ledger.keep(
            dossier, SampleKind.FINGER, f"rolled-{count:02d}", "image/png", b"no picture"
        )
    dossier, _ = ledger.keep(dossier, SampleKind.SIGNATURE, "signature", "application/json", b"[]")
    room = Room(ledger, Role.INSPECTOR)
    room.reviews.look(room.at, "CB01", dossier.number)
    (answer,) = room.told()
    assert isinstance(answer, DossierShown)
    assert [picture.png for picture in answer.pictures] == [b""] * MOST_PICTURES


@pytest.mark.parametrize("size", [(1600, 1500), (500, 500), (30, 900), (40, 20)])
def test_a_thumbnail_fits_and_keeps_its_shape(size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 100, 50)).save(file, "PNG")
    with Image.open(io.BytesIO(grey_thumbnail(file.getvalue(), 96, 128))) as small:
        assert small.mode == "L"
        assert small.width <= min(96, size[0])
        assert small.height <= min(128, size[1])
        assert abs(small.width / small.height - size[0] / size[1]) < 0.1
    assert grey_thumbnail(b"", 96, 128) == b""


def request(asked: str) -> Request:
    values = {"dossier": "MAU01-000001"}
    return Request("Y00001", RequestKind.CANCEL_DOSSIER, values, "nhầm", "CB01", asked)


def test_a_request_left_alone_grows_urgent() -> None:
    """P10: nothing waits silently; a clock set back makes nothing urgent."""
    waiting = (request("2026-11-20T01:30:00+00:00"), request("2026-11-20T01:40:00+00:00"))
    assert unsettled((), "2026-11-20T01:40:00+00:00", 60.0) is None
    assert unsettled(waiting, "2026-11-20T01:30:59+00:00", 60.0) is None
    assert unsettled(waiting, "2026-11-19T00:00:00+00:00", 60.0) is None
    said = unsettled(waiting, "2026-11-20T01:33:30+00:00", 60.0)
    assert said == Message("alert.unsettled", {"request": "Y00001", "officer": "CB01", "minutes": 3})


def test_a_word_that_comes_as_the_question_is_taken_down_counts() -> None:
    """Decided, then withdrawn before the step looked again: the officer was told nothing else."""
    approvals = Approvals(lambda: None)
    from kiosk.domain.message import msg

    approvals.post(Approval("a", "sample", "MAU01-000001", msg("x"), ("approve", "refuse"), "now"))
    approvals.decide("a", Decision("refuse", "CB01"))
    assert approvals.withdraw("a") == Decision("refuse", "CB01")
    assert approvals.withdraw("a") is None
