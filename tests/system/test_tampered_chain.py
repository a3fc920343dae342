"""`kiosk audit verify` over copies of a real day's record that somebody has changed (X1, P6)."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kiosk.store import audit
from kiosk.store.audit import AuditEvent
from kiosk.store.checkpoint import checkpoint
from kiosk.store.keys import DeviceKeys
from tests.journeys.stage import Stage, at, run_kiosk, standing_at

pytestmark = pytest.mark.system

Tamper = Callable[[sqlite3.Connection, list[AuditEvent]], int]
"""Changes a chain; the number of the first event that no longer fits."""


def edit(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    """Somebody else's name on a decision."""
    event = next(event for event in chain if event.kind == "desk.signed_in")
    db.execute("update audit set subject = 'CB02' where seq = ?", (event.seq,))
    return event.seq


def edit_and_hash_anew(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    """Even with its own hash made to fit, the next one still carries the old."""
    event = next(event for event in chain if event.kind == "desk.signed_in")
    changed = msgspec.structs.replace(event, subject="CB02")
    db.execute("update audit set subject = 'CB02', hash = ? where seq = ?", (changed.computed(), event.seq))
    return event.seq + 1


def delete(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    middle = chain[len(chain) // 2]
    db.execute("delete from audit where seq = ?", (middle.seq,))
    return middle.seq


def delete_the_first(db: sqlite3.Connection, _: list[AuditEvent]) -> int:
    db.execute("delete from audit where seq = 1")
    return 1


def reorder(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    """Two neighbours change places, each with a hash that fits its new place."""
    first, second = chain[4:6]
    db.execute("update audit set seq = -1 where seq = ?", (first.seq,))
    db.execute("update audit set seq = ? where seq = ?", (first.seq, second.seq))
    db.execute("update audit set seq = ? where seq = -1", (second.seq,))
    for event, seq in ((first, second.seq), (second, first.seq)):
        moved = msgspec.structs.replace(event, seq=seq)
        db.execute("update audit set hash = ? where seq = ?", (moved.computed(), seq))
    return first.seq


def truncate(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    """From the closing of the shift on, which the sheet was printed for."""
    closing_seq = next(event.seq for event in chain if event.kind == "shift.closed")
    db.execute("delete from audit where seq >= ?", (closing_seq,))
    return closing_seq


def truncate_to_nothing(db: sqlite3.Connection, _: list[AuditEvent]) -> int:
    db.execute("delete from audit")
    return 1


def tell_another_story(db: sqlite3.Connection, chain: list[AuditEvent]) -> int:
    """The whole chain written again from its first event, every hash made to fit."""
    prev = audit.GENESIS
    for event in chain:
        told = msgspec.structs.replace(event, wall="2026-01-01T00:00:00+00:00", prev=prev)
        prev = told.computed()
        db.execute(
            "update audit set wall = ?, prev = ?, hash = ? where seq = ?",
            (told.wall, told.prev, prev, event.seq),
        )
    return next(event.seq for event in chain if event.kind == "shift.closed")


TAMPERED: dict[str, tuple[Tamper, ...]] = {
    "edited": (edit,),
    "reordered": (reorder, edit_and_hash_anew),
    "deleted": (delete, delete_the_first),
    "truncated": (truncate, truncate_to_nothing),
    "replaced": (tell_another_story,),
}
NOT_WITHOUT_THE_SHEET = frozenset({"truncated", "replaced"})


def test_the_first_broken_event_is_named(stage: Stage, tmp_path: Path) -> None:
    head = asyncio.run(a_short_day(stage))
    assert found_in(stage.data, "--head", head) == (0, {"whole": True})
    for why, ways in TAMPERED.items():
        for number, tamper in enumerate(ways):
            copy, seq = tampered(stage.data, tmp_path / f"{why}-{number}", tamper)
            broken = (1, {"whole": False, "seq": seq, "why": why})
            assert found_in(copy, "--head", head) == broken, tamper
            alone = (0, {"whole": True}) if why in NOT_WITHOUT_THE_SHEET else broken
            assert found_in(copy) == alone, tamper
    assert found_in(stage.data, "--head", head) == (0, {"whole": True}), "a copy was changed, not the record"
    said = run_kiosk("audit", "verify", "--data", str(copy), "--head", head)
    assert (said.returncode, str(seq) in said.stdout) == (1, True), "for people too"


async def a_short_day(stage: Stage) -> str:
    """One citizen, several people at the desk, a shift closed; what its sheet's code says. The core is stopped."""
    stage.start()
    async with at(stage, "citizen") as citizen, standing_at(stage, "officer") as desk:
        await desk.signs_in("CB01")
        await citizen.goes_on("done")
        await citizen.answer("done", "taken")
        await citizen.asked("welcome")
        await desk.signs_in("GS01")
        closed = await desk.closes_shift()
        await desk.signs_in("CB01")
    stage.stop()
    keys = DeviceKeys.open(stage.data / "keys")
    return checkpoint("MAU01", closed.shift.id, closed.head_seq, closed.head, keys).text


def tampered(data: Path, copy: Path, tamper: Tamper) -> tuple[Path, int]:
    """A copy of what the command reads, changed."""
    (copy / "keys").mkdir(parents=True)
    shutil.copy(data / "keys" / "device.key", copy / "keys")
    for file in data.glob("kiosk.db*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / "kiosk.db")) as db:
        db.execute("pragma foreign_keys = off")
        seq = tamper(db, list(audit.events(db)))
        db.commit()
    return copy, seq


def found_in(data: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    """The command's exit status, and what it found but for counts and hashes."""
    ran = run_kiosk("audit", "verify", "--data", str(data), "--json", *arguments)
    found = json.loads(ran.stdout)
    return ran.returncode, {key: found[key] for key in ("whole", "seq", "why") if key in found}
