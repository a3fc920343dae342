"""The stage for a journey; the invented fingers are grown once for all of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.fingers import SINGLE_FINGERS
from kiosk.hal.fingers.ridges import cached_master
from kiosk.store.demo_people import invented_people
from kiosk.store.roster import build
from tests.journeys.stage import Stage

PERSON = 85


@pytest.fixture(scope="session")
def masters(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps invented fingers: one folder for all its workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if hasattr(request.config, "workerinput") else own) / "masters"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def grown(masters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Masters of one person's ten fingers, and a small roster."""
    folder = tmp_path_factory.mktemp("grown")
    (folder / "masters").symlink_to(masters)
    # Workers begin together: in an order of its own each finds most fingers grown by the others.
    for finger in random.sample(SINGLE_FINGERS, len(SINGLE_FINGERS)):
        cached_master(masters, PERSON, finger)
    build(folder / "roster.db", invented_people(200, 1), "test")
    return folder


@pytest.fixture
def stage(tmp_path: Path, grown: Path) -> Iterator[Stage]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "roster.db").write_bytes((grown / "roster.db").read_bytes())
    made = Stage(data, grown / "masters")
    yield made
    made.stop()
