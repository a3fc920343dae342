"""Countersigning 200 dossiers that passed by rule, at a running core: from the officer's key to the answer."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pyrage

from bench.station import prepare, running_core
from bench.table import Row
from kiosk.app.staff import DEMO_PIN
from kiosk.domain.batch import RULE_OFFICER, Unsigned
from kiosk.domain.dates import PartialDate
from kiosk.domain.dossier import Approved, DossierEvent, Identified, Source
from kiosk.domain.person import Person, Sex
from kiosk.domain.receipt import Slip, Text
from kiosk.hal.clock import SystemClock
from kiosk.link.address import socket_path
from kiosk.link.client import Client, Picture, connect
from kiosk.link.messages import (
    ApproveBatch,
    BatchSigned,
    BoardChanged,
    FromCore,
    Refused,
    SessionChanged,
    SignIn,
)
from kiosk.store.ledger import SqliteLedger
from kiosk.store.sealing import Recipients

DOSSIERS = 200
MOST_S = 3.0
SIGN_IN_EVERY_S = 0.2


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        prepare(data)
        _seal(data)
        with running_core(data):
            seconds = asyncio.run(_sign(data))
    note = (
        "from the message to the answer: list read, digest checked, signed, one commit with its audit event"
    )
    return [Row(f"countersigning {DOSSIERS} dossiers", seconds, "s", MOST_S, note=note)]


def _seal(data: Path) -> None:
    keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    with closing(SqliteLedger(data, "MAU01", Recipients(keys), SystemClock())) as ledger:
        for number in range(DOSSIERS):
            person = Person(
                f"9990850{number:05d}", "Nguyễn Văn Mẫu", PartialDate(1985, 3, 9), Sex.MALE, "", "", ""
            )
            dossier = ledger.open_dossier("first_issue", "cccd2021", (Identified(person, Source.ROSTER),))
            dossier = ledger.move(dossier, DossierEvent.COMPLETE, "kiosk")
            dossier = ledger.record(dossier, Approved(RULE_OFFICER, ()))
            dossier = ledger.move(dossier, DossierEvent.APPROVE, RULE_OFFICER)
            ledger.seal(dossier, Slip(dossier.number, (Text("Phiếu hẹn"),)))


async def _sign(data: Path) -> float:
    officer = await connect(socket_path(data, "officer"))
    messages = aiter(officer)
    try:
        unsigned = await _signed_in(officer, messages)
        begun = time.perf_counter()
        officer.send(ApproveBatch(unsigned.upto, unsigned.digest))
        while not isinstance(answer := await anext(messages), BatchSigned):
            assert not isinstance(answer, Refused), answer
        assert answer.batch.count == DOSSIERS
        return time.perf_counter() - begun
    finally:
        await officer.close()


async def _signed_in(officer: Client, messages: AsyncIterator[FromCore | Picture]) -> Unsigned:
    """Once the invented staff is there and the board shows what waits."""
    unsigned: Unsigned | None = None
    signed_in = False
    officer.send(SignIn("CB01", DEMO_PIN))
    while unsigned is None or not signed_in:
        message = await anext(messages)
        if isinstance(message, BoardChanged):
            unsigned = message.board.unsigned
        elif isinstance(message, SessionChanged):
            signed_in = message.officer is not None
        elif isinstance(message, Refused):
            await asyncio.sleep(SIGN_IN_EVERY_S)
            officer.send(SignIn("CB01", DEMO_PIN))
    return unsigned
