"""The journeys' stage, for tests of the process."""

from __future__ import annotations

from tests.journeys.conftest import grown, stage

__all__ = ["grown", "stage"]
