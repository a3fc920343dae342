"""The disk fills up in the middle of a visit: out of service, nothing acknowledged lost, and on it goes with room."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from kiosk.cli.common import OK, UNUSABLE
from kiosk.domain.dossier import DossierState
from kiosk.store.audit import Whole, verify
from kiosk.store.schema import open_for_reading
from tests.journeys.stage import Stage, at
from tests.system.kit import mounted

pytestmark = pytest.mark.system

DISK = "size=12m"
SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
BLOCK = bytes(4096)
FILLER = "filler"
FULL_DOSSIER = 15
ROOM_AFTER_S = 2.0


@pytest.fixture
def small_disk(tmp_path: Path, grown: Path) -> Iterator[Stage]:
    """A stage whose data folder is a disk of its own."""
    with mounted(tmp_path / "data", "-t", "tmpfs", "-o", DISK, "tmpfs") as data:
        shutil.copy(grown / "roster.db", data / "roster.db")
        made = Stage(data, grown / "masters")
        yield made
        made.stop()


def test_a_full_disk_loses_nothing_and_the_visit_goes_on(small_disk: Stage, tmp_path: Path) -> None:
    """X1: what was said to be kept is in the sealed dossier. The script is played again once there is room."""
    small_disk.start()
    status, lines = visit(small_disk, slowly(tmp_path), fill, "fingers.rolled-02")
    kept = {sample for line in lines for sample in line.get("kept", [])}
    assert (status, lines[-1].get("error")) == (UNUSABLE, "visit.out_of_service")
    assert len(kept) >= 4
    asyncio.run(is_out_of_service(small_disk))

    (small_disk.data / FILLER).unlink()
    status, lines = visit(small_disk, slowly(tmp_path))
    assert status == OK
    assert kept <= sealed_samples(small_disk, lines[-1]["dossier"])


def test_room_made_in_time_and_the_same_visit_goes_on(small_disk: Stage, tmp_path: Path) -> None:
    """Full at the last finger, and a moment later no more."""
    small_disk.start()
    status, lines = visit(small_disk, slowly(tmp_path), fill_for_a_while, "fingers.rolled-10")
    kept = {sample for line in lines for sample in line.get("kept", [])}
    assert status == OK
    assert len(kept) == FULL_DOSSIER
    assert kept <= sealed_samples(small_disk, lines[-1]["dossier"])


def slowly(folder: Path) -> Path:
    """The example's script, with a person who takes a moment for each finger."""
    script = folder / "slowly.toml"
    script.write_text(
        SCRIPT.read_text(encoding="utf-8").replace("pace = 0.0", "pace = 0.2"), encoding="utf-8"
    )
    return script


def sealed_samples(stage: Stage, number: str) -> set[str]:
    """The ids of the samples in the only dossier, `number`; its chain of events is whole and tells of the outage."""
    (line,) = stage.dossiers()
    assert (line.state, line.dossier) == (DossierState.SEALED, number)
    with closing(open_for_reading(stage.data / "kiosk.db")) as record:
        assert isinstance(verify(record), Whole)
        assert record.execute("select count(*) from audit where kind = 'store.room'").fetchone() == (1,)
    return {hashlib.sha256(data).hexdigest() for data in stage.opened(line).values()}


def visit(
    stage: Stage, script: Path, full: Callable[[Path], None] | None = None, at: str = ""
) -> tuple[int, list[dict[str, Any]]]:
    """Play the script, calling `full` once when the question `at` is asked; exit status and what the visit told."""
    command = [sys.executable, "-m", "kiosk.cli.main", "visit", "--json"]
    lines = []
    with subprocess.Popen(
        [*command, "--data", str(stage.data), "--script", str(script)], stdout=subprocess.PIPE, text=True
    ) as playing:
        assert playing.stdout
        for text in playing.stdout:
            lines.append(json.loads(text))
            if full and lines[-1].get("question") == at:
                full(stage.data / FILLER)
                full = None
    return playing.returncode, lines


def fill(filler: Path) -> None:
    """Write until nothing fits."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(BLOCK)


def fill_for_a_while(filler: Path) -> None:
    fill(filler)
    Timer(ROOM_AFTER_S, filler.unlink).start()


async def is_out_of_service(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        await citizen.asked("out_of_service")
