"""Locks in the data folder, gone with whoever holds them: one core at most, and nobody new is served during an update."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.errors import BadInputError
from kiosk.store.files import disk_trouble

PLACE = "run/update.lock"
CORE = "run/core.lock"
TRIES, BETWEEN_S = 20, 0.05
"""A core that looks holds it for an instant."""


@contextmanager
def updating(data: Path) -> Iterator[None]:
    """Hold the lock. Raises `BadInputError` `update.running` when another update holds it, `StoreError` without a folder."""
    with disk_trouble(data):
        handle = os.open(data / PLACE, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


def being_updated(data: Path) -> bool:
    """Asked before anybody new is served; whoever has begun can finish."""
    return _held(data / PLACE)


def core_runs(data: Path) -> bool:
    """Whether a core has the folder, answering or not. A core that starts at the instant of the look ends and is
    started again: asked only where none answers."""
    return _held(data / CORE)


def _held(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _take(handle: int) -> None:
    for _ in range(TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(BETWEEN_S)
        else:
            os.fchmod(handle, 0o644)
            return
    raise BadInputError("update.running")
