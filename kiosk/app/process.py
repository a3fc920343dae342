"""The core as a process: one a data folder, started and watched by systemd, stopped by a signal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.app.core import Core
from kiosk.app.memory import return_large_blocks
from kiosk.config import Config
from kiosk.domain.time import Clock
from kiosk.errors import StoreError
from kiosk.store.files import disk_trouble, make_folder
from kiosk.store.update_lock import CORE

log = logging.getLogger(__name__)
TICK_S = 0.25


def run_core(config: Config, data: Path, clock: Clock) -> int:
    """Serve until a signal; the exit status. Raises `ConfigError` and `StoreError` before anything is started."""
    return_large_blocks()
    with only_core(data):
        core = Core(config, data, clock)
        return asyncio.run(_serve(core))


@contextmanager
def only_core(data: Path) -> Iterator[None]:
    """Hold the data folder: a second writer is refused with `StoreError`."""
    make_folder(data / "run")
    with disk_trouble(data):
        handle = os.open(data / CORE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError("store.in_use", place=str(data)) from error
        yield
    finally:
        os.close(handle)


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); nothing happens when it did not start us, or does not listen just now."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect("\0" + address[1:] if address.startswith("@") else address)
        sock.sendall(state.encode())


async def _serve(core: Core) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await core.start()
    notify("READY=1")
    log.info("ready")
    try:
        while not stop.is_set() and core.alive:
            core.tick()
            notify("WATCHDOG=1")
            try:
                await asyncio.wait_for(stop.wait(), TICK_S)
            except TimeoutError:
                continue
    finally:
        notify("STOPPING=1")
        await core.stop()
    return 0 if stop.is_set() and not core.failed.is_set() else 1
