"""A plugin that never comes back: the core ends, starts again without it, and the visit goes on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.journeys.stage import Stage, at

pytestmark = pytest.mark.system

HANGS = """
import time
from kiosk.hookspecs import hookimpl

@hookimpl
def kiosk_slip_lines(dossier, words):
    time.sleep(3600)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution as an installer leaves it."""
    folder = tmp_path / "site"
    info = folder / "hanging-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "hanging.py").write_text(HANGS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hanging\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kiosk.plugins.v1]\nhanging = hanging\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.usefixtures("installed")
def test_the_kiosk_goes_on_without_it(stage: Stage) -> None:
    async def until(question: str) -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on(question)

    stage.start()
    asyncio.run(until("sealing"))
    assert stage._core
    assert stage._core.wait(60) == 1
    assert (stage.data / "plugins.hung").read_text().split() == ["hanging"]
    stage.start()
    asyncio.run(until("done"))
    assert [bool(line.slip) for line in stage.dossiers()] == [True]
