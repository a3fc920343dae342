"""Hypothesis on loaded machines: no deadlines; the same examples each time where a machine decides about a merge."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("kiosk", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kiosk")

pytest_plugins = ["tests.stage_fixtures"]
