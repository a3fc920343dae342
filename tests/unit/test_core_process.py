"""How the core ends, as the process that watches it sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import cast

import pytest

from kiosk.app.core import Core
from kiosk.app.process import _serve


class Ending:
    """A core that ends after some looks of the serving loop: by a signal, or because one of its threads died."""

    def __init__(self, signalled: bool, engine_failed: bool = False) -> None:
        self.failed = threading.Event()
        self.alive = True
        self.stopped = False
        self._signalled = signalled
        self._engine_failed = engine_failed

    async def start(self) -> None:
        """Nothing to start."""

    def tick(self) -> None:
        if self._engine_failed:
            self.failed.set()
        if self._signalled:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            self.alive = False

    async def stop(self) -> None:
        self.stopped = True


@pytest.mark.parametrize(
    ("signalled", "engine_failed", "status"),
    [(True, False, 0), (True, True, 1), (False, True, 1), (False, False, 1)],
)
def test_a_core_that_was_not_told_to_stop_ends_as_a_failure(
    signalled: bool, engine_failed: bool, status: int
) -> None:
    """T2: whichever thread died, systemd sees it and starts the core again."""
    ending = Ending(signalled, engine_failed)
    assert asyncio.run(_serve(cast(Core, ending))) == status
    assert ending.stopped
