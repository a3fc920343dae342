"""Hypothesis on loaded machines: slow is no failure; the same examples each time where a machine decides."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "kiosk",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kiosk")

pytest_plugins = ["tests.stage_fixtures", "tests.system.ssh"]


def pytest_configure() -> None:
    """A script's background job ignores the interrupt key, and what it starts inherits that: tests send that signal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
