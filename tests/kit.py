"""What many tests need: a clock that is moved by hand, invented people, a ledger in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pyrage

from kiosk.domain.dates import PartialDate
from kiosk.domain.dossier import Dossier, Identified, NoticeShown, Source
from kiosk.domain.person import Person, Sex
from kiosk.domain.receipt import Slip, Text
from kiosk.domain.time import Reading
from kiosk.store.ledger import SqliteLedger
from kiosk.store.sealing import Recipients

MAU = Person(
    "999085000001", "Nguyễn Văn Mẫu", PartialDate(1985, 3, 9), Sex.MALE, "Xã Mẫu", "Thôn Ví Dụ", "0999000001"
)
CU = Person(
    "999040000004", "Trần Văn Cụ", PartialDate(1940, 1, 1), Sex.MALE, "Xã Mẫu", "Thôn Ví Dụ", "0999000004"
)


class HandClock:
    """A clock that stands still until a test moves it; sleeping moves it."""

    def __init__(self, wall: str = "2026-11-20T01:30:00+00:00") -> None:
        self.seconds = 1000.0
        self.wall = wall

    def read(self) -> Reading:
        return Reading("boot", int(self.seconds * 1e9), self.wall, "ntp", 1)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Keys:
    """The centre's and the escrow's invented keys."""

    def __init__(self) -> None:
        self.centre = pyrage.x25519.Identity.generate()
        self.escrow = pyrage.x25519.Identity.generate()

    def recipients(self) -> Recipients:
        return Recipients([str(self.centre.to_public()), str(self.escrow.to_public())])


def open_ledger(data: Path, keys: Keys | None = None) -> SqliteLedger:
    return SqliteLedger(data, "MAU01", (keys or Keys()).recipients(), HandClock())


def begin_dossier(ledger: SqliteLedger, person: Person = MAU) -> Dossier:
    facts = (NoticeShown("vi", read_aloud=False), Identified(person, Source.ROSTER))
    return ledger.open_dossier("first_issue", "cccd2021", facts)


def slip_for(dossier: Dossier) -> Slip:
    return Slip(dossier.number, (Text(MAU.full_name), Text(dossier.number)))
