"""A visit on a kiosk that cannot compare fingers: the dossier says so, and nobody waits (X1, X2)."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stage import Stage, at

pytestmark = pytest.mark.system


def told(stage: Stage) -> list[dict[str, Any]]:
    (line,) = stage.dossiers()
    facts = json.loads(stage.opened(line)["facts.json"])
    return [fact for fact in facts if fact["type"].startswith(("fingers_", "sample_retracted"))]


async def visit(stage: Stage) -> set[str]:
    async with at(stage, "citizen") as citizen:
        await citizen.goes_on("done")
        return {view.screen.id for view in citizen.views}


def with_engine(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    (folder / "engine" / "nbis").mkdir(parents=True)
    (folder / "engine" / "nbis" / "__init__.py").write_text(body)
    path = os.environ.get("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(folder / "engine"), path)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ImportError('no such library')", "matching.unloadable"),
        ("import os; os.abort()", "matching.died"),
    ],
)
def test_an_engine_that_fails_is_told_in_the_dossier(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    """An engine is installed, but does not load, or takes its process with it."""
    with_engine(tmp_path, monkeypatch, body)
    stage.start()
    shown = asyncio.run(visit(stage))
    assert told(stage) == [{"type": "fingers_not_checked", "reason": reason}]
    assert "fingers.again" not in shown


def test_an_engine_that_hangs_stops_no_visit(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_engine(tmp_path, monkeypatch, "import time; time.sleep(600)")
    stage.start()
    shown = asyncio.run(visit(stage))
    assert told(stage) == [{"type": "fingers_not_checked", "reason": "matching.slow"}]
    assert "fingers.checking" in shown, "who waits is told why"


def test_without_the_optional_part_nobody_waits(stage: Stage) -> None:
    """On Debian 12, or wherever `nfiq2` is not installed."""
    import importlib.util

    if importlib.util.find_spec("nbis"):
        pytest.fail("this test belongs on a machine without nbis-python")
    stage.start()
    shown = asyncio.run(visit(stage))
    assert told(stage) == [{"type": "fingers_not_checked", "reason": "matching.absent"}]
    assert "fingers.checking" not in shown
