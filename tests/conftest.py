"""Hypothesis on loaded machines: slow is no failure; the same examples each time where a machine decides."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "kiosk",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kiosk")

pytest_plugins = ["tests.stage_fixtures", "tests.system.ssh"]
