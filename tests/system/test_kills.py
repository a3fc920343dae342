"""200 random kills of the core in the middle of visits (T2, X1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.store.audit import Whole, verify
from kiosk.store.schema import open_for_reading
from tests.journeys.stage import Stage
from tests.system.kills import play_with_kills

pytestmark = pytest.mark.system


def test_two_hundred_kills(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = play_with_kills(stage, kills=200, seed=20261122)
    with capsys.disabled():
        print(
            f"\n{outcome.kills} kills in {len(outcome.visits)} visits: lost samples {len(outcome.lost_samples)},"
            f" lost dossiers {len(outcome.lost_dossiers)}, doubled dossiers {len(outcome.doubled)}"
        )
    assert (outcome.lost_samples, outcome.lost_dossiers, outcome.doubled) == ([], [], [])
    assert outcome.kills == 200
    chain = open_for_reading(stage.data / "kiosk.db")
    assert isinstance(verify(chain), Whole)
    chain.close()
    assert not list(Path(stage.data, "drafts").iterdir()), "nothing readable is left of anybody who went home"
