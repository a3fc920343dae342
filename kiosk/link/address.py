"""Where the sockets are. A Unix socket path holds 107 bytes; a data folder may be deeper."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def socket_path(data: Path, role: str) -> Path:
    """The socket of `role` (citizen, officer) of the core that keeps its data in `data`."""
    return data / "run" / f"{role}.sock"


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name of `path` short enough for `bind` and `connect`, through an open folder."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
